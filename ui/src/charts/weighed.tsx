/**
 * Likeness by kinship under two weights in one picture: every pair alike (filled), so that the
 * largest stars dominate, and every family alike (open). What holds for one alone is said.
 */
import type { ChartSpec } from "../api";
import { Select } from "../components/controls";
import { traitWords } from "../model/words";
import { words } from "../palette";
import { route, setQuery } from "../router";
import { disagreement, distinct, type Record_, type Result, word } from "./data";
import { Figure } from "./figure";

const WEIGHTINGS = ["pairs", "families"];

const textOf = (chart: ChartSpec): string => chart.where.find(([column]) => column === "text")?.[1] ?? "";

/** The first motif chart of each text, where the result weighs both pairs and families. */
export function pairsAndFamilies(charts: ChartSpec[], result: Result): ChartSpec[] | null {
  const known = new Set(result.table.map((row) => word(row["weighting"])));
  if (!WEIGHTINGS.every((w) => known.has(w))) return null;
  const motifs = charts.filter((chart) => chart.kind === "motifs");
  const first = distinct(motifs.map(textOf)).map((text) => motifs.find((chart) => textOf(chart) === text)!);
  return first.length ? first : null;
}

/** A metric of texts, or a trait. */
const measure = (name: string): string => (words(name) === name ? traitWords(name) : words(name));

function verdict(rows: Record_[]): string {
  const found = disagreement(rows);
  if (!found) return "At no position are the two further apart than both intervals allow.";
  const { pair, motif, pairs, families, clusters } = found;
  return `They disagree most about ${pair} in ${motif}: ${pairs.toFixed(2)} against ${families.toFixed(2)}${clusters === null ? "" : `, ${clusters} lineages`}; what holds for pairs alone is said of the largest stars.`;
}

export function KinshipFigure({ result, charts, force }: { result: Result; charts: ChartSpec[]; force: string }) {
  const { query } = route.value;
  const choices = pairsAndFamilies(charts, result) ?? [];
  const base = choices.find((chart) => textOf(chart) === query["of"]) ?? choices[0];
  if (!base) return null;
  const text = textOf(base);
  const rows = result.table.filter((row) => row["text"] === text && WEIGHTINGS.includes(word(row["weighting"])));
  const metrics = distinct(rows.map((row) => word(row["metric"])));
  const metric = metrics.find((m) => m === query["metric"]) ?? metrics[0] ?? "";
  const drawn = rows.filter((row) => row["metric"] === metric);
  const chart: ChartSpec = {
    ...base,
    name: `kinship-${text}-${metric}`,
    title: `Likeness by kinship: ${text}, ${measure(metric)}`,
    color: "weighting",
    where: [["text", text], ["metric", metric]],
    subtitle: `Filled: every pair weighs the same, so giant stars dominate. Open: every family weighs the same. ${verdict(drawn)} Line: 95 % by lineage; pale: few lineages; dashed: random pairs; lin.: lineages of the pairs.`,
  };
  const options = (list: string[]) => list.map((value) => ({ value, label: measure(value) }));
  return (
    <div class="wide">
      <Figure chart={chart} result={{ ...result, table: drawn }} force={force}>
        <div class="chips">
          <Select label="Text" value={text} choices={options(choices.map(textOf))} onChange={(value) => setQuery({ of: value, metric: "" }, { defaults: { of: textOf(choices[0]!) } })} />
          <Select label="Measure" value={metric} choices={options(metrics)} onChange={(value) => setQuery({ metric: value }, { defaults: { metric: metrics[0] ?? "" } })} />
        </div>
        <ul class="legend" aria-label="Weights">
          <li>
            <span class="swatch filled" aria-hidden="true" /> every pair alike
          </li>
          <li>
            <span class="swatch hollow open" aria-hidden="true" /> every family alike
          </li>
        </ul>
      </Figure>
    </div>
  );
}
