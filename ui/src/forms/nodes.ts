/** The models of a scope as columns: what rings, trees and own colours are computed from. */

import { tableFromIPC } from "@uwdata/flechette";
import type { Accounts, By, NodesPayload, Value } from "../api";

export const NO_DAY = -(2 ** 31);

/**
 * Row 0 is the root; descendants follow depth first, so a parent stands before its children and
 * a subtree is one run of rows: row .. row + descendants.
 */
export interface Nodes {
  by: By | "own";
  values: Value[];
  filter: string;
  accounts: Accounts;
  relations: string[];
  links: { child: Int32Array; parent: Int32Array };
  n: number;
  model: string[];
  node: Int32Array;
  parent: Int32Array;
  day: Int32Array; // NO_DAY where there is none
  relation: Uint8Array;
  value: Uint8Array;
  passes: Uint8Array;
  downloads: Float64Array; // NaN where not known
  descendants: Int32Array;
  ghost: Uint8Array;
  stated: Uint8Array;
}

type Columns = { [K in keyof NodesPayload["rows"]]: ArrayLike<unknown> };
type Header = Omit<NodesPayload, "rows">;

function assemble(header: Header, rows: Columns): Nodes {
  const n = rows.model.length;
  const bits = (column: ArrayLike<unknown>) => Uint8Array.from(column, (v) => (v ? 1 : 0));
  const numbers = (column: ArrayLike<unknown>) => Int32Array.from(column, (v) => Number(v));
  return {
    by: header.by,
    values: header.values,
    filter: header.filter,
    accounts: header.accounts,
    relations: header.relations,
    links: { child: Int32Array.from(header.links.child), parent: Int32Array.from(header.links.parent) },
    n,
    model: Array.from(rows.model, String),
    node: numbers(rows.node),
    parent: numbers(rows.parent),
    day: Int32Array.from(rows.day, (v) => (v === null || v === undefined ? NO_DAY : Number(v))),
    relation: Uint8Array.from(rows.relation, (v) => Number(v)),
    value: Uint8Array.from(rows.value, (v) => Number(v)),
    passes: bits(rows.passes),
    downloads: Float64Array.from(rows.downloads, (v) => (v === null || v === undefined ? NaN : Number(v))),
    descendants: numbers(rows.descendants),
    ghost: bits(rows.is_ghost),
    stated: bits(rows.stated),
  };
}

export function nodesFromJson(payload: NodesPayload): Nodes {
  return assemble(payload, payload.rows);
}

/** Read the Arrow IPC stream of /nodes. */
export function nodesFromArrow(bytes: Uint8Array): Nodes {
  const table = tableFromIPC(bytes);
  const header = JSON.parse(table.schema.metadata?.get("cladist") ?? "{}") as Header;
  const column = (name: string) => table.getChild(name).toArray() as ArrayLike<unknown>;
  return assemble(header, {
    node: column("node"),
    model: column("model"),
    parent: column("parent"),
    day: column("day"),
    relation: column("relation"),
    value: column("value"),
    passes: column("passes"),
    downloads: column("downloads"),
    descendants: column("descendants"),
    is_ghost: column("is_ghost"),
    stated: column("stated"),
  });
}

/** Rows from a model up to its root, itself first. */
export function pathToRoot(nodes: Nodes, row: number): number[] {
  const out: number[] = [];
  for (let at = row; at >= 0; at = nodes.parent[at]!) out.push(at);
  return out;
}

/** Rows of the children of a row, in order. */
export function childrenOf(nodes: Nodes, row: number): number[] {
  const out: number[] = [];
  const end = row + nodes.descendants[row]!;
  for (let at = row + 1; at <= end; at += nodes.descendants[at]! + 1) out.push(at);
  return out;
}

/** The neighbour of a row: parent, first child, the sibling before or after. */
export function neighbour(nodes: Nodes, row: number, way: "left" | "right" | "up" | "down"): number {
  const parent = nodes.parent[row]!;
  if (way === "left") return parent >= 0 ? parent : row;
  if (way === "right") return nodes.descendants[row]! > 0 ? row + 1 : row;
  const siblings = parent >= 0 ? childrenOf(nodes, parent) : rootsOf(nodes);
  const at = siblings.indexOf(row) + (way === "up" ? -1 : 1);
  return siblings[at] ?? row;
}

export function rootsOf(nodes: Nodes): number[] {
  const out: number[] = [];
  for (let at = 0; at < nodes.n; at += nodes.descendants[at]! + 1) out.push(at);
  return out;
}
