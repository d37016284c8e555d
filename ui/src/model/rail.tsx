/** The lineage rail: an ordered list, oldest first; the drawing at its left is decoration. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { ModelEdge, ModelPayload } from "../api";
import { Table } from "../components/table";
import { born, count, date, plural, value } from "../format";
import { color, words } from "../palette";
import { go, modelHref } from "../router";
import { phone } from "../state";
import {
  declaredBy,
  disagreement,
  licenseWords,
  methodWords,
  readings,
  type Rail,
  type Row,
  rail,
  told,
  weak,
} from "./lineage";
import { traitWords } from "./words";

interface Grid {
  left: number;
  step: number;
  dot: number;
}
const WIDE: Grid = { left: 18, step: 24, dot: 6.5 };
const NARROW: Grid = { left: 9, step: 13, dot: 5 };
const grid = (): Grid => (phone.value ? NARROW : WIDE);

export function LicenseTag({ facts }: { facts: Row["facts"] }) {
  const family = facts.license_family;
  return (
    <span class="license-tag">
      <i
        class={family === "unstated" ? "hollow" : ""}
        style={{ background: family === "unstated" ? "transparent" : color(`license.${family}`) }}
        aria-hidden="true"
      />
      <span class="ellipsis" title={licenseWords(facts)}>
        {licenseWords(facts)}
      </span>
      <span class="sr">, {words(family)}</span>
    </span>
  );
}

function Claims({ edge }: { edge: ModelEdge }) {
  return (
    <Table
      label={`Statements that ${edge.child} descends from ${edge.parent}`}
      rows={edge.claims}
      columns={[
        { key: "relation", label: "relation", cell: (c) => words(c.relation) },
        { key: "method", label: "declared by", cell: (c) => <span title={c.method_words}>{methodWords(c.method)}</span> },
        { key: "confidence", label: "confidence", numeric: true, cell: (c) => value(c.confidence, 2) },
        { key: "raw", label: "as written", cell: (c) => <code>{c.parent_raw}</code> },
        { key: "match", label: "matched", cell: (c) => c.match },
        { key: "source", label: "source", cell: (c) => c.source },
        { key: "at", label: "read", cell: (c) => date(c.observed_at) },
      ]}
    />
  );
}

function EdgeLine({ edge, named }: { edge: ModelEdge; named: boolean }) {
  const { n, from, to } = readings(edge.claims);
  const split = disagreement(edge);
  const when = from ? (from === to ? date(from) : `${date(from)} – ${date(to)}`) : "";
  return (
    <details class={`edge-line ${edge.verdict}`}>
      <summary>
        {named && (
          <>
            from <b>{edge.parent}</b>:{" "}
          </>
        )}
        {edge.relation === "unknown" ? "relation not stated" : words(edge.relation)}
        {` · ${declaredBy(edge)} · ${plural(n, "statement")}${when ? ` · ${when}` : ""}`}
        {split.length > 0 && (
          <span class="badge review">sources disagree: {split.map(words).join(", ")}</span>
        )}
        {told(edge).map((c) => (
          <b key={c.trait} class={c.trait === "license" && edge.verdict === "conflict" ? "warn" : ""}>
            {" · "}
            {c.trait === "license" && edge.verdict === "conflict" ? "⚠" : "△"} {traitWords(c.trait)}{" "}
            {c.from} → {c.to}
          </b>
        ))}
      </summary>
      <Claims edge={edge} />
    </details>
  );
}

function Item({ row, above }: { row: Row; above: string | undefined }) {
  const { facts } = row;
  return (
    <li class={row.isSelf ? "self" : ""}>
      {row.edges.map((edge) => (
        <EdgeLine key={edge.parent} edge={edge} named={edge.parent !== above || row.edges.length > 1} />
      ))}
      <div class="model-row" data-row>
        <div class="who">
          {row.isSelf ? (
            <b class="name" aria-current="true">
              <bdi>{facts.model}</bdi>
            </b>
          ) : (
            <a class="name" href={modelHref(facts.model)}>
              <bdi>{facts.model}</bdi>
            </a>
          )}
          <span class="faint">
            {facts.is_ghost ? "ghost: named, not in this snapshot" : born(facts.created_at, facts.created_at_is_floor)}
            {` · ${plural(facts.children, "child", "children")}`}
          </span>
        </div>
        <LicenseTag facts={facts} />
        <span class="quiet family">{words(facts.license_family)}</span>
        <span class="num downloads" title="downloads in 30 days">
          {facts.downloads === null ? "" : count(facts.downloads)}
        </span>
      </div>
    </li>
  );
}

function x(column: number): number {
  return grid().left + column * grid().step;
}

/** The drawing for given heights of the rows' dots. */
export function RailDrawing({ drawn, at, height }: { drawn: Rail; at: number[]; height: number }) {
  return (
    <svg
      class="rail-svg"
      width={x(drawn.columns - 1) + grid().left}
      height={height}
      aria-hidden="true"
    >
      {drawn.links
        .filter((l) => l.column >= 0)
        .map((l) => {
          const [x1, y1] = [x(drawn.rows[l.from]?.column ?? 0), at[l.from] ?? 0];
          const [x2, y2] = [x(drawn.rows[l.to]?.column ?? 0), at[l.to] ?? 0];
          const xc = x(l.column);
          const bend = Math.min(26, (y2 - y1) / 2);
          const path =
            xc === x1 && xc === x2
              ? `M${x1} ${y1}V${y2}`
              : `M${x1} ${y1}C${x1} ${y1 + bend * 0.6} ${xc} ${y1 + bend * 0.4} ${xc} ${y1 + bend}` +
                `V${y2 - bend}C${xc} ${y2 - bend * 0.4} ${x2} ${y2 - bend * 0.6} ${x2} ${y2}`;
          return (
            <path
              key={`${l.from} ${l.to}`}
              d={path}
              fill="none"
              stroke={color(`relation.${l.edge.relation}`)}
              stroke-width={l.spine ? 3 : 2}
              stroke-dasharray={weak(l.edge) ? "5 4" : undefined}
            />
          );
        })}
      {drawn.rows.map((row, i) => {
        const unstated = row.facts.license_family === "unstated";
        return (
          <circle
            key={row.facts.model}
            cx={x(row.column)}
            cy={at[i] ?? 0}
            r={grid().dot + (row.isSelf ? 1.5 : 0)}
            class={`dot${row.facts.is_ghost ? " ghost" : ""}`}
            fill={unstated ? "var(--panel)" : color(`license.${row.facts.license_family}`)}
            stroke={unstated || row.facts.is_ghost ? color("neutral") : "var(--panel)"}
            stroke-width="2"
            stroke-dasharray={row.facts.is_ghost ? "3 2" : undefined}
          />
        );
      })}
    </svg>
  );
}

