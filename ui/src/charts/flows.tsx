/** Values in their order with the flows between them, and the table of all flows. */
import type { ChartSpec } from "../api";
import { count, middle, percent, plural, short } from "../format";
import { color, hasColor, words } from "../palette";
import { apart, type Datum, type Flow, netFlows, number, type Record_, type Result, tableOf, word } from "./data";
import { Drawing, Label, type Mark } from "./frame";

const STEP = 36;
const TOP = 40;
const BOX = 176;
const LEAST_NET = 12;
const MOST_ARCS = 40;
const FEW = 5;

interface Value {
  value: string;
  support: number | null;
  place: string;
  edges: number | null;
  component: unknown;
}

export function orderOf(result: Result): Value[] {
  const families = new Map<string, string>();
  for (const row of tableOf(result, "graph")) {
    if (row["value"] != null && row["family"] != null) families.set(word(row["value"]), word(row["family"]));
  }
  return tableOf(result, "table")
    .filter((row) => row["value"] !== undefined)
    .map((row) => {
      const value = word(row["value"]);
      const family = families.get(value) ?? "";
      return {
        value,
        support: number(row["support"]),
        place: hasColor("license", family) ? `license.${family}` : "series.0",
        edges: number(row["edges"]),
        component: row["component"],
      };
    });
}

export function countsOf(rows: Record_[]): { source: string; target: string; count: number }[] {
  return rows.map((r) => ({ source: word(r["source"]), target: word(r["target"]), count: number(r["count"]) ?? 0 }));
}

/** Families in which each change happens, from the table of transitions. */
export function familiesOf(rows: Record_[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const r of rows) {
    const n = number(r["families"]);
    if (n !== null) found.set(`${word(r["source"])}\0${word(r["target"])}`, n);
  }
  return found;
}

function told(f: Flow): string {
  return `${count(Math.round(f.net))}${f.families === null ? "" : ` · ${f.families} fam.`}`;
}

export function Arcs({ order, flows: all }: { order: Value[]; flows: Flow[] }) {
  const flows = all.filter((f) => f.net >= LEAST_NET).slice(0, MOST_ARCS);
  const place = new Map(order.map((v, i) => [v.value, i]));
  const width = 660;
  const height = TOP + order.length * STEP + 16;
  const left = 200;
  const y = (v: string) => TOP + (place.get(v) ?? 0) * STEP + STEP / 2 - 4;
  const most = Math.max(1, ...flows.map((f) => f.net));
  const wide = (f: Flow) => Math.max(1.2, 18 * Math.sqrt(f.net / most));
  const reach = (f: Flow) => {
    const span = Math.abs((place.get(f.source) ?? 0) - (place.get(f.target) ?? 0));
    return 26 + (f.forward ? 150 : 120) * Math.sqrt(span / Math.max(1, order.length - 1));
  };
  const shapes = flows.map((f) => {
    const side = f.forward ? left + BOX + 4 : left - 4;
    const bend = f.forward ? side + reach(f) * 1.33 : side - reach(f) * 1.33;
    const tip = f.forward ? side + 6 : side - 6;
    return {
      f,
      path: `M${side} ${y(f.source)}C${bend} ${y(f.source)} ${bend} ${y(f.target)} ${tip} ${y(f.target)}`,
      head: `M${side} ${y(f.target)}L${f.forward ? side + 9 : side - 9} ${y(f.target) - 5}V${y(f.target) + 5}Z`,
      x: f.forward ? side + reach(f) : side - reach(f),
      y: (y(f.source) + y(f.target)) / 2,
    };
  });
  const largest = shapes.slice(0, 5);
  const labelled = [true, false].flatMap((forward) => {
    const side = largest.filter((s) => s.f.forward === forward);
    const rows = apart(side.map((s) => s.y), 15, TOP, height - 8);
    return side.map((s, i) => ({ ...s, y: rows[i] ?? s.y }));
  });
  const marks: Mark[] = shapes.map((s) => ({
    x: s.x,
    y: s.y,
    words: `${s.f.source} → ${s.f.target}: net ${told(s.f)}${s.f.families !== null && s.f.families < FEW ? " (fewer than five families)" : ""}, ${s.f.forward ? "with" : "against"} the order`,
  }));
  const placeOf = new Map(order.map((v) => [v.value, v.place]));
  return (
    <Drawing width={width} height={height} label="Net flows along the order." marks={marks}>
      <Label x={left - 12} y={18} anchor="end">
        against it
      </Label>
      <Label x={left + BOX / 2} y={18} anchor="middle" bold ink>
        order
      </Label>
      <Label x={left + BOX + 20} y={18}>
        net flow downward, with the order
      </Label>
      {[...shapes].reverse().map((s) => {
        const fill = color(placeOf.get(s.f.source) ?? "neutral");
        const few = s.f.families !== null && s.f.families < FEW;
        return (
          <g key={`${s.f.source} ${s.f.target}`} opacity={few ? 0.6 : 0.72}>
            <path d={s.path} fill="none" stroke={fill} stroke-width={few ? Math.min(3, wide(s.f)) : wide(s.f)} stroke-dasharray={few ? "5 4" : undefined} />
            <path d={s.head} fill={fill} />
          </g>
        );
      })}
      {order.map((v, i) => (
        <g key={v.value}>
          <rect x={left} y={TOP + i * STEP + 2} width={BOX} height={STEP - 14} rx="5" fill="var(--panel)" stroke={color(v.place)} stroke-width="1.5" />
          <Label x={left + BOX / 2} y={y(v.value) + 3} anchor="middle" ink size={12}>
            {middle(v.value, 26)}
          </Label>
          {v.support !== null && i < order.length - 1 && (
            <Label x={left + BOX / 2} y={TOP + (i + 1) * STEP - 1.5} anchor="middle" size={10.5} bold={v.support >= 0.95}>
              {Math.round(v.support * 100)}
            </Label>
          )}
        </g>
      ))}
      {labelled.map((s) => (
        <Label key={`${s.f.source} ${s.f.target}`} x={s.x + 4} y={s.y + 4} bold ink halo>
          {told(s.f)}
        </Label>
      ))}
    </Drawing>
  );
}

