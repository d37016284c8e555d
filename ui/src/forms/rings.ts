/** Rings: a star as a disc that grows year by year, the children with children on its rim. */

import { scaleLinear } from "d3-scale";
import type { Accounts } from "../api";
import type { Card, Form, Frame, Spot, Step, View } from "../draw/form";
import { MOST_DOTS } from "../draw/form";
import { type Box, placeLabels, textWidth } from "../draw/labels";
import { dayWords } from "../draw/look";
import { Bins, type Pen } from "../draw/pen";
import { type Dots, packColor } from "../draw/points";
import { bare, count, middle, plural } from "../format";
import { isUnstated, modelCard } from "./cards";
import { neighbour, type Nodes, pathToRoot } from "./nodes";
import { type Cell, density, ringsLayout, type RingsLayout, SECTORS, sectorOf } from "./rings_layout";
import { DOT, spiralInverse } from "./spiral";

const LEAST_DOT_SCALE = 2.2; // pixels a unit: below, dots are counted in cells
const FAINT = 0.22;
const LABEL = 11;

/** Marks are rows; cells of the far view count from -1 down. */
export class RingsForm implements Form {
  readonly layout: RingsLayout;
  private cells: Cell[] | null = null;
  private cached: { dots: Dots; key: string } | null = null;
  private onPath: Set<number> | null = null;
  private path: number[] = [];

  constructor(
    readonly nodes: Nodes,
    private readonly options: { webgl: boolean; labels: number },
    selected: number | null,
  ) {
    this.layout = ringsLayout(nodes);
    this.select(selected);
  }

  select(row: number | null): void {
    this.path = row === null ? [] : pathToRoot(this.nodes, row);
    // Everything descends from the root: selecting it sets nothing back.
    this.onPath = this.path.length > 1 ? new Set(this.path) : null;
    this.cached = null;
  }

  /** Units to pixels. */
  private scale(frame: Frame): View {
    const { width, height, view } = frame;
    const fit = (Math.min(width * 0.9, height) / 2 - 14) / this.layout.outer;
    const s = Math.min(fit, 14);
    return { k: s * view.k, x: (width / 2) * view.k + view.x, y: (height / 2) * view.k + view.y };
  }

  private visible(at: View, frame: Frame): number {
    let total = 0;
    for (const disc of this.layout.discs) if (this.inView(disc, at, frame)) total += disc.rows.length;
    return total;
  }

  private inView(disc: { x: number; y: number; radius: number }, at: View, frame: Frame): boolean {
    const x = disc.x * at.k + at.x;
    const y = disc.y * at.k + at.y;
    const r = (disc.radius + 2) * at.k;
    return x + r > 0 && x - r < frame.width && y + r > 0 && y - r < frame.height;
  }

  /** "dots" on the canvas, "points" by WebGL, or "cells". */
  mode(frame: Frame): "dots" | "points" | "cells" {
    const at = this.scale(frame);
    if (at.k < LEAST_DOT_SCALE) return "cells";
    if (this.visible(at, frame) <= MOST_DOTS) return "dots";
    return this.options.webgl ? "points" : "cells";
  }

  accounts(frame: Frame): Accounts {
    const { nodes } = this;
    const { filtered, total } = nodes.accounts;
    if (this.mode(frame) !== "cells") return { shown: total - filtered, aggregated: 0, filtered, total };
    const shown = this.layout.discs.reduce((n, disc) => n + nodes.passes[disc.head]!, 0);
    return { shown, aggregated: this.farCells().reduce((n, cell) => n + cell.count, 0), filtered, total };
  }

  private farCells(): Cell[] {
    this.cells ??= density(this.nodes, this.layout);
    return this.cells;
  }

  private hollow(row: number): boolean {
    return isUnstated(this.nodes.values[this.nodes.value[row]!]);
  }

  private alpha(row: number): number {
    if (!this.nodes.passes[row]) return 0.12;
    return this.onPath && !this.onPath.has(row) ? FAINT : 1;
  }

  private headRadius(disc: number): number {
    return disc === 0 ? Math.sqrt(60) - 1.7 : 1.2;
  }

