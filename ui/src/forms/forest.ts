/** The forest: one mark a family of ten and more, cells below, the models alone in a strip. */

import { FLOOR, type ForestPayload, UNDATED } from "../api";
import type { Card, Form, Frame, Spot, Step, View } from "../draw/form";
import { placeLabels, textWidth } from "../draw/labels";
import { monthTicks } from "../draw/look";
import { Bins, type Pen } from "../draw/pen";
import { bare, count, middle, month as monthWords, plural, short } from "../format";
import { forestLayout, type ForestLayout, type ForestOptions, type ForestSize, yOfDownloads, yOfSize } from "./forest_layout";

const LABEL = 11;

export interface ForestLooks {
  labels: number;
  census: number | null; // month of the end of the census, with its day as a fraction
  censusWords: string;
  own: Map<string, number> | null; // one's own column: value of each founder
  values: ForestPayload["values"];
}

/** Marks are places in the payload; cells count from -1 down, bars of lone models after them. */
export class ForestForm implements Form {
  readonly layout: ForestLayout;
  private readonly byTime: number[];
  private readonly bySize: number[];
  private selected: number | null = null;

  constructor(
    readonly payload: ForestPayload,
    readonly size: ForestSize,
    readonly options: ForestOptions,
    private readonly looks: ForestLooks,
  ) {
    this.layout = forestLayout(payload, size, options);
    const { marks } = this.layout;
    const living = [...marks.order].filter((i) => marks.size[i]! > 0);
    this.bySize = [...living].sort((a, b) => marks.size[b]! - marks.size[a]! || a - b);
    this.byTime = [...living].sort((a, b) => marks.x[a]! - marks.x[b]! || a - b);
  }

  select(mark: number | null): void {
    this.selected = mark;
  }

  /** Models by where they are; during a replay `waiting` are not yet born, or undated. */
  accounts(): { marks: number; cells: number; alone: number; waiting: number; filtered: number; total: number } {
    const { payload, layout } = this;
    const { filtered, total } = payload.accounts;
    const { families, size } = payload.cells;
    const marks = layout.marks.size.reduce((a, b) => a + b, 0);
    const cells = layout.cells.reduce((n, cell) => n + families[cell.at]! * size[cell.at]!, 0);
    const alone = layout.alone.reduce((n, bar) => n + bar.models, 0);
    const all = this.options.cursor === null ? marks + cells + alone : total - filtered;
    return { marks, cells, alone, waiting: all - marks - cells - alone, filtered, total };
  }

  private x(value: number, view: View): number {
    return value * view.k + view.x;
  }

  private y(value: number, view: View): number {
    return value * view.k + view.y;
  }

  private grow(view: View): number {
    return Math.sqrt(view.k);
  }

  private get values(): ForestPayload["values"] {
    return this.looks.own ? this.looks.values : this.payload.values;
  }

  private valueOf(mark: number): number {
    const { own } = this.looks;
    return own ? (own.get(this.payload.marks.model[mark]!) ?? this.values.length - 1) : this.payload.marks.value[mark]!;
  }

  private color(frame: Frame, value: number): string {
    return frame.look.color(this.values[value]?.palette ?? "neutral");
  }

  marks(pen: Pen, frame: Frame): void {
    const { width } = frame;
    const { grid } = this.layout;
    this.ground(pen, frame);
    pen.clipped(grid.plot.x0, 0, width - grid.plot.x0, grid.plot.y1 + 1, () => {
      this.drawCells(pen, frame);
      this.drawMarks(pen, frame);
    });
    pen.clipped(grid.plot.x0, grid.plot.y1, width - grid.plot.x0, frame.height, () => this.drawStrip(pen, frame));
  }

  private ground(pen: Pen, frame: Frame): void {
    const { grid } = this.layout;
    const { view, look } = frame;
    const { x0, x1, y1 } = grid.plot;
    pen.rects({ fill: look.panel }, [x0, 0, x1 - x0, y1]);
    const edge = (at: number) => Math.max(x0, Math.min(x1, this.x(at, view)));
    if (this.looks.census !== null) {
      const w = (grid.time.x1 - grid.time.x0) / grid.time.last;
      const [from, to] = [edge(grid.time.x0 + this.looks.census * w), edge(grid.time.x1)];
      pen.rects({ fill: look.sample }, [from, 0, to - from, grid.strip.y1]);
    }
    const vertical = this.ticks(frame).flatMap(({ x }) => [x, 0, x, grid.strip.y1]);
    for (const at of [grid.time.x0, grid.time.x1]) {
      const x = this.x(at, view);
      if (x > x0 && x < x1) vertical.push(x, 0, x, grid.strip.y1);
    }
    pen.segments({ stroke: look.line, width: 1 }, vertical);
    pen.segments({ stroke: look.line, width: 1 }, this.levels(frame).flatMap(({ y }) => [x0, y, x1, y]));
    pen.segments({ stroke: look.ink3, width: 1, alpha: 0.5 }, [x0, grid.strip.y1, x1, grid.strip.y1]);
  }

