/** The numbers behind the pictures: a table of the result, whole, with its CSV. */
import { useSignal } from "@preact/signals";
import { saveCsv } from "../common/save";
import { Chip, Select } from "../components/controls";
import { Panel } from "../components/parts";
import { type Column, VirtualTable } from "../components/table";
import { count, value } from "../format";
import { type Record_, type Result, tableOf } from "./data";

function cell(raw: unknown): string {
  if (raw === null || raw === undefined) return "";
  if (typeof raw === "number") return Number.isInteger(raw) ? count(raw) : value(raw, 4);
  if (typeof raw === "boolean") return raw ? "yes" : "no";
  return Array.isArray(raw) ? raw.join(", ") : String(raw);
}

function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : 1;
}

export function Numbers({ result }: { result: Result }) {
  const names = ["table", ...Object.keys(result.tables)];
  const name = useSignal("table");
  const sort = useSignal<{ key: string; order: "asc" | "desc" } | null>(null);
  const chosen = names.includes(name.value) ? name.value : "table";
  const rows = tableOf(result, chosen);
  const keys = rows[0] ? Object.keys(rows[0]) : [];
  const sorting = sort.value;
  const shown = sorting
    ? [...rows].sort((a, b) => {
        const order = compare(a[sorting.key], b[sorting.key]);
        const missing = a[sorting.key] == null || b[sorting.key] == null;
        return sorting.order === "asc" || missing ? order : -order;
      })
    : rows;
  const columns: Column<Record_>[] = keys.map((key, i) => {
    const numeric = rows.some((r) => typeof r[key] === "number");
    return {
      key,
      label: key.replace(/_/g, " "),
      sort: key,
      numeric,
      head: i === 0,
      width: numeric ? "96px" : "180px",
      cell: (row) => <span title={cell(row[key])}>{cell(row[key])}</span>,
    };
  });
  return (
    <Panel heading="The numbers" aside={`${count(rows.length)} rows`} id="numbers">
      <div class="chips">
        {names.length > 1 && (
          <Select
            label="Table"
            value={chosen}
            choices={names.map((n) => ({ value: n, label: n === "table" ? "main" : n.replace(/_/g, " ") }))}
            onChange={(next) => {
              name.value = next;
              sort.value = null;
            }}
          />
        )}
        <Chip onClick={() => saveCsv(rows, `${result.analysis}-${chosen}`)}>CSV</Chip>
      </div>
      {rows.length === 0 ? (
        <p class="quiet">This table is empty.</p>
      ) : (
        <VirtualTable
          key={chosen}
          label={`The numbers, table ${chosen}`}
          columns={columns}
          total={shown.length}
          row={(i) => shown[i]}
          height={420}
          sorting={{
            sort: sorting?.key ?? "",
            order: sorting?.order ?? "asc",
            onSort: (key, order) => {
              sort.value = { key, order };
            },
          }}
        />
      )}
    </Panel>
  );
}
