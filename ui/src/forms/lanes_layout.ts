/** Lanes over time: where the server's lanes, bars and bundles stand on the page. */

import { FLOOR, type LanesPayload, UNDATED } from "../api";

export interface LanesGrid {
  top: number; // of the first row
  row: number; // height of a row
  rows: number;
  floor: { x0: number; x1: number };
  time: { x0: number; x1: number; first: number; last: number };
  undated: { x0: number; x1: number };
  names: { x0: number; x1: number }; // column of labels and counts
  height: number; // of the whole, pixels
}

export interface Months {
  first: number;
  last: number;
}

export const AXIS = 26;
export const LEAST_ROW = 13;

/** Rows fill the height down to 13 px, the least at which names can be read. */
export function lanesGrid(rows: number, months: Months, width: number, height: number): LanesGrid {
  const narrow = width < 560;
  const names = narrow ? Math.round(width * 0.42) : Math.min(380, Math.round(width * 0.29));
  const x1 = width - names - 8;
  const undated = narrow ? 26 : 48;
  const floor = narrow ? 14 : 34;
  const row = Math.max(LEAST_ROW, Math.min(26, (height - AXIS - 8) / Math.max(1, rows)));
  const first = Math.max(0, months.first);
  return {
    top: AXIS,
    row,
    rows,
    floor: { x0: 6, x1: 6 + floor },
    time: { x0: 6 + floor + 6, x1: x1 - undated - 10, first, last: Math.max(first + 1, months.last + 1) },
    undated: { x0: x1 - undated, x1 },
    names: { x0: x1 + 12, x1: width - 8 },
    height: AXIS + rows * row + 8,
  };
}

/** Left edge of a month; a month before the axis stands at its start. */
export function monthX(grid: LanesGrid, month: number): number {
  if (month === FLOOR) return grid.floor.x0;
  if (month === UNDATED) return grid.undated.x0;
  const { x0, x1, first, last } = grid.time;
  return x0 + ((Math.max(first, month) - first) / (last - first)) * (x1 - x0);
}

export function monthWidth(grid: LanesGrid, month: number): number {
  if (month === FLOOR) return grid.floor.x1 - grid.floor.x0;
  if (month === UNDATED) return grid.undated.x1 - grid.undated.x0;
  return (grid.time.x1 - grid.time.x0) / (grid.time.last - grid.time.first);
}

/** Baseline of a lane: bars stand on it. */
export function laneY(grid: LanesGrid, lane: number): number {
  return grid.top + (lane + 0.82) * grid.row;
}

/** Where a lane begins: a little inside the column of its month. */
export function startX(grid: LanesGrid, month: number): number {
  return monthX(grid, month) + Math.min(4, monthWidth(grid, month) / 2);
}

export interface Bar {
  lane: number;
  month: number; // UNDATED in the column of those without a date
  value: number;
  models: number;
  x: number;
  y: number;
  w: number;
  h: number;
}

/**
 * Bars of all lanes: the height of a month's pile grows with the square root of its models, on one
 * scale for the page; the values share the pile by their counts.
 */
export function laneBars(lanes: LanesPayload["lanes"], barMax: number, grid: LanesGrid): Bar[] {
  const out: Bar[] = [];
  const full = grid.row * 0.94;
  const unit = full / Math.sqrt(Math.max(1, barMax));
  lanes.forEach((lane, i) => {
    const piles = new Map<number, { value: number; models: number }[]>();
    const add = (month: number, value: number, models: number) => {
      if (models <= 0) return;
      const pile = piles.get(month) ?? [];
      pile.push({ value, models });
      piles.set(month, pile);
    };
    lane.bars.month.forEach((month, k) => add(month, lane.bars.value[k]!, lane.bars.models[k]!));
    lane.undated.value.forEach((value, k) => add(UNDATED, value, lane.undated.models[k]!));
    for (const [month, pile] of piles) {
      const total = pile.reduce((n, part) => n + part.models, 0);
      const height = Math.max(1.2, Math.min(full, unit * Math.sqrt(total)));
      let y = laneY(grid, i);
      for (const part of pile.sort((a, b) => a.value - b.value)) {
        const h = (height * part.models) / total;
        y -= h;
        out.push({ lane: i, month, ...part, x: monthX(grid, month), y, w: monthWidth(grid, month), h });
      }
    }
  });
  return out;
}

export interface Elbow {
  parent: number;
  child: number;
  x: number;
  y0: number;
  y1: number;
}

/** A child's lane hangs on its parent's at the child's birth. */
export function elbows(lanes: LanesPayload["lanes"], grid: LanesGrid): Elbow[] {
  const out: Elbow[] = [];
  lanes.forEach((lane, child) => {
    if (lane.parent < 0) return;
    out.push({ parent: lane.parent, child, x: startX(grid, lane.month), y0: laneY(grid, lane.parent), y1: laneY(grid, child) });
  });
  return out;
}

/** Last month in which something stands on a lane, or hangs from it. */
export function laneEnds(lanes: LanesPayload["lanes"]): number[] {
  const out = lanes.map((lane) => Math.max(lane.month, ...lane.bars.month.filter((m) => m >= 0)));
  for (const lane of lanes) if (lane.parent >= 0) out[lane.parent] = Math.max(out[lane.parent]!, lane.month);
  return out;
}

/** How often an elbow crosses the lane of another: none where children are younger than parents. */
export function crossings(lanes: LanesPayload["lanes"], grid: LanesGrid): number {
  let total = 0;
  for (const elbow of elbows(lanes, grid)) {
    const [from, to] = [Math.min(elbow.parent, elbow.child), Math.max(elbow.parent, elbow.child)];
    for (let lane = from + 1; lane < to; lane++) if (startX(grid, lanes[lane]!.month) < elbow.x) total++;
  }
  return total;
}

export const AT_REST = 40; // bundles drawn before anything is pointed at

/** The links drawn at rest, and what is left out of the picture. */
export function bundlesAtRest(payload: LanesPayload): { drawn: number[]; links: number; more: number; moreLinks: number } {
  const order = payload.bundles.map((_, i) => i).sort((a, b) => payload.bundles[b]!.links - payload.bundles[a]!.links || a - b);
  const drawn = order.slice(0, AT_REST);
  const rest = order.slice(AT_REST);
  const links = (list: number[]) => list.reduce((n, i) => n + payload.bundles[i]!.links, 0);
  return { drawn, links: links(drawn), more: rest.length, moreLinks: links(rest) };
}

/** A link from lane to lane at a month, bowed to the right, and its head at the child's lane. */
export function bundleCurve(grid: LanesGrid, from: number, to: number, month: number): { d: string; head: string } {
  const x = monthX(grid, month) + monthWidth(grid, month) / 2;
  const [y0, y1] = [laneY(grid, from) - 2, laneY(grid, to) - 2];
  const bow = Math.min(month === UNDATED ? 18 : 70, 10 + Math.abs(y1 - y0) * 0.16);
  const s = 4.5;
  return {
    d: `M${x} ${y0}C${x + bow} ${y0} ${x + bow} ${y1} ${x + s} ${y1}`,
    head: `M${x - 1} ${y1}l${s + 2} ${-s * 0.62}v${s * 1.24}z`,
  };
}