  private put(bins: Bins, frame: Frame, row: number, at: View, r: number): void {
    const { nodes, layout } = this;
    const value = nodes.value[row]!;
    const alpha = this.alpha(row);
    const color = frame.look.color(nodes.values[value]?.palette ?? "neutral");
    const ghost = nodes.ghost[row] === 1;
    const hollow = this.hollow(row) || ghost;
    const width = Math.max(0.8, Math.min(1.6, r * 0.35));
    const radius = hollow ? Math.max(0.6, r - width / 2) : r;
    const bin = bins.of(`${value} ${alpha} ${hollow} ${ghost}`, () =>
      hollow ? { stroke: color, width, alpha, ...(ghost ? { dash: [2, 2] } : {}) } : { fill: color, alpha },
    );
    bin.push(layout.x[row]! * at.k + at.x, layout.y[row]! * at.k + at.y, radius);
  }

  marks(pen: Pen, frame: Frame): void {
    const at = this.scale(frame);
    const { layout } = this;
    const mode = this.mode(frame);
    this.stems(pen, frame, at);
    if (mode === "cells") this.drawCells(pen, frame, at);
    const bins = new Bins();
    layout.discs.forEach((disc, d) => {
      if (!this.inView(disc, at, frame)) return;
      this.put(bins, frame, disc.head, at, this.headRadius(d) * at.k);
      if (mode === "dots")
        for (const row of disc.rows)
          if (inFrame(layout.x[row]! * at.k + at.x, layout.y[row]! * at.k + at.y, frame)) this.put(bins, frame, row, at, DOT * at.k);
    });
    bins.flush((style, numbers) => pen.circles(style, numbers));
    this.rings(pen, frame, at);
    this.drawPath(pen, frame, at);
  }

  private stems(pen: Pen, frame: Frame, at: View): void {
    const [centre, ...petals] = this.layout.discs;
    const lines: number[] = [];
    for (const petal of petals) {
      if (!petal.stem) continue;
      const far = Math.hypot(petal.x, petal.y);
      const [ux, uy] = [petal.x / far, petal.y / far];
      const [from, to] = [centre!.radius, far - 1.4];
      lines.push(ux * from * at.k + at.x, uy * from * at.k + at.y, ux * to * at.k + at.x, uy * to * at.k + at.y);
    }
    pen.segments({ stroke: frame.look.ink3, width: 0.8, alpha: 0.6 }, lines);
  }

  private rings(pen: Pen, frame: Frame, at: View): void {
    const style = { stroke: frame.look.ink, width: 1, dash: [3, 3], alpha: this.onPath ? 0.3 : 0.75 };
    pen.circles(style, this.layout.rings.filter((ring) => ring.radius > 8).flatMap((ring) => [at.x, at.y, ring.radius * at.k]));
  }

  private drawCells(pen: Pen, frame: Frame, at: View): void {
    for (const cell of this.farCells()) {
      const disc = this.layout.discs[cell.disc]!;
      if (!this.inView(disc, at, frame)) continue;
      const value = this.nodes.values[cell.value];
      const share = (0.25 + 0.75 * cell.share) * (this.onPath ? 0.4 : 1);
      // Mixed, not transparent, so that a stroke can close the seams that smoothed edges leave.
      const fill = scaleLinear<string>([frame.look.paper, frame.look.color(value?.palette ?? "neutral")])(share);
      pen.path({ fill, stroke: fill, width: 0.7 }, this.sector(cell, at));
    }
  }

  private sector(cell: Cell, at: View): string {
    const disc = this.layout.discs[cell.disc]!;
    const [x, y] = [disc.x * at.k + at.x, disc.y * at.k + at.y];
    const inner = Math.sqrt(cell.first + disc.free) * at.k;
    const outer = Math.sqrt(cell.last + disc.free) * at.k;
    const a = (cell.sector / SECTORS) * 2 * Math.PI;
    const b = ((cell.sector + 1) / SECTORS) * 2 * Math.PI;
    const point = (r: number, angle: number) => `${(x + r * Math.cos(angle)).toFixed(1)} ${(y + r * Math.sin(angle)).toFixed(1)}`;
    return `M${point(inner, a)}L${point(outer, a)}A${outer} ${outer} 0 0 1 ${point(outer, b)}L${point(inner, b)}A${inner} ${inner} 0 0 0 ${point(inner, a)}Z`;
  }

