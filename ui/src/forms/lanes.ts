/** Lanes over time: a row a line, its hidden descendants as bars, second parents as bundles. */

import { type LanesPayload, UNDATED } from "../api";
import type { Card, Form, Frame, Spot, Step, View } from "../draw/form";
import { textWidth } from "../draw/labels";
import { monthTicks } from "../draw/look";
import { Bins, type Pen } from "../draw/pen";
import { bare, count, middle, month as monthWords, plural } from "../format";
import { AXIS, type Bar, bundleCurve, bundlesAtRest, elbows, laneBars, laneEnds, laneY, type LanesGrid, lanesGrid, type Months, monthWidth, monthX, startX } from "./lanes_layout";

const LABEL = 12;
const COUNT = 46; // width of the column of counts

/** Marks are lanes; bars count from -1 down. */
export class LanesForm implements Form {
  readonly grid: LanesGrid;
  readonly bars: Bar[];
  private readonly byLane: number[][]; // places of the bars of each lane
  private readonly ends: number[];
  private path = new Set<number>();
  private selected: number | null = null;
  private readonly wide: boolean;

  constructor(
    readonly payload: LanesPayload,
    months: Months,
    width: number,
    height: number,
  ) {
    this.grid = lanesGrid(payload.lanes.length, months, width, height);
    this.wide = width >= 560;
    this.bars = laneBars(payload.lanes, payload.bar_max, this.grid);
    this.byLane = payload.lanes.map(() => []);
    this.bars.forEach((bar, i) => this.byLane[bar.lane]!.push(i));
    this.ends = laneEnds(payload.lanes);
  }

  select(lane: number | null): void {
    this.selected = lane;
    this.path = new Set();
    for (let at = lane ?? -1; at >= 0; at = this.payload.lanes[at]!.parent) this.path.add(at);
  }

  private x(value: number, view: View): number {
    return value * view.k + view.x;
  }

  private y(value: number, view: View): number {
    return (value - AXIS) * view.k + view.y + AXIS;
  }

  /** Only time and rows move; names stand still at the right. */
  marks(pen: Pen, frame: Frame): void {
    const { grid } = this;
    const { look, view } = frame;
    const right = grid.undated.x1 + 4;
    pen.rects({ fill: look.panel }, [0, AXIS, right, frame.height - AXIS]);
    pen.clipped(0, AXIS, right, frame.height - AXIS, () => {
      const ticks = this.ticks(frame).filter((t) => t.year || view.k > 2);
      pen.segments({ stroke: look.line, width: 1 }, ticks.flatMap(({ x }) => [x, AXIS, x, frame.height]));
      this.stripes(pen, frame);
      this.drawLanes(pen, frame);
      this.drawBars(pen, frame);
      this.drawStarts(pen, frame);
      this.drawBundles(pen, frame, bundlesAtRest(this.payload).drawn, this.selected === null ? 0.9 : 0.18);
      if (this.selected !== null) this.drawBundles(pen, frame, this.bundlesOf(this.selected), 1);
    });
  }

  private ticks(frame: Frame): { x: number; label: string; year: boolean }[] {
    const { first, last } = this.grid.time;
    const w = monthWidth(this.grid, first) * frame.view.k;
    return monthTicks(first, last, w).map((tick) => ({ ...tick, x: this.x(monthX(this.grid, tick.month), frame.view) }));
  }

  /** The column of those without a date, apart from the time axis. */
  private stripes(pen: Pen, frame: Frame): void {
    const { undated, floor } = this.grid;
    const { view, look } = frame;
    for (const area of [undated, floor]) {
      const x = this.x(area.x0, view);
      pen.rects({ fill: look.sample }, [x, AXIS, (area.x1 - area.x0) * view.k, frame.height]);
    }
  }

  private faded(lane: number): boolean {
    return this.path.size > 1 && !this.path.has(lane); // all descend from the root
  }

  private visible(lane: number, frame: Frame): boolean {
    const y = this.y(laneY(this.grid, lane), frame.view);
    return y > AXIS - 40 && y < frame.height + 40;
  }

