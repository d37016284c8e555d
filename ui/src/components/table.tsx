/** Tables: a plain one with sortable heads, and one of which only the visible rows exist. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface Column<T> {
  key: string;
  label: ComponentChildren;
  /** Numbers stand at the right. */
  numeric?: boolean;
  /** The key by which the head sorts; without it the column does not sort. */
  sort?: string;
  /** Width in a virtual table, as CSS. */
  width?: string;
  cell: (row: T, index: number) => ComponentChildren;
  /** The cell names the row (a th of scope row). */
  head?: boolean;
}

export interface Sorting {
  sort: string;
  order: "asc" | "desc";
  onSort: (sort: string, order: "asc" | "desc") => void;
}

function Heads<T>({ columns, sorting }: { columns: Column<T>[]; sorting?: Sorting | undefined }) {
  return (
    <tr>
      {columns.map((c) => {
        const on = sorting && c.sort === sorting.sort;
        const aria = on
          ? ({ "aria-sort": sorting.order === "asc" ? "ascending" : "descending" } as const)
          : {};
        return (
          <th key={c.key} scope="col" class={c.numeric ? "num" : ""} {...aria}>
            {sorting && c.sort ? (
              <button type="button" onClick={() => turn(sorting, c.sort ?? "", c.numeric ?? false)}>
                {c.label} <span aria-hidden="true">{on ? (sorting.order === "asc" ? "▴" : "▾") : ""}</span>
              </button>
            ) : (
              c.label
            )}
          </th>
        );
      })}
    </tr>
  );
}

function turn(sorting: Sorting, key: string, numeric: boolean): void {
  const first = numeric ? "desc" : "asc";
  const other = first === "desc" ? "asc" : "desc";
  sorting.onSort(key, sorting.sort === key && sorting.order === first ? other : first);
}

function Cells<T>({ columns, row, index }: { columns: Column<T>[]; row: T; index: number }) {
  return (
    <>
      {columns.map((c) =>
        c.head ? (
          <th key={c.key} scope="row" class={c.numeric ? "num" : ""}>
            {c.cell(row, index)}
          </th>
        ) : (
          <td key={c.key} class={c.numeric ? "num" : ""}>
            {c.cell(row, index)}
          </td>
        ),
      )}
    </>
  );
}

export function Table<T>(props: {
  columns: Column<T>[];
  rows: T[];
  label: string;
  sorting?: Sorting;
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={props.label}>
      <table>
        <caption class="sr">{props.label}</caption>
        <thead>
          <Heads columns={props.columns} sorting={props.sorting} />
        </thead>
        <tbody>
          {props.rows.map((row, i) => (
            <tr key={i}>
              <Cells columns={props.columns} row={row} index={i} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const SPARE = 10;
/** A column narrower than this cuts its numbers; a table wider than the screen scrolls instead. */
const LEAST_COLUMN = 140;

/**
 * A table of any length. `row(i)` gives a row or undefined while it is not here; `onNeed` is told
 * which rows are in sight, so that they can be asked for. Arrow keys move the row in focus.
 */
export function VirtualTable<T>(props: {
  columns: Column<T>[];
  total: number;
  row: (index: number) => T | undefined;
  label: string;
  height?: number;
  rowHeight?: number;
  sorting?: Sorting;
  onNeed?: (first: number, last: number) => void;
  onOpen?: (row: T) => void;
}) {
  const rowHeight = props.rowHeight ?? 32;
  const height = Math.min(props.height ?? 560, (props.total + 1) * rowHeight + 4);
  const top = useSignal(0);
  const box = useRef<HTMLDivElement>(null);
  const first = Math.max(0, Math.floor(top.value / rowHeight) - SPARE);
  const last = Math.min(props.total, Math.ceil((top.value + height) / rowHeight) + SPARE);
  useEffect(() => props.onNeed?.(first, last), [first, last, props.total, props.onNeed]);
  const move = (event: KeyboardEvent) => {
    const rows = [...(box.current?.querySelectorAll<HTMLElement>("tbody tr[data-row]") ?? [])];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && (at >= 0 || document.activeElement === box.current)) {
      event.preventDefault();
      rows[at < 0 ? 0 : at + step]?.focus();
    }
    if (event.key === "Enter" && at >= 0 && event.target === rows[at]) {
      const row = props.row(Number(rows[at]?.dataset["row"]));
      if (row !== undefined) props.onOpen?.(row);
    }
  };
  const visible = Array.from({ length: Math.max(0, last - first) }, (_, k) => first + k);
  return (
    <div
      class="virtual"
      ref={box}
      style={{ height: `${height}px` }}
      tabIndex={0}
      role="region"
      aria-label={props.label}
      onScroll={(e) => {
        top.value = e.currentTarget.scrollTop;
      }}
      onKeyDown={move}
    >
      <table aria-rowcount={props.total + 1} style={{ minWidth: `${props.columns.length * LEAST_COLUMN}px` }}>
        <caption class="sr">{props.label}</caption>
        <colgroup>
          {props.columns.map((c) => (
            <col key={c.key} style={c.width ? { width: c.width } : {}} />
          ))}
        </colgroup>
        <thead>
          <Heads columns={props.columns} sorting={props.sorting} />
        </thead>
        <tbody>
          {first > 0 && <Gap height={first * rowHeight} span={props.columns.length} />}
          {visible.map((i) => {
            const row = props.row(i);
            return (
              <tr
                key={i}
                data-row={i}
                tabIndex={-1}
                aria-rowindex={i + 2}
                style={{ height: `${rowHeight}px` }}
              >
                {row === undefined ? (
                  <td colSpan={props.columns.length} class="faint">
                    …
                  </td>
                ) : (
                  <Cells columns={props.columns} row={row} index={i} />
                )}
              </tr>
            );
          })}
          {last < props.total && (
            <Gap height={(props.total - last) * rowHeight} span={props.columns.length} />
          )}
        </tbody>
      </table>
    </div>
  );
}

function Gap({ height, span }: { height: number; span: number }) {
  return (
    <tr class="gap" aria-hidden="true">
      <td colSpan={span} style={{ height: `${height}px` }} />
    </tr>
  );
}
