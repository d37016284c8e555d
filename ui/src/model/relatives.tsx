/** Children and siblings: counted by relation, filtered, sorted, a page at a time. */
import type { MembersPayload, ModelPayload, Relative } from "../api";
import { useApi } from "../client";
import { Chip, Select } from "../components/controls";
import { Empty, Panel, Ready, Swatch } from "../components/parts";
import { type Column, Table } from "../components/table";
import { count, plural } from "../format";
import { color, words } from "../palette";
import { modelHref, route, setQuery } from "../router";
import { licenseWords } from "./lineage";

const PAGE = 12;
/** Licence families, the empty one for all. */
const FAMILIES = ["", "permissive", "share-alike", "use-restricted", "non-commercial", "vendor", "other", "unstated"];
const DEFAULTS = { of: "children", sort: "downloads", order: "desc" };

function columns(of: string): Column<Relative>[] {
  return [
    {
      key: "model",
      label: "model",
      sort: "model",
      head: true,
      cell: (r) => (
        <a class="clip" href={modelHref(r.model)} title={r.model}>
          <bdi>{r.model}</bdi>
        </a>
      ),
    },
    {
      key: "relation",
      label: "relation",
      sort: "relation",
      cell: (r) => (
        <span class="nowrap" title={of === "siblings" && r.parent ? `to ${r.parent}` : undefined}>
          <Swatch place={`relation.${r.relation}`} /> {words(r.relation)}
          {!r.stated && r.relation !== "unknown" && " ?"}
        </span>
      ),
    },
    {
      key: "license",
      label: "licence",
      sort: "license",
      cell: (r) => <span class={`clip${r.license ? "" : " quiet"}`} title={licenseWords(r)}>
          {licenseWords(r)}
        </span>,
    },
    {
      key: "downloads",
      label: "30 d",
      sort: "downloads",
      numeric: true,
      cell: (r) => (r.downloads === null ? "" : count(r.downloads)),
    },
  ];
}

function Shares({ model, picked }: { model: ModelPayload; picked: string | undefined }) {
  const entries = Object.entries(model.children.by_relation).sort((a, b) => b[1] - a[1]);
  if (entries.length === 0) return null;
  return (
    <>
      <div class="share" aria-hidden="true">
        {entries.map(([relation, n]) => (
          <i key={relation} style={{ flexGrow: n, background: color(`relation.${relation}`) }} />
        ))}
      </div>
      <ul class="legend" aria-label="Children by relation">
        {entries.map(([relation, n]) => (
          <li key={relation}>
            <button
              type="button"
              aria-pressed={picked === relation}
              onClick={() => setQuery({ rel: picked === relation ? null : relation, at: null })}
            >
              <Swatch place={`relation.${relation}`} /> {words(relation)} {count(n)}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

export function Relatives({ model }: { model: ModelPayload }) {
  const { query } = route.value;
  const of = query["of"] === "siblings" ? "siblings" : "children";
  const offset = Number(query["at"] ?? 0) || 0;
  const sort = query["sort"] ?? DEFAULTS.sort;
  const order = (query["order"] ?? DEFAULTS.order) === "asc" ? "asc" : "desc";
  const id = model.facts.model;
  const total = of === "children" ? model.children.total : model.siblings;
  const answer = useApi<MembersPayload>(total > 0 ? `${of}/${id}` : null, {
    sort,
    order,
    offset,
    limit: PAGE,
    relations: query["rel"],
    license: query["lic"],
  });
  const { total: n, unstated_license: silent } = model.children;
  return (
    <Panel heading="Children and siblings" id="children">
      <div class="chips" role="group" aria-label="Which relatives">
        <Chip on={of === "children"} onClick={() => setQuery({ of: null, at: null })}>
          Children {count(n)}
        </Chip>
        <Chip on={of === "siblings"} onClick={() => setQuery({ of: "siblings", at: null, rel: null })}>
          Siblings {count(model.siblings)}
        </Chip>
        {total > PAGE && (
          <Select
            label="Licence"
            value={query["lic"] ?? ""}
            plain=""
            choices={FAMILIES.map((f) => ({ value: f, label: f === "" ? "all" : words(f) }))}
            onChange={(lic) => setQuery({ lic, at: null })}
          />
        )}
      </div>
      {of === "children" && <Shares model={model} picked={query["rel"]} />}
      {total === 0 ? (
        <p class="quiet">
          {of === "children"
            ? "Nobody is known to descend from this model."
            : "No other model is known to share a parent with it."}
        </p>
      ) : (
        <Ready answer={answer} what={`Reading ${of}`}>
          {(data) =>
            data.total === 0 ? (
              <Empty
                heading="None with this filter."
                actions={<Chip onClick={() => setQuery({ rel: null, lic: null })}>Clear all</Chip>}
              />
            ) : (
              <>
                <div class="relatives">
                <Table
                  label={of}
                  rows={data.rows}
                  columns={columns(of)}
                  sorting={{
                    sort,
                    order,
                    onSort: (key, way) =>
                      setQuery({ sort: key, order: way, at: null }, { defaults: DEFAULTS }),
                  }}
                />
                </div>
                <Pager total={data.total} offset={offset} />
              </>
            )
          }
        </Ready>
      )}
      {of === "children" && n > 0 && silent > 0 && (
        <p class="faint">
          {silent === n ? (n === 1 ? "It states" : `All ${count(n)} state`) : `${count(silent)} of ${plural(n, "child", "children")} state${silent === 1 ? "s" : ""}`} no
          licence. “?”: the relation is guessed, not stated.
        </p>
      )}
    </Panel>
  );
}

export function Pager({ total, offset, page = PAGE }: { total: number; offset: number; page?: number }) {
  if (total <= page) return null;
  return (
    <div class="chips pager">
      <Chip disabled={offset === 0} onClick={() => setQuery({ at: Math.max(0, offset - page) || null })}>
        Previous
      </Chip>
      <span class="faint">
        {count(offset + 1)}–{count(Math.min(total, offset + page))} of {count(total)}
      </span>
      <Chip disabled={offset + page >= total} onClick={() => setQuery({ at: offset + page })}>
        Next
      </Chip>
    </div>
  );
}