  private drawPath(pen: Pen, frame: Frame, at: View): void {
    const { layout, path } = this;
    if (path.length === 0) return;
    const spots = path.map((row) => [layout.x[row]! * at.k + at.x, layout.y[row]! * at.k + at.y] as const);
    const lines = spots.slice(1).flatMap((to, i) => [...spots[i]!, ...to]);
    pen.segments({ stroke: frame.look.panel, width: 4 }, lines);
    pen.segments({ stroke: frame.look.ink, width: 1.6 }, lines);
    const [x, y] = spots[0]!;
    pen.circles({ stroke: frame.look.ink, width: 2 }, [x, y, this.radius(path[0]!) * at.k + 3]);
  }

  private radius(row: number): number {
    const d = this.layout.disc[row]!;
    return this.layout.discs[d]!.head === row ? this.headRadius(d) : DOT;
  }

  notes(pen: Pen, frame: Frame): void {
    const at = this.scale(frame);
    const { look } = frame;
    let last = 0;
    for (const ring of this.layout.rings) {
      const r = ring.radius * at.k;
      if (r - last < 15 && last > 0) continue;
      last = r;
      pen.text({ fill: look.ink, size: LABEL, weight: 650, anchor: "middle", halo: look.paper }, at.x, at.y - r + 4, ring.label);
    }
    this.petalNames(pen, frame, at);
    this.pathNames(pen, frame, at);
  }

  private petalNames(pen: Pen, frame: Frame, at: View): void {
    const { layout, nodes } = this;
    const spots = layout.discs.map((disc, d) => ({ disc, d, x: disc.x * at.k + at.x, y: disc.y * at.k + at.y, r: disc.radius * at.k }));
    const candidates = spots.slice(1).map(({ disc, d, x, y, r }) => ({
      key: d,
      x,
      y,
      r,
      text: `${middle(bare(nodes.model[disc.head]!), 26)} · ${count(disc.rows.length + 1)}`,
      weight: disc.rows.length,
      side: disc.x < 0 ? ("end" as const) : ("start" as const),
    }));
    const centre = spots[0]!;
    const obstacles = spots.slice(1).map(({ d, x, y, r }) => ({ key: d, box: { x0: x - r, y0: y - r, x1: x + r, y1: y + r } }));
    const overDisc = (box: Box) => {
      const dx = Math.max(box.x0 - centre.x, 0, centre.x - box.x1);
      const dy = Math.max(box.y0 - centre.y, 0, centre.y - box.y1);
      return Math.hypot(dx, dy) < centre.r;
    };
    const placed = placeLabels(
      candidates,
      { x0: 2, y0: 2, x1: frame.width - 2, y1: frame.height - 2 },
      (text) => textWidth(text, LABEL),
      { limit: this.options.labels, size: LABEL, obstacles, blocked: overDisc },
    );
    for (const label of placed)
      pen.text({ fill: frame.look.ink, size: LABEL, anchor: label.anchor, halo: frame.look.paper, role: "name" }, label.x, label.y, label.text);
  }

  private pathNames(pen: Pen, frame: Frame, at: View): void {
    const { layout, nodes, path } = this;
    path.forEach((row, i) => {
      if (i > 0 && i < path.length - 1) return;
      const x = layout.x[row]! * at.k + at.x;
      const y = layout.y[row]! * at.k + at.y;
      const r = this.radius(row) * at.k;
      pen.text({ fill: frame.look.ink, size: 12.5, weight: 650, anchor: "middle", halo: frame.look.panel, role: "path" }, x, y - r - 7, bare(nodes.model[row]!));
    });
  }

  focus(pen: Pen, frame: Frame, mark: number): void {
    const at = this.scale(frame);
    if (mark < 0) {
      const cell = this.farCells()[-1 - mark];
      if (cell) pen.path({ stroke: frame.look.ink, width: 2 }, this.sector(cell, at));
      return;
    }
    const { x, y, r } = this.where(mark, frame);
    pen.circles({ stroke: frame.look.panel, width: 5 }, [x, y, r + 3]);
    pen.circles({ stroke: frame.look.accent, width: 2 }, [x, y, r + 3]);
  }

