/** What a static site cannot ask a server: lists of relatives and the search, cut in the browser. */
import type { MembersPayload, Relative, SearchPayload } from "./api";
import type { Query } from "./router";

/** What a question asks for where it does not say so: such parameters name no file. */
const DEFAULTS: Record<string, Query> = {
  forest: { by: "pipeline_tag", unit: "family" },
  growth: { unit: "family" },
  family: { scope: "family" },
  lanes: { by: "relation", scope: "family" },
  nodes: { by: "relation", scope: "family" },
  members: { scope: "family" },
};

export function withoutDefaults(path: string, query: Query): Query {
  const defaults = DEFAULTS[path.split("/", 1)[0] ?? ""] ?? {};
  return Object.fromEntries(Object.entries(query).filter(([key, value]) => defaults[key] !== value));
}

type SortKey = "model" | "downloads" | "likes" | "created_at" | "descendants" | "relation" | "license";

function compare(key: SortKey, a: Relative, b: Relative): number {
  const [x, y] = [pick(key, a), pick(key, b)];
  if (x === y) return a.node - b.node;
  if (x === null) return 1;
  if (y === null) return -1;
  return x < y ? -1 : 1;
}

function pick(key: SortKey, row: Relative): string | number | null {
  return key === "license" ? (row.license?.join(",") ?? null) : row[key];
}

function relatives(payload: MembersPayload, query: Query): MembersPayload {
  const relations = query["relations"]?.split(",");
  const licenses = query["license"]?.split(",");
  const text = query["q"]?.toLowerCase();
  let rows = payload.rows.filter(
    (row) =>
      (!relations || relations.includes(row.relation)) &&
      (!licenses ||
        licenses.includes(row.license_family) ||
        row.license?.some((l) => licenses.includes(l))) &&
      (!text || row.model.toLowerCase().includes(text)),
  );
  const key = query["sort"] as SortKey | undefined;
  if (key) {
    const sign = query["order"] === "desc" ? -1 : 1;
    rows = [...rows].sort((a, b) => {
      if (pick(key, a) === null || pick(key, b) === null) return compare(key, a, b);
      return sign * compare(key, a, b);
    });
  }
  const offset = Number(query["offset"] ?? 0);
  const limit = Number(query["limit"] ?? 50);
  return { total: rows.length, offset, rows: rows.slice(offset, offset + limit) };
}

function found(payload: SearchPayload, query: Query): SearchPayload {
  const q = query["q"] ?? "";
  const text = q.toLowerCase();
  const limit = Number(query["limit"] ?? 10);
  const rank = (model: string) => {
    const at = model.toLowerCase().indexOf(text);
    return at < 0 ? -1 : at === 0 ? 0 : model[at - 1] === "/" ? 1 : 2;
  };
  const models = payload.models
    .map((row) => ({ row, place: rank(row.model) }))
    .filter(({ place }) => place >= 0)
    .sort((a, b) => a.place - b.place || b.row.descendants - a.row.descendants)
    .slice(0, limit)
    .map(({ row }) => row);
  return {
    q,
    models,
    authors: [], // their lists of models need the server
    tags: [],
    nearest: [],
  };
}

/** The file that holds the whole, and how it is cut to the query; null where a file fits as it is. */
export function narrow<T>(
  path: string,
  query: Query,
): { path: string; asked: Query; cut: (whole: unknown) => T } | null {
  const kind = path.split("/", 1)[0];
  if (kind === "children" || kind === "siblings" || kind === "members") {
    const asked: Query = query["scope"] ? { scope: query["scope"] } : {};
    return { path, asked, cut: (whole) => relatives(whole as MembersPayload, query) as T };
  }
  if (kind === "search") return { path, asked: {}, cut: (whole) => found(whole as SearchPayload, query) as T };
  return null;
}