  private ticks(frame: Frame): { x: number; label: string; year: boolean }[] {
    const { grid } = this.layout;
    const w = (grid.time.x1 - grid.time.x0) / grid.time.last;
    return monthTicks(0, grid.time.last - 0.5, w * frame.view.k)
      .map((tick) => ({ ...tick, x: this.x(grid.time.x0 + tick.month * w, frame.view) }))
      .filter(({ x }) => x >= grid.plot.x0 && x <= grid.plot.x1);
  }

  private levels(frame: Frame): { y: number; label: string }[] {
    const { grid } = this.layout;
    const out: { y: number; label: string }[] = [];
    const down = this.options.height === "downloads";
    for (let decade = down ? 1 : 10; decade <= grid.most; decade *= 10)
      for (const factor of [1, 3]) {
        const size = decade * factor;
        if (size > grid.most * 1.02) continue;
        out.push({ y: down ? yOfDownloads(grid, size) : yOfSize(grid, size), label: short(size) });
      }
    return out.map(({ y, label }) => ({ y: this.y(y, frame.view), label })).filter(({ y }) => y > 8 && y < grid.plot.y1);
  }

  private drawCells(pen: Pen, frame: Frame): void {
    const bins = new Bins();
    const { view } = frame;
    const none = this.values.length - 1;
    for (const cell of this.layout.cells) {
      const value = this.looks.own ? none : this.payload.cells.value[cell.at]!;
      const color = this.color(frame, value);
      const h = cell.h * Math.min(view.k, this.grow(view) * 1.2);
      bins
        .of(`${value}`, () => ({ fill: color, alpha: 0.85 }))
        .push(this.x(cell.x, view), this.y(cell.y + cell.h / 2, view) - h / 2, cell.w * view.k, h);
    }
    bins.flush((style, numbers) => pen.rects(style, numbers));
  }

  private drawMarks(pen: Pen, frame: Frame): void {
    const { view, look } = frame;
    const { marks } = this.layout;
    const grow = this.grow(view);
    const solid = new Bins();
    const rings = new Bins();
    // Large ones first and one by one, small ones by colour: no large mark hides a small one.
    for (const i of marks.order) {
      if (marks.size[i]! <= 0) continue;
      const [x, y, r] = [this.x(marks.x[i]!, view), this.y(marks.y[i]!, view), marks.r[i]! * grow];
      if (x < -r || x > frame.width + r || y < -r || y > frame.height + r) continue;
      const value = this.valueOf(i);
      const color = this.color(frame, value);
      const ghost = this.payload.marks.is_ghost[i];
      if (this.payload.marks.hollow[i] || ghost) {
        const style = { fill: look.panel, stroke: color, width: 1.5, ...(ghost ? { dash: [2.5, 2] } : {}) };
        rings.of(`${value} ${ghost}`, () => style).push(x, y, Math.max(1.5, r - 0.75));
      } else if (r > 7) pen.circles({ fill: color, stroke: look.panel, width: 1, alpha: 0.88 }, [x, y, r]);
      else solid.of(`${value}`, () => ({ fill: color, stroke: look.panel, width: 0.9, alpha: 0.92 })).push(x, y, r);
    }
    solid.flush((style, numbers) => pen.circles(style, numbers));
    rings.flush((style, numbers) => pen.circles(style, numbers));
  }

  private drawStrip(pen: Pen, frame: Frame): void {
    const rects = this.layout.alone.flatMap((bar) => [this.x(bar.x, frame.view), bar.y, bar.w * frame.view.k, bar.h]);
    pen.rects({ fill: frame.look.color("neutral"), alpha: 0.9 }, rects);
  }

  notes(pen: Pen, frame: Frame): void {
    this.axes(pen, frame);
    const { view, look } = frame;
    const { marks, grid } = this.layout;
    const grow = this.grow(view);
    const spots = [...marks.order]
      .filter((i) => marks.size[i]! > 0)
      .map((i) => ({ key: i, x: this.x(marks.x[i]!, view), y: this.y(marks.y[i]!, view), r: marks.r[i]! * grow }));
    const inPlot = spots.filter(({ x, y }) => x > grid.plot.x0 && x < frame.width && y > 0 && y < grid.plot.y1);
    const placed = placeLabels(
      inPlot.slice(0, 400).map((spot) => ({ ...spot, text: middle(this.name(spot.key), 34), weight: marks.size[spot.key]! })),
      { x0: grid.plot.x0 + 2, y0: 2, x1: frame.width - 4, y1: grid.plot.y1 },
      (text) => textWidth(text, LABEL),
      { limit: this.looks.labels, size: LABEL, obstacles: inPlot.slice(0, 220).map((s) => ({ key: s.key, box: boxAround(s) })) },
    );
    for (const label of placed)
      pen.text({ fill: look.ink, size: LABEL, anchor: label.anchor, halo: look.panel, role: "name" }, label.x, label.y, label.text);
    if (this.selected !== null) this.focus(pen, frame, this.selected);
  }

