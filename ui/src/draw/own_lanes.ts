/** Lanes whose bars are coloured by one's own column: counted anew from the single models. */

import { FLOOR, type LanesPayload, UNDATED } from "../api";
import { NO_DAY, type Nodes } from "../forms/nodes";
import { monthOfDay } from "./look";
import { colourBy, type OwnTable } from "./own";

/** Month of the axis in which a day lies. */
function monthOf(day: number): number {
  if (day === NO_DAY) return UNDATED;
  return day <= 0 ? FLOOR : Math.floor(monthOfDay(day));
}

/** The lane on which each row is counted: its own, or its nearest ancestor's; -1 without one. */
export function lanesOfRows(nodes: Nodes, lanes: LanesPayload["lanes"]): Int32Array {
  const byNode = new Map(lanes.map((lane, i) => [lane.node, i]));
  const out = new Int32Array(nodes.n);
  for (let row = 0; row < nodes.n; row++) {
    const parent = nodes.parent[row]!;
    out[row] = byNode.get(nodes.node[row]!) ?? (parent >= 0 ? out[parent]! : -1);
  }
  return out;
}

export function ownLanes(payload: LanesPayload, nodes: Nodes, table: OwnTable, column: number): LanesPayload {
  const { values, of } = colourBy(table, column, nodes.model);
  const lanes = payload.lanes.map((lane) => ({ ...lane, bars: { month: [], value: [], models: [] }, undated: { value: [], models: [] } }) as LanesPayload["lanes"][number]);
  const heads = new Set(payload.lanes.map((lane) => lane.node));
  const piles = lanes.map(() => new Map<number, number>());
  const width = values.length;
  lanesOfRows(nodes, payload.lanes).forEach((lane, row) => {
    if (lane < 0 || !nodes.passes[row] || heads.has(nodes.node[row]!)) return;
    const key = (monthOf(nodes.day[row]!) - UNDATED) * width + of(nodes.model[row]!);
    piles[lane]!.set(key, (piles[lane]!.get(key) ?? 0) + 1);
  });
  piles.forEach((pile, i) => {
    const lane = lanes[i]!;
    for (const [key, models] of [...pile].sort((a, b) => a[0] - b[0])) {
      const month = Math.floor(key / width) + UNDATED;
      const into = month === UNDATED ? lane.undated : lane.bars;
      into.value.push(key % width);
      into.models.push(models);
      if (month !== UNDATED) lane.bars.month.push(month);
    }
  });
  return { ...payload, values, lanes };
}
