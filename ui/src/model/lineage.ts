/** The lineage of one model as rows of a rail, as paths, and as folded runs. Pure functions. */
import type { Claim, ModelEdge, ModelFacts, ModelPayload, Severity } from "../api";

/** Ancestors up to which the rail is drawn; above it, the map. */
export const RAIL_LIMIT = 12;
/** Columns of the rail beside the first; further links are named in words only. */
export const SIDE_COLUMNS = 4;

export interface Row {
  facts: ModelFacts;
  column: number;
  /** Its edges upward, the one of the spine first. */
  edges: ModelEdge[];
  isSelf: boolean;
}
export interface Link {
  edge: ModelEdge;
  from: number; // row of the parent
  to: number;
  column: number; // of the vertical stretch; -1 if there was no room
  spine: boolean;
}
export interface Rail {
  rows: Row[];
  links: Link[];
  columns: number;
  hidden: number;
}

function upward(model: ModelPayload): Map<string, ModelEdge[]> {
  const up = new Map<string, ModelEdge[]>();
  for (const edge of model.edges) {
    const list = up.get(edge.child);
    if (list) list.push(edge);
    else up.set(edge.child, [edge]);
  }
  return up;
}

function factsOf(model: ModelPayload): Map<string, ModelFacts> {
  return new Map([...model.ancestors, model.facts].map((f) => [f.model, f]));
}

/** The parent through which the longest known path goes; ties by primary, confidence, id. */
function spineParent(edges: ModelEdge[], facts: Map<string, ModelFacts>): ModelEdge | undefined {
  const depth = (edge: ModelEdge) => facts.get(edge.parent)?.generation ?? -1;
  return [...edges].sort(
    (a, b) =>
      depth(b) - depth(a) ||
      Number(b.primary) - Number(a.primary) ||
      b.confidence - a.confidence ||
      (a.parent < b.parent ? -1 : 1),
  )[0];
}

/** Rows oldest first, every parent above its children, side parents just above their child. */
export function rail(model: ModelPayload): Rail {
  const facts = factsOf(model);
  const up = upward(model);
  const spine = new Set<string>();
  for (let at: string | undefined = model.facts.model; at && !spine.has(at); ) {
    spine.add(at);
    at = spineParent(up.get(at) ?? [], facts)?.parent;
  }
  const rows: Row[] = [];
  const place = new Map<string, number>();
  const visited = new Set<string>();
  const visit = (id: string) => {
    if (visited.has(id)) return;
    visited.add(id);
    const first = spineParent(up.get(id) ?? [], facts);
    const edges = (up.get(id) ?? []).filter((e) => e !== first);
    const ordered = first ? [first, ...edges] : edges;
    for (const edge of ordered) visit(edge.parent);
    const known = facts.get(id);
    if (!known) return;
    place.set(id, rows.length);
    rows.push({
      facts: known,
      column: spine.has(id) ? 0 : -1,
      edges: ordered,
      isSelf: id === model.facts.model,
    });
  };
  visit(model.facts.model);
  return withColumns(rows, place, spine);
}

function withColumns(rows: Row[], place: Map<string, number>, spine: Set<string>): Rail {
  const busy: [from: number, to: number][][] = [];
  const free = (from: number, to: number): number => {
    for (let c = 1; c <= SIDE_COLUMNS; c++) {
      const taken = (busy[c] ??= []);
      if (taken.every(([a, b]) => to <= a || from >= b)) {
        taken.push([from, to]);
        return c;
      }
    }
    return -1;
  };
  const last = new Map<number, number>();
  rows.forEach((row, to) => {
    for (const edge of row.edges) {
      const from = place.get(edge.parent);
      if (from !== undefined) last.set(from, Math.max(last.get(from) ?? 0, to));
    }
  });
  rows.forEach((row, i) => {
    if (row.column < 0) row.column = Math.max(1, free(i, last.get(i) ?? i + 1));
  });
  const links: Link[] = [];
  rows.forEach((row, to) => {
    row.edges.forEach((edge, k) => {
      const from = place.get(edge.parent);
      if (from === undefined) return;
      const parent = rows[from] as Row;
      const isSpine = k === 0 && spine.has(edge.parent) && row.column === 0;
      const column = isSpine || parent.column > 0 ? parent.column : free(from, to);
      links.push({ edge, from, to, column, spine: isSpine });
    });
  });
  const columns = Math.max(0, ...links.map((l) => l.column), ...rows.map((r) => r.column)) + 1;
  return { rows, links, columns, hidden: links.filter((l) => l.column < 0).length };
}

const RANK: Record<Severity, number> = { ok: 0, obligation: 1, unknown: 2, review: 3, conflict: 4 };

export function worst(severities: Severity[]): Severity {
  return severities.reduce((a, b) => (RANK[b] > RANK[a] ? b : a), "ok" as Severity);
}