  private drawLanes(pen: Pen, frame: Frame): void {
    const { grid, payload } = this;
    const { view, look } = frame;
    const bins = new Bins();
    const line = (faded: boolean, dash: boolean, bold: boolean) =>
      bins.of(`${bold} ${faded} ${dash}`, () => ({
        stroke: bold ? look.ink : look.ink3,
        width: bold ? 2 : 0.8,
        alpha: faded ? 0.25 : bold ? 1 : 0.75,
        ...(dash ? { dash: [2, 3] } : {}),
      }));
    payload.lanes.forEach((lane, i) => {
      if (!this.visible(i, frame)) return;
      const y = this.y(laneY(grid, i), view) + 0.5;
      const from = this.x(startX(grid, lane.month), view);
      const to = this.x(monthX(grid, this.ends[i]!) + monthWidth(grid, this.ends[i]!), view);
      line(this.faded(i), lane.hollow, false).push(from, y, Math.max(from, to), y);
    });
    for (const elbow of elbows(payload.lanes, grid)) {
      const bold = this.path.has(elbow.child);
      const x = this.x(elbow.x, view);
      const [y0, y1] = [this.y(elbow.y0, view), this.y(elbow.y1, view)];
      if (Math.max(y0, y1) < AXIS || Math.min(y0, y1) > frame.height) continue;
      line(this.faded(elbow.child), false, bold).push(x, y0, x, y1);
      if (bold) line(false, false, true).push(x, y0, this.x(startX(grid, payload.lanes[elbow.parent]!.month), view), y0);
    }
    bins.flush((style, numbers) => pen.segments(style, numbers));
  }

  private drawBars(pen: Pen, frame: Frame): void {
    const { view, look } = frame;
    const bins = new Bins();
    for (const bar of this.bars) {
      if (!this.visible(bar.lane, frame)) continue;
      const faded = this.faded(bar.lane);
      const value = this.payload.values[bar.value];
      const box = this.barBox(bar, view);
      bins.of(`${bar.value} ${faded}`, () => ({ fill: look.color(value?.palette ?? "neutral"), alpha: faded ? 0.25 : 1 })).push(box.x, box.y, box.w, box.h);
    }
    bins.flush((style, numbers) => pen.rects(style, numbers));
  }

  private barBox(bar: Bar, view: View): { x: number; y: number; w: number; h: number } {
    const gap = bar.w * view.k > 5 ? 1 : 0;
    return { x: this.x(bar.x, view), y: this.y(bar.y, view), w: bar.w * view.k - gap, h: bar.h * view.k };
  }

  private drawStarts(pen: Pen, frame: Frame): void {
    const { grid, payload } = this;
    const { view, look } = frame;
    const r = Math.min(4.5, Math.max(2.8, grid.row * 0.2)) * Math.min(1.6, Math.sqrt(view.k));
    payload.lanes.forEach((lane, i) => {
      if (!this.visible(i, frame)) return;
      const at = [this.x(startX(grid, lane.month), view), this.y(laneY(grid, i), view), r];
      const alpha = this.faded(i) ? 0.3 : 1;
      if (lane.is_ghost) pen.circles({ fill: look.panel, stroke: look.ink, width: 1.4, dash: [2, 1.6], alpha }, at);
      else if (lane.hollow) pen.circles({ fill: look.panel, stroke: look.ink, width: 1.4, alpha }, at);
      else pen.circles({ fill: look.ink, alpha }, at);
    });
  }

  private bundlesOf(lane: number): number[] {
    return this.payload.bundles.flatMap((bundle, i) => (bundle.from === lane || bundle.to === lane ? [i] : []));
  }

  private drawBundles(pen: Pen, frame: Frame, bundles: readonly number[], alpha: number): void {
    const color = frame.look.color("relation.merge");
    const shown: LanesGrid = this.moved(frame.view);
    for (const i of bundles) {
      const { from, to, links, month } = this.payload.bundles[i]!;
      const { d, head } = bundleCurve(shown, from, to, month);
      pen.path({ stroke: color, width: 0.5 + 0.28 * Math.sqrt(links), alpha: alpha * 0.8 }, d);
      pen.path({ fill: color, alpha }, head);
    }
  }

  /** The grid as it stands on the screen. */
  private moved(view: View): LanesGrid {
    const { grid } = this;
    const area = <A extends { x0: number; x1: number }>(a: A): A => ({ ...a, x0: this.x(a.x0, view), x1: this.x(a.x1, view) });
    return { ...grid, top: this.y(grid.top, view), row: grid.row * view.k, floor: area(grid.floor), time: area(grid.time), undated: area(grid.undated) };
  }

