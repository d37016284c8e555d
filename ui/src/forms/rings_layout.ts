/** Where every model of a family stands in its rings. */

import { yearOfDay } from "../draw/look";
import { NO_DAY, type Nodes, rootsOf } from "./nodes";
import { CENTRE_FREE, discRadius, PETAL_FREE, rim, spiral } from "./spiral";

/** A disc: the leaves of the root, or all descendants of a child that has children. */
export interface Disc {
  head: number; // row of the dot in the middle
  x: number; // units; the root's centre is 0, 0
  y: number;
  radius: number;
  free: number;
  rows: Int32Array; // the others by date, the undated last
  stem: boolean; // the head is a child of the root
}

export interface GrowthRing {
  radius: number;
  label: string;
}

export interface RingsLayout {
  discs: Disc[]; // the root's first
  disc: Int32Array; // of each row
  x: Float32Array; // of each row, units
  y: Float32Array;
  rings: GrowthRing[];
  outer: number;
}

function byDate(nodes: Nodes, rows: number[]): Int32Array {
  const key = (row: number) => (nodes.day[row] === NO_DAY ? Infinity : Math.max(0, nodes.day[row]!));
  return Int32Array.from(rows.sort((a, b) => key(a) - key(b) || a - b));
}

/** Circles where the year changes: the area between two is the number of models born in it. */
export function growthRings(nodes: Nodes, rows: Int32Array, free: number): GrowthRing[] {
  const out: GrowthRing[] = [];
  let before: string | null = null;
  rows.forEach((row, i) => {
    const day = nodes.day[row]!;
    const era = day === NO_DAY ? "no date" : day <= 0 ? "≤ 2 Mar 2022" : String(yearOfDay(day));
    if (era !== before) out.push({ radius: Math.sqrt(i + free) - 0.5, label: era });
    before = era;
  });
  return out;
}

/** Every row in exactly one place: the centre, its disc, or a petal of the rim. */
export function ringsLayout(nodes: Nodes): RingsLayout {
  const leaves: number[] = [];
  const heads: number[] = [];
  const end = nodes.descendants[0]!;
  for (let at = 1; at <= end; at += nodes.descendants[at]! + 1)
    (nodes.descendants[at] ? heads : leaves).push(at);
  const roots = rootsOf(nodes).slice(1);
  const order = [...byDate(nodes, heads), ...roots];
  const rows = byDate(nodes, leaves);
  const radius = discRadius(rows.length, CENTRE_FREE);
  const around = rim(radius, order.map((row) => nodes.descendants[row]!));
  const discs: Disc[] = [{ head: 0, x: 0, y: 0, radius, free: CENTRE_FREE, rows, stem: false }];
  order.forEach((head, i) => {
    const inside: number[] = [];
    for (let row = head + 1; row <= head + nodes.descendants[head]!; row++) inside.push(row);
    discs.push({
      head,
      x: around.distance[i]! * Math.sin(around.angle[i]!),
      y: -around.distance[i]! * Math.cos(around.angle[i]!),
      radius: around.radius[i]!,
      free: PETAL_FREE,
      rows: byDate(nodes, inside),
      stem: nodes.parent[head]! >= 0,
    });
  });
  const out: RingsLayout = {
    discs,
    disc: new Int32Array(nodes.n),
    x: new Float32Array(nodes.n),
    y: new Float32Array(nodes.n),
    rings: growthRings(nodes, rows, CENTRE_FREE),
    outer: around.outer,
  };
  discs.forEach((disc, d) => {
    out.disc[disc.head] = d;
    out.x[disc.head] = disc.x;
    out.y[disc.head] = disc.y;
    disc.rows.forEach((row, i) => {
      const at = spiral(i, disc.free);
      out.disc[row] = d;
      out.x[row] = disc.x + at.x;
      out.y[row] = disc.y + at.y;
    });
  });
  return out;
}

/** A cell of a disc seen from afar: a stretch of a ring of equal area, and how many are in it. */
export interface Cell {
  disc: number;
  first: number; // place in the disc's rows
  last: number; // exclusive
  sector: number;
  count: number; // that pass the filter
  value: number; // the commonest
  share: number; // of the commonest
}

export const SECTORS = 64;

/** Sector of the i-th dot of a spiral; sector 0 begins at three o'clock. */
export function sectorOf(x: number, y: number): number {
  const turn = Math.atan2(y, x) / (2 * Math.PI);
  return Math.min(SECTORS - 1, Math.floor((turn < 0 ? turn + 1 : turn) * SECTORS));
}

/** Cells of all discs: angular sectors × annuli of equal area, which are runs of the order. */
export function density(nodes: Nodes, layout: RingsLayout, perCell = 12): Cell[] {
  const out: Cell[] = [];
  const values = nodes.values.length;
  layout.discs.forEach((disc, d) => {
    const step = SECTORS * perCell;
    for (let first = 0; first < disc.rows.length; first += step) {
      const last = Math.min(disc.rows.length, first + step);
      const counts = new Int32Array(SECTORS * values);
      for (let i = first; i < last; i++) {
        const row = disc.rows[i]!;
        if (!nodes.passes[row]) continue;
        const sector = sectorOf(layout.x[row]! - disc.x, layout.y[row]! - disc.y);
        counts[sector * values + nodes.value[row]!]!++;
      }
      for (let sector = 0; sector < SECTORS; sector++) {
        const here = counts.subarray(sector * values, (sector + 1) * values);
        const count = here.reduce((a, b) => a + b, 0);
        if (count === 0) continue;
        const value = here.indexOf(Math.max(...here));
        out.push({ disc: d, first, last, sector, count, value, share: here[value]! / count });
      }
    }
  });
  return out;
}
