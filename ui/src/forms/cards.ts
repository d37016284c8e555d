/** The words of a model's card, the same in every form that draws single models. */

import type { Value } from "../api";
import type { Card } from "../draw/form";
import { dayWords } from "../draw/look";
import { bare, count, plural } from "../format";
import { NO_DAY, type Nodes } from "./nodes";

const RELATION_WORDS: Record<string, string> = {
  finetune: "fine-tune",
  adapter: "adapter",
  quantized: "quantised version",
  merge: "merge",
  conversion: "conversion",
};

/** "fine-tune of Mistral-7B-v0.1, stated"; "names X as its parent, relation not stated". */
export function descentWords(nodes: Nodes, row: number): string {
  const parent = nodes.parent[row]!;
  if (parent < 0) return "founder";
  const of = bare(nodes.model[parent]!);
  const relation = RELATION_WORDS[nodes.relations[nodes.relation[row]!] ?? ""];
  if (!relation) return `names ${of} as its parent, relation not stated`;
  return `${relation} of ${of}, ${nodes.stated[row] ? "stated" : "guessed"}`;
}

export function modelCard(nodes: Nodes, row: number, hint: string): Card {
  const lines = [descentWords(nodes, row)];
  lines.push(nodes.day[row] === NO_DAY ? "no date" : `created ${dayWords(nodes.day[row]!)}`);
  const value = nodes.values[nodes.value[row]!];
  if (nodes.by !== "relation" && value) lines.push(value.label);
  if (nodes.descendants[row]) lines.push(`${plural(nodes.descendants[row]!, "model")} below it`);
  if (!Number.isNaN(nodes.downloads[row]!)) lines.push(`${count(nodes.downloads[row]!)} downloads in 30 days`);
  if (nodes.ghost[row]) lines.push("ghost: named, not in this snapshot");
  if (!nodes.passes[row]) lines.push("left out by the filter");
  return { title: nodes.model[row]!, lines, model: nodes.model[row]!, hint };
}

/** Drawn hollow: the value says that nothing is known. */
export function isUnstated(value: Value | undefined): boolean {
  return value === undefined || value.key === "unstated" || value.key === "unknown";
}
