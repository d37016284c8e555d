/** Pairs of relatives over the subtree they belong to; slopes from parent to child; portraits. */
import { scaleLinear } from "d3-scale";
import type { ChartSpec } from "../api";
import { bare, count, interval, middle, percent, plural, value } from "../format";
import { color, groupPlaces, words } from "../palette";
import { apart, type Datum, distinct, number, word } from "./data";
import { Drawing, Label, type Mark } from "./frame";
import { numbers } from "./scales";

interface Shape {
  edges: [number, number][];
  pairs: [a: number, b: number, words: string][];
}

/** The paper's motifs: edges (parent slot, child slot), and its pairs by number. */
const MOTIFS: Record<string, Shape> = {
  random: { edges: [], pairs: [[0, 1, "random"]] },
  duo: { edges: [[0, 1]], pairs: [[0, 1, "parent-child"]] },
  trio_1: { edges: [[0, 1], [0, 2]], pairs: [[0, 1, "parent-child"], [1, 2, "siblings"]] },
  trio_2: {
    edges: [[0, 1], [1, 2]],
    pairs: [[0, 2, "grandparent"], [1, 2, "lower pair"], [0, 1, "upper pair"]],
  },
  quad_0: { edges: [[0, 1], [0, 2], [0, 3]], pairs: [[0, 1, "parent-child"], [1, 2, "siblings"]] },
  quad_1: {
    edges: [[0, 1], [1, 2], [1, 3]],
    pairs: [[0, 2, "grandparent"], [1, 2, "lower pair"], [0, 1, "upper pair"], [2, 3, "siblings"]],
  },
  quad_2: {
    edges: [[0, 1], [0, 2], [1, 3]],
    pairs: [[0, 3, "grandparent"], [2, 3, "aunt/uncle"], [1, 3, "lower pair"], [0, 1, "upper pair"], [1, 2, "siblings"]],
  },
  quad_3: {
    edges: [[0, 1], [1, 2], [2, 3]],
    pairs: [[0, 3, "great-gr."], [1, 3, "lower gr."], [0, 2, "upper gr."], [2, 3, "bottom"], [1, 2, "middle"], [0, 1, "top"]],
  },
};

const COLUMN = 52;
const GAP = 20;
const HIGH = 300;
const TREE = HIGH + 24;

function slots(shape: Shape): { x: number; depth: number }[] {
  const size = 1 + Math.max(1, ...shape.edges.flat());
  const depth = new Array<number>(size).fill(0);
  for (const [p, c] of shape.edges) depth[c] = (depth[p] ?? 0) + 1;
  const x = new Array<number>(size).fill(0);
  if (shape.edges.length === 0) return [{ x: -9, depth: 0 }, { x: 9, depth: 0 }];
  for (let parent = 0; parent < size; parent++) {
    const children = shape.edges.filter(([p]) => p === parent).map(([, c]) => c);
    children.forEach((c, i) => {
      x[c] = (x[parent] ?? 0) + (i - (children.length - 1) / 2) * (children.length > 2 ? 13 : 18);
    });
  }
  return x.map((at, i) => ({ x: at, depth: depth[i] ?? 0 }));
}

function Pictogram({ motif, position, x }: { motif: string; position: number; x: number }) {
  const shape = MOTIFS[motif];
  const pair = shape?.pairs[position - 1];
  if (!shape || !pair) return null;
  const at = slots(shape);
  const place = (i: number) => ({ x: x + (at[i]?.x ?? 0), y: TREE + (at[i]?.depth ?? 0) * 19 });
  return (
    <g>
      {shape.edges.map(([p, c]) => (
        <line key={`${p} ${c}`} x1={place(p).x} y1={place(p).y} x2={place(c).x} y2={place(c).y} stroke="var(--ink3)" />
      ))}
      {at.map((_, i) => {
        const filled = i === pair[0] || i === pair[1];
        return <circle key={i} cx={place(i).x} cy={place(i).y} r={filled ? 5 : 3.6} fill={filled ? color("series.1") : "var(--panel)"} stroke={filled ? color("series.1") : "var(--ink3)"} />;
      })}
    </g>
  );
}

