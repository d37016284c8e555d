/** Two families on one axis of time: models born a month, counted on the lanes of each. */
import { scaleLinear, scaleSqrt } from "d3-scale";
import type { FamilyPayload, LanesPayload } from "../api";
import { useApi } from "../client";
import { type Mark, Drawing, Label } from "../charts/frame";
import { Panel, Ready, Swatch } from "../components/parts";
import { count, middle, month } from "../format";
import { color } from "../palette";
import { familyHref, go } from "../router";

const WIDTH = 1100;
const NAME = 250;
const MOST = 12;
const STEP = 34;

interface Span {
  first: number;
  last: number;
}

function Lanes({ lanes, span, largest }: { lanes: LanesPayload; span: Span; largest: number }) {
  const shown = lanes.lanes.slice(0, MOST);
  const right = WIDTH - 110;
  const x = scaleLinear().domain([span.first, span.last + 1]).range([NAME + 50, right]);
  const high = scaleSqrt().domain([0, largest]).range([0, STEP - 8]);
  const wide = Math.max(1.5, x(1) - x(0) - 1);
  const at = (m: number) => (m === -1 ? NAME + 14 : m === -2 ? right + 14 : x(m));
  const height = shown.length * STEP + 26;
  const marks: Mark[] = shown.map((lane, i) => ({
    x: lane.month >= 0 ? x(lane.month) : at(lane.month),
    y: (i + 1) * STEP,
    words: `${lane.model}: ${count(lane.size)} models, from ${month(lane.month)}`,
    open: () => go(familyHref(lane.model, { scope: "subtree" })),
  }));
  return (
    <Drawing width={WIDTH} height={height} label="Lines over time." marks={marks}>
      {shown.map((lane, i) => {
        const base = (i + 1) * STEP;
        const stacked = new Map<number, number>();
        return (
          <g key={lane.node}>
            <line x1={lane.month >= 0 ? x(lane.month) : at(lane.month)} x2={right} y1={base} y2={base} stroke="var(--line)" />
            {lane.bars.month.map((m, k) => {
              const n = lane.bars.models[k] ?? 0;
              const below = stacked.get(m) ?? 0;
              stacked.set(m, below + n);
              const [y0, y1] = [base - high(below), base - high(below + n)];
              return <rect key={k} x={at(m)} y={y1} width={m < 0 ? 22 : wide} height={Math.max(0.6, y0 - y1)} fill={color(lanes.values[lane.bars.value[k] ?? 0]?.palette ?? "neutral")} />;
            })}
            {lane.undated.models.length > 0 && (
              <Label x={right + 14} y={base - 3} size={10.5}>
                {count(lane.undated.models.reduce((s, n) => s + n, 0))}
              </Label>
            )}
            <circle cx={lane.month >= 0 ? x(lane.month) : at(lane.month)} cy={base} r="3.6" fill={lane.hollow ? "var(--panel)" : "var(--ink)"} stroke="var(--ink)" />
            <Label x={8 + Math.min(lane.depth, 6) * 8} y={base} ink bold={i === 0}>
              {middle(lane.model, 32 - Math.min(lane.depth, 6))}
            </Label>
            <Label x={WIDTH - 4} y={base} anchor="end" size={10.5}>
              {count(lane.size)}
            </Label>
          </g>
        );
      })}
      {ticks(span).map((m) => (
        <Label key={m} x={x(m)} y={height - 6} anchor="middle" size={10.5} bold>
          {2022 + (m + 2) / 12}
        </Label>
      ))}
      <Label x={right + 14} y={height - 6} size={10.5}>
        no date
      </Label>
    </Drawing>
  );
}

function ticks({ first, last }: Span): number[] {
  const found = [];
  for (let m = 10; m <= last; m += 12) if (m >= first) found.push(m);
  return found;
}

/** The least size of a lane that leaves few enough lanes for half a page. */
function fitting(lanes: LanesPayload | null): number | undefined {
  const fits = lanes?.s_options.filter((o) => o.lanes <= MOST) ?? [];
  return fits.length ? Math.min(...fits.map((o) => o.s)) : undefined;
}

export function FamilyPictures({ a, b, scope }: { a: FamilyPayload; b: FamilyPayload; scope: string }) {
  const [wholeA, wholeB] = [useApi<LanesPayload>(`lanes/${a.model}`, { scope }), useApi<LanesPayload>(`lanes/${b.model}`, { scope })];
  const one = useApi<LanesPayload>(wholeA.data ? `lanes/${a.model}` : null, { scope, s: fitting(wholeA.data) });
  const other = useApi<LanesPayload>(wholeB.data ? `lanes/${b.model}` : null, { scope, s: fitting(wholeB.data) });
  const span = { first: Math.max(0, Math.min(a.months.first, b.months.first)), last: Math.max(a.months.last, b.months.last) };
  const largest = Math.max(1, one.data?.bar_max ?? 1, other.data?.bar_max ?? 1);
  return (
    <Panel heading="On one axis of time" aside={`at most ${MOST} lines each; √ scale, full height ${count(largest)} models a month`}>
      <Ready answer={one} what="Counting lines">
        {(left) => (
          <>
            <ul class="legend" aria-label="Colours">
              {left.values.map((v) => (
                <li key={v.key}>
                  <Swatch place={v.palette} /> {v.label}
                </li>
              ))}
            </ul>
            <h3 class="over">{a.model}</h3>
            <Lanes lanes={left} span={span} largest={largest} />
          </>
        )}
      </Ready>
      <Ready answer={other} what="Counting lines">
        {(right) => (
          <>
            <h3 class="over">{b.model}</h3>
            <Lanes lanes={right} span={span} largest={largest} />
          </>
        )}
      </Ready>
      <p class="faint">Every model is counted on the lane of its nearest ancestor shown. Open a line with Enter.</p>
    </Panel>
  );
}
