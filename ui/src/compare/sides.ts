/** Two main lines side by side, their common ancestors on the same rows. Pure. */
import type { ModelFacts } from "../api";

export interface Pair {
  a: ModelFacts | null;
  b: ModelFacts | null;
  /** Both lines pass through the same model here. */
  shared: boolean;
}

/** Rows founder first; the models between two common ones stand in order, shorter side padded. */
export function align(a: ModelFacts[], b: ModelFacts[]): Pair[] {
  const inB = new Map(b.map((m, j) => [m.model, j]));
  const rows: Pair[] = [];
  let [i, j] = [0, 0];
  const until = (endA: number, endB: number) => {
    const [left, right] = [a.slice(i, endA), b.slice(j, endB)];
    for (let k = 0; k < Math.max(left.length, right.length); k++) {
      rows.push({ a: left[k] ?? null, b: right[k] ?? null, shared: false });
    }
  };
  a.forEach((m, at) => {
    const other = inB.get(m.model);
    if (other === undefined || other < j) return;
    until(at, other);
    rows.push({ a: m, b: b[other] ?? null, shared: true });
    i = at + 1;
    j = other + 1;
  });
  until(a.length, b.length);
  return rows;
}
