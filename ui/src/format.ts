/** Numbers, dates and intervals, written one way everywhere. Unknown is always "not stated". */

const INTEGER = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
export const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
export const NOT_STATED = "not stated";
const THIN = "\u202f";

/** 61,895; above 9,999,999 short. */
export function count(n: number | null | undefined): string {
  if (n === null || n === undefined || !Number.isFinite(n)) return NOT_STATED;
  return minus(Math.abs(n) > 9_999_999 ? short(n) : INTEGER.format(n));
}

/** For axes and parameters: 850, 10 k, 1.5 M, 8.03 G. */
export function short(n: number): string {
  const size = Math.abs(n);
  const scaled = (divisor: number, unit: string) =>
    `${trim(Number((n / divisor).toPrecision(3)))}${THIN}${unit}`;
  if (size >= 999_500_000) return scaled(1e9, "G");
  if (size >= 999_500) return scaled(1e6, "M");
  if (size >= 9_995) return scaled(1e3, "k");
  return size >= 1000 ? INTEGER.format(n) : trim(Number(n.toPrecision(6)));
}

function trim(n: number): string {
  return String(n);
}

/** Parameters of a model: 8.03 B. */
export function parameters(n: number): string {
  return short(n).replace("G", "B");
}

/** 0.191 -> "19.1 %". */
export function percent(share: number | null | undefined, digits = 1): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return NOT_STATED;
  return `${(share * 100).toFixed(digits)}${THIN}%`;
}

/** A share of a total, guarded: shown only where there is a total. */
export function share(part: number, total: number): string {
  return total > 0 ? percent(part / total) : NOT_STATED;
}

/** A measured value with up to `digits` significant digits: 0.42, 12.5, 1,234. */
export function value(n: number | null | undefined, digits = 3): string {
  if (n === null || n === undefined || !Number.isFinite(n)) return NOT_STATED;
  if (Number.isInteger(n) || Math.abs(n) >= 1000) return count(Math.round(n));
  if (n !== 0 && Math.abs(n) < 1e-4) return n.toExponential(1).replace("-", "−");
  return minus(trim(Number(n.toPrecision(digits))));
}

function minus(text: string): string {
  return text.startsWith("-") ? `−${text.slice(1)}` : text;
}

/** "0.42 (0.26–0.55)", in percent where asked. */
export function interval(
  mid: number | null | undefined,
  low: number | null | undefined,
  high: number | null | undefined,
  asPercent = false,
): string {
  const write = (n: number) => (asPercent ? (n * 100).toFixed(1) : n.toFixed(2));
  if (mid === null || mid === undefined || !Number.isFinite(mid)) return NOT_STATED;
  const unit = asPercent ? `${THIN}%` : "";
  if (low === null || low === undefined || high === null || high === undefined) {
    return minus(write(mid)) + unit;
  }
  return `${minus(write(mid))}${unit} (${minus(write(low))}–${minus(write(high))}${unit})`;
}

/** "5 May 2024" of an ISO date or instant, in UTC. */
export function date(iso: string | null | undefined): string {
  const match = /^(\d{4})-(\d{2})(?:-(\d{2}))?/.exec(iso ?? "");
  if (!match) return "no date";
  const month = MONTHS[Number(match[2]) - 1] ?? "";
  return match[3] ? `${Number(match[3])} ${month} ${match[1]}` : `${month} ${match[1]}`;
}

/** A model's birth: back-filled dates say so. */
export function born(iso: string | null, isFloor: boolean | null): string {
  if (!iso) return "no date";
  return isFloor ? "≤ 2 Mar 2022" : date(iso);
}

/** Month number (0 = March 2022) to "Mar 2022"; FLOOR and UNDATED to their words. */
export function month(n: number): string {
  if (n === -1) return "≤ 2 Mar 2022";
  if (n === -2) return "no date";
  const m = n + 2;
  return `${MONTHS[m % 12]} ${2022 + Math.floor(m / 12)}`;
}

/** "1 model", "2 models". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** "a, b and c". */
export function list(words: string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

/** The name without its author, for tight places (a title attribute keeps the whole). */
export function bare(model: string): string {
  return model.slice(model.indexOf("/") + 1);
}

/** A text cut in its middle to at most `most` characters. */
export function middle(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}
