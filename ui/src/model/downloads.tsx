/** Downloads at dated readings: lollipops, joined by a line only from eight readings on. */
import { scaleLinear } from "d3-scale";
import type { ModelPayload } from "../api";
import { Panel } from "../components/parts";
import { count, date, short } from "../format";

const WIDTH = 420;
const HEIGHT = 120;
const LINE_FROM = 8;
const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven"];

export function Downloads({ model }: { model: ModelPayload }) {
  const readings = model.downloads;
  if (readings.length === 0) return null;
  const days = readings.map((r) => Date.parse(r.observed_at) / 86_400_000);
  const [first, last] = [Math.min(...days), Math.max(...days)];
  const x = scaleLinear().domain(first === last ? [first - 1, last + 1] : [first, last])
    .range([40, WIDTH - 60]);
  const most = Math.max(1, ...readings.map((r) => r.downloads));
  const y = scaleLinear().domain([0, most]).range([HEIGHT - 24, 18]);
  const words = NUMBERS[readings.length] ?? String(readings.length);
  const aside =
    readings.length === 1 ? "one dated reading" : `${words} dated readings${readings.length < LINE_FROM ? ", not a series" : ""}`;
  let free = -Infinity;
  return (
    <Panel heading="Downloads, 30 days" aside={aside}>
      <svg class="picture" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img"
        aria-label={readings.map((r) => `${date(r.observed_at)}: ${count(r.downloads)}`).join("; ")}>
        <line x1="20" x2={WIDTH - 10} y1={y(0)} y2={y(0)} stroke="var(--line)" />
        {readings.length >= LINE_FROM && (
          <polyline
            points={readings.map((r, i) => `${x(days[i] ?? 0)},${y(r.downloads)}`).join(" ")}
            fill="none" stroke="var(--accent)" stroke-width="1.5"
          />
        )}
        {readings.map((r, i) => {
          const at = x(days[i] ?? 0);
          const room = at > free;
          if (room) free = at + 62;
          return (
            <g key={i}>
              <line x1={at} x2={at} y1={y(0)} y2={y(r.downloads)} stroke="var(--accent)" stroke-width="2" />
              <circle cx={at} cy={y(r.downloads)} r="4" fill="var(--accent)" />
              {room && (
                <>
                  <text x={at + 7} y={y(r.downloads) + 4} font-size="11">
                    {readings.length < LINE_FROM ? count(r.downloads) : short(r.downloads)}
                  </text>
                  <text x={at} y={HEIGHT - 8} text-anchor="middle" font-size="10.5" class="axis">
                    {date(r.observed_at).replace(/^\d+ /, "")}
                  </text>
                </>
              )}
            </g>
          );
        })}
      </svg>
    </Panel>
  );
}
