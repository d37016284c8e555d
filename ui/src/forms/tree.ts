/** A phylogram for families of under 500 leaves; second parents as curved links. */

import type { Accounts } from "../api";
import type { Card, Form, Frame, Spot, Step, View } from "../draw/form";
import { placeLabels, textWidth } from "../draw/labels";
import { monthTicks } from "../draw/look";
import { Bins, type Pen } from "../draw/pen";
import { bare, middle } from "../format";
import { isUnstated, modelCard } from "./cards";
import type { Months } from "./lanes_layout";
import { neighbour, type Nodes, pathToRoot } from "./nodes";
import { AXIS, treeLayout, type TreeLayout } from "./tree_layout";

/** Marks are rows of the nodes. */
export class TreeForm implements Form {
  readonly layout: TreeLayout;
  private path: number[] = [];
  private onPath: Set<number> | null = null;
  private readonly leaves: Int32Array; // row of nodes of each leaf row
  private readonly wide: boolean;

  constructor(
    readonly nodes: Nodes,
    months: Months,
    width: number,
    height: number,
  ) {
    this.layout = treeLayout(nodes, months, width, height);
    this.wide = width >= 560;
    this.leaves = new Int32Array(this.layout.leaves);
    for (let at = 0; at < nodes.n; at++) if (nodes.descendants[at] === 0) this.leaves[this.layout.row[at]!] = at;
  }

  accounts(): Accounts {
    const { filtered, total } = this.nodes.accounts;
    return { shown: total - filtered, aggregated: 0, filtered, total };
  }

  select(row: number | null): void {
    this.path = row === null ? [] : pathToRoot(this.nodes, row);
    // Everything descends from the root: selecting it sets nothing back.
    this.onPath = this.path.length > 1 ? new Set(this.path) : null;
  }

  private x(row: number, view: View): number {
    return this.layout.x[row]! * view.k + view.x;
  }

  private y(row: number, view: View): number {
    return (this.layout.row[row]! + 0.5) * this.layout.grid.row * view.k + view.y + AXIS;
  }

  private alpha(row: number): number {
    if (!this.nodes.passes[row]) return 0.15;
    return this.onPath && !this.onPath.has(row) ? 0.25 : 1;
  }

  private color(frame: Frame, row: number): string {
    return frame.look.color(this.nodes.values[this.nodes.value[row]!]?.palette ?? "neutral");
  }

  marks(pen: Pen, frame: Frame): void {
    const { grid } = this.layout;
    const { look } = frame;
    const right = grid.undated.x1 + 4;
    pen.rects({ fill: look.panel }, [0, AXIS, right, frame.height - AXIS]);
    pen.clipped(0, AXIS, right, frame.height - AXIS, () => {
      pen.segments({ stroke: look.line, width: 1 }, this.ticks(frame).flatMap(({ x }) => [x, AXIS, x, frame.height]));
      this.leaders(pen, frame);
      this.branches(pen, frame);
      this.links(pen, frame);
      this.dotsOf(pen, frame);
    });
  }

  private ticks(frame: Frame): { x: number; label: string; year: boolean }[] {
    const { time } = this.layout.grid;
    const w = (time.x1 - time.x0) / (time.last - time.first);
    return monthTicks(time.first, time.last, w * frame.view.k).map((tick) => ({
      ...tick,
      x: (time.x0 + (tick.month - time.first) * w) * frame.view.k + frame.view.x,
    }));
  }

  private inSight(row: number, frame: Frame): boolean {
    const y = this.y(row, frame.view);
    return y > AXIS - 20 && y < frame.height + 20;
  }

  private leaders(pen: Pen, frame: Frame): void {
    const lines: number[] = [];
    for (const leaf of this.leaves) {
      if (!this.inSight(leaf, frame)) continue;
      const y = this.y(leaf, frame.view);
      lines.push(this.x(leaf, frame.view) + 6, y, this.layout.grid.undated.x1 + 4, y);
    }
    pen.segments({ stroke: frame.look.ink3, width: 0.8, dash: [1, 4], alpha: 0.55 }, lines);
  }

