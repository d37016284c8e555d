/** The table twin of a family: every model of the scope, page by page from the server. */
import { useSignal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import type { Filter, MembersPayload, Relative } from "../api";
import { ApiError, get } from "../client";
import { born, count, plural } from "../format";
import { modelHref, go } from "../router";
import { words } from "../palette";
import { ErrorState } from "./parts";
import { type Column, VirtualTable } from "./table";

const PAGE = 200;

const COLUMNS: Column<Relative>[] = [
  { key: "model", label: "Model", sort: "model", head: true, width: "23%", cell: (r) => <a href={modelHref(r.model)}>{r.model}</a> },
  { key: "relation", label: "Relation", sort: "relation", cell: (r) => (r.parent === null ? "founder" : r.relation === "unknown" ? "not stated" : `${words(r.relation)}${r.stated ? "" : " ?"}`) },
  { key: "parent", label: "Parent", width: "16%", cell: (r) => (r.parent ? <a href={modelHref(r.parent)}>{r.parent}</a> : "") },
  { key: "created", label: "Created", sort: "created_at", cell: (r) => born(r.created_at, r.created_at_is_floor) },
  { key: "license", label: "Licence", sort: "license", cell: (r) => r.license?.join(", ") ?? "not stated" },
  { key: "task", label: "Task", width: "14%", cell: (r) => r.pipeline_tag ?? "not stated" },
  { key: "descendants", label: "Descendants", sort: "descendants", numeric: true, cell: (r) => count(r.descendants) },
  { key: "downloads", label: "Downloads", sort: "downloads", numeric: true, cell: (r) => (r.downloads === null ? "not known" : count(r.downloads)) },
];

export function MembersTable(props: { id: string; scope: string; filter: Filter; words: string; name: string }) {
  const by = useSignal<{ sort: string; order: "asc" | "desc" }>({ sort: "downloads", order: "desc" });
  const total = useSignal<number | null>(null);
  const text = useSignal("");
  const failed = useSignal<ApiError | null>(null);
  const drawn = useSignal(0);
  const pages = useRef(new Map<number, Relative[] | "asked">());
  const key = JSON.stringify([props.id, props.scope, props.filter, by.value, text.value]);
  const current = useRef(key);
  const load = (page: number) => {
    if (pages.current.has(page)) return;
    pages.current.set(page, "asked");
    const asked = current.current;
    get<MembersPayload>(`members/${props.id}`, { scope: props.scope, ...props.filter, ...by.value, q: text.value, offset: page * PAGE, limit: PAGE }).then(
      (answer) => {
        if (asked !== current.current) return;
        pages.current.set(page, answer.rows);
        total.value = answer.total;
        drawn.value++;
      },
      (error: unknown) => {
        if (asked === current.current && error instanceof ApiError) failed.value = error;
      },
    );
  };
  useEffect(() => {
    current.current = key;
    pages.current = new Map();
    failed.value = null;
    const wait = setTimeout(() => load(0), text.value ? 150 : 0);
    return () => clearTimeout(wait);
  }, [key]);
  const need = useCallback((first: number, last: number) => {
    for (let page = Math.floor(first / PAGE); page <= Math.floor(Math.max(first, last - 1) / PAGE); page++) load(page);
  }, [key]);
  const row = (i: number) => {
    const page = pages.current.get(Math.floor(i / PAGE));
    return page === undefined || page === "asked" ? undefined : page[i % PAGE];
  };
  void drawn.value;
  if (failed.value) return <ErrorState error={failed.value} />;
  return (
    <>
      <label class="labelled">
        Part of an id
        <input class="field" type="search" value={text.value} onInput={(e) => (text.value = e.currentTarget.value)} maxLength={200} />
      </label>
      <VirtualTable
        label={`Models of ${props.name}. Filter in force: ${props.words || "none"}`}
        columns={COLUMNS}
        total={total.value ?? 0}
        row={row}
        height={620}
        sorting={{ ...by.value, onSort: (sort, order) => (by.value = { sort, order }) }}
        onNeed={need}
        onOpen={(relative) => go(modelHref(relative.model))}
      />
      <p class="foot">
        {total.value === null ? "" : plural(total.value, "model")}; “?” marks a relation that is guessed, not stated. Filter in force: {props.words || "none"}.
      </p>
    </>
  );
}
