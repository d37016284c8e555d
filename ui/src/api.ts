/**
 * The explorer's API, version 1: the payloads of /api/v1/, as the server's `payloads.py` defines
 * them. A test of the Python side holds both against one another, field by field.
 *
 * Conventions. A model is named by `model` (its id); `node` is its number in the snapshot. Months
 * count from 0 = March 2022; FLOOR (-1) is "on or before 2 March 2022", UNDATED (-2) is no date.
 * `value` is a place in the list `values` of the same payload. Unknown is null, never 0 or "".
 * Ids may hold one slash and stand last in a path, percent-encoded but for the slash.
 * Lists of equal length under one object are columns of one table.
 */

export const FLOOR = -1;
export const UNDATED = -2;

/** What a picture can be coloured by; the words are the columns of the snapshot. */
export type By = "relation" | "license" | "pipeline_tag" | "library_name" | "author";

/** Query parameters that keep a part of the models; every picture names those in force. */
export interface Filter {
  relations?: string; // relations of the edge to the primary parent, joined by commas
  license?: string; // licence families or ids, joined by commas; "unstated" is a value
  pipeline_tag?: string;
  language?: string;
  from?: string; // YYYY-MM
  to?: string;
  downloads?: string; // "1000-" or "0-10": 30 days, at the reading of the snapshot
  stated?: string; // "1": only models whose relation is stated
}

/** One value of what is coloured: its key in the data, its words, its place in the palette. */
export interface Value {
  key: string; // "finetune", "permissive", "text-generation" ...; "other"; "unstated"
  label: string;
  palette: string; // "relation.finetune", "license.permissive", "series.3", "neutral"
  count: number;
}

/** Every model of the scope in exactly one of these: their sum is `total`. */
export interface Accounts {
  shown: number; // models that are a mark of their own
  aggregated: number; // models counted inside a mark, a bar or a cell
  filtered: number; // models that the filter leaves out
  total: number;
}

export interface ErrorPayload {
  error: { status: number; code: string; message: string; remedy: string; nearest: string[] };
}

/** GET /api/v1/hub */
export interface HubPayload {
  name: string;
  digest: string;
  version: string; // of cladist
  models: number; // declared
  ghosts: number;
  claims: number;
  edges: number;
  families: number; // of two and more
  in_families: number;
  alone: number;
  largest_family: number;
  observed: string[]; // ISO dates at which the sources were read
  census_until: string | null; // ISO date: after it a sample, not a census; null if not known
  coverage: string | null;
  family: string | null; // founder of the one family of a static site; null where all are there
  simulated: boolean;
  has_cards: boolean;
  months: { first: number; last: number };
  by: By[];
  languages: { key: string; count: number }[];
  analyses: AnalysisEntry[];
}

export interface AnalysisEntry {
  name: string;
  sentence: string;
  forms: string[]; // "standard", "laufer2025"
  options: { name: string; default: unknown; choices: string[] | null; help: string }[];
}

/** GET /api/v1/search?q=&limit= */
export interface SearchPayload {
  q: string;
  models: {
    model: string;
    author: string | null;
    downloads: number | null;
    descendants: number;
    family_size: number;
    is_ghost: boolean;
    matched: "id" | "alias" | "prefix" | "text";
    alias: string | null; // the old id that was typed
  }[];
  authors: { author: string; models: number }[];
  tags: { tag: string; models: number }[];
  nearest: string[]; // where nothing is found: ids that resemble the question
}

/** GET /api/v1/forest?unit=family|clan&by=&<Filter> */
export interface ForestPayload {
  unit: "family" | "clan";
  by: By;
  values: Value[];
  filter: string; // the filter in words, "" if none
  least: number; // families of at least this many members are marks
  marks: {
    node: number[]; // founder
    model: string[];
    size: number[]; // members that pass the filter
    full_size: number[];
    month: number[];
    hollow: boolean[]; // founder undated: its earliest dated member's month
    value: number[]; // commonest value that members that pass state
    downloads: (number | null)[]; // of all members
    founders: number[]; // how many; above 1 the family is "(mixed)" where founder_share < 0.5
    founder_share: number[];
    is_ghost: boolean[];
  };
  cells: { month: number[]; size: number[]; families: number[]; value: number[] };
  alone: { month: number[]; models: number[] };
  families: number; // marks + cells
  accounts: Accounts;
}

