/** Columns, points and lines: a plane with two axes. */
import type { ChartSpec } from "../api";
import { count, middle, percent, value } from "../format";
import { color, groupPlaces, words } from "../palette";
import { hub } from "../state";
import { apart, type Datum, distinct, instant, isTime, leading, number, placed, word } from "./data";
import { Drawing, Label, type Mark } from "./frame";
import { type Axis, monthOf, numbers, years } from "./scales";

const WIDTH = 600;
const HEIGHT = 300;
const LEFT = 58;
const BASE = HEIGHT - 42;

function Grid({ x, y, right, chart }: { x: Axis; y: Axis; right: number; chart: ChartSpec }) {
  return (
    <>
      {y.ticks.map((t) => (
        <g key={t.value}>
          <line x1={LEFT} x2={right} y1={y.at(t.value)} y2={y.at(t.value)} stroke="var(--line)" />
          <Label x={LEFT - 8} y={y.at(t.value) + 4} anchor="end" size={10.5}>
            {t.text}
          </Label>
        </g>
      ))}
      {x.ticks.map((t) => (
        <g key={t.value}>
          <line x1={x.at(t.value)} x2={x.at(t.value)} y1="14" y2={BASE} stroke="var(--line)" opacity="0.6" />
          <Label x={x.at(t.value)} y={BASE + 16} anchor="middle" size={10.5} bold={t.bold ?? false}>
            {t.text}
          </Label>
        </g>
      ))}
      {chart.y_title && (
        <Label x={4} y={10} size={10.5}>
          {chart.y_title}
        </Label>
      )}
      {chart.x_title && (
        <Label x={(LEFT + right) / 2} y={HEIGHT - 6} anchor="middle" size={10.5}>
          {chart.x_title}
        </Label>
      )}
    </>
  );
}

/** After the census the snapshot is a sample: a shade over the months that follow. */
function Sample({ x, right }: { x: Axis; right: number }) {
  const until = instant(hub.value?.census_until ?? null);
  if (until === null) return null;
  const from = Math.max(LEFT, x.at(until));
  if (from >= right) return null;
  return (
    <g>
      <rect x={from} y="14" width={right - from} height={BASE - 14} fill="var(--hover)" />
      <Label x={from + 6} y={26} size={10.5}>
        a sample, not a census
      </Label>
    </g>
  );
}

export function Columns({ chart, data: all }: { chart: ChartSpec; data: Datum[] }) {
  const known = all.filter((d) => number(d.y) !== null);
  const told = (d: Datum) => (chart.percent ? percent(number(d.y)) : count(number(d.y)));
  // The figure over the highest column stands below the title of the axis.
  const y = numbers(known.map((d) => number(d.y) ?? 0), chart.y_scale, [BASE, 32], chart.percent);
  const right = WIDTH - 12;
  if (isTime(known)) {
    const data = known.filter((d) => instant(d.x) !== null);
    const times = data.map((d) => instant(d.x) ?? 0);
    const x = years([...times, Math.max(...times) + 31 * 86_400_000], [LEFT, right]);
    const wide = Math.max(1, (right - LEFT) / Math.max(1, spanMonths(times)) - 1);
    const marks = data.map((d, i) => ({ x: x.at(times[i] ?? 0) + wide / 2, y: y.at(number(d.y) ?? 0), words: `${monthOf(times[i] ?? 0)}: ${told(d)}` }));
    return (
      <Drawing width={WIDTH} height={HEIGHT} label={chart.title} marks={marks}>
        <Sample x={x} right={right} />
        <Grid x={x} y={y} right={right} chart={chart} />
        {data.map((d, i) => (
          <rect key={i} x={x.at(times[i] ?? 0)} y={y.at(number(d.y) ?? 0)} width={wide} height={Math.max(0.5, BASE - y.at(number(d.y) ?? 0))} fill={color("series.0")} />
        ))}
      </Drawing>
    );
  }
  const { data } = leading(known, "x", "y", chart);
  const step = (right - LEFT) / Math.max(1, data.length);
  const every = Math.ceil(data.length / 16);
  const marks = data.map((d, i) => ({ x: LEFT + (i + 0.5) * step, y: y.at(number(d.y) ?? 0), words: `${words(word(d.x))}: ${told(d)}` }));
  return (
    <Drawing width={WIDTH} height={HEIGHT} label={chart.title} marks={marks}>
      <Grid x={{ at: () => 0, ticks: [] }} y={y} right={right} chart={chart} />
      {data.map((d, i) => (
        <g key={i}>
          <rect x={LEFT + i * step + step * 0.12} y={y.at(number(d.y) ?? 0)} width={step * 0.76} height={Math.max(0.5, BASE - y.at(number(d.y) ?? 0))} fill={color("series.0")} />
          {data.length <= 12 && (
            <Label x={LEFT + (i + 0.5) * step} y={y.at(number(d.y) ?? 0) - 5} anchor="middle" size={10.5}>
              {told(d)}
            </Label>
          )}
          {i % every === 0 && (
            <Label x={LEFT + (i + 0.5) * step} y={BASE + 16} anchor="middle" size={10.5}>
              {middle(words(word(d.x)), Math.max(4, Math.floor((step * every) / 6)))}
            </Label>
          )}
        </g>
      ))}
    </Drawing>
  );
}

function spanMonths(times: number[]): number {
  return (Math.max(...times) - Math.min(...times)) / (30.44 * 86_400_000) + 1;
}

