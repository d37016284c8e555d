/** The ancestry map of a model with many ancestors, and its main line folded by licence. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { AncestryPayload, ModelPayload } from "../api";
import { useApi } from "../client";
import { Ready, Swatch, Verdict } from "../components/parts";
import { tip, untip } from "../components/tooltip";
import { bare, middle, plural } from "../format";
import { color, words } from "../palette";
import { go, modelHref } from "../router";
import { say } from "../state";
import { ModelLink } from "./finding";
import { fold, licenseWords, type Run } from "./lineage";

const WIDTH = 900;
const ROW = 9.5;

interface Placed {
  x: (generation: number) => number;
  y: (place: number) => number;
  height: number;
  radius: number;
}

function place(map: AncestryPayload): Placed {
  const ys = map.nodes.map((n) => n.y);
  const [low, high] = [Math.min(0, ...ys), Math.max(0, ...ys)];
  const step = Math.min(ROW, 520 / Math.max(1, high - low));
  const first = Math.min(0, ...map.nodes.map((n) => n.x));
  const across = (WIDTH - 60) / Math.max(1, map.generations - first);
  const top = 58;
  return {
    x: (g) => 30 + (g - first) * across,
    y: (v) => top + (v - low) * step,
    height: top + (high - low) * step + 40,
    radius: Math.max(2, Math.min(5, across / 3, step / 2 - 0.4)),
  };
}

function labels(map: AncestryPayload, placed: Placed): { i: number; text: string; end: boolean }[] {
  const main = map.nodes.map((n, i) => ({ n, i })).filter(({ n }) => n.main);
  main.sort((a, b) => a.n.x - b.n.x);
  const lastOne = main[main.length - 1];
  let free = -Infinity;
  const shown: { i: number; text: string; end: boolean }[] = [];
  for (const { n, i } of main) {
    if (i === lastOne?.i) break;
    const before = main.find((m) => m.n.x === n.x - 1);
    const turns = !before || before.n.license_family !== n.license_family;
    const text = middle(bare(n.model), 24);
    if (turns && placed.x(n.x) > free && placed.x(n.x) + text.length * 6.4 < WIDTH - 30) {
      shown.push({ i, text, end: false });
      free = placed.x(n.x) + text.length * 6.4 + 8;
    }
  }
  if (lastOne) shown.push({ i: lastOne.i, text: middle(bare(lastOne.n.model), 30), end: true });
  return shown;
}

function About({ node }: { node: AncestryPayload["nodes"][number] }) {
  return (
    <>
      <b>{node.model}</b>
      <br />
      generation {node.x} · {licenseWords(node)}
      {node.is_ghost && " · ghost"}
    </>
  );
}

function MapDrawing({ map }: { map: AncestryPayload }) {
  const placed = place(map);
  const focus = useSignal(map.nodes.findIndex((n) => n.main && n.x === map.generations));
  const active = useSignal(-1);
  const root = useRef<SVGSVGElement>(null);
  const show = (i: number) => {
    const node = map.nodes[i];
    const box = root.current?.getBoundingClientRect();
    if (!node || !box) return;
    active.value = i;
    const scale = box.width / WIDTH;
    tip(box.left + placed.x(node.x) * scale, box.top + placed.y(node.y) * scale, <About node={node} />);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = focus.value;
    const parents = map.edges.filter((e) => e.to === at).sort((a, b) => Number(b.main) - Number(a.main));
    const children = map.edges.filter((e) => e.from === at).sort((a, b) => Number(b.main) - Number(a.main));
    const column = map.nodes
      .map((n, i) => ({ i, n }))
      .filter(({ n }) => n.x === map.nodes[at]?.x)
      .sort((a, b) => a.n.y - b.n.y)
      .map(({ i }) => i);
    const here = column.indexOf(at);
    const next = {
      ArrowLeft: parents[0]?.from,
      ArrowRight: children[0]?.to,
      ArrowUp: column[here - 1],
      ArrowDown: column[here + 1],
    }[event.key];
    if (event.key === "Enter") {
      const node = map.nodes[at];
      if (node) go(modelHref(node.model));
      return;
    }
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    if (next === undefined) return;
    focus.value = next;
    show(next);
    const node = map.nodes[next];
    if (node) say(`${node.model}, generation ${node.x}, ${licenseWords(node)}`);
  };
  const ringed = new Set(map.edges.map((e) => e.to));
  return (
    <svg
      ref={root}
      class="picture"
      viewBox={`0 0 ${WIDTH} ${placed.height}`}
      role="application"
      tabIndex={0}
      aria-label={`Ancestry map of ${map.nodes.length} models over ${map.generations} generations. Arrow keys move along it, Enter opens a model. The list below holds the main line as text.`}
      onKeyDown={onKeyDown}
      onFocus={() => show(focus.value)}
      onBlur={() => {
        active.value = -1;
        untip();
      }}
      onMouseLeave={() => {
        active.value = -1;
        untip();
      }}
    >
      <g fill="none">
        {map.edges.map((e, i) => {
          const [a, b] = [map.nodes[e.from], map.nodes[e.to]];
          if (!a || !b) return null;
          const [x1, y1, x2, y2] = [placed.x(a.x), placed.y(a.y), placed.x(b.x), placed.y(b.y)];
          const on = active.value === e.from || active.value === e.to;
          return (
            <path
              key={i}
              d={`M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`}
              stroke={on ? "var(--accent)" : "var(--ink3)"}
              stroke-width={e.main ? 2.2 : on ? 1.4 : 0.7}
              opacity={e.main || on ? 1 : 0.4}
            />
          );
        })}
      </g>
      {map.nodes.map((n, i) => {
        const hollow = n.license_family === "unstated";
        return (
          <circle
            key={n.model}
            cx={placed.x(n.x)}
            cy={placed.y(n.y)}
            r={placed.radius * (n.main ? 1.25 : 1) + (active.value === i ? 2 : 0)}
            fill={hollow ? "var(--panel)" : color(`license.${n.license_family}`)}
            stroke={hollow ? color("neutral") : ringed.has(i) ? "var(--panel)" : "var(--ink)"}
            stroke-width={ringed.has(i) && !hollow ? 0.6 : 1.2}
            stroke-dasharray={n.is_ghost ? "2 1.5" : undefined}
            onMouseEnter={() => show(i)}
            onClick={() => go(modelHref(n.model))}
          />
        );
      })}
      {labels(map, placed).map(({ i, text, end }) => {
        const node = map.nodes[i];
        return node ? (
          <text
            key={i}
            class="halo"
            x={placed.x(node.x)}
            y={placed.y(0) - (end ? 30 : 14)}
            text-anchor={end ? "end" : "start"}
            font-size="11.5"
            font-weight="600"
          >
            {text}
          </text>
        ) : null;
      })}
      {ticks(map.generations).map((g) => (
        <text key={g} x={placed.x(g)} y={placed.height - 8} text-anchor={g === 0 ? "start" : "middle"} font-size="10.5" class="axis">
          {g === 0 ? "generation 0" : g}
        </text>
      ))}
    </svg>
  );
}

function ticks(last: number): number[] {
  const step = last > 25 ? 5 : last > 10 ? 2 : 1;
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
}

export function AncestryMap({ model }: { model: ModelPayload }) {
  const answer = useApi<AncestryPayload>(`ancestry/${model.facts.model}`);
  const counts = new Map<string, number>();
  for (const n of answer.data?.nodes ?? []) {
    counts.set(n.license_family, (counts.get(n.license_family) ?? 0) + 1);
  }
  return (
    <>
      <p class="explain">
        Each dot a model, coloured by the licence it declares; from founders at the left to this
        model at the right. Heavy: the main line. Ringed: founders.
      </p>
      <ul class="legend" aria-label="Licence families">
        {[...counts].sort((a, b) => b[1] - a[1]).map(([family, n]) => (
          <li key={family}>
            <Swatch place={`license.${family}`} /> {words(family)} {n}
          </li>
        ))}
      </ul>
      <Ready answer={answer} what="Laying out the ancestry">
        {(map) => <MapDrawing map={map} />}
      </Ready>
      <p class="faint">
        Across: generation, the longest path from a founder. Up and down: placed so that lines
        cross little; it carries no meaning.
      </p>
    </>
  );
}

function RunItem({ run }: { run: Run }) {
  const [first, last] = [run.models[0], run.models[run.models.length - 1]];
  if (!first || !last) return null;
  const between = run.models.slice(1, -1);
  return (
    <li>
      <Swatch place={`license.${run.family}`} />
      <b>{run.license}</b>
      <div>
        <ModelLink id={first.model} />
        {between.length > 0 && (
          <details>
            <summary>+ {between.length} more</summary>
            <ol>
              {between.map((m) => (
                <li key={m.model}>
                  <ModelLink id={m.model} />
                </li>
              ))}
            </ol>
          </details>
        )}
        {last !== first && (
          <>
            {" → "}
            <ModelLink id={last.model} />
          </>
        )}{" "}
        {run.verdict === "conflict" && <Verdict severity="conflict" />}
      </div>
    </li>
  );
}

export function FoldedLine({ model }: { model: ModelPayload }) {
  const runs = fold(model.line, model.edges);
  return (
    <div class="part">
      <h2>
        Main line, folded{" "}
        <span class="aside">
          {plural(model.line.length, "model")}, {plural(runs.length - 1, "licence change")}
        </span>
      </h2>
      <div class="share tall" aria-hidden="true">
        {runs.map((run, i) => (
          <i
            key={i}
            class={run.family === "unstated" ? "hollow" : ""}
            style={{
              flexGrow: run.models.length,
              ...(run.family === "unstated" ? {} : { background: color(`license.${run.family}`) }),
            }}
          />
        ))}
      </div>
      <ol class="runs">
        {runs.map((run, i) => (
          <RunItem key={i} run={run} />
        ))}
      </ol>
      <p class="faint">Runs of one licence are folded; open a fold with Enter.</p>
    </div>
  );
}