/** GET /api/v1/growth?unit=&<Filter>: members of each mark by month of birth, in order of marks. */
export interface GrowthPayload {
  mark: number[]; // index into marks of /forest with the same parameters
  month: number[];
  models: number[];
  alone: { month: number[]; models: number[] };
}

/** GET /api/v1/family/{id}?scope=family|clan|subtree */
export interface FamilyPayload {
  model: string; // founder, or the model whose subtree it is
  node: number;
  scope: "family" | "clan" | "subtree";
  size: number;
  children: number; // of the root
  breeders: number; // models of the scope that have children
  depth: number; // deepest generation below the root
  merges: number; // second-parent links inside the scope
  family: {
    model: string;
    size: number;
    founders: number;
    founder_share: number;
    founder_is_ghost: boolean;
    mixed: boolean;
  };
  clan: { model: string; size: number };
  clans: { model: string; size: number }[]; // largest first, at most 50; of the family
  clans_more: { clans: number; models: number };
  view: "rings" | "lanes" | "tree"; // the default form for its shape
  months: { first: number; last: number };
  facets: { relation: Value[]; license: Value[]; pipeline_tag: Value[] }; // six + other + unstated
  root: ModelFacts;
}

/** GET /api/v1/lanes/{id}?scope=&s=&by=&expand=&<Filter> */
export interface LanesPayload {
  s: number; // least size of a lane
  s_options: { s: number; lanes: number }[];
  by: By;
  values: Value[];
  filter: string;
  lanes: {
    node: number;
    model: string;
    parent: number; // index of the lane that it branches off, -1 for a root
    depth: number; // indent
    month: number; // start: birth, or its earliest dated child's month if hollow
    hollow: boolean;
    size: number; // models of its subtree in the scope, itself included
    own: number; // models counted on this lane, itself included
    bars: { month: number[]; value: number[]; models: number[] }; // dated models but the lane's own
    undated: { value: number[]; models: number[] };
    is_ghost: boolean;
    expandable: boolean;
  }[];
  bundles: { from: number; to: number; links: number; month: number }[]; // most links first
  within: number; // second-parent links inside one lane
  outside: number; // second-parent links to models without a lane or outside the scope
  hidden: { clans: number; models: number }; // of clans too small for a lane, not drawn
  bar_max: number;
  accounts: Accounts;
}

/**
 * GET /api/v1/nodes/{id}?scope=&by=&<Filter> (Arrow IPC stream; `?format=json` gives this)
 * Rows: the root, then its descendants by primary parent in depth-first order, siblings by birth
 * with the undated last. Schema metadata of the Arrow stream holds the other fields as JSON under
 * the key "cladist".
 */
export interface NodesPayload {
  by: By;
  values: Value[];
  filter: string;
  accounts: Accounts;
  links: { child: number[]; parent: number[] }; // second parents inside the scope, as rows
  rows: {
    node: number[];
    model: string[];
    parent: number[]; // row of the primary parent, -1 for a root
    day: (number | null)[]; // days since 2022-03-02; 0 or less: back-filled; null: undated
    relation: number[]; // index into relations
    value: number[];
    passes: boolean[]; // passes the filter
    downloads: (number | null)[];
    descendants: number[]; // in the primary tree of the scope
    is_ghost: boolean[];
    stated: boolean[]; // a source states the relation
  };
  relations: string[];
}

/**
 * GET /api/v1/members/{id}?scope=&sort=&order=&q=&offset=&limit=&<Filter>: the table twin.
 * GET /api/v1/models?author=&tag=&...: the models of an author, or with a tag (one is needed).
 */
export interface MembersPayload {
  total: number;
  offset: number;
  rows: Relative[];
}

export interface ModelFacts {
  node: number;
  model: string;
  author: string | null;
  created_at: string | null; // ISO date
  created_at_is_floor: boolean | null;
  downloads: number | null;
  likes: number | null;
  pipeline_tag: string | null;
  library_name: string | null;
  license: string[] | null;
  license_name: string | null;
  license_family: string; // key of the palette
  language: string[] | null;
  parameters: number | null;
  is_ghost: boolean;
  generation: number;
  children: number;
  descendants: number;
}

export interface Relative extends ModelFacts {
  relation: string; // to the parent through which it is listed
  stated: boolean; // a source states it ("?" otherwise)
  parent: string | null;
}