  notes(pen: Pen, frame: Frame): void {
    const { grid, payload } = this;
    const { look, view } = frame;
    const head = { fill: look.ink2, size: 11 };
    let last = -Infinity;
    for (const tick of this.ticks(frame)) {
      if (tick.x < (this.wide ? 66 : 24) || tick.x > grid.undated.x0 - 26 || tick.x - last < 30) continue;
      last = tick.x;
      pen.text({ ...head, weight: tick.year ? 650 : 400 }, tick.x + 3, AXIS - 8, tick.label);
    }
    const left = this.x(grid.floor.x0, view);
    if (left > -20 && left < 60) pen.text(head, left, AXIS - 8, this.wide ? "≤ Mar 22" : "≤");
    const right = this.x((grid.undated.x0 + grid.undated.x1) / 2, view);
    if (right < grid.names.x0 && right > 60) pen.text({ ...head, anchor: "middle", halo: look.paper }, right, AXIS - 8, this.wide ? "no date" : "?");
    pen.text({ ...head, weight: 650 }, grid.names.x0, AXIS - 8, grid.names.x1 - grid.names.x0 > 320 ? "line (a model and what descends from it)" : "line");
    pen.text({ ...head, weight: 650, anchor: "end" }, grid.names.x1, AXIS - 8, "models");
    pen.clipped(0, AXIS, frame.width, frame.height - AXIS, () => {
      payload.lanes.forEach((_, i) => this.name(pen, frame, i));
      this.undatedCounts(pen, frame);
    });
  }

  private name(pen: Pen, frame: Frame, i: number): void {
    if (!this.visible(i, frame)) return;
    const { grid, payload } = this;
    const { look, view } = frame;
    const lane = payload.lanes[i]!;
    const y = this.y(laneY(grid, i), view) - Math.max(0, grid.row * view.k * 0.32 - LABEL * 0.35);
    const indent = Math.min(lane.depth, 9) * (this.wide ? 9 : 5);
    const size = this.wide && grid.row >= 15 ? LABEL : 11;
    const room = grid.names.x1 - grid.names.x0 - indent - COUNT - (lane.expandable ? 14 : 0);
    const weight = lane.depth === 0 || this.path.has(i) ? 650 : 400;
    const fill = this.faded(i) ? look.ink3 : look.ink;
    const words = fitted(this.wide ? lane.model : bare(lane.model), room, size, weight);
    pen.text({ fill, size, weight, role: "name" }, grid.names.x0 + indent, y, words);
    if (lane.expandable) {
      const x = grid.names.x0 + indent + textWidth(words, size, weight) + 9;
      pen.text({ fill: look.accent, size: 13, weight: 650, anchor: "middle", role: "expand" }, x, y, "+");
    }
    pen.text({ fill: look.ink2, size, weight, anchor: "end" }, grid.names.x1, y, count(lane.size));
  }

  private undatedCounts(pen: Pen, frame: Frame): void {
    const { grid, payload } = this;
    if (grid.row * frame.view.k < 18) return;
    const x = this.x((grid.undated.x0 + grid.undated.x1) / 2, frame.view);
    payload.lanes.forEach((lane, i) => {
      const total = lane.undated.models.reduce((a, b) => a + b, 0);
      if (!total || !this.visible(i, frame)) return;
      const y = this.y(laneY(grid, i), frame.view) - 3;
      pen.text({ fill: frame.look.ink, size: 10.5, anchor: "middle", halo: frame.look.panel }, x, y, count(total));
    });
  }

  focus(pen: Pen, frame: Frame, mark: number): void {
    const { look, view } = frame;
    if (mark < 0) {
      const box = this.barBox(this.bars[-1 - mark]!, view);
      pen.rects({ stroke: look.accent, width: 2 }, [box.x - 1, box.y - 1, box.w + 2, Math.max(2, box.h) + 2]);
      return;
    }
    const y = this.y(laneY(this.grid, mark), view);
    const row = this.grid.row * view.k;
    pen.rects({ fill: look.accent, alpha: 0.1 }, [0, y - row * 0.82, frame.width, row]);
    this.drawBundles(pen, frame, this.bundlesOf(mark), 1);
    const { x, r } = this.where(mark, frame);
    pen.circles({ stroke: look.accent, width: 2 }, [x, y, r + 2]);
  }

  hit(px: number, py: number, frame: Frame): number | null {
    const { view } = frame;
    const { grid } = this;
    if (py < AXIS) return null;
    const lane = Math.floor(((py - AXIS - view.y) / view.k + AXIS - grid.top) / grid.row);
    if (lane < 0 || lane >= this.payload.lanes.length) return null;
    if (px > grid.undated.x1) return lane;
    // A bar may reach into the row above, so the row below is looked at too.
    for (const at of [lane, lane + 1])
      for (const i of this.byLane[at] ?? []) {
        const box = this.barBox(this.bars[i]!, view);
        if (px >= box.x && px <= box.x + box.w && py >= box.y - 1 && py <= box.y + box.h + 1) return -1 - i;
      }
    return lane;
  }

