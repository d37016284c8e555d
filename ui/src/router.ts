/**
 * The URL is the state: a page, what it is about, and a query whose keys are sorted and whose
 * defaults are left out. Filters push a new entry; panning and zooming replace the present one.
 * A static site (`<meta name="cladist-mode" content="static">`) keeps all of it behind a hash,
 * so that any file host can serve it.
 */
import { signal } from "@preact/signals";
import type { Filter } from "./api";

export type Page = "forest" | "f" | "m" | "evolution" | "compare" | "report" | "unknown";
export type Query = Readonly<Record<string, string>>;
export interface Route {
  page: Page;
  /** The model or founder of /m/ and /f/, the analysis of /evolution/; "" for their index. */
  id: string;
  query: Query;
}

const PAGES: readonly string[] = ["forest", "f", "m", "evolution", "compare", "report"];

export const isStatic =
  document.querySelector('meta[name="cladist-mode"]')?.getAttribute("content") === "static";
const base = new URL(document.baseURI).pathname.replace(/[^/]*$/, "");

export const route = signal<Route>(current());

/** An id in a path: every character encoded but the slash. */
export function encodeId(id: string): string {
  return id.split("/").map(encodeURIComponent).join("/");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The query as text: sorted, empty values left out, commas and slashes readable. */
export function writeQuery(query: Query): string {
  const parts = Object.keys(query)
    .filter((key) => query[key] !== "")
    .sort()
    .map((key) => `${encodeURIComponent(key)}=${readable(query[key] ?? "")}`);
  return parts.length ? `?${parts.join("&")}` : "";
}

function readable(value: string): string {
  return encodeURIComponent(value).replace(/%2C/g, ",").replace(/%2F/g, "/").replace(/%3A/g, ":");
}

export function readQuery(text: string): Query {
  const query: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(text)) {
    if (value !== "" && !(key in Object.prototype)) query[key] = value;
  }
  return query;
}

/** Read a path below the base ("m/author/name") and a query text. */
export function parse(path: string, search: string): Route {
  const query = readQuery(search);
  const parts = path.replace(/^\/+|\/+$/g, "").split("/").filter((p) => p !== "");
  const first = parts[0] ?? "forest";
  if (!PAGES.includes(first)) return { page: "unknown", id: path, query };
  return { page: first as Page, id: parts.slice(1).map(decode).join("/"), query };
}

function current(): Route {
  if (isStatic) {
    const [path = "", search = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
    return parse(path, search);
  }
  const path = location.pathname.startsWith(base) ? location.pathname.slice(base.length) : "";
  return parse(path, location.search);
}

/** The address of a page, to be used as href of any link; clicks on it stay in the page. */
export function href(page: Page, id = "", query: Query = {}): string {
  const path = `${page}${id ? `/${encodeId(id)}` : ""}${writeQuery(kept(query))}`;
  return isStatic ? `${location.pathname}#/${path}` : `${base}${path}`;
}

export const modelHref = (model: string): string => href("m", model);
export const familyHref = (model: string, query: Query = {}): string => href("f", model, query);

/** The theme, where it is in the URL, follows from page to page. */
function kept(query: Query): Query {
  const theme = route.peek()?.query["theme"];
  return theme && !query["theme"] ? { ...query, theme } : query;
}

export interface Move {
  /** Replace the present entry (panning, zooming) instead of pushing a new one. */
  replace?: boolean;
}

export function go(address: string, { replace = false }: Move = {}): void {
  const before = route.value;
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  route.value = current();
  const moved = before.page !== route.value.page || before.id !== route.value.id;
  if (moved && !replace) window.scrollTo(0, 0);
}

/** Values of `changes` that equal their default, are empty, null or undefined leave the URL. */
export function setQuery(
  changes: Record<string, string | number | null | undefined>,
  { defaults = {}, replace = false }: Move & { defaults?: Query } = {},
): void {
  const query: Record<string, string> = { ...route.value.query };
  for (const [key, raw] of Object.entries(changes)) {
    const value = raw === null || raw === undefined ? "" : String(raw);
    if (value === "" || value === defaults[key]) delete query[key];
    else query[key] = value;
  }
  const { page, id } = route.value;
  const path = `${page}${id ? `/${encodeId(id)}` : ""}${writeQuery(query)}`;
  go(isStatic ? `${location.pathname}#/${path}` : `${base}${path}`, { replace });
}

const FILTER_KEYS: Record<keyof Filter, string> = {
  relations: "rel",
  license: "lic",
  pipeline_tag: "task",
  language: "lang",
  from: "from",
  to: "to",
  downloads: "dl",
  stated: "stated",
};

/** The filter that the URL holds, in the words of the API. */
export function filterOf(query: Query): Filter {
  const filter: Filter = {};
  for (const [field, key] of Object.entries(FILTER_KEYS) as [keyof Filter, string][]) {
    if (query[key]) filter[field] = query[key];
  }
  return filter;
}

/** The same filter as part of a URL's query; a field left out leaves the URL. */
export function queryOf(filter: Filter): Record<string, string | null> {
  return Object.fromEntries(
    (Object.entries(FILTER_KEYS) as [keyof Filter, string][]).map(([field, key]) => [
      key,
      filter[field] ?? null,
    ]),
  );
}

function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || link.dataset["outside"] !== undefined) return;
  const inside = isStatic
    ? url.pathname === location.pathname && url.hash.startsWith("#/")
    : url.pathname.startsWith(base) && !url.pathname.startsWith(`${base}api/`);
  if (!inside) return;
  event.preventDefault();
  go(isStatic ? `${url.pathname}${url.hash}` : `${url.pathname}${url.search}`);
}

/** Begin to listen to clicks on links and to the buttons of the browser. */
export function start(): void {
  document.addEventListener("click", follow);
  const read = () => {
    route.value = current();
  };
  window.addEventListener("popstate", read);
  window.addEventListener("hashchange", read);
}