/** A relation that nobody states, or that rests on one statement below full confidence. */
export function weak(edge: ModelEdge): boolean {
  return edge.relations.every((r) => r === "unknown") || edge.confidence < 0.9;
}

export interface Path {
  models: ModelFacts[]; // founder first
  edges: ModelEdge[];
  verdict: Severity;
  weak: boolean;
}

/** Every path from a founder to the model, gravest first, at most `most`; and whether more exist. */
export function paths(model: ModelPayload, most = 6, look = 200): { paths: Path[]; more: boolean } {
  const facts = factsOf(model);
  const up = upward(model);
  const found: ModelEdge[][] = [];
  let more = false;
  const climb = (id: string, below: ModelEdge[]) => {
    if (found.length >= look) {
      more = true;
      return;
    }
    const edges = up.get(id) ?? [];
    if (edges.length === 0 && below.length > 0) found.push(below);
    for (const edge of edges) climb(edge.parent, [edge, ...below]);
  };
  climb(model.facts.model, []);
  const all = found.map((edges) => ({
    models: [edges[0]?.parent ?? "", ...edges.map((e) => e.child)]
      .map((id) => facts.get(id))
      .filter((f): f is ModelFacts => f !== undefined),
    edges,
    verdict: worst(edges.map((e) => e.verdict)),
    weak: edges.some(weak),
  }));
  all.sort(
    (a, b) =>
      RANK[b.verdict] - RANK[a.verdict] ||
      Number(a.weak) - Number(b.weak) ||
      b.edges.length - a.edges.length,
  );
  return { paths: all.slice(0, most), more: more || all.length > most };
}

/** Ancestors without a known parent. */
export function founders(model: ModelPayload): ModelFacts[] {
  const withParent = new Set(model.edges.map((e) => e.child));
  return model.ancestors.filter((a) => !withParent.has(a.model));
}

export interface Run {
  license: string;
  family: string;
  models: ModelFacts[];
  /** The verdict at the edge that enters the run. */
  verdict: Severity;
}

/** What a model declares, in words. */
export function licenseWords(facts: { license: string[] | null; license_name?: string | null }): string {
  if (!facts.license || facts.license.length === 0) return "not stated";
  const words = facts.license.join(", ");
  return facts.license_name ? `${words} (${facts.license_name})` : words;
}

/** The main line with runs of one licence folded. */
export function fold(line: ModelFacts[], edges: ModelEdge[]): Run[] {
  const verdicts = new Map(edges.map((e) => [`${e.parent} ${e.child}`, e.verdict]));
  const runs: Run[] = [];
  line.forEach((facts, i) => {
    const license = licenseWords(facts);
    const run = runs[runs.length - 1];
    if (run && run.license === license) {
      run.models.push(facts);
      return;
    }
    const before = line[i - 1];
    const verdict = before ? (verdicts.get(`${before.model} ${facts.model}`) ?? "ok") : "ok";
    runs.push({ license, family: facts.license_family, models: [facts], verdict });
  });
  return runs;
}

const METHODS: Record<string, string> = {
  hub_tag: "Hub tag",
  hub_page: "Hub page",
  annotation: "hand annotation",
  card: "card",
  adapter_config: "adapter_config.json",
  mergekit_config: "mergekit_config.yml",
  gguf: "GGUF header",
  readme: "a sentence in the card",
  inferred: "a guess from the name",
};

export function methodWords(method: string): string {
  return METHODS[method] ?? method.replace(/_/g, " ");
}

/** "declared by Hub tag and card", "guessed from the name". */
export function declaredBy(edge: ModelEdge): string {
  if (edge.methods.every((m) => m === "inferred")) return "guessed from the name";
  const words = edge.methods.map(methodWords);
  const joined =
    words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
  return `declared by ${joined}`;
}

/** Typed relations that sources state, where they state more than one. */
export function disagreement(edge: ModelEdge): string[] {
  const typed = edge.relations.filter((r) => r !== "unknown");
  return typed.length > 1 ? typed : [];
}

/** How many statements, from first to last reading. */
export function readings(claims: Claim[]): { n: number; from: string | null; to: string | null } {
  const dates = claims.map((c) => c.observed_at).filter((d): d is string => d !== null).sort();
  return { n: claims.length, from: dates[0] ?? null, to: dates[dates.length - 1] ?? null };
}

/** Changes of an edge that a line names: licence and task first, then how many others. */
export function told(edge: ModelEdge): { trait: string; from: string; to: string }[] {
  const named = ["license", "pipeline_tag", "library_name"];
  return edge.changes
    .filter((c) => named.includes(c.trait) && c.kind !== "kept" && c.kind !== "silent")
    .map((c) => ({
      trait: c.trait,
      from: c.parent?.join(", ") ?? "not stated",
      to: c.child?.join(", ") ?? "not stated",
    }));
}
