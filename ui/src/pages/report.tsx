/** The front of the report: key numbers, small multiples titled by their finding, how to cite. */
import type { AnalysisPayload } from "../api";
import { useApi } from "../client";
import { Figure } from "../charts/figure";
import { number, type Result, tableOf } from "../charts/data";
import { Chip } from "../components/controls";
import { PageHead, Panel, Ready } from "../components/parts";
import { count, date, percent, plural, share } from "../format";
import { href } from "../router";
import { hub } from "../state";
import "../charts/charts.css";
import "./report.css";

interface Card {
  analysis: string;
  chart: string;
  /** The finding as a title, from the result alone; null keeps the chart's own. */
  title: (result: Result) => string | null;
}

const CARDS: Card[] = [
  { analysis: "shape", chart: "sizes", title: (r) => sentence(r.finding) },
  { analysis: "growth", chart: "monthly", title: () => null },
  { analysis: "similarity", chart: "siblings-metadata", title: (r) => sentence(r.finding) },
  { analysis: "mutation", chart: "mutation", title: (r) => sentence(r.finding) },
  { analysis: "transitions", chart: "transitions", title: (r) => sentence(r.finding) },
  { analysis: "shape", chart: "depth", title: () => null },
];

function sentence(text: string): string | null {
  return text ? text.charAt(0).toUpperCase() + text.slice(1) : null;
}

function Small({ card }: { card: Card }) {
  const answer = useApi<AnalysisPayload>(`analysis/${card.analysis}`);
  return (
    <Ready answer={answer} what={`Computing ${card.analysis}`}>
      {(data) => {
        const chart = data.charts.find((c) => c.name === card.chart) ?? data.charts[0];
        if (!chart) return <Panel heading={card.analysis}>Nothing to draw.</Panel>;
        const named = { ...chart, title: card.title(data.result) ?? chart.title };
        return (
          <div class="small">
            <Figure chart={named} result={data.result} force={`n = ${count(data.result.n)}.`} />
            <a class="faint" href={href("evolution", card.analysis)}>
              {card.analysis}: definition, options, numbers
            </a>
          </div>
        );
      }}
    </Ready>
  );
}

function Big({ figure, words }: { figure: string; words: string }) {
  return (
    <li class="panel">
      <b>{figure}</b>
      <span class="quiet">{words}</span>
    </li>
  );
}

function Keys() {
  const facts = hub.value;
  const shape = useApi<AnalysisPayload>("analysis/shape");
  const mutation = useApi<AnalysisPayload>("analysis/mutation");
  if (!facts) return null;
  const depths = shape.data ? tableOf(shape.data.result, "generations").map((r) => number(r["generation"]) ?? 0) : [];
  const licence = mutation.data?.result.table.find((r) => r["trait"] === "license" && r["relation"] === "all");
  return (
    <ul class="keys">
      <Big figure={count(facts.models + facts.ghosts)} words={`models, of which ${count(facts.ghosts)} only referred to`} />
      <Big figure={count(facts.edges)} words="distinct parent–child pairs after cuts" />
      <Big figure={count(facts.families)} words={`families of two and more; ${plural(facts.in_families, "model")} in them`} />
      <Big figure={count(facts.largest_family)} words={`models in the largest family (${share(facts.largest_family, facts.in_families)} of all relatives)`} />
      <Big figure={depths.length ? count(Math.max(...depths) + 1) : "…"} words="models on the longest line" />
      <Big figure={licence ? percent(number(licence["rate"])) : "…"} words="of pairs change the licence, where both state one" />
    </ul>
  );
}

function Cite() {
  const facts = hub.value;
  if (!facts) return null;
  const text =
    `cladist ${facts.version}, snapshot ${facts.name}, digest ${facts.digest}, ` +
    (facts.observed.length ? `observed ${facts.observed.map(date).join(" to ")}` : "date of reading not stated") +
    `${facts.simulated ? ". SIMULATED DATA, not the Hub" : ""}.`;
  return (
    <div class="panel thirds">
      <section>
        <h2>How to cite</h2>
        <p class="mono cite">{text}</p>
        <Chip onClick={() => void navigator.clipboard?.writeText(text)}>Copy</Chip>
        <p class="faint">Seed and options stand under every analysis and in its JSON.</p>
      </section>
      <section>
        <h2>Where it differs from the paper</h2>
        <p class="quiet">
          Analyses with two definitions (standard, laufer2025) have a chip for it: the published form
          reproduces the paper, the standard form corrects it, and the definition says how.
        </p>
      </section>
      <section>
        <h2>What is missing</h2>
        <p class="quiet">
          {count(facts.ghosts)} models are named but absent (ghosts). {count(facts.alone)} have no known
          relative. {facts.coverage ? `Coverage: ${facts.coverage}.` : ""}
          {facts.has_cards ? "" : " The snapshot holds no card texts."}
        </p>
      </section>
    </div>
  );
}

export function ReportPage() {
  const facts = hub.value;
  const read = facts?.observed.length ? ` · read ${facts.observed.map(date).join(" to ")}` : "";
  const crumb = facts
    ? `cladist report · snapshot ${facts.name}${read}${facts.census_until ? ` · after ${date(facts.census_until)} a sample, not a census` : ""} · filter in force: none`
    : "";
  const named = facts?.analyses.map((a) => a.name) ?? [];
  return (
    <>
      <PageHead crumb={crumb} heading="The anatomy of a model hub">
        <a class="chip" href={href("evolution")}>
          All analyses
        </a>
      </PageHead>
      <Keys />
      <div class="multiples">
        {CARDS.filter((c) => named.includes(c.analysis)).map((c) => (
          <Small key={`${c.analysis} ${c.chart}`} card={c} />
        ))}
      </div>
      <Cite />
    </>
  );
}
