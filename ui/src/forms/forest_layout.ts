/** Where every family stands in the forest: founding date against members. */

import { FLOOR, type ForestPayload, type GrowthPayload, UNDATED } from "../api";

export interface ForestSize {
  width: number;
  height: number;
}

export type Height = "members" | "downloads";

export interface ForestGrid {
  plot: { x0: number; x1: number; y0: number; y1: number }; // all columns
  floor: { x0: number; x1: number };
  time: { x0: number; x1: number; first: number; last: number }; // months first .. last
  undated: { x0: number; x1: number };
  strip: { y0: number; y1: number };
  band: number; // height of the row of one small size
  least: number; // smallest size with a row
  most: number; // largest value of the logarithmic part
  split: number; // y of 10
  top: number; // y of the largest: its mark stands whole
}

export interface ForestLayout {
  grid: ForestGrid;
  marks: { x: Float32Array; y: Float32Array; r: Float32Array; size: Float64Array; order: Int32Array };
  cells: { x: number; y: number; w: number; h: number; at: number }[]; // at: place in the payload
  alone: { x: number; y: number; w: number; h: number; at: number; models: number }[];
}

const LEFT = 46;
const NARROW = 560;

/** Columns and rows for a picture of this size. `months` is the last month of the time axis. */
export function forestGrid(payload: ForestPayload, size: ForestSize, last: number, height: Height): ForestGrid {
  const narrow = size.width < NARROW;
  const side = narrow ? 24 : 58;
  const right = narrow ? 26 : 64;
  const x0 = LEFT;
  const x1 = size.width - 8;
  const strip = Math.max(34, Math.min(64, size.height * 0.1));
  const y1 = size.height - strip - 44;
  const least = payload.cells.size.includes(1) || payload.marks.size.includes(1) ? 1 : 2;
  const rows = 10 - least;
  const band = Math.max(9, Math.min(20, (y1 * 0.28) / rows));
  const most = height === "members" ? Math.max(20, ...payload.marks.size) : Math.max(10, ...payload.marks.downloads.map((d) => d ?? 0));
  return {
    plot: { x0, x1, y0: 12, y1 },
    floor: { x0: x0 + 8, x1: x0 + 8 + side },
    time: { x0: x0 + side + 24, x1: x1 - right - 16, first: 0, last: Math.max(1, last + 1) },
    undated: { x0: x1 - right, x1: x1 - 8 },
    strip: { y0: y1 + 22, y1: y1 + 22 + strip },
    band,
    least,
    most,
    split: y1 - rows * band - 6,
    top: 12 + Math.min((y1 - 12) / 3, Math.max(14, markRadius(Math.max(1, ...payload.marks.size), narrow) + 4)),
  };
}

/** Left edge and width of the column of a month. */
export function column(grid: ForestGrid, month: number): { x: number; w: number } {
  if (month === FLOOR) return { x: grid.floor.x0, w: grid.floor.x1 - grid.floor.x0 };
  if (month === UNDATED) return { x: grid.undated.x0, w: grid.undated.x1 - grid.undated.x0 };
  const w = (grid.time.x1 - grid.time.x0) / (grid.time.last - grid.time.first);
  return { x: grid.time.x0 + (month - grid.time.first) * w, w };
}

/** Height of a size: rows below ten, logarithmic above. */
export function yOfSize(grid: ForestGrid, size: number, most = grid.most): number {
  if (size < 10) return grid.plot.y1 - (size - grid.least + 0.5) * grid.band;
  return grid.split - ((Math.log10(size) - 1) / (Math.log10(Math.max(11, most)) - 1)) * (grid.split - grid.top);
}

/** Height of downloads; those not known stand on the line below 1. */
export function yOfDownloads(grid: ForestGrid, downloads: number | null): number {
  if (downloads === null) return grid.split;
  const share = Math.log10(1 + downloads) / Math.log10(1 + grid.most);
  return grid.split - 14 - share * (grid.split - 14 - grid.top);
}

export function markRadius(members: number, narrow: boolean): number {
  const r = Math.max(3, 1.6 + 0.115 * Math.sqrt(members));
  return narrow ? Math.max(2.4, r * 0.6) : r;
}

/**
 * Sizes of the marks at the end of a month, from the births of their members: undated members count
 * from the last month on, back-filled ones from the first.
 */
export class Replay {
  private readonly byMonth: { mark: number; month: number; models: number }[];
  private readonly aloneByMonth: Map<number, number>;

  constructor(
    growth: GrowthPayload,
    private readonly marks: number,
    readonly last: number,
  ) {
    this.byMonth = growth.mark.map((mark, i) => ({ mark, month: growth.month[i]!, models: growth.models[i]! }));
    this.byMonth.sort((a, b) => this.order(a.month) - this.order(b.month));
    this.aloneByMonth = new Map(growth.alone.month.map((month, i) => [month, growth.alone.models[i]!]));
  }

  private order(month: number): number {
    return month === UNDATED ? this.last : month;
  }

  sizes(cursor: number): Float64Array {
    const out = new Float64Array(this.marks);
    for (const { mark, month, models } of this.byMonth) {
      if (this.order(month) > cursor) break;
      out[mark]! += models;
    }
    return out;
  }

  alone(cursor: number): number {
    let total = 0;
    for (const [month, models] of this.aloneByMonth) if (this.order(month) <= cursor) total += models;
    return total;
  }

  /** Models of the growth payload that are in the picture of this month. */
  born(cursor: number): number {
    return this.sizes(cursor).reduce((a, b) => a + b, 0) + this.alone(cursor);
  }
}

