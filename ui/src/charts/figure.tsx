/** One picture of a result: title, drawing by kind, key, foot with what is in force, and files. */
import type { ComponentChildren, ComponentType } from "preact";
import { useRef } from "preact/hooks";
import type { ChartSpec } from "../api";
import { savePng, saveSvg } from "../common/save";
import { Drop } from "../components/controls";
import { inWords } from "../model/words";
import { leading, rowsOf, type Datum, placed, type Result } from "./data";
import { Matrix, Order, PlainArcs } from "./flows";
import { Motifs, Portrait, Slope } from "./kin";
import { Columns, Lines, Points } from "./plane";
import { Bars, groupKey, Intervals } from "./rows";

const KINDS: Record<string, ComponentType<{ chart: ChartSpec; data: Datum[] }>> = {
  bars: Bars,
  intervals: Intervals,
  columns: Columns,
  points: Points,
  lines: Lines,
  matrix: Matrix,
  order: Order,
  motifs: Motifs,
  slope: Slope,
  portrait: Portrait,
};

/** Kinds that want the whole width of the page. */
export const WIDE = new Set(["motifs", "arcs"]);

function cutOf(chart: ChartSpec, data: Datum[]): string {
  if (chart.kind === "bars") return leading(data, "y", "x", chart).cut;
  if (chart.kind === "points" || chart.kind === "lines") return placed(data, chart).cut;
  return "";
}

/** Children, if any, stand in the place of the key. */
export function Figure(props: { chart: ChartSpec; result: Result; force: string; children?: ComponentChildren }) {
  const { chart, result } = props;
  const box = useRef<HTMLElement>(null);
  const { data } = rowsOf(result, chart);
  const Kind = KINDS[chart.kind];
  const key = chart.kind === "motifs" || chart.kind === "intervals" ? groupKey(chart, data) : [];
  const foot = [chart.subtitle, cutOf(chart, data), props.force].filter(Boolean).join(" ");
  const take = (save: (svg: SVGSVGElement, name: string, foot: string) => unknown) => {
    const svg = box.current?.querySelector<SVGSVGElement>("svg.picture");
    if (svg) void save(svg, `${result.analysis}-${chart.name}`, `${chart.title}. ${props.force}`);
  };
  return (
    <figure class={`panel figure of-${chart.kind}`} ref={box}>
      <div class="figure-head">
        <h2>{inWords(chart.title)}</h2>
        <Drop label="Save">
          <button type="button" onClick={() => take(saveSvg)}>
            Picture as SVG
          </button>
          <button type="button" onClick={() => take(savePng)}>
            Picture as PNG
          </button>
        </Drop>
      </div>
      {props.children}
      {!props.children && key.length > 0 && (
        <ul class="legend" aria-label="Groups">
          {key.map((k) => (
            <li key={k.name}>
              <span class="swatch" style={{ background: k.fill }} aria-hidden="true" /> {k.name}
            </li>
          ))}
        </ul>
      )}
      <div class="drawing">
        {data.length === 0 ? (
          <p class="quiet">Nothing to draw.</p>
        ) : chart.kind === "arcs" ? (
          <PlainArcs result={result} />
        ) : Kind ? (
          <Kind chart={chart} data={data} />
        ) : (
          <p class="quiet">This kind of picture ({chart.kind}) is not drawn here; see the table.</p>
        )}
      </div>
      <figcaption class="faint">{foot}</figcaption>
    </figure>
  );
}