  /** "(mixed)" where no founder accounts for half of a family that merges joined. */
  private name(mark: number): string {
    const { model, founders, founder_share: share } = this.payload.marks;
    return bare(model[mark]!) + (founders[mark]! > 1 && share[mark]! < 0.5 ? " (mixed)" : "");
  }

  private axes(pen: Pen, frame: Frame): void {
    const { grid } = this.layout;
    const { look, view } = frame;
    const small = { fill: look.ink2, size: LABEL };
    for (const { y, label } of this.levels(frame)) pen.text({ ...small, anchor: "end" }, grid.plot.x0 - 6, y + 4, label);
    for (let size = grid.least; size < 10; size++) {
      const y = this.y(yOfSize(grid, size), view);
      if (y < grid.plot.y1 && y > 8 && (grid.band * view.k >= 11 || size % 2 === 0)) pen.text({ ...small, anchor: "end" }, grid.plot.x0 - 6, y + 4, String(size));
    }
    pen.text({ ...small, weight: 650, halo: look.panel }, grid.plot.x0 + 6, 14, this.options.height === "members" ? "members" : "downloads in 30 days");
    const below = grid.strip.y1 + 15;
    const narrow = frame.width < 560;
    let last = -Infinity;
    for (const tick of this.ticks(frame)) {
      if (tick.x - last < 30) continue;
      last = tick.x;
      pen.text({ ...small, anchor: "middle", weight: tick.year ? 650 : 400 }, tick.x, below, tick.label);
    }
    const side = (area: { x0: number; x1: number }, words: string) => {
      const x = this.x((area.x0 + area.x1) / 2, view);
      if (x > grid.plot.x0 && x < frame.width) pen.text({ ...small, anchor: "middle" }, x, below, words);
    };
    side(grid.floor, narrow ? "≤" : "≤ 2 Mar 2022");
    side(grid.undated, narrow ? "?" : "no date");
    pen.text({ ...small, anchor: "end" }, grid.plot.x0 - 6, grid.strip.y1 - 2, "alone");
    const peak = Math.max(0, ...this.payload.alone.models);
    const words = narrow ? `models alone (√ scale; peak ${count(peak)})` : `models without any known relative, by month (√ scale; peak ${count(peak)} in one month)`;
    if (peak) pen.text({ ...small, halo: look.paper }, grid.time.x0, grid.strip.y0 - 4, words);
    this.sampleWords(pen, frame);
  }

  private sampleWords(pen: Pen, frame: Frame): void {
    const { grid } = this.layout;
    const { census, censusWords } = this.looks;
    if (census === null || frame.width < 560) return;
    const w = (grid.time.x1 - grid.time.x0) / grid.time.last;
    const x = Math.max(grid.plot.x0, this.x(grid.time.x0 + census * w, frame.view)) + 8;
    if (x < frame.width - 200) pen.text({ fill: frame.look.ink2, size: LABEL, halo: frame.look.panel }, x, 14, censusWords);
  }

  focus(pen: Pen, frame: Frame, mark: number): void {
    const box = this.box(mark, frame);
    if (box) {
      pen.rects({ stroke: frame.look.accent, width: 2 }, [box.x - 1, box.y - 1, box.w + 2, box.h + 2]);
      return;
    }
    const { x, y, r } = this.where(mark, frame);
    pen.circles({ stroke: frame.look.panel, width: 5 }, [x, y, r + 3]);
    pen.circles({ stroke: frame.look.accent, width: 2 }, [x, y, r + 3]);
  }

  private cell(mark: number): ForestLayout["cells"][number] | null {
    return mark < 0 ? (this.layout.cells[-1 - mark] ?? null) : null;
  }

  private bar(mark: number): ForestLayout["alone"][number] | null {
    return mark < 0 ? (this.layout.alone[-1 - mark - this.layout.cells.length] ?? null) : null;
  }

  private box(mark: number, frame: Frame): { x: number; y: number; w: number; h: number } | null {
    const { view } = frame;
    const cell = this.cell(mark);
    if (cell) return { x: this.x(cell.x, view), y: this.y(cell.y, view), w: cell.w * view.k, h: cell.h * view.k };
    const bar = this.bar(mark);
    return bar && { x: this.x(bar.x, view), y: bar.y, w: bar.w * view.k, h: bar.h };
  }