/** Blue: same generation; yellow: one apart; to red: three apart; none for a random pair. */
function shade(motif: string, index: number): string {
  const shape = MOTIFS[motif];
  const pair = shape?.pairs[index];
  if (!shape || !pair || shape.edges.length === 0) return "none";
  const at = slots(shape);
  const gap = Math.abs((at[pair[0]]?.depth ?? 0) - (at[pair[1]]?.depth ?? 0));
  return ["#3D6DF5", "#EBC900", "#E47C0D", "#D74611"][gap] ?? "none";
}

/** Weightings of the same pairs are told apart by shape, not by colour. */
const OPEN = "families";
const isWeighed = (groups: string[]) => groups.includes("pairs") && groups.includes(OPEN);

/** A mean at every position, its interval, and the subtree below it. */
export function Motifs({ chart, data }: { chart: ChartSpec; data: Datum[] }) {
  const known = data.filter((d) => number(d.y) !== null && MOTIFS[word(d.x)]?.pairs[(d.value ?? 0) - 1]);
  const groups = distinct(known.map((d) => d.group));
  const places = groupPlaces(chart.palette, groups);
  const weighed = isWeighed(groups);
  const fillOf = (group: string) => (weighed || groups.length === 1 ? "var(--ink)" : color(places[groups.indexOf(group)] ?? "neutral"));
  const present = Object.keys(MOTIFS).filter((m) => known.some((d) => word(d.x) === m));
  const at = new Map<string, number>();
  const heads: { motif: string; x: number; end: number }[] = [];
  let x = 58;
  for (const motif of present) {
    const start = x;
    MOTIFS[motif]?.pairs.forEach((_, i) => {
      at.set(`${motif} ${i + 1}`, x + COLUMN / 2);
      x += COLUMN;
    });
    heads.push({ motif, x: start, end: x });
    x += GAP;
  }
  const width = x + 6;
  const height = TREE + (weighed ? 128 : 102);
  const ends = known.flatMap((d) => [number(d.y), d.low, d.high]).filter((v): v is number => v !== null);
  const y = numbers([0, ...ends, 1], "linear", [HIGH, 30], false);
  const place = (d: Datum) =>
    (at.get(`${word(d.x)} ${d.value}`) ?? 0) + (groups.indexOf(d.group) - (groups.length - 1) / 2) * Math.min(11, 40 / groups.length);
  const marks: Mark[] = known.map((d) => ({
    x: place(d),
    y: y.at(number(d.y) ?? 0),
    words: `${word(d.raw["pair"] ?? MOTIFS[word(d.x)]?.pairs[(d.value ?? 1) - 1]?.[2])} in ${word(d.x).replace("_", " ")}, ${d.group}: ${interval(number(d.y), d.low, d.high)}${d.raw["clusters"] ? `; ${count(number(d.raw["clusters"]))} lineages` : ""}${d.faint ? "; few independent lineages" : ""}`,
  }));
  return (
    <Drawing width={width} height={height} label={chart.title} marks={marks}>
      {y.ticks.map((t) => (
        <g key={t.value}>
          <line x1="44" x2={width} y1={y.at(t.value)} y2={y.at(t.value)} stroke="var(--line)" />
          <Label x={38} y={y.at(t.value) + 4} anchor="end" size={10.5}>
            {t.text}
          </Label>
        </g>
      ))}
      {heads.map((h) =>
        MOTIFS[h.motif]?.pairs.map((_, i) => (
          <rect
            key={`${h.motif} ${i}`}
            x={(at.get(`${h.motif} ${i + 1}`) ?? 0) - COLUMN / 2}
            y="26"
            width={COLUMN}
            height={HIGH - 26}
            fill={shade(h.motif, i)}
            opacity="0.1"
          />
        )),
      )}
      {known
        .filter((d) => word(d.x) === "random")
        .map((d) => (
          <line
            key={d.group}
            x1="44"
            x2={width}
            y1={y.at(number(d.y) ?? 0)}
            y2={y.at(number(d.y) ?? 0)}
            stroke={fillOf(d.group)}
            stroke-dasharray="4 4"
            opacity="0.6"
          />
        ))}
      {heads.map((h) => (
        <g key={h.motif}>
          <line x1={h.end + GAP / 2} x2={h.end + GAP / 2} y1="6" y2={height - 30} stroke="var(--line)" />
          <Label x={h.x + 4} y={18} bold ink size={12}>
            {h.motif.replace("_", " ")}
          </Label>
          {MOTIFS[h.motif]?.pairs.map((pair, i) => (
            <g key={i}>
              <Pictogram motif={h.motif} position={i + 1} x={at.get(`${h.motif} ${i + 1}`) ?? 0} />
              {pair[2].split(/(?<=[-/])| /).map((line, k) => (
                <Label key={k} x={at.get(`${h.motif} ${i + 1}`) ?? 0} y={TREE + 80 + k * 13} anchor="middle" size={10.5}>
                  {line}
                </Label>
              ))}
            </g>
          ))}
        </g>
      ))}
      {known.map((d, i) => {
        const fill = fillOf(d.group);
        const hollow = weighed ? d.group === OPEN : d.faint;
        return (
          <g key={i} opacity={d.faint ? 0.4 : 1}>
            {d.low !== null && d.high !== null && <line x1={place(d)} x2={place(d)} y1={y.at(d.low)} y2={y.at(d.high)} stroke={fill} stroke-width="2" />}
            <circle cx={place(d)} cy={y.at(number(d.y) ?? 0)} r="4" fill={hollow ? "var(--panel)" : fill} stroke={fill} stroke-width="1.6" />
            {weighed && !hollow && (
              <Label x={place(d) - 7} y={y.at(number(d.y) ?? 0) + 4} anchor="end" size={10.5} ink halo>
                {(number(d.y) ?? 0).toFixed(2)}
              </Label>
            )}
            {weighed && !hollow && number(d.raw["clusters"]) !== null && (
              <Label x={at.get(`${word(d.x)} ${d.value}`) ?? 0} y={TREE + 80 + 2 * 13} anchor="middle" size={10.5}>
                {count(number(d.raw["clusters"]))} lin.
              </Label>
            )}
          </g>
        );
      })}
    </Drawing>
  );
}

