/** The analyses, one a page: options as chips, definition, finding, pictures, numbers. */
import { useSignal } from "@preact/signals";
import type { AnalysisEntry, AnalysisPayload } from "../api";
import { useApi } from "../client";
import { Figure, WIDE } from "../charts/figure";
import { KinshipFigure, pairsAndFamilies } from "../charts/weighed";
import { tableOf, netFlows, type Result } from "../charts/data";
import { Arcs, countsOf, familiesOf, orderOf, OrderedMatrix } from "../charts/flows";
import { Numbers } from "../charts/numbers";
import { Select } from "../components/controls";
import { useKey } from "../components/keys";
import { ErrorState, Panel, PageHead, Ready, Swatch } from "../components/parts";
import { ApiError } from "../client";
import { count, date, percent, plural, value } from "../format";
import { words } from "../palette";
import { href, route, setQuery } from "../router";
import { hub } from "../state";
import { inWords, traitWords } from "../model/words";
import "../charts/charts.css";

type Option = AnalysisEntry["options"][number];

const TITLES: Record<string, string> = {
  summary: "The hub in numbers",
  shape: "How families are shaped",
  portraits: "Single families, drawn whole",
  growth: "How the ecosystem grows",
  mutation: "How often traits change from parent to child",
  transitions: "Which value gives way to which",
  drift: "Where traits drift",
  "numeric-drift": "What grows and shrinks from parent to child",
  ordering: "How values change from parent to child",
  motifs: "How many relatives of each kind there are",
  similarity: "How alike relatives are",
  kinship: "Does likeness follow kinship?",
  license: "Labels against what ancestors ask",
  documentation: "How models are documented",
  concentration: "Who holds how much",
  attachment: "Do the rich get richer",
  naming: "How models are named",
  merges: "How merges marry families",
};

