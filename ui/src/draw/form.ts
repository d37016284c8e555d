/** What every picture of the explorer offers, whatever it draws. */

import type { Look } from "./look";
import type { Pen } from "./pen";
import type { Dots } from "./points";

/** Layout to pixels: x·k + view.x, y·k + view.y. */
export interface View {
  k: number;
  x: number;
  y: number;
}

export const HOME: View = { k: 1, x: 0, y: 0 };

export interface Frame {
  width: number; // CSS pixels
  height: number;
  view: View;
  look: Look;
}

/** What is known of a mark: on the hover card, and said to a screen reader. */
export interface Card {
  title: string;
  lines: string[];
  model: string | null; // the model or founder that it is; null for a mark that stands for many
  hint: string; // what a click does, "" for nothing
}

export type Step = "left" | "right" | "up" | "down";

export interface Spot {
  x: number;
  y: number;
  r: number;
}

/** `M` names one mark; equal marks are equal by ===, so a form uses numbers. */
export interface Form<M = number> {
  /** Marks, on the canvas. */
  marks(pen: Pen, frame: Frame): void;
  /** Axes and words, as SVG over the canvas. */
  notes(pen: Pen, frame: Frame): void;
  /** The mark under the pointer or the keyboard, drawn over all else. */
  focus(pen: Pen, frame: Frame, mark: M): void;
  hit(x: number, y: number, frame: Frame): M | null;
  where(mark: M, frame: Frame): Spot;
  step(from: M | null, way: Step): M | null;
  card(mark: M): Card;
  /** Dots for WebGL, where there are too many for the canvas; null to draw them in `marks`. */
  dots?(frame: Frame): { dots: Dots; view: View } | null;
}

/** More than this many visible dots are left to WebGL, or counted in cells where there is none. */
export const MOST_DOTS = 8000;

export function spoken(card: Card): string {
  return [card.title, ...card.lines].join(", ");
}