  hit(px: number, py: number, frame: Frame): number | null {
    const { marks, grid, cells, alone } = this.layout;
    const { view } = frame;
    if (px < grid.plot.x0) return null;
    if (py > grid.plot.y1) {
      const at = alone.findIndex((bar) => px >= this.x(bar.x, view) && px < this.x(bar.x + bar.w + 1, view));
      return at >= 0 && py <= grid.strip.y1 && py >= grid.strip.y0 ? -1 - cells.length - at : null;
    }
    const grow = this.grow(view);
    let best: number | null = null;
    let nearest = Infinity;
    for (const i of marks.order) {
      if (marks.size[i]! <= 0) continue;
      const r = Math.max(4, marks.r[i]! * grow + 1);
      const d = Math.hypot(this.x(marks.x[i]!, view) - px, this.y(marks.y[i]!, view) - py);
      // Of marks over one another the one whose edge is deepest crossed, small ones first.
      if (d <= r && d / r + r / 1000 < nearest) {
        nearest = d / r + r / 1000;
        best = i;
      }
    }
    if (best !== null) return best;
    const [x, y] = [(px - view.x) / view.k, (py - view.y) / view.k];
    const half = grid.band / 2;
    const at = cells.findIndex((cell) => x >= cell.x - 0.5 && x < cell.x + cell.w + 0.5 && Math.abs(y - cell.y - cell.h / 2) <= Math.max(half, cell.h / 2));
    return at >= 0 ? -1 - at : null;
  }

  where(mark: number, frame: Frame): Spot {
    const box = this.box(mark, frame);
    if (box) return { x: box.x + box.w / 2, y: box.y + box.h / 2, r: 4 };
    const { marks } = this.layout;
    return { x: this.x(marks.x[mark]!, frame.view), y: this.y(marks.y[mark]!, frame.view), r: marks.r[mark]! * this.grow(frame.view) };
  }

  /** Left and right by date of founding, up and down by size. */
  step(from: number | null, way: Step): number | null {
    const order = way === "left" || way === "right" ? this.byTime : this.bySize;
    if (order.length === 0) return null;
    if (from === null || from < 0) return this.bySize[0]!;
    const at = order.indexOf(from) + (way === "left" || way === "up" ? -1 : 1);
    return order[Math.max(0, Math.min(order.length - 1, at))]!;
  }

  card(mark: number): Card {
    const { payload } = this;
    const cell = this.cell(mark);
    if (cell) {
      const value = payload.values[payload.cells.value[cell.at]!];
      const families = payload.cells.families[cell.at]!;
      const size = payload.cells.size[cell.at]!;
      return {
        title: `${plural(families, "family", "families")} of ${size}`,
        lines: [`founded ${foundedWords(payload.cells.month[cell.at]!)}`, `commonest stated: ${value?.label ?? "not stated"}`, `${plural(families * size, "model")} in this cell`],
        model: null,
        hint: "",
      };
    }
    const bar = this.bar(mark);
    if (bar)
      return { title: `${plural(bar.models, "model")} alone`, lines: [`created ${foundedWords(payload.alone.month[bar.at]!)}`, "no known relative"], model: null, hint: "" };
    return this.familyCard(mark);
  }

  private familyCard(mark: number): Card {
    const { marks } = this.payload;
    const now = this.layout.marks.size[mark]!;
    const lines = [now === marks.full_size[mark] ? plural(now, "member") : `${count(now)} of ${plural(marks.full_size[mark]!, "member")}`];
    const month = marks.month[mark]!;
    lines.push(marks.hollow[mark] ? `founder undated, earliest member ${monthWords(month)}` : `founded ${foundedWords(month)}`);
    const value = this.values[this.valueOf(mark)];
    lines.push(this.looks.own ? `founder: ${value?.label ?? "no value"}` : `commonest stated: ${value?.label ?? "not stated"}`);
    if (marks.founders[mark]! > 1)
      lines.push(`${count(marks.founders[mark]!)} founders joined by merges; this one accounts for ${Math.round(100 * marks.founder_share[mark]!)} %`);
    if (marks.downloads[mark] !== null) lines.push(`${count(marks.downloads[mark]!)} downloads in 30 days`);
    if (marks.is_ghost[mark]) lines.push("founder is a ghost: named, not in this snapshot");
    return { title: marks.model[mark]!, lines, model: marks.model[mark]!, hint: "click: open the family" };
  }
}

function foundedWords(month: number): string {
  return month === FLOOR ? "on or before 2 Mar 2022 (back-filled)" : month === UNDATED ? "at no known date" : `in ${monthWords(month)}`;
}

function boxAround({ x, y, r }: { x: number; y: number; r: number }): { x0: number; y0: number; x1: number; y1: number } {
  const half = r * 0.8;
  return { x0: x - half, x1: x + half, y0: y - half, y1: y + half };
}