function titleOf(entry: AnalysisEntry): string {
  return TITLES[entry.name] ?? entry.name;
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}`;
}

export function EvolutionPage({ id }: { id: string }) {
  const entries = hub.value?.analyses ?? [];
  if (!id) return <Index entries={entries} />;
  const entry = entries.find((a) => a.name === id);
  if (!entry) {
    const error = new ApiError(404, "no_analysis", `There is no analysis “${id}”.`, `There are: ${entries.map((a) => a.name).join(", ")}.`, []);
    return (
      <>
        <PageHead heading="Evolution" />
        <ErrorState error={error} />
      </>
    );
  }
  return <Analysis key={id} entry={entry} />;
}

function Index({ entries }: { entries: AnalysisEntry[] }) {
  return (
    <>
      <PageHead
        heading="Evolution"
        sub="What passes from parent to child, what changes on the way, and how the forest grows. Each page states its definition, its intervals and its numbers."
      />
      <ul class="cards">
        {entries.map((a) => (
          <li key={a.name} class="panel">
            <h2>
              <a href={href("evolution", a.name)}>{titleOf(a)}</a>
            </h2>
            <p class="quiet">{sentence(a.sentence)}</p>
            <p class="faint mono">cladist analyze {a.name}</p>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Options offered as chips, with their choices where the server names none. */
const CHOICES: Record<string, string[]> = {
  relations: ["all", "no-merges", "finetune", "adapter", "quantized", "merge"],
  top: ["5", "10", "16", "20", "30", "50"],
};
/** Chips that most readers want; the others stand under "More". */
const FIRST = ["trait", "by", "relations", "definition", "text", "weighting", "within", "top", "merges", "unstated", "cluster"];

function choicesOf(option: Option): string[] | null {
  if (option.choices) return option.choices;
  if (typeof option.default === "boolean") return ["true", "false"];
  return CHOICES[option.name] ?? null;
}

function shown(option: Option, value: string): string {
  if (option.name === "trait") return traitWords(value);
  if (value === "true") return "yes";
  if (value === "false") return "no";
  return words(value).replace(/_/g, " ");
}

function Options({ entry }: { entry: AnalysisEntry }) {
  const { query } = route.value;
  const more = useSignal(false);
  const label = (o: Option) => o.name.charAt(0).toUpperCase() + o.name.slice(1).replace(/_/g, " ");
  const first = entry.options.filter((o) => FIRST.includes(o.name) && choicesOf(o));
  const rest = entry.options.filter((o) => !first.includes(o));
  const present = (o: Option) => query[o.name] ?? (o.default === null ? "" : String(o.default));
  const set = (o: Option, value: string) =>
    setQuery({ [o.name]: value }, { defaults: { [o.name]: o.default === null ? "" : String(o.default) } });
  return (
    <>
      {first.map((o) => {
        const values = choicesOf(o) ?? [];
        const now = present(o);
        const all = [...(o.default === null ? [""] : []), ...values];
        if (!all.includes(now)) all.push(now);
        return (
          <Select
            key={o.name}
            label={label(o)}
            value={now}
            plain={o.default === null ? "" : String(o.default)}
            choices={all.map((v) => ({ value: v, label: v === "" ? "all" : shown(o, v) }))}
            onChange={(v) => set(o, v)}
          />
        );
      })}
      {rest.length > 0 && (
        <button type="button" class="chip" aria-expanded={more.value} onClick={() => { more.value = !more.value; }}>
          More options
        </button>
      )}
      {more.value && (
        <form
          class="options panel"
          onSubmit={(event) => {
            event.preventDefault();
            const given = new FormData(event.currentTarget);
            const changes = Object.fromEntries(rest.map((o) => [o.name, String(given.get(o.name) ?? "").trim()]));
            setQuery(changes, { defaults: Object.fromEntries(rest.map((o) => [o.name, o.default === null ? "" : String(o.default)])) });
          }}
        >
          {rest.map((o) => (
            <label key={o.name}>
              {label(o)}
              <input class="field" name={o.name} value={present(o)} maxLength={200} placeholder="not set" />
              <span class="faint">{o.help}</span>
            </label>
          ))}
          <button type="submit" class="chip on">
            Compute
          </button>
        </form>
      )}
    </>
  );
}

/** What is in force, in one sentence, for the foot of every picture. */
function force(result: Result): string {
  const p = result.parameters;
  const parts = [
    typeof p["trait"] === "string" ? `Trait: ${traitWords(p["trait"])}.` : "",
    "relations" in p
      ? `Filter in force: ${p["relations"] && p["relations"] !== "all" ? words(String(p["relations"])) : "all relations"}.`
      : "Filter in force: none.",
    `Definition: ${result.definition}.`,
  ];
  return parts.filter(Boolean).join(" ");
}

function Cite({ answer }: { answer: AnalysisPayload }) {
  const facts = hub.value;
  const { result } = answer;
  return (
    <Panel heading="Definition and source">
      <p>{result.definition_text}</p>
      {facts && (
        <p class="faint">
          cladist {facts.version}, analysis {result.analysis} ({result.definition}), snapshot {facts.name}{" "}
          <code>{facts.digest.slice(0, 16)}</code>
          {facts.observed.length > 0 && `, read ${facts.observed.map(date).join(" to ")}`}
          {facts.coverage ? `; ${facts.coverage}` : ""}
          {facts.simulated ? "; SIMULATED DATA" : ""}. Computed in {answer.seconds.toFixed(1)} s.
        </p>
      )}
      <dl class="record many">
        {Object.entries(result.parameters)
          .filter(([, v]) => v === null || typeof v !== "object")
          .map(([k, v]) => (
            <div key={k}>
              <dt>{k.replace(/_/g, " ")}</dt>
              <dd>{v === null ? "not set" : typeof v === "number" ? value(v, 4) : String(v)}</dd>
            </div>
          ))}
      </dl>
    </Panel>
  );
}

/** The order with its arcs and, beside it, the matrix of all flows; families told from transitions. */
function OrderingPictures({ result, asked }: { result: Result; asked: Record<string, string> }) {
  const order = orderOf(result);
  const counts = countsOf(tableOf(result, "matrix"));
  const pick = Object.fromEntries(
    ["trait", "relations", "definition", "unstated"].filter((k) => asked[k]).map((k) => [k, asked[k] as string]),
  );
  const transitions = useApi<AnalysisPayload>("analysis/transitions", pick);
  const families = familiesOf(transitions.data?.result.table ?? []);
  const flows = netFlows(order.map((v) => v.value), counts, families);
  const p = result.parameters;
  const places = [...new Set(order.map((v) => v.place))].filter((place) => place.startsWith("license."));
  const forward = typeof p["forward_share"] === "number" ? p["forward_share"] : null;
  const drawn = flows.filter((f) => f.net >= 12).slice(0, 40).length;
  return (
    <>
      {places.length > 0 && (
        <ul class="legend" aria-label="Licence families">
          {places.map((place) => (
            <li key={place}>
              <Swatch place={place} /> {place === "license.unstated" ? "family not known" : words(place.slice(8))}
            </li>
          ))}
        </ul>
      )}
      <div class="pair">
        <figure class="panel figure">
          <Arcs order={order} flows={flows} />
        </figure>
        <figure class="panel figure">
          <OrderedMatrix order={order.map((v) => v.value)} counts={counts} families={families} />
        </figure>
      </div>
      <p class="foot">
        Order: {p["optimal"] === true ? "optimal, proved" : "the best found"}.{" "}
        {forward !== null && `${percent(forward)} of the traffic runs downward. `}
        Small figures between two names: support, the share of resamples of clans (%) that keep the
        pair in this order; bold from 95. Width of an arc: net flow (√ scale); colour: the value
        left behind. <b>Dashed: fewer than five families.</b> {drawn} of {plural(flows.length, "pair")}{" "}
        drawn (net of 12 and more); all are in the matrix. Blue cells go with the order, orange
        against. {force(result)}
      </p>
    </>
  );
}

function Analysis({ entry }: { entry: AnalysisEntry }) {
  const { query } = route.value;
  const names = entry.options.map((o) => o.name);
  const asked = Object.fromEntries(Object.entries(query).filter(([k]) => names.includes(k)));
  const answer = useApi<AnalysisPayload>(`analysis/${entry.name}`, asked);
  useKey("t", () => document.querySelector<HTMLElement>("#numbers .virtual")?.focus());
  const entries = hub.value?.analyses ?? [];
  const trait = asked["trait"] ?? entry.options.find((o) => o.name === "trait")?.default;
  const heading =
    entry.name === "ordering" && typeof trait === "string"
      ? `How the ${traitWords(trait)} changes from parent to child`
      : titleOf(entry);
  return (
    <>
      <PageHead
        crumb={
          <>
            <a href={href("evolution")}>Evolution</a> · {entry.name}
          </>
        }
        heading={heading}
        sub={sentence(entry.sentence)}
      >
        <Options entry={entry} />
      </PageHead>
      <nav class="tabs" aria-label="Analyses">
        {entries.map((a) => (
          <a key={a.name} href={href("evolution", a.name)} {...(a.name === entry.name ? { "aria-current": "page" as const } : {})}>
            {a.name}
          </a>
        ))}
      </nav>
      <Ready answer={answer} what={`Computing ${entry.name}`}>
        {(data) => (
          <div class={answer.loading ? "stale" : ""} aria-busy={answer.loading}>
            {answer.running && (
              <p class="badge" role="status">
                {answer.running.step} … {Math.round(answer.running.seconds)} s
              </p>
            )}
            <Findings answer={data} />
            {entry.name === "ordering" ? (
              <OrderingPictures result={data.result} asked={asked} />
            ) : (
              <div class="figures">
                {pairsAndFamilies(data.charts, data.result) && <KinshipFigure result={data.result} charts={data.charts} force={force(data.result)} />}
                {data.charts.map((chart) => (
                  <div key={chart.name} class={WIDE.has(chart.kind) || data.charts.length === 1 ? "wide" : ""}>
                    <Figure chart={chart} result={data.result} force={force(data.result)} />
                  </div>
                ))}
              </div>
            )}
            <div class="stack after">
              <Numbers result={data.result} />
              <Cite answer={data} />
            </div>
          </div>
        )}
      </Ready>
    </>
  );
}

function Findings({ answer }: { answer: AnalysisPayload }) {
  const { finding, notes, n } = answer.result;
  if (!finding && notes.length === 0) return <p class="quiet only-n">n = {count(n)}</p>;
  return (
    <section class="panel findings" aria-label="Finding">
      {finding && <p class="lead strong">{sentence(inWords(finding))}</p>}
      <p class="quiet">n = {count(n)}</p>
      {notes.slice(0, 1).map((note) => (
        <p key={note} class="explain">{inWords(note)}</p>
      ))}
      {notes.length > 1 && (
        <details>
          <summary class="explain">{plural(notes.length - 1, "more note")}</summary>
          {notes.slice(1).map((note) => (
            <p key={note} class="explain">{inWords(note)}</p>
          ))}
        </details>
      )}
    </section>
  );
}