const SLOPE_HIGH = 250;

export function Slope({ chart, data }: { chart: ChartSpec; data: Datum[] }) {
  const known = data.filter((d) => number(d.x) !== null && number(d.y) !== null && (chart.y_scale !== "log" || Math.min(number(d.x) ?? 0, number(d.y) ?? 0) > 0)).slice(0, chart.top ?? 9);
  const groups = known.map((d) => d.group);
  const places = groupPlaces(chart.palette, groups.filter((g) => g !== "all"));
  const named = groups.filter((g) => g !== "all");
  const fill = (g: string) => (g === "all" ? "var(--ink)" : color(places[named.indexOf(g)] ?? "neutral"));
  const [left, right] = [150, 330];
  const y = numbers(known.flatMap((d) => [number(d.x) ?? 0, number(d.y) ?? 0]), chart.y_scale, [SLOPE_HIGH, 34], chart.percent);
  const say = (v: number | null) => (chart.percent ? percent(v) : value(v));
  const ends = (role: "x" | "y") => known.map((d) => y.at(number(d[role]) ?? 0));
  const [from, to] = [ends("x"), ends("y")];
  const [fromLabel, toLabel] = [apart(from, 14, 30, SLOPE_HIGH + 8), apart(to, 14, 30, SLOPE_HIGH + 8)];
  const change = (d: Datum) => {
    const median = number(d.raw["median"]);
    const n = number(d.raw["n"]);
    return `${n === null ? "" : ` n ${count(n)}`}${median === null ? "" : `, median change ${value(median)}`}`;
  };
  const marks: Mark[] = known.flatMap((d, i) => [
    { x: left, y: from[i] ?? 0, words: `${words(d.group)}, parents: ${say(number(d.x))};${change(d)}` },
    { x: right, y: to[i] ?? 0, words: `${words(d.group)}, children: ${say(number(d.y))};${change(d)}` },
  ]);
  return (
    <Drawing width={520} height={SLOPE_HIGH + 22} label={chart.title} marks={marks}>
      <Label x={left} y={16} anchor="middle">
        parent
      </Label>
      <Label x={right} y={16} anchor="middle">
        child
      </Label>
      {known.map((d, i) => (
        <g key={d.group}>
          <line x1={left} x2={right} y1={from[i] ?? 0} y2={to[i] ?? 0} stroke={fill(d.group)} stroke-width={d.group === "all" ? 1.6 : 2.4} stroke-dasharray={d.group === "all" ? "5 4" : undefined} opacity={d.raw["few_lineages"] === true ? 0.55 : 1} />
          <circle cx={left} cy={from[i] ?? 0} r="4" fill={fill(d.group)} />
          <circle cx={right} cy={to[i] ?? 0} r="4" fill={fill(d.group)} />
          <line x1={left - 24} x2={left - 6} y1={fromLabel[i] ?? 0} y2={from[i] ?? 0} stroke={fill(d.group)} opacity="0.5" />
          <line x1={right + 6} x2={right + 24} y1={to[i] ?? 0} y2={toLabel[i] ?? 0} stroke={fill(d.group)} opacity="0.5" />
          <Label x={left - 28} y={(fromLabel[i] ?? 0) + 4} anchor="end" ink>
            {say(number(d.x))}
          </Label>
          <Label x={right + 28} y={(toLabel[i] ?? 0) + 4} ink bold={d.group !== "all"}>
            {say(number(d.y))} {d.group === "all" ? "all edges" : words(d.group)}
          </Label>
        </g>
      ))}
    </Drawing>
  );
}