export interface ForestOptions {
  height: Height;
  last: number; // month
  sizes: Float64Array | null; // of the marks at the cursor; null: as they are
  cursor: number | null;
}

/** Every family in exactly one mark or cell, every lone model in one bar. */
export function forestLayout(payload: ForestPayload, size: ForestSize, options: ForestOptions): ForestLayout {
  const grid = forestGrid(payload, size, options.last, options.height);
  const { marks, alone } = payload;
  const n = marks.node.length;
  const sizes = options.sizes ?? Float64Array.from(marks.size);
  const out: ForestLayout = {
    grid,
    marks: { x: new Float32Array(n), y: new Float32Array(n), r: new Float32Array(n), size: sizes, order: new Int32Array(n) },
    cells: [],
    alone: [],
  };
  const narrow = size.width < NARROW;
  for (let i = 0; i < n; i++) {
    out.marks.r[i] = markRadius(sizes[i]!, narrow);
    out.marks.y[i] = markY(payload, grid, options.height, i, sizes[i]!);
  }
  const places = placesOf(payload, grid, narrow, options.height);
  out.marks.x = places.x;
  out.marks.order = places.order;
  const shown = (month: number): boolean =>
    options.cursor === null || (month === UNDATED ? options.cursor >= options.last : month <= options.cursor);
  out.cells = cellRects(payload, grid, shown);
  const most = Math.max(1, ...alone.models);
  const full = grid.strip.y1 - grid.strip.y0;
  alone.month.forEach((month, at) => {
    if (!shown(month)) return;
    const { x, w } = column(grid, month);
    const h = Math.max(1, Math.sqrt(alone.models[at]! / most) * full);
    out.alone.push({ x: x + 0.5, y: grid.strip.y1 - h, w: Math.max(1, w - 1), h, at, models: alone.models[at]! });
  });
  return out;
}

function cellRects(payload: ForestPayload, grid: ForestGrid, shown: (month: number) => boolean): ForestLayout["cells"] {
  const { cells } = payload;
  const small = cells.families.filter((_, i) => cells.size[i]! < 10);
  const most = Math.max(1, ...small);
  const out: ForestLayout["cells"] = [];
  for (let at = 0; at < cells.month.length; at++) {
    if (!shown(cells.month[at]!)) continue;
    const { x, w } = column(grid, cells.month[at]!);
    const room = cells.size[at]! < 10 ? grid.band - 2 : 5;
    const h = Math.max(1.6, Math.min(1, Math.sqrt(cells.families[at]! / most)) * room);
    out.push({ x: x + 0.5, y: yOfSize(grid, cells.size[at]!) - h / 2, w: Math.max(1, w - 1), h, at });
  }
  return out;
}

interface Places {
  x: Float32Array;
  order: Int32Array; // of drawing, large first
}

/** Places across of each picture of a forest: the same in every month of a replay. */
const KNOWN = new WeakMap<ForestPayload, Map<string, Places>>();

function placesOf(payload: ForestPayload, grid: ForestGrid, narrow: boolean, height: Height): Places {
  const known = KNOWN.get(payload) ?? new Map<string, Places>();
  KNOWN.set(payload, known);
  const key = JSON.stringify([grid.plot, grid.time, narrow, height]);
  const found = known.get(key) ?? spread(payload, grid, narrow, height);
  known.set(key, found);
  return found;
}

function markY(payload: ForestPayload, grid: ForestGrid, height: Height, i: number, size: number): number {
  return height === "downloads" ? yOfDownloads(grid, payload.marks.downloads[i]!) : yOfSize(grid, Math.max(1, size));
}

/**
 * Within the column of its month a mark takes the place nearest the middle where it meets no larger
 * one, so position inside a column means nothing.
 */
function spread(payload: ForestPayload, grid: ForestGrid, narrow: boolean, height: Height): Places {
  const { size } = payload.marks;
  const n = size.length;
  const marks = {
    x: new Float32Array(n),
    y: Float32Array.from(size, (members, i) => markY(payload, grid, height, i, members)),
    r: Float32Array.from(size, (members) => markRadius(members, narrow)),
  };
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => marks.r[b]! - marks.r[a]! || a - b);
  const columns = new Map<number, number[]>();
  for (const i of order) {
    const month = payload.marks.month[i]!;
    const { x, w } = column(grid, month);
    const placed = columns.get(month) ?? [];
    columns.set(month, placed);
    const room = Math.max(0, w / 2 - Math.min(marks.r[i]!, w / 2) * 0.6);
    const steps = Math.max(1, Math.floor(room / 1.5));
    let best = 0;
    let least = Infinity;
    for (let step = 0; step <= 2 * steps; step++) {
      const side = (step + i) % 2 === 0 ? 1 : -1;
      const offset = (Math.ceil(step / 2) * side * room) / steps;
      const overlap = overlapAt(marks, placed, i, x + w / 2 + offset);
      if (overlap < least) {
        least = overlap;
        best = offset;
      }
      if (overlap === 0) break;
    }
    marks.x[i] = x + w / 2 + best;
    placed.push(i);
  }
  return { x: marks.x, order };
}

function overlapAt(marks: { x: Float32Array; y: Float32Array; r: Float32Array }, placed: readonly number[], i: number, x: number): number {
  let total = 0;
  for (const other of placed) {
    const reach = marks.r[i]! + marks.r[other]! + 0.5;
    const dy = Math.abs(marks.y[i]! - marks.y[other]!);
    if (dy >= reach) continue;
    total += Math.max(0, reach - Math.hypot(dy, x - marks.x[other]!));
  }
  return total;
}
