/** Words beside marks: the heaviest first, none over another. */

export interface Candidate {
  key: number;
  x: number;
  y: number;
  r: number; // of the mark, which the words leave free
  text: string;
  weight: number;
  side?: "start" | "end"; // where the words stand first; right of the mark if not given
}

export interface Placed {
  key: number;
  x: number;
  y: number; // baseline
  anchor: "start" | "end" | "middle";
  text: string;
}

export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

const meets = (a: Box, b: Box): boolean => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;

/**
 * Place at most `limit` of the candidates inside `frame`. Each tries right, left, below and above of
 * its mark; one that meets words already placed, or an obstacle other than its own mark, is skipped.
 * `obstacles` holds the marks too large to be written over, by key of their candidate.
 */
export function placeLabels(
  candidates: readonly Candidate[],
  frame: Box,
  measure: (text: string) => number,
  options: {
    limit: number;
    size: number;
    obstacles?: readonly { key: number; box: Box }[];
    blocked?: (box: Box) => boolean;
  },
): Placed[] {
  const { limit, size, obstacles = [], blocked = () => false } = options;
  const order = candidates.map((_, i) => i).sort((a, b) => candidates[b]!.weight - candidates[a]!.weight || a - b);
  const taken: Box[] = [];
  const out: Placed[] = [];
  for (const i of order) {
    if (out.length >= limit) break;
    const c = candidates[i]!;
    if (c.x < frame.x0 || c.x > frame.x1 || c.y < frame.y0 || c.y > frame.y1) continue;
    const width = measure(c.text);
    const gap = c.r + 4;
    const half = size * 0.62;
    const places: { box: Box; x: number; y: number; anchor: Placed["anchor"] }[] = [
      { box: { x0: c.x + gap, x1: c.x + gap + width, y0: c.y - half, y1: c.y + half }, x: c.x + gap, y: c.y + size * 0.35, anchor: "start" },
      { box: { x0: c.x - gap - width, x1: c.x - gap, y0: c.y - half, y1: c.y + half }, x: c.x - gap, y: c.y + size * 0.35, anchor: "end" },
      { box: { x0: c.x - width / 2, x1: c.x + width / 2, y0: c.y + c.r + 1, y1: c.y + c.r + 1 + size * 1.2 }, x: c.x, y: c.y + c.r + size, anchor: "middle" },
      { box: { x0: c.x - width / 2, x1: c.x + width / 2, y0: c.y - c.r - 1 - size * 1.2, y1: c.y - c.r - 1 }, x: c.x, y: c.y - c.r - 3, anchor: "middle" },
    ];
    if (c.side === "end") places.splice(0, 2, places[1]!, places[0]!);
    const free = places.find(
      ({ box }) =>
        box.x0 >= frame.x0 &&
        box.x1 <= frame.x1 &&
        box.y0 >= frame.y0 &&
        box.y1 <= frame.y1 &&
        !blocked(box) &&
        !taken.some((other) => meets(box, other)) &&
        !obstacles.some((other) => other.key !== c.key && meets(box, other.box)),
    );
    if (!free) continue;
    taken.push(free.box);
    out.push({ key: c.key, x: free.x, y: free.y, anchor: free.anchor, text: c.text });
  }
  return out;
}

let ruler: CanvasRenderingContext2D | null = null;

/** Width of words in pixels; an estimate where there is no canvas to ask. */
export function textWidth(text: string, size: number, weight = 400): number {
  if (typeof document === "undefined") return text.length * size * 0.56;
  ruler ??= document.createElement("canvas").getContext("2d");
  if (!ruler) return text.length * size * 0.56;
  ruler.font = `${weight} ${size}px system-ui, -apple-system, "Segoe UI", Inter, "DejaVu Sans", sans-serif`;
  return ruler.measureText(text).width;
}