  /** From the parent's date down to the child's row, then to the child's date. */
  private branches(pen: Pen, frame: Frame): void {
    const { nodes } = this;
    const { view, look } = frame;
    const bins = new Bins();
    for (let row = 0; row < nodes.n; row++) {
      const parent = nodes.parent[row]!;
      if (parent < 0) continue;
      const [x0, y0, x1, y1] = [this.x(parent, view), this.y(parent, view), this.x(row, view), this.y(row, view)];
      if (Math.max(y0, y1) < AXIS || Math.min(y0, y1) > frame.height) continue;
      const bold = this.onPath?.has(row) ?? false;
      const color = bold ? look.ink : this.color(frame, row);
      const alpha = this.alpha(row);
      const dash = nodes.stated[row] ? "" : "dash";
      const style = { stroke: color, width: bold ? 2.2 : 1.4, alpha, ...(dash ? { dash: [4, 3] } : {}) };
      bins.of(`${bold} ${color} ${alpha} ${dash}`, () => style).push(x0, y1, x1, y1);
      bins.of(`${bold} down ${alpha}`, () => ({ stroke: bold ? look.ink : look.ink3, width: bold ? 2.2 : 0.9, alpha })).push(x0, y0, x0, y1);
    }
    bins.flush((style, numbers) => pen.segments(style, numbers));
  }

  private links(pen: Pen, frame: Frame): void {
    const { links } = this.nodes;
    const color = frame.look.color("relation.merge");
    links.child.forEach((child, i) => this.link(pen, frame, links.parent[i]!, child, color, this.onPath ? 0.25 : 0.75));
  }

  private link(pen: Pen, frame: Frame, parent: number, child: number, color: string, alpha: number): void {
    const { view } = frame;
    const [x0, y0, x1, y1] = [this.x(parent, view), this.y(parent, view), this.x(child, view), this.y(child, view)];
    const bow = 14 + Math.abs(y1 - y0) * 0.12;
    pen.path({ stroke: color, width: 1.2, alpha }, `M${x0} ${y0}C${x0 + bow} ${y0} ${x1 - bow} ${y1} ${x1 - 6} ${y1}`);
    pen.path({ fill: color, alpha }, `M${x1 - 4} ${y1}l-6 -2.8v5.6z`);
  }

  private radius(row: number): number {
    return Math.min(6, 3.2 + Math.log10(1 + this.nodes.descendants[row]!)) * (this.layout.grid.row < 15 ? 0.85 : 1);
  }

  private dotsOf(pen: Pen, frame: Frame): void {
    const { nodes } = this;
    const { view, look } = frame;
    const bins = new Bins();
    for (let row = 0; row < nodes.n; row++) {
      if (!this.inSight(row, frame)) continue;
      const color = this.color(frame, row);
      const alpha = this.alpha(row);
      const unstated = isUnstated(nodes.values[nodes.value[row]!]);
      const ghost = nodes.ghost[row] === 1;
      const open = unstated || ghost || this.layout.hollow[row] === 1;
      const style = open ? { fill: look.panel, stroke: color, width: 1.6, alpha, ...(ghost ? { dash: [2, 2] } : {}) } : { fill: color, stroke: look.panel, width: 0.8, alpha };
      bins.of(`${color} ${alpha} ${open} ${ghost}`, () => style).push(this.x(row, view), this.y(row, view), this.radius(row));
    }
    bins.flush((style, numbers) => pen.circles(style, numbers));
    const tip = this.path[0];
    if (tip !== undefined) pen.circles({ stroke: look.ink, width: 2 }, [this.x(tip, view), this.y(tip, view), this.radius(tip) + 3]);
  }

  notes(pen: Pen, frame: Frame): void {
    const { grid } = this.layout;
    const { look, view } = frame;
    const head = { fill: look.ink2, size: 11 };
    let last = -Infinity;
    for (const tick of this.ticks(frame)) {
      if (tick.x < 4 || tick.x > grid.undated.x0 - 10 || tick.x - last < 30) continue;
      last = tick.x;
      pen.text({ ...head, weight: tick.year ? 650 : 400 }, tick.x + 3, AXIS - 8, tick.label);
    }
    if (grid.floor.x1 > grid.floor.x0 && view.k * grid.floor.x0 + view.x > -10) pen.text({ ...head, halo: look.paper }, view.k * grid.floor.x0 + view.x, AXIS - 8, this.wide ? "≤ Mar 22" : "≤");
    if (grid.undated.x1 > grid.undated.x0) pen.text({ ...head, anchor: "end", halo: look.paper }, grid.undated.x1, AXIS - 8, this.wide ? "no date" : "?");
    pen.clipped(0, AXIS, frame.width, frame.height - AXIS, () => {
      this.leafNames(pen, frame);
      this.parentNames(pen, frame);
    });
  }