export function Portrait({ chart, data }: { chart: ChartSpec; data: Datum[] }) {
  const nodes = data.filter((d) => d.group === "node" && number(d.x) !== null);
  const size = 560;
  const all = data.filter((d) => number(d.x) !== null && number(d.y) !== null);
  const reach = Math.max(1e-6, ...all.map((d) => Math.max(Math.abs(number(d.x) ?? 0), Math.abs(number(d.y) ?? 0))));
  const place = scaleLinear().domain([-reach, reach]).range([24, size - 24]);
  const at = (d: Datum) => ({ x: place(number(d.x) ?? 0), y: place(number(d.y) ?? 0) });
  const paths = new Map<string, string>();
  let pen = false;
  for (const d of data) {
    if (d.group === "node") continue;
    if (number(d.x) === null) {
      pen = false;
      continue;
    }
    const { x, y } = at(d);
    paths.set(d.group, `${paths.get(d.group) ?? ""}${pen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`);
    pen = true;
  }
  const most = Math.max(1, ...nodes.map((d) => d.value ?? 0));
  const radius = (d: Datum) => 1.8 + 7 * Math.sqrt((d.value ?? 0) / most);
  const marks: Mark[] = nodes
    .filter((d) => d.label || (d.value ?? 0) > 0)
    .map((d) => ({ ...at(d), words: `${d.label ?? "a model"}: ${plural(d.value ?? 0, "child", "children")}` }));
  return (
    <Drawing width={size} height={size} label={chart.title} marks={marks}>
      {[...paths].map(([relation, path]) => (
        <path key={relation} d={path} fill="none" stroke={color(`relation.${relation}`)} stroke-width="0.9" opacity="0.7" />
      ))}
      {nodes.map((d, i) => (
        <circle key={i} cx={at(d).x} cy={at(d).y} r={radius(d)} fill="var(--ink)" stroke="var(--panel)" stroke-width="0.6" />
      ))}
      {nodes.filter((d) => d.label).map((d, i) => {
        const said = middle(bare(d.label ?? ""), 28);
        const left = at(d).x + radius(d) + 3 + said.length * 6.4 > size;
        return (
          <Label key={i} x={at(d).x + (radius(d) + 3) * (left ? -1 : 1)} y={at(d).y + 4} anchor={left ? "end" : "start"} ink halo>
            {said}
          </Label>
        );
      })}
    </Drawing>
  );
}