export interface Claim {
  parent: string;
  relation: string;
  parent_raw: string;
  match: string;
  method: string;
  method_words: string;
  confidence: number;
  source: string;
  observed_at: string | null;
}

export interface TraitChange {
  trait: string;
  parent: string[] | null;
  child: string[] | null;
  kind: "kept" | "changed" | "gained" | "lost" | "silent"; // silent: neither side states it
}

export interface ModelEdge {
  child: string;
  parent: string;
  relation: string;
  relations: string[];
  methods: string[];
  confidence: number;
  claims: Claim[];
  changes: TraitChange[];
  primary: boolean;
  verdict: Severity; // of the licence, at this edge
}

export type Severity = "ok" | "obligation" | "review" | "unknown" | "conflict";

/** GET /api/v1/model/{id} */
export interface ModelPayload {
  facts: ModelFacts;
  tags: string[];
  datasets: string[] | null;
  arxiv: string[] | null;
  gated: string | null;
  revision: string | null;
  last_modified: string | null;
  observed_at: string | null;
  aliases: { alias: string; reason: string }[];
  family: { model: string; size: number; mixed: boolean; founders: number };
  clan: { model: string; size: number };
  line: ModelFacts[]; // main line by primary parents, founder first, the model last
  ancestors: (ModelFacts & { distance: number })[]; // all of them, nearest first, at most 500
  ancestors_total: number;
  edges: ModelEdge[]; // among the ancestors listed and the model
  cut: { parent: string; kind: string }[]; // claims left out to break a cycle, and self-loops
  children: { total: number; by_relation: Record<string, number>; unstated_license: number };
  siblings: number;
  changes: TraitChange[]; // founder of the main line -> model
  downloads: { observed_at: string; downloads: number }[]; // dated readings
  audit: AuditPayload;
  card: { length: number | null; is_generated: boolean | null; has_text: boolean };
}

/** What `cladist audit MODEL --json` prints, unchanged. */
export interface AuditPayload {
  model: string;
  declared: unknown;
  verdict: string;
  obligations: Record<string, unknown>[];
  findings: {
    rule: string;
    severity: Severity;
    parent: string | null;
    child: string | null;
    clause: string | null;
    url: string | null;
    explanation: string;
    resolution: string | null;
  }[];
  [more: string]: unknown;
}

/** GET /api/v1/children/{id} and /api/v1/siblings/{id} ?sort=&order=&relations=&license=&offset=&limit= */
export type RelativesPayload = MembersPayload;

/** GET /api/v1/card/{id}: rendered and sanitised on the server; no images, no styles, no scripts. */
export interface CardPayload {
  model: string;
  html: string;
  front_matter: string | null; // as text
  length: number;
  truncated: boolean;
}

/** GET /api/v1/ancestry/{id}: the ancestry map. */
export interface AncestryPayload {
  nodes: {
    model: string;
    x: number; // generation
    y: number;
    main: boolean; // on the main line
    license_family: string;
    license: string[] | null;
    is_ghost: boolean;
  }[];
  edges: { from: number; to: number; relation: string; main: boolean; stated: boolean }[];
  generations: number;
}

/** GET /api/v1/compare?a=&b=: what `cladist compare A B --json` prints, and the facts of both. */
export interface ComparePayload {
  a: ModelFacts;
  b: ModelFacts;
  comparison: Record<string, unknown>;
}

/** GET /api/v1/analysis/{name}?trait=&by=&...: 200 with the result, or 202 while it runs. */
export interface AnalysisPayload {
  state: "done";
  seconds: number;
  result: {
    analysis: string;
    definition: string;
    definition_text: string;
    parameters: Record<string, unknown>;
    n: number;
    finding: string;
    notes: string[];
    table: Record<string, unknown>[];
    tables: Record<string, Record<string, unknown>[]>;
    provenance: Record<string, unknown>;
  };
  charts: ChartSpec[]; // as data: see cladist.result.Chart
}

export interface RunningPayload {
  state: "running";
  seconds: number; // so far
  step: string;
}

export interface ChartSpec {
  name: string;
  kind: string;
  title: string;
  subtitle: string;
  table: string;
  x: string;
  y: string;
  value: string;
  low: string;
  high: string;
  color: string;
  palette: string;
  x_title: string;
  y_title: string;
  x_scale: string;
  y_scale: string;
  percent: boolean;
  top: number | null;
  label: string;
  where: [string, string][];
  diagonal: boolean;
  faint: string;
}