  private leafNames(pen: Pen, frame: Frame): void {
    const { grid } = this.layout;
    const room = Math.floor((grid.names.x1 - grid.names.x0) / 6.3);
    for (const leaf of this.leaves) {
      if (!this.inSight(leaf, frame)) continue;
      const onPath = this.onPath?.has(leaf);
      const fill = this.onPath && !onPath ? frame.look.ink3 : frame.look.ink;
      const words = this.wide ? this.nodes.model[leaf]! : bare(this.nodes.model[leaf]!);
      pen.text({ fill, size: 11, weight: onPath ? 650 : 400, role: "name" }, grid.names.x0, this.y(leaf, frame.view) + 4, middle(words, room));
    }
  }

  private parentNames(pen: Pen, frame: Frame): void {
    const { nodes } = this;
    const { view, look } = frame;
    const candidates = [];
    for (let row = 0; row < nodes.n; row++) {
      if (!nodes.descendants[row] || !this.inSight(row, frame)) continue;
      const weight = nodes.descendants[row]! + (this.onPath?.has(row) ? 1e6 : 0);
      candidates.push({ key: row, x: this.x(row, view), y: this.y(row, view), r: this.radius(row), text: middle(bare(nodes.model[row]!), 30), weight });
    }
    const obstacles = [...this.leaves].map((leaf) => {
      const [x, y] = [this.x(leaf, view), this.y(leaf, view)];
      return { key: leaf, box: { x0: x - 4, x1: x + 4, y0: y - 4, y1: y + 4 } };
    });
    const placed = placeLabels(candidates, { x0: 2, y0: AXIS + 2, x1: this.layout.grid.undated.x1, y1: frame.height }, (text) => textWidth(text, 11, 650), { limit: 40, size: 11, obstacles });
    for (const label of placed) pen.text({ fill: look.ink, size: 11, weight: 650, anchor: label.anchor, halo: look.panel, role: "name" }, label.x, label.y, label.text);
  }

  focus(pen: Pen, frame: Frame, mark: number): void {
    const { x, y, r } = this.where(mark, frame);
    const { links } = this.nodes;
    links.child.forEach((child, i) => {
      if (child === mark || links.parent[i] === mark) this.link(pen, frame, links.parent[i]!, child, frame.look.color("relation.merge"), 1);
    });
    pen.circles({ stroke: frame.look.panel, width: 5 }, [x, y, r + 3]);
    pen.circles({ stroke: frame.look.accent, width: 2 }, [x, y, r + 3]);
  }

  /** The nearest dot, or else the leaf on whose row the pointer is. */
  hit(px: number, py: number, frame: Frame): number | null {
    if (py < AXIS) return null;
    let best: number | null = null;
    let nearest = 9;
    for (let row = 0; row < this.nodes.n; row++) {
      const d = Math.hypot(this.x(row, frame.view) - px, this.y(row, frame.view) - py);
      if (d <= nearest) {
        nearest = d;
        best = row;
      }
    }
    if (best !== null) return best;
    const row = Math.floor((py - AXIS - frame.view.y) / (this.layout.grid.row * frame.view.k));
    const leaf = this.leaves[row];
    return leaf !== undefined && px > this.x(leaf, frame.view) ? leaf : null;
  }

  where(mark: number, frame: Frame): Spot {
    return { x: this.x(mark, frame.view), y: this.y(mark, frame.view), r: this.radius(mark) };
  }

  step(from: number | null, way: Step): number {
    return from === null ? 0 : neighbour(this.nodes, from, way);
  }

  card(mark: number): Card {
    return modelCard(this.nodes, mark, "click: path to the founder");
  }
}
