/** Discs of models: a spiral in which area is count, its inverse, and discs around a disc. */

export const GOLDEN = 2.399963;
export const CENTRE_FREE = 60; // models whose area the dot in the middle of the page takes
export const PETAL_FREE = 4; // and the one in the middle of a petal
export const DOT = 0.62; // radius of a dot, units
const GAP = 1.2;

/** Place of the i-th model (0-based) of a disc, in units from its centre. */
export function spiral(i: number, free: number): { x: number; y: number } {
  const radius = Math.sqrt(i + free);
  return { x: radius * Math.cos(i * GOLDEN), y: radius * Math.sin(i * GOLDEN) };
}

/** Radius of a disc of n models. */
export function discRadius(n: number, free: number): number {
  return Math.sqrt(n + free) + 0.8;
}

/**
 * The model of a disc of n whose dot holds the point, -1 if none does. Index i lies at radius
 * √(i + free), so only the models of one thin ring are looked at.
 */
export function spiralInverse(x: number, y: number, n: number, free: number, slack = 0): number {
  const reach = DOT + slack;
  const radius = Math.hypot(x, y);
  const from = Math.max(0, Math.floor((radius - reach) ** 2 - free) - 1);
  const to = Math.min(n - 1, Math.ceil((radius + reach) ** 2 - free) + 1);
  let best = -1;
  let nearest = reach * reach;
  for (let i = from; i <= to; i++) {
    const dot = spiral(i, free);
    const d = (dot.x - x) ** 2 + (dot.y - y) ** 2;
    if (d <= nearest) {
      nearest = d;
      best = i;
    }
  }
  return best;
}

export interface Rim {
  angle: Float64Array; // of each petal, clockwise from noon, radians
  distance: Float64Array; // of its centre
  radius: Float64Array;
  outer: number; // radius of the whole
}

/** Petals around a disc: the rim grows until all have room, what is left over is shared. */
export function rim(disc: number, sizes: readonly number[]): Rim {
  const n = sizes.length;
  const radius = Float64Array.from(sizes, (size) => discRadius(size, PETAL_FREE));
  const stem = n > 0 ? Math.max(GAP, 0.07 * disc) : 0;
  let at = disc + stem;
  const span = (r: number) => 2 * Math.asin(Math.min(1, (r + GAP) / (at + r + GAP)));
  const total = () => radius.reduce((sum, r) => sum + span(r), 0);
  while (total() > 6.25) at *= 1.02;
  const slack = n > 0 ? (2 * Math.PI - total()) / n : 0;
  const angle = new Float64Array(n);
  const distance = new Float64Array(n);
  let turned = n > 0 ? -(span(radius[0]!) + slack) / 2 : 0;
  let outer = disc;
  for (let i = 0; i < n; i++) {
    const width = span(radius[i]!) + slack;
    angle[i] = turned + width / 2;
    turned += width;
    distance[i] = at + radius[i]!;
    outer = Math.max(outer, at + 2 * radius[i]!);
  }
  return { angle, distance, radius, outer };
}
