/** Scales and their ticks in the words of the house. */
import { scaleLinear, scaleLog, scaleSqrt, scaleSymlog, scaleUtc } from "d3-scale";
import { month, short } from "../format";

export interface Axis {
  at: (value: number) => number;
  ticks: { value: number; text: string; bold?: boolean }[];
}

function bounds(values: number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return Number.isFinite(low) ? [low, high] : [0, 1];
}

function powers(low: number, high: number): number[] {
  const found: number[] = [];
  for (let p = Math.floor(Math.log10(low)); p <= Math.ceil(Math.log10(high)); p++) {
    const value = 10 ** p;
    if (value >= low * 0.99 && value <= high * 1.01) found.push(value);
  }
  const step = Math.max(1, Math.ceil(found.length / 7));
  return found.filter((_, i) => i % step === 0);
}

function say(value: number, percent: boolean): string {
  if (percent) return `${Number((value * 100).toPrecision(4))}\u202f%`;
  return short(value).replace("-", "−");
}

/** An axis of numbers; `kind` is linear, log, sqrt or symlog. */
export function numbers(
  values: number[],
  kind: string,
  range: [number, number],
  percent: boolean,
  { zero = true, count = 5 }: { zero?: boolean; count?: number } = {},
): Axis {
  const [low, high] = bounds(values);
  if (kind === "log" && low > 0) {
    const scale = scaleLog().domain(low === high ? [low / 2, high * 2] : [low, high]).range(range);
    let marks = powers(low, high);
    if (marks.length < 2) marks = scale.ticks(3);
    return { at: scale, ticks: marks.map((value) => ({ value, text: say(value, percent) })) };
  }
  if (kind === "symlog" && low >= 0) {
    const scale = scaleSymlog().domain([0, Math.max(1, high)]).range(range);
    const marks = [0, ...powers(1, Math.max(1, high))];
    return { at: scale, ticks: marks.map((value) => ({ value, text: say(value, percent) })) };
  }
  const from = zero ? Math.min(0, low) : low;
  const to = zero ? Math.max(0, high) : high;
  const domain: [number, number] = from === to ? [from, from + 1] : [from, to];
  const scale = (kind === "sqrt" && from >= 0 ? scaleSqrt() : scaleLinear()).domain(domain).range(range);
  return {
    at: scale,
    ticks: scale.ticks(count).map((value) => ({ value, text: say(value, percent) })),
  };
}

/** An axis of time, ticked by year. */
export function years(values: number[], range: [number, number]): Axis {
  const [low, high] = bounds(values);
  const scale = scaleUtc().domain([new Date(low), new Date(high)]).range(range);
  const first = new Date(low).getUTCFullYear();
  const last = new Date(high).getUTCFullYear();
  const ticks = [];
  for (let year = first; year <= last; year++) {
    for (const m of last - first > 1 ? [0] : [0, 6]) {
      const value = Date.UTC(year, m, 1);
      if (value < low || value > high) continue;
      ticks.push({ value, text: m === 0 ? String(year) : "Jul", bold: m === 0 });
    }
  }
  return { at: (value) => scale(new Date(value)), ticks };
}

/** The month of an instant in words. */
export function monthOf(time: number): string {
  const date = new Date(time);
  return month((date.getUTCFullYear() - 2022) * 12 + date.getUTCMonth() - 2);
}