  hit(px: number, py: number, frame: Frame): number | null {
    const at = this.scale(frame);
    const x = (px - at.x) / at.k;
    const y = (py - at.y) / at.k;
    const far = this.mode(frame) === "cells";
    const slack = Math.max(0, 3 / at.k - DOT);
    for (const [d, disc] of this.layout.discs.entries()) {
      const [dx, dy] = [x - disc.x, y - disc.y];
      const distance = Math.hypot(dx, dy);
      if (distance > disc.radius + 1) continue;
      if (distance <= this.headRadius(d)) return disc.head;
      if (far) {
        const i = distance ** 2 - disc.free;
        const sector = sectorOf(dx, dy);
        const cell = this.farCells().findIndex((c) => c.disc === d && c.first <= i && i < c.last && c.sector === sector);
        if (cell >= 0) return -1 - cell;
      } else {
        const exact = spiralInverse(dx, dy, disc.rows.length, disc.free);
        if (exact >= 0) return disc.rows[exact]!;
      }
      if (distance <= 4 / at.k) return disc.head;
      const near = far ? -1 : spiralInverse(dx, dy, disc.rows.length, disc.free, slack);
      if (near >= 0) return disc.rows[near]!;
    }
    return null;
  }

  where(mark: number, frame: Frame): Spot {
    const at = this.scale(frame);
    if (mark >= 0) return { x: this.layout.x[mark]! * at.k + at.x, y: this.layout.y[mark]! * at.k + at.y, r: this.radius(mark) * at.k };
    const cell = this.farCells()[-1 - mark]!;
    const disc = this.layout.discs[cell.disc]!;
    const r = Math.sqrt((cell.first + cell.last) / 2 + disc.free);
    const angle = ((cell.sector + 0.5) / SECTORS) * 2 * Math.PI;
    return { x: (disc.x + r * Math.cos(angle)) * at.k + at.x, y: (disc.y + r * Math.sin(angle)) * at.k + at.y, r: 4 };
  }

  /** Row of a petal's head, whose click makes it the centre; null for other marks. */
  petalAt(mark: number): number | null {
    if (mark <= 0) return null;
    return this.layout.discs[this.layout.disc[mark]!]!.head === mark ? mark : null;
  }

  step(from: number | null, way: Step): number {
    return from === null || from < 0 ? 0 : neighbour(this.nodes, from, way);
  }

  card(mark: number): Card {
    if (mark >= 0) return modelCard(this.nodes, mark, this.petalAt(mark) ? "click: make it the centre" : "click: path to the founder");
    const cell = this.farCells()[-1 - mark]!;
    const rows = this.layout.discs[cell.disc]!.rows;
    const days = [rows[cell.first]!, rows[cell.last - 1]!].map((row) => dayWords(this.nodes.day[row]!));
    const value = this.nodes.values[cell.value];
    return {
      title: plural(cell.count, "model"),
      lines: [
        `born ${days[0]} to ${days[1]}`,
        `${count(Math.round(cell.share * cell.count))} of them: ${value?.label ?? "not stated"}`,
        `below ${bare(this.nodes.model[this.layout.discs[cell.disc]!.head]!)}; zoom in to see each`,
      ],
      model: null,
      hint: "",
    };
  }

  dots(frame: Frame): { dots: Dots; view: View } | null {
    if (this.mode(frame) !== "points") return null;
    const key = `${frame.look.paper}`;
    if (this.cached?.key !== key) this.cached = { dots: this.allDots(frame), key };
    return { dots: this.cached.dots, view: this.scale(frame) };
  }

  private allDots(frame: Frame): Dots {
    const { layout, nodes } = this;
    const rows = layout.discs.flatMap((disc) => [...disc.rows]);
    const colors = nodes.values.map((value) => frame.look.color(value.palette));
    const dots: Dots = {
      x: Float32Array.from(rows, (row) => layout.x[row]!),
      y: Float32Array.from(rows, (row) => layout.y[row]!),
      r: new Float32Array(rows.length).fill(DOT),
      color: Uint32Array.from(rows, (row) => packColor(colors[nodes.value[row]!] ?? frame.look.ink3, this.alpha(row))),
      hollow: Uint8Array.from(rows, (row) => (this.hollow(row) || nodes.ghost[row] ? 1 : 0)),
    };
    return dots;
  }
}

const inFrame = (x: number, y: number, frame: Frame): boolean => x > -10 && x < frame.width + 10 && y > -10 && y < frame.height + 10;