/** A table of flows in a given order: blue with the order, orange against it. */
export function OrderedMatrix(props: {
  order: string[];
  counts: { source: string; target: string; count: number }[];
  families: Map<string, number>;
}) {
  const { order, counts } = props;
  const place = new Map(order.map((v, i) => [v, i]));
  const left = 128;
  const cell = STEP;
  const top = 104;
  const size = order.length * cell;
  const inside = counts.filter((c) => place.has(c.source) && place.has(c.target) && c.count > 0);
  const most = Math.max(1, ...inside.map((c) => c.count));
  const at = (c: { source: string; target: string }) => ({
    x: left + (place.get(c.target) ?? 0) * cell,
    y: top + (place.get(c.source) ?? 0) * cell,
  });
  const marks: Mark[] = inside.map((c) => {
    const n = props.families.get(`${c.source}\0${c.target}`);
    return {
      x: at(c).x + cell / 2,
      y: at(c).y + cell / 2,
      words: `${c.source} → ${c.target}: ${plural(Math.round(c.count), "change")}${n === undefined ? "" : ` in ${plural(n, "family", "families")}`}`,
    };
  });
  return (
    <Drawing width={left + size + 70} height={top + size + 8} label="All changes, from row to column." marks={marks}>
      <Label x={left} y={14}>
        from (row) to (column), changes counted
      </Label>
      {order.map((v, i) => (
        <g key={v}>
          <Label x={left - 8} y={top + i * cell + cell / 2 + 4} anchor="end">
            {middle(v, 19)}
          </Label>
          <g transform={`translate(${left + i * cell + cell / 2} ${top - 8}) rotate(-50)`}>
            <Label x={0} y={0}>
              {middle(v, 17)}
            </Label>
          </g>
          <rect x={left + i * cell} y={top + i * cell} width={cell} height={cell} fill="var(--hover)" />
        </g>
      ))}
      {order.map((_, i) => (
        <g key={i} stroke="var(--line)">
          <line x1={left} x2={left + size} y1={top + i * cell} y2={top + i * cell} />
          <line x1={left + i * cell} x2={left + i * cell} y1={top} y2={top + size} />
        </g>
      ))}
      <rect x={left} y={top} width={size} height={size} fill="none" stroke="var(--line)" />
      {inside.map((c) => {
        const forward = (place.get(c.source) ?? 0) < (place.get(c.target) ?? 0);
        const strength = Math.sqrt(c.count / most);
        return (
          <g key={`${c.source} ${c.target}`}>
            <rect x={at(c).x + 1} y={at(c).y + 1} width={cell - 2} height={cell - 2} fill={color(forward ? "series.0" : "series.1")} opacity={0.06 + 0.94 * strength} />
            {c.count >= 5 && (
              <text x={at(c).x + cell / 2} y={at(c).y + cell / 2 + 4} text-anchor="middle" font-size="10.5" class={strength > 0.55 ? "on-fill" : ""}>
                {c.count >= 1000 ? `${(c.count / 1000).toFixed(1)}k` : Math.round(c.count)}
              </text>
            )}
          </g>
        );
      })}
    </Drawing>
  );
}