export function Points({ chart, data }: { chart: ChartSpec; data: Datum[] }) {
  const { points } = placed(data, chart);
  const right = WIDTH - 20;
  const time = isTime(data);
  const xs = points.map((p) => p.x);
  const x = time ? years(xs, [LEFT + 6, right]) : numbers(xs, chart.x_scale, [LEFT + 6, right], false, { zero: chart.x_scale !== "linear" });
  const y = numbers(points.map((p) => p.y), chart.y_scale, [BASE - 4, 20], chart.percent);
  const groups = distinct(points.map((p) => p.datum.group));
  const places = groupPlaces(chart.palette, groups);
  const marks: Mark[] = points.slice(0, 2000).map((p) => ({
    x: x.at(p.x),
    y: y.at(p.y),
    words: `${p.datum.label ? `${p.datum.label}: ` : ""}${chart.x_title || chart.x} ${time ? monthOf(p.x) : value(p.x)}, ${chart.y_title || chart.y} ${chart.percent ? percent(p.y) : value(p.y)}`,
  }));
  return (
    <Drawing width={WIDTH} height={HEIGHT} label={chart.title} marks={marks}>
      <Grid x={x} y={y} right={right} chart={chart} />
      {chart.diagonal && (
        <line x1={x.at(Math.min(...xs))} y1={y.at(Math.min(...xs))} x2={x.at(Math.max(...xs))} y2={y.at(Math.max(...xs))} stroke="var(--ink3)" stroke-dasharray="4 3" />
      )}
      {points.map((p, i) => (
        <circle key={i} cx={x.at(p.x)} cy={y.at(p.y)} r="3.2" fill={p.datum.group ? color(places[groups.indexOf(p.datum.group)] ?? "neutral") : color("series.0")} opacity="0.75" />
      ))}
      {points.filter((p) => p.datum.label).slice(0, 12).map((p, i) => (
        <Label key={i} x={x.at(p.x) + 7} y={y.at(p.y) + 4} ink halo>
          {middle(p.datum.label ?? "", 26)}
        </Label>
      ))}
    </Drawing>
  );
}

export function Lines({ chart, data }: { chart: ChartSpec; data: Datum[] }) {
  const { points } = placed(data, chart);
  const time = isTime(data);
  const groups = distinct(points.map((p) => p.datum.group));
  const places = groupPlaces(chart.palette, groups);
  const longest = Math.min(30, Math.max(0, ...groups.map((g) => words(g).length)));
  const right = WIDTH + 40 - longest * 6.2 - 16;
  const xs = points.map((p) => p.x);
  const x = time ? years(xs, [LEFT, right]) : numbers(xs, chart.x_scale, [LEFT + 6, right], false, { zero: false });
  const ends = points.flatMap((p) => [p.y, p.datum.low, p.datum.high]).filter((v): v is number => v !== null);
  const y = numbers(ends, chart.y_scale, [BASE, 20], chart.percent);
  const lines = groups.map((g, i) => ({
    g,
    fill: groups.length === 1 ? color("series.0") : color(places[i] ?? "neutral"),
    points: points.filter((p) => p.datum.group === g).sort((a, b) => a.x - b.x),
  }));
  const tails = lines.map((l) => y.at(l.points[l.points.length - 1]?.y ?? 0));
  const labelled = apart(tails, 13, 22, BASE);
  const marks: Mark[] = lines.flatMap((l) =>
    l.points.map((p) => ({
      x: x.at(p.x),
      y: y.at(p.y),
      words: `${l.g ? `${words(l.g)}, ` : ""}${time ? monthOf(p.x) : `${chart.x_title || chart.x} ${value(p.x)}`}: ${chart.percent ? percent(p.y) : value(p.y)}${p.datum.low !== null ? ` (${value(p.datum.low)}–${value(p.datum.high)})` : ""}`,
    })),
  );
  return (
    <Drawing width={WIDTH + 40} height={HEIGHT} label={chart.title} marks={marks}>
      {time && <Sample x={x} right={right} />}
      <Grid x={x} y={y} right={right} chart={chart} />
      {lines.map((l) => {
        const band = l.points.filter((p) => p.datum.low !== null && p.datum.high !== null);
        return (
          <g key={l.g}>
            {band.length > 1 && (
              <path
                d={`M${band.map((p) => `${x.at(p.x)} ${y.at(p.datum.high ?? 0)}`).join("L")}L${[...band].reverse().map((p) => `${x.at(p.x)} ${y.at(p.datum.low ?? 0)}`).join("L")}Z`}
                fill={l.fill}
                opacity="0.14"
              />
            )}
            <path d={`M${l.points.map((p) => `${x.at(p.x).toFixed(1)} ${y.at(p.y).toFixed(1)}`).join("L")}`} fill="none" stroke={l.fill} stroke-width="2" />
            {l.points.length <= 15 && l.points.map((p, i) => <circle key={i} cx={x.at(p.x)} cy={y.at(p.y)} r="3" fill={l.fill} />)}
          </g>
        );
      })}
      {lines.map((l, i) => (
        <g key={l.g}>
          <line x1={right + 2} x2={right + 10} y1={tails[i] ?? 0} y2={labelled[i] ?? 0} stroke={l.fill} />
          <Label x={right + 13} y={(labelled[i] ?? 0) + 4} ink>
            {middle(words(l.g), 30)}
          </Label>
        </g>
      ))}
    </Drawing>
  );
}
