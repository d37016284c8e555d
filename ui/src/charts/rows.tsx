/** Bars and intervals: categories down, a value across. */
import type { ChartSpec } from "../api";
import { count, interval, middle, percent, short, value } from "../format";
import { traitWords } from "../model/words";
import { color, groupPlaces, hasColor, words } from "../palette";
import { distinct, type Datum, leading, number, word } from "./data";
import { Drawing, Label, type Mark } from "./frame";
import { numbers } from "./scales";

const WIDTH = 560;
const LETTER = 6.3;

function room(texts: string[], most: number): { width: number; letters: number } {
  const longest = Math.min(most, Math.max(4, ...texts.map((t) => t.length)));
  return { width: longest * LETTER + 16, letters: longest };
}

export function Bars({ chart, data: all }: { chart: ChartSpec; data: Datum[] }) {
  const { data } = leading(all.filter((d) => number(d.x) !== null), "y", "x", chart);
  const names = data.map((d) => words(word(d.y)));
  const left = room(names, 34);
  const step = 22;
  const height = data.length * step + 30;
  const axis = numbers(data.map((d) => number(d.x) ?? 0), chart.x_scale, [left.width, WIDTH - 110], chart.percent);
  const told = (d: Datum) =>
    d.label ?? (chart.percent ? percent(number(d.x)) : count(number(d.x)));
  const marks: Mark[] = data.map((d, i) => ({
    x: axis.at(number(d.x) ?? 0),
    y: i * step + step / 2,
    words: `${names[i]}: ${told(d)}`,
  }));
  return (
    <Drawing width={WIDTH} height={height} label={chart.title} marks={marks}>
      {data.map((d, i) => {
        const x = number(d.x) ?? 0;
        const key = word(d.y);
        const place = chart.palette && hasColor(chart.palette, key) ? `${chart.palette}.${key}` : "series.0";
        return (
          <g key={i}>
            <Label x={left.width - 8} y={i * step + 15} anchor="end" ink>
              {middle(names[i] ?? "", left.letters)}
            </Label>
            <rect x={axis.at(0)} y={i * step + 4} width={Math.max(1, axis.at(x) - axis.at(0))} height={step - 8} fill={color(place)} />
            <Label x={axis.at(x) + 6} y={i * step + 15}>
              {told(d)}
            </Label>
          </g>
        );
      })}
      <line x1={axis.at(0)} x2={axis.at(0)} y1="0" y2={data.length * step} stroke="var(--line)" />
      <Label x={left.width} y={height - 6}>
        {chart.x_title}
      </Label>
    </Drawing>
  );
}

function spread(d: Datum, chart: ChartSpec): string {
  const mid = number(d.x);
  if (d.low === null && !chart.percent) return value(mid);
  return interval(mid, d.low, d.high, chart.percent);
}

/** How many things and independent lineages an estimate rests on, where its row says so. */
function support(raw: Record<string, unknown>): string {
  const n = number(raw["n"] ?? raw["edges"] ?? raw["total"]);
  const clusters = number(raw["clusters"]);
  const parts = [];
  if (n !== null) parts.push(`n ${short(n)}`);
  if (clusters !== null) parts.push(`${short(clusters)} clans`);
  return parts.join(", ");
}

interface Style {
  name: string;
  fill: string;
  open: boolean;
}

function styles(chart: ChartSpec, groups: string[]): Map<string, Style> {
  const named = groups.filter((g) => g !== "all");
  const places = groupPlaces(chart.palette, named);
  const result = new Map<string, Style>();
  groups.forEach((g) => {
    const i = named.indexOf(g);
    const fill = g === "all" || g === "" ? "var(--ink)" : color(places[i] ?? "neutral");
    result.set(g, { name: g === "all" ? "all" : words(g), fill, open: false });
  });
  return result;
}

/** One facet a category, one row a group: for a few traits by a few relations. */
function Facets({ chart, data, categories, groups }: {
  chart: ChartSpec;
  data: Datum[];
  categories: string[];
  groups: string[];
}) {
  const look = styles(chart, groups);
  const left = room(groups.map((g) => look.get(g)?.name ?? g), 18).width;
  const across = Math.min(categories.length, 3);
  const facet = 196;
  const gap = 46;
  const step = 44;
  const tall = groups.length * step + 70;
  const width = left + across * (facet + gap);
  const height = Math.ceil(categories.length / across) * tall;
  const all = data.flatMap((d) => [number(d.x), d.low, d.high]).filter((v): v is number => v !== null);
  const axis = numbers(chart.percent ? [0, ...all, ...(Math.max(...all) > 0.6 ? [1] : [])] : all, chart.x_scale, [0, facet], chart.percent, { count: 3 });
  const origin = (category: string) => {
    const i = categories.indexOf(category);
    return { x: left + (i % across) * (facet + gap), y: Math.floor(i / across) * tall };
  };
  const row = (d: Datum) => origin(word(d.y)).y + 46 + groups.indexOf(d.group) * step;
  const marks = data.map((d) => ({
    x: origin(word(d.y)).x + axis.at(number(d.x) ?? 0),
    y: row(d),
    words: `${words(word(d.y))}, ${look.get(d.group)?.name}: ${spread(d, chart)}; ${support(d.raw)}${d.raw["few_lineages"] === true ? "; few independent lineages" : ""}`,
  }));
  return (
    <Drawing width={width} height={height} label={chart.title} marks={marks}>
      {categories.map((category, i) => {
        const { x, y } = origin(category);
        return (
          <g key={category}>
            <Label x={x} y={y + 14} bold ink size={12}>
              {middle(traitWords(words(category)), 30)}
            </Label>
            {axis.ticks.map((t) => (
              <g key={t.value}>
                <line x1={x + axis.at(t.value)} x2={x + axis.at(t.value)} y1={y + 22} y2={y + tall - 36} stroke="var(--line)" />
                <Label x={x + axis.at(t.value)} y={y + tall - 22} anchor="middle" size={10.5}>
                  {t.text}
                </Label>
              </g>
            ))}
            {i % across === 0 &&
              groups.map((g, k) => (
                <Label key={g} x={left - 12} y={y + 50 + k * step} anchor="end">
                  {look.get(g)?.name}
                </Label>
              ))}
          </g>
        );
      })}
      {data.map((d, i) => {
        const { x } = origin(word(d.y));
        const style = look.get(d.group);
        const few = d.faint || d.raw["few_lineages"] === true;
        const mid = x + axis.at(number(d.x) ?? 0);
        const right = axis.at(number(d.x) ?? 0) > facet * 0.62;
        return (
          <g key={i} opacity={few ? 0.55 : 1}>
            {d.low !== null && d.high !== null && (
              <line x1={x + axis.at(d.low)} x2={x + axis.at(d.high)} y1={row(d)} y2={row(d)} stroke={style?.fill} stroke-width="2.5" />
            )}
            <circle cx={mid} cy={row(d)} r="5" fill={few ? "var(--panel)" : style?.fill} stroke={style?.fill} stroke-width="2" />
            <Label x={mid} y={row(d) - 9} anchor={right ? "end" : "start"} ink halo>
              {chart.percent ? percent(number(d.x)) : value(number(d.x))}
            </Label>
            <Label x={x + facet} y={row(d) + 16} anchor="end" size={10.5} halo>
              {support(d.raw)}
            </Label>
          </g>
        );
      })}
    </Drawing>
  );
}