/** A table of two categories without an order: shade by count. */
export function Matrix({ chart, data }: { chart: ChartSpec; data: Datum[] }) {
  const kept = data.filter((d) => d.value !== null);
  const weight = new Map<string, number>();
  for (const d of kept) {
    for (const k of [word(d.y), word(d.x)]) weight.set(k, (weight.get(k) ?? 0) + Math.abs(d.value ?? 0));
  }
  const order = [...weight].sort((a, b) => b[1] - a[1]).slice(0, chart.top ?? 24).map(([k]) => k);
  const down = order.filter((k) => kept.some((d) => word(d.y) === k));
  const across = order.filter((k) => kept.some((d) => word(d.x) === k));
  const cell = 46;
  const left = 132;
  const top = 96;
  const most = Math.max(1e-12, ...kept.map((d) => Math.abs(d.value ?? 0)));
  const shown = kept.filter((d) => down.includes(word(d.y)) && across.includes(word(d.x)));
  const at = (d: Datum) => ({ x: left + across.indexOf(word(d.x)) * cell, y: top + down.indexOf(word(d.y)) * (cell * 0.66) });
  const tall = cell * 0.66;
  const say = (v: number | null) => (chart.percent ? percent(v) : short(v ?? 0));
  const marks: Mark[] = shown.map((d) => ({ x: at(d).x + cell / 2, y: at(d).y + tall / 2, words: `${words(word(d.y))} → ${words(word(d.x))}: ${say(d.value)}` }));
  return (
    <Drawing width={left + across.length * cell + 60} height={top + down.length * tall + 10} label={chart.title} marks={marks}>
      <Label x={left - 8} y={top - 10} anchor="end" size={10.5}>
        {chart.y_title} ↓ {chart.x_title} →
      </Label>
      {down.map((k, i) => (
        <Label key={k} x={left - 8} y={top + i * tall + tall / 2 + 4} anchor="end">
          {middle(words(k), 20)}
        </Label>
      ))}
      {across.map((k, i) => (
        <g key={k} transform={`translate(${left + i * cell + cell / 2} ${top - 8}) rotate(-42)`}>
          <Label x={0} y={0}>
            {middle(words(k), 17)}
          </Label>
        </g>
      ))}
      {down.map((_, i) => across.map((__, j) => (
        <rect key={`${i} ${j}`} x={left + j * cell} y={top + i * tall} width={cell} height={tall} fill="none" stroke="var(--line)" />
      )))}
      {shown.map((d, i) => {
        const strength = Math.sqrt(Math.abs(d.value ?? 0) / most);
        return (
          <g key={i}>
            <rect x={at(d).x + 0.5} y={at(d).y + 0.5} width={cell - 1} height={tall - 1} fill={color("series.0")} opacity={0.05 + 0.95 * strength} />
            <text x={at(d).x + cell / 2} y={at(d).y + tall / 2 + 4} text-anchor="middle" font-size="10.5" class={strength > 0.55 ? "on-fill" : ""}>
              {say(d.value)}
            </text>
          </g>
        );
      })}
    </Drawing>
  );
}

/** An order without flows: names with the support between neighbours. */
export function Order({ chart, data }: { chart: ChartSpec; data: Datum[] }) {
  const values = data.slice(0, chart.top ?? 25).map((d) => ({ value: word(d.y), support: d.value, place: "series.0", edges: null, component: 0 }));
  return <Arcs order={values} flows={[]} />;
}

/** Arcs from a chart's own table alone, where no result of an ordering stands beside it. */
export function PlainArcs({ result }: { result: Result }) {
  const order = orderOf(result);
  const flows = netFlows(order.map((v) => v.value), countsOf(tableOf(result, "matrix")), new Map());
  return <Arcs order={order} flows={flows} />;
}

