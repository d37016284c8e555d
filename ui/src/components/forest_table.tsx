/** The forest as a table: a row a mark, then a row a cell. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { ForestPayload } from "../api";
import { count, month as monthWords, percent, plural } from "../format";
import { familyHref, go } from "../router";
import { type Column, VirtualTable } from "./table";

interface Row {
  model: string | null;
  name: string;
  members: number; // of the family, or of each family of the cell
  full: number;
  families: number;
  month: number;
  value: string;
  downloads: number | null;
  founders: number | null;
  share: number | null;
}

export function forestRows(payload: ForestPayload): Row[] {
  const { marks, cells, values } = payload;
  const rows: Row[] = marks.model.map((model, i) => ({
    model,
    name: model,
    members: marks.size[i]!,
    full: marks.full_size[i]!,
    families: 1,
    month: marks.month[i]!,
    value: values[marks.value[i]!]?.label ?? "not stated",
    downloads: marks.downloads[i]!,
    founders: marks.founders[i]!,
    share: marks.founder_share[i]!,
  }));
  cells.month.forEach((month, i) =>
    rows.push({
      model: null,
      name: `${plural(cells.families[i]!, "family", "families")} of ${cells.size[i]}`,
      members: cells.size[i]!,
      full: cells.size[i]!,
      families: cells.families[i]!,
      month,
      value: values[cells.value[i]!]?.label ?? "not stated",
      downloads: null,
      founders: null,
      share: null,
    }),
  );
  return rows;
}

const COLUMNS: Column<Row>[] = [
  { key: "name", label: "Founder", sort: "name", head: true, width: "26%", cell: (r) => (r.model ? <a href={familyHref(r.model)}>{r.name}</a> : r.name) },
  { key: "members", label: "Members", sort: "members", numeric: true, cell: (r) => (r.members === r.full ? count(r.members) : `${count(r.members)} of ${count(r.full)}`) },
  { key: "families", label: "Families", sort: "families", numeric: true, cell: (r) => count(r.families) },
  { key: "month", label: "Founded", sort: "month", cell: (r) => monthWords(r.month) },
  { key: "value", label: "Commonest value", sort: "value", cell: (r) => r.value },
  { key: "downloads", label: "Downloads, 30 days", sort: "downloads", numeric: true, cell: (r) => (r.downloads === null ? "not known" : count(r.downloads)) },
  { key: "founders", label: "Founders", width: "16%", sort: "founders", numeric: true, cell: (r) => (r.founders === null ? "" : r.founders > 1 ? `${count(r.founders)} (first ${percent(r.share, 0)})` : "1") },
];

function sorted(rows: Row[], key: keyof Row, order: "asc" | "desc"): Row[] {
  const sign = order === "asc" ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a[key], b[key]];
    if (x === y) return 0;
    if (x === null) return 1;
    if (y === null) return -1;
    return x < y ? -sign : sign;
  });
}

export function ForestTable({ payload }: { payload: ForestPayload }) {
  const by = useSignal<{ sort: keyof Row; order: "asc" | "desc" }>({ sort: "members", order: "desc" });
  const { sort, order } = by.value;
  const rows = useMemo(() => sorted(forestRows(payload), sort, order), [payload, sort, order]);
  return (
    <>
      <VirtualTable
        label={`Families of the forest. Filter in force: ${payload.filter || "none"}`}
        columns={COLUMNS}
        total={rows.length}
        row={(i) => rows[i]}
        height={620}
        sorting={{ sort, order, onSort: (key, way) => (by.value = { sort: key as keyof Row, order: way }) }}
        onOpen={(row) => row.model && go(familyHref(row.model))}
      />
      <p class="foot">
        {plural(rows.length, "row")}: a row a family of {count(payload.least)} or more, then a row a month and size of the smaller ones. Filter in force: {payload.filter || "none"}.
      </p>
    </>
  );
}
