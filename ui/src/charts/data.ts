/** From a result and a chart's description to the rows that are drawn. Pure functions. */
import type { AnalysisPayload, ChartSpec } from "../api";

export type Record_ = Record<string, unknown>;
export type Result = AnalysisPayload["result"];

export interface Datum {
  x: unknown;
  y: unknown;
  value: number | null;
  low: number | null;
  high: number | null;
  group: string;
  label: string | null;
  faint: boolean;
  raw: Record_;
}

/** Categories drawn where a chart sets no `top`. */
const TOP: Record<string, number> = { bars: 20, intervals: 40, columns: 400, matrix: 24, order: 25 };
const MARKS = 4000;

export function number(value: unknown): number | null {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "string" && value.trim() !== "") {
    const read = Number(value);
    return Number.isFinite(read) ? read : null;
  }
  return null;
}

export function word(value: unknown): string {
  if (value === null || value === undefined || value === "") return "not stated";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

const MONTH = /^\d{4}-\d{2}(-\d{2})?/;

/** Milliseconds of a month or a date; null for anything else. */
export function instant(value: unknown): number | null {
  if (typeof value !== "string" || !MONTH.test(value)) return null;
  const time = Date.parse(value.length === 7 ? `${value}-01` : value.slice(0, 10));
  return Number.isFinite(time) ? time : null;
}

export function isTime(data: Datum[]): boolean {
  const known = data.filter((d) => d.x !== null && d.x !== undefined);
  return known.length > 0 && known.every((d) => instant(d.x) !== null);
}

export function tableOf(result: Result, name: string): Record_[] {
  return (name === "table" ? result.table : result.tables[name]) ?? [];
}

/** The rows of the chart's table that it names, by role; and what was left out, in words. */
export function rowsOf(result: Result, chart: ChartSpec): { data: Datum[]; cut: string } {
  const rows = tableOf(result, chart.table).filter((row) =>
    chart.where.every(([column, value]) => String(row[column]) === value),
  );
  const data = rows.map((row) => ({
    x: row[chart.x],
    y: row[chart.y],
    value: chart.value ? number(row[chart.value]) : null,
    low: chart.low ? number(row[chart.low]) : null,
    high: chart.high ? number(row[chart.high]) : null,
    group: chart.color ? word(row[chart.color]) : "",
    label: chart.label && row[chart.label] != null ? String(row[chart.label]) : null,
    faint: chart.faint ? row[chart.faint] === true : false,
    raw: row,
  }));
  return { data, cut: "" };
}

/** The first `top` categories by weight (bars, columns), greatest first, or as they come. */
export function leading(
  data: Datum[],
  role: "x" | "y",
  weight: "x" | "y",
  chart: ChartSpec,
): { data: Datum[]; cut: string } {
  const totals = new Map<string, number>();
  for (const d of data) {
    const key = word(d[role]);
    totals.set(key, (totals.get(key) ?? 0) + Math.abs(number(d[weight]) ?? 0));
  }
  const top = chart.top ?? TOP[chart.kind] ?? 40;
  if (chart.top === null && totals.size <= top) return { data, cut: "" };
  const kept = [...totals].sort((a, b) => b[1] - a[1]).slice(0, top).map(([key]) => key);
  const place = new Map(kept.map((key, i) => [key, i]));
  const chosen = data
    .filter((d) => place.has(word(d[role])))
    .sort((a, b) => (place.get(word(a[role])) ?? 0) - (place.get(word(b[role])) ?? 0));
  const cut = totals.size > kept.length ? `Largest ${kept.length} of ${totals.size} shown.` : "";
  return { data: chosen, cut };
}

export function distinct(words: string[]): string[] {
  return [...new Set(words)];
}

/** Numbers on both axes, thinned evenly where there are too many to draw. */
export function placed(
  data: Datum[],
  chart: ChartSpec,
): { points: { x: number; y: number; datum: Datum }[]; cut: string } {
  const time = isTime(data);
  const points = [];
  for (const datum of data) {
    const x = time ? instant(datum.x) : number(datum.x);
    const y = number(datum.y);
    if (x === null || y === null) continue;
    if ((chart.x_scale === "log" && !time && x <= 0) || (chart.y_scale === "log" && y <= 0)) continue;
    points.push({ x, y, datum });
  }
  const left = data.length - points.length;
  const said = left > 0 ? `${left} without a place on the axes left out.` : "";
  if (points.length <= MARKS) return { points, cut: said };
  const step = Math.ceil(points.length / MARKS);
  return {
    points: points.filter((p, i) => i % step === 0 || p.datum.label !== null),
    cut: `${said} Every ${step}th of ${points.length} drawn.`.trim(),
  };
}

/** Places of words on one side moved apart so that none covers another, order kept. */
export function apart(at: number[], gap: number, low: number, high: number): number[] {
  const order = at.map((_, i) => i).sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0));
  const moved = [...at];
  let floor = low;
  for (const i of order) {
    moved[i] = Math.max(moved[i] ?? 0, floor);
    floor = (moved[i] ?? 0) + gap;
  }
  let ceiling = high;
  for (const i of [...order].reverse()) {
    moved[i] = Math.min(moved[i] ?? 0, ceiling);
    ceiling = (moved[i] ?? 0) - gap;
  }
  return moved;
}

export interface Flow {
  source: string;
  target: string;
  net: number;
  families: number | null;
  /** With the order: downward, drawn at the right. */
  forward: boolean;
}

/** Net flows between the values of an order, largest first, families from a table of transitions. */
export function netFlows(
  order: string[],
  counts: { source: string; target: string; count: number }[],
  families: Map<string, number>,
): Flow[] {
  const place = new Map(order.map((v, i) => [v, i]));
  const table = new Map<string, number>();
  for (const { source, target, count } of counts) {
    if (place.has(source) && place.has(target)) table.set(`${source}\0${target}`, count);
  }
  const flows: Flow[] = [];
  for (const [a, i] of place) {
    for (const [b, j] of place) {
      if (j <= i) continue;
      const net = (table.get(`${a}\0${b}`) ?? 0) - (table.get(`${b}\0${a}`) ?? 0);
      if (net === 0) continue;
      const [source, target] = net > 0 ? [a, b] : [b, a];
      flows.push({
        source,
        target,
        net: Math.abs(net),
        families: families.get(`${source}\0${target}`) ?? null,
        forward: net > 0,
      });
    }
  }
  return flows.sort((p, q) => q.net - p.net);
}

export interface Disagreement {
  pair: string;
  motif: string;
  pairs: number;
  families: number;
  clusters: number | null;
}

/** The position at which the two means lie furthest apart, each outside the interval of the other. */
export function disagreement(rows: Record_[]): Disagreement | null {
  const of = (weighting: string) => rows.filter((row) => row["weighting"] === weighting && row["motif"] !== "random");
  const inside = (mean: number, row: Record_) => mean >= (number(row["low"]) ?? -Infinity) && mean <= (number(row["high"]) ?? Infinity);
  let found: Disagreement | null = null;
  for (const one of of("pairs")) {
    const other = of("families").find((row) => row["motif"] === one["motif"] && row["position"] === one["position"]);
    const [pairs, families] = [number(one["mean"]), number(other?.["mean"])];
    if (!other || pairs === null || families === null || inside(pairs, other) || inside(families, one)) continue;
    if (found && Math.abs(pairs - families) <= Math.abs(found.pairs - found.families)) continue;
    found = { pair: word(one["pair"]), motif: word(one["motif"]).replace("_", " "), pairs, families, clusters: number(other["clusters"]) };
  }
  return found;
}