export function Intervals({ chart, data: all }: { chart: ChartSpec; data: Datum[] }) {
  const data = all.filter((d) => number(d.x) !== null);
  const groups = distinct(data.map((d) => d.group));
  const categories = distinct(data.map((d) => word(d.y))).slice(0, chart.top ?? 40);
  const same = categories.every((c) => groups.includes(c));
  if (groups.length > 2 && !same && categories.length <= 12 && groups.length <= 9) {
    return <Facets chart={chart} data={data.filter((d) => categories.includes(word(d.y)))} categories={categories} groups={groups} />;
  }
  return <Ladder chart={chart} data={data} categories={categories} groups={groups} />;
}

function Ladder({ chart, data, categories, groups }: {
  chart: ChartSpec;
  data: Datum[];
  categories: string[];
  groups: string[];
}) {
  const look = styles(chart, groups);
  const names = categories.map((c) => words(c));
  const left = room(names, 38);
  const step = 28;
  const height = categories.length * step + 40;
  const right = WIDTH + 60 - 150;
  const ends = data.flatMap((d) => [number(d.x), d.low, d.high]).filter((v): v is number => v !== null);
  const axis = numbers(ends, chart.x_scale, [left.width, right], chart.percent);
  const shown = data.filter((d) => categories.includes(word(d.y)));
  const many = groups.length > 1 && shown.length > categories.length;
  const y = (d: Datum) => {
    const base = categories.indexOf(word(d.y)) * step + step / 2;
    return many ? base + (groups.indexOf(d.group) - (groups.length - 1) / 2) * 7 : base;
  };
  const marks = shown.map((d) => ({
    x: axis.at(number(d.x) ?? 0),
    y: y(d),
    words: `${words(word(d.y))}${d.group && d.group !== word(d.y) ? `, ${words(d.group)}` : ""}: ${spread(d, chart)}${support(d.raw) ? `; ${support(d.raw)}` : ""}`,
  }));
  return (
    <Drawing width={WIDTH + 60} height={height} label={chart.title} marks={marks}>
      {axis.ticks.map((t) => (
        <g key={t.value}>
          <line x1={axis.at(t.value)} x2={axis.at(t.value)} y1="0" y2={height - 38} stroke={t.value === 0 ? "var(--ink3)" : "var(--line)"} />
          <Label x={axis.at(t.value)} y={height - 24} anchor="middle" size={10.5}>
            {t.text}
          </Label>
        </g>
      ))}
      {categories.map((c, i) => (
        <Label key={c} x={left.width - 10} y={i * step + step / 2 + 4} anchor="end" ink>
          {middle(names[i] ?? "", left.letters)}
        </Label>
      ))}
      {shown.map((d, i) => {
        const style = look.get(d.group);
        const few = d.faint || d.raw["few_lineages"] === true;
        return (
          <g key={i} opacity={few ? 0.6 : 1}>
            {d.low !== null && d.high !== null && (
              <line x1={axis.at(d.low)} x2={axis.at(d.high)} y1={y(d)} y2={y(d)} stroke={style?.fill} stroke-width="2.2" />
            )}
            <circle cx={axis.at(number(d.x) ?? 0)} cy={y(d)} r={many ? 3.6 : 5} fill={few ? "var(--panel)" : style?.fill} stroke={style?.fill} stroke-width="1.8" />
            {!many && (
              <Label x={right + 12} y={y(d) + 4}>
                {chart.percent ? percent(number(d.x)) : value(number(d.x))}
                {support(d.raw) && ` · ${support(d.raw)}`}
              </Label>
            )}
          </g>
        );
      })}
      <Label x={left.width} y={height - 6}>
        {chart.x_title}
      </Label>
    </Drawing>
  );
}

/** The key of the groups of a chart, for beside it. */
export function groupKey(chart: ChartSpec, data: Datum[]): { name: string; fill: string }[] {
  const groups = distinct(data.map((d) => d.group)).filter((g) => g !== "");
  if (groups.length < 2) return [];
  return [...styles(chart, groups).values()].map(({ name, fill }) => ({ name, fill }));
}