  /** True at the sign that opens a lane. */
  expands(px: number, py: number, frame: Frame): number | null {
    const lane = this.hit(px, py, frame);
    if (lane === null || lane < 0 || px < this.grid.names.x0) return null;
    const { model, expandable, depth } = this.payload.lanes[lane]!;
    if (!expandable) return null;
    const indent = Math.min(depth, 9) * (this.wide ? 9 : 5);
    const size = this.wide && this.grid.row >= 15 ? LABEL : 11;
    const weight = depth === 0 || this.path.has(lane) ? 650 : 400;
    const room = this.grid.names.x1 - this.grid.names.x0 - indent - COUNT - 14;
    const words = fitted(this.wide ? model : bare(model), room, size, weight);
    const x = this.grid.names.x0 + indent + textWidth(words, size, weight) + 9;
    return Math.abs(px - x) <= 10 ? lane : null;
  }

  where(mark: number, frame: Frame): Spot {
    if (mark < 0) {
      const box = this.barBox(this.bars[-1 - mark]!, frame.view);
      return { x: box.x + box.w / 2, y: box.y + box.h / 2, r: 4 };
    }
    const lane = this.payload.lanes[mark]!;
    return { x: this.x(startX(this.grid, lane.month), frame.view), y: this.y(laneY(this.grid, mark), frame.view), r: 4 };
  }

  step(from: number | null, way: Step): number | null {
    const { lanes } = this.payload;
    if (lanes.length === 0) return null;
    if (from === null) return 0;
    const lane = from < 0 ? this.bars[-1 - from]!.lane : from;
    if (way === "left") return lanes[lane]!.parent >= 0 ? lanes[lane]!.parent : lane;
    if (way === "right") {
      const child = lanes.findIndex((other) => other.parent === lane);
      return child >= 0 ? child : lane;
    }
    const siblings = lanes.flatMap((other, i) => (other.parent === lanes[lane]!.parent ? [i] : []));
    return siblings[siblings.indexOf(lane) + (way === "up" ? -1 : 1)] ?? lane;
  }

  card(mark: number): Card {
    return mark < 0 ? this.barCard(this.bars[-1 - mark]!) : this.laneCard(mark);
  }

  private barCard(bar: Bar): Card {
    const lane = this.payload.lanes[bar.lane]!;
    const lines = [
      this.payload.values[bar.value]?.label ?? "not stated",
      bar.month === UNDATED ? "no date" : `created ${bar.month < 0 ? "" : "in "}${monthWords(bar.month)}`,
      `descend from ${bare(lane.model)}`,
    ];
    if (bar.month >= 0 && bar.month < lane.month && !lane.hollow) lines.push("older than the line: parent re-created?");
    return { title: plural(bar.models, "model"), lines, model: null, hint: "" };
  }

  private laneCard(i: number): Card {
    const { lanes, bundles } = this.payload;
    const lane = lanes[i]!;
    const lines = [plural(lane.size, "model"), lane.parent >= 0 ? `branches off ${bare(lanes[lane.parent]!.model)}` : "founder"];
    lines.push(lane.hollow ? (lane.month === UNDATED ? "no date" : `no date; earliest dated child ${monthWords(lane.month)}`) : `created ${monthWords(lane.month)}`);
    lines.push(`${plural(lane.own, "model")} counted on this line`);
    const into = bundles.filter((b) => b.to === i).reduce((n, b) => n + b.links, 0);
    const out = bundles.filter((b) => b.from === i).reduce((n, b) => n + b.links, 0);
    if (into + out) lines.push(`second-parent links: ${count(out)} to other lines, ${count(into)} from them`);
    if (lane.is_ghost) lines.push("ghost: named, not in this snapshot");
    return { title: lane.model, lines, model: lane.model, hint: lane.expandable ? "click: path to the founder; + or e: more of its lines" : "click: path to the founder" };
  }
}

/** A text cut in the middle to a width. */
function fitted(text: string, width: number, size: number, weight: number): string {
  if (textWidth(text, size, weight) <= width) return text;
  let most = Math.max(6, Math.floor((text.length * width) / textWidth(text, size, weight)));
  while (most > 6 && textWidth(middle(text, most), size, weight) > width) most--;
  return middle(text, most);
}
