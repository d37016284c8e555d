/** What `compare` prints, read with care: its shape belongs to the command line. */
import type { TraitChange } from "../api";

export interface Segment {
  op: "equal" | "replace" | "delete" | "insert";
  a: string;
  b: string;
}
export interface TextDiff {
  insertions: number;
  deletions: number;
  substitutions: number;
  similarity: number | null;
  cut: boolean;
  segments: Segment[];
}
export interface Relationship {
  kind: string;
  sentence: string;
  up: number | null;
  down: number | null;
  through: string[];
  path: string[] | null;
  kinship: number | null;
  others: unknown[];
}

interface Trait {
  trait: string;
  a: unknown;
  b: unknown;
  state: string;
}

function values(value: unknown): string[] | null {
  if (value === null || value === undefined) return null;
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function kind(a: string[] | null, b: string[] | null, state: string): TraitChange["kind"] {
  if (!a && !b) return "silent";
  if (!a) return "gained";
  if (!b) return "lost";
  return state === "kept" ? "kept" : "changed";
}

/** The traits of a comparison, the first model standing where the parent stands. */
export function comparisonChanges(comparison: Record<string, unknown>): TraitChange[] {
  const traits = Array.isArray(comparison["traits"]) ? (comparison["traits"] as Trait[]) : [];
  return traits.map((t) => {
    const [parent, child] = [values(t.a), values(t.b)];
    return { trait: t.trait, parent, child, kind: kind(parent, child, t.state) };
  });
}

export function relationship(comparison: Record<string, unknown>): Relationship | null {
  const found = comparison["relationship"] as Relationship | undefined;
  return found && typeof found.sentence === "string" ? found : null;
}

export function textDiff(comparison: Record<string, unknown>, which: string): TextDiff | null {
  const found = comparison[which] as TextDiff | null | undefined;
  return found && Array.isArray(found.segments) ? found : null;
}
