/** A small family leaf by leaf: time to the right, a row a leaf, parents beside their children. */

import { monthOfDay } from "../draw/look";
import { NO_DAY, type Nodes } from "./nodes";
import type { Months } from "./lanes_layout";

export const AXIS = 26;
export const MOST_LEAVES = 500;
const LEAST_ROW = 13;

export interface TreeGrid {
  top: number;
  row: number;
  floor: { x0: number; x1: number };
  time: { x0: number; x1: number; first: number; last: number };
  undated: { x0: number; x1: number };
  names: { x0: number; x1: number };
  height: number;
}

export interface TreeLayout {
  grid: TreeGrid;
  row: Float32Array; // in rows; leaves whole, parents between their children
  x: Float32Array; // pixels
  hollow: Uint8Array; // no date of its own: at its earliest dated child
  leaves: number;
}

/** Rows: leaves in depth-first order; a parent in the middle of its first and last child. */
export function treeRows(nodes: Nodes): { row: Float32Array; leaves: number } {
  const row = new Float32Array(nodes.n);
  const first = new Float32Array(nodes.n).fill(Infinity);
  const last = new Float32Array(nodes.n).fill(-Infinity);
  let leaves = 0;
  for (let at = 0; at < nodes.n; at++) if (nodes.descendants[at] === 0) row[at] = leaves++;
  // Children stand after their parent, so from the end each is done before its parent is asked.
  for (let at = nodes.n - 1; at >= 0; at--) {
    if (nodes.descendants[at]) row[at] = (first[at]! + last[at]!) / 2;
    const parent = nodes.parent[at]!;
    if (parent < 0) continue;
    first[parent] = Math.min(first[parent]!, row[at]!);
    last[parent] = Math.max(last[parent]!, row[at]!);
  }
  return { row, leaves };
}

/** Day at which each row is drawn; one without a date takes its earliest dated child's. */
export function drawnDays(nodes: Nodes): Int32Array {
  const own = Int32Array.from(nodes.day);
  const earliest = new Int32Array(nodes.n).fill(NO_DAY);
  for (let at = nodes.n - 1; at >= 0; at--) {
    if (own[at] === NO_DAY) own[at] = earliest[at]!;
    const parent = nodes.parent[at]!;
    if (parent < 0 || own[at] === NO_DAY) continue;
    earliest[parent] = earliest[parent] === NO_DAY ? own[at]! : Math.min(earliest[parent]!, own[at]!);
  }
  return own;
}

export function treeLayout(nodes: Nodes, months: Months, width: number, height: number): TreeLayout {
  const narrow = width < 560;
  const { row, leaves } = treeRows(nodes);
  const days = drawnDays(nodes);
  const names = narrow ? Math.round(width * 0.4) : Math.min(320, Math.round(width * 0.27));
  const x1 = width - names - 8;
  const rowHeight = Math.max(LEAST_ROW, Math.min(26, (height - AXIS - 8) / Math.max(1, leaves)));
  const dated = [...days].filter((day) => day > 0).map((day) => Math.floor(monthOfDay(day)));
  const first = Math.max(0, (dated.length ? Math.min(...dated) : months.first) - 1);
  const last = Math.max(first + 6, (dated.length ? Math.max(...dated) : months.last) + 2);
  const some = (test: (day: number) => boolean) => days.some(test);
  const floor = some((day) => day <= 0 && day !== NO_DAY) ? (narrow ? 14 : 40) : 0;
  const side = some((day) => day === NO_DAY) ? (narrow ? 20 : 44) : 0;
  const grid: TreeGrid = {
    top: AXIS,
    row: rowHeight,
    floor: { x0: 8, x1: 8 + floor },
    time: { x0: 8 + floor + 8, x1: x1 - side - 8, first, last },
    undated: { x0: x1 - side, x1 },
    names: { x0: x1 + 10, x1: width - 6 },
    height: AXIS + leaves * rowHeight + 8,
  };
  const x = Float32Array.from(days, (day) => {
    if (day === NO_DAY) return (grid.undated.x0 + grid.undated.x1) / 2;
    if (day <= 0) return (grid.floor.x0 + grid.floor.x1) / 2;
    return grid.time.x0 + ((monthOfDay(day) - first) / (last - first)) * (grid.time.x1 - grid.time.x0);
  });
  return { grid, row, x, leaves, hollow: Uint8Array.from(nodes.day, (day) => (day === NO_DAY ? 1 : 0)) };
}
