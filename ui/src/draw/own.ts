/**
 * A table of one's own, dropped onto the page: read in the browser, sent nowhere. Its first column
 * names models; any other can colour the pictures.
 */

import type { Value } from "../api";
import { count, value as number } from "../format";
import type { Nodes } from "../forms/nodes";

export interface OwnTable {
  file: string;
  columns: string[]; // but the first
  rows: Map<string, string[]>; // by model id, lower case
  repeated: number; // rows of a model named before; the first is kept
  empty: number; // rows without a model
}

export const OWN_WORDS = "your column, not in the link";
const MOST_BYTES = 200e6;

/** Fields of delimited text with quotes as RFC 4180 has them. */
export function parseDelimited(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    let field = "";
    if (text[at] === '"') {
      at++;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote < 0) {
          field += text.slice(at);
          at = text.length;
          break;
        }
        field += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
        at++;
      }
    }
    const from = at;
    while (at < text.length && text[at] !== separator && text[at] !== "\n" && text[at] !== "\r") at++;
    row.push(field + text.slice(from, at));
    if (text[at] === separator) {
      at++;
      if (at >= text.length) row.push("");
      continue;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at++;
    at++;
    rows.push(row);
    row = [];
  }
  if (row.length) rows.push(row);
  return rows;
}

/** The separator that splits the first line into most fields. */
export function separatorOf(text: string): string {
  const line = text.slice(0, text.search(/[\r\n]|$/));
  const fields = (s: string) => line.split(s).length;
  return [",", "\t", ";"].reduce((best, s) => (fields(s) > fields(best) ? s : best), ",");
}

export function readOwn(file: string, text: string): OwnTable {
  const [head, ...body] = parseDelimited(text, separatorOf(text));
  if (!head || head.length < 2) throw new Error("It needs a head line and two columns or more: the first names models, the others hold values.");
  const table: OwnTable = { file, columns: head.slice(1).map((name, i) => name.trim() || `column ${i + 2}`), rows: new Map(), repeated: 0, empty: 0 };
  for (const row of body) {
    const model = row[0]!.trim().toLowerCase();
    if (model === "") table.empty++;
    else if (table.rows.has(model)) table.repeated++;
    else table.rows.set(model, row.slice(1));
  }
  if (table.rows.size === 0) throw new Error("It has no rows below its head line.");
  return table;
}

export async function readOwnFile(file: File): Promise<OwnTable> {
  if (file.size > MOST_BYTES) throw new Error(`It is larger than ${number(MOST_BYTES / 1e6)} MB.`);
  return readOwn(file.name, await file.text());
}

export interface Colouring {
  values: Value[]; // the last: no value
  of: (model: string) => number;
}

const STEPS = 5;

/** Cuts of a column of numbers into five equal shares. */
function cuts(numbers: number[]): number[] {
  const sorted = [...numbers].sort((a, b) => a - b);
  const out: number[] = [];
  for (let i = 1; i < STEPS; i++) {
    const cut = sorted[Math.floor((i * sorted.length) / STEPS)]!;
    if (cut > (out.at(-1) ?? sorted[0]!)) out.push(cut);
  }
  return out;
}

/** Numbers in five equal shares, words by their six commonest; counts are of the models given. */
export function colourBy(table: OwnTable, column: number, models: readonly string[]): Colouring {
  const text = (model: string) => table.rows.get(model.toLowerCase())?.[column]?.trim() ?? "";
  const given = [...table.rows.values()].map((row) => row[column]?.trim() ?? "").filter((v) => v !== "");
  const numeric = given.length > 0 && given.every((v) => v !== "" && Number.isFinite(Number(v)));
  const distinct = new Set(given).size;
  const { labels, place, palette } = numeric && distinct > 6 ? shares(given.map(Number)) : commonest(given);
  const none = labels.length;
  const of = (model: string) => {
    const v = text(model);
    return v === "" ? none : place(v);
  };
  const counts = new Array<number>(none + 1).fill(0);
  for (const model of models) counts[of(model)]!++;
  const values = labels.map((label, i) => ({ key: `own.${i}`, label, palette: palette(i), count: counts[i]! }));
  values.push({ key: "unstated", label: "no value in your file", palette: "neutral", count: counts[none]! });
  return { values, of };
}

interface Scale {
  labels: string[];
  place: (value: string) => number;
  palette: (place: number) => string;
}

function shares(numbers: number[]): Scale {
  const at = cuts(numbers);
  const [least, most] = [numbers.reduce((a, b) => Math.min(a, b), Infinity), numbers.reduce((a, b) => Math.max(a, b), -Infinity)];
  const edges = [least, ...at];
  const labels = edges.map((edge, i) => `${number(edge)} to ${i + 1 < edges.length ? `under ${number(edges[i + 1]!)}` : number(most)}`);
  const place = (v: string) => at.filter((cut) => Number(v) >= cut).length;
  return { labels, place, palette: (i) => `scale.${i}/${Math.max(1, edges.length - 1)}` };
}

function commonest(given: string[]): Scale {
  const tally = new Map<string, number>();
  for (const v of given) tally.set(v, (tally.get(v) ?? 0) + 1);
  const order = [...tally].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([v]) => v);
  const top = order.slice(0, 6);
  const more = order.length - top.length;
  const labels = more ? [...top, `other (${count(more)} values)`] : top;
  const places = new Map(top.map((v, i) => [v, i]));
  return { labels, place: (v) => places.get(v) ?? top.length, palette: (i) => `series.${i}` };
}

/** The same models coloured by one's own column. */
export function recoloured(nodes: Nodes, table: OwnTable, column: number): Nodes {
  const { values, of } = colourBy(table, column, nodes.model);
  return { ...nodes, by: "own", values, value: Uint8Array.from(nodes.model, of) };
}