export function LineageRail({ model }: { model: ModelPayload }) {
  const drawn = rail(model);
  const list = useRef<HTMLOListElement>(null);
  const at = useSignal<number[]>([]);
  const height = useSignal(0);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return undefined;
    const measure = () => {
      const top = element.getBoundingClientRect().top;
      at.value = [...element.querySelectorAll("[data-row]")].map((row) => {
        const box = row.getBoundingClientRect();
        return box.top - top + box.height / 2;
      });
      height.value = element.offsetHeight;
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [model]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step) return;
    const links = [...(list.current?.querySelectorAll<HTMLElement>("a.name, summary") ?? [])];
    const now = links.indexOf(document.activeElement as HTMLElement);
    if (now < 0) return;
    event.preventDefault();
    links[now + step]?.focus();
  };
  return (
    <>
      <p class="explain">
        Oldest first. Dashed: nobody states the relation, or the evidence is weak. Open a line
        between two models for the statements behind it.
      </p>
      <div class="rail" onKeyDown={onKeyDown}>
        <RailDrawing drawn={drawn} at={at.value} height={height.value} />
        <ol ref={list} style={{ paddingLeft: `${x(drawn.columns - 1) + grid().left}px` }}>
          {drawn.rows.map((row, i) => (
            <Item key={row.facts.model} row={row} above={drawn.rows[i - 1]?.facts.model} />
          ))}
        </ol>
      </div>
      {drawn.hidden > 0 && <p class="faint">+ {drawn.hidden} further links, in words only.</p>}
      {model.cut.map((c) => (
        <p key={`${c.kind} ${c.parent}`} class="faint">
          <span class="badge">cut</span> {c.parent}:{" "}
          {c.kind.startsWith("self_loop")
            ? "names itself as its parent; left out."
            : "left out of the drawing to break a cycle."}
        </p>
      ))}
    </>
  );
}

/** Open the parent or first child by arrow keys, where nothing else has the focus. */
export function openParent(model: ModelPayload): void {
  const parent = model.line[model.line.length - 2];
  if (parent) go(modelHref(parent.model));
}
