/** A picture as a file: SVG text or a PNG at twice the size, with its title, legend and words. */

import type { Value } from "../api";
import { count } from "../format";
import type { Form, Frame } from "./form";
import { textWidth } from "./labels";
import { CanvasPen, FONT, type Pen, SvgPen } from "./pen";

export interface Caption {
  title: string;
  lines: string[]; // below the title: counts, the filter in force
  foot: string; // source and date of the data
  values: Value[];
  simulated: boolean;
}

const MARGIN = 20;

function heightOfHead(caption: Caption): number {
  return MARGIN + 26 + caption.lines.length * 17 + 26 + (caption.simulated ? 26 : 0);
}

/** The title, what is counted, and the legend. */
function compose(pen: Pen, frame: Frame, caption: Caption): void {
  const { look, width } = frame;
  const full = width + 2 * MARGIN;
  pen.rects({ fill: look.paper }, [0, 0, full, heightOfHead(caption) + frame.height + 40]);
  let y = MARGIN + 16;
  if (caption.simulated) {
    pen.rects({ fill: "#5B2A91" }, [0, 0, full, 24]);
    pen.text({ fill: "#FFFFFF", size: 12.5, weight: 650 }, MARGIN, 17, "Simulated data. Not the Hub.");
    y += 26;
  }
  pen.text({ fill: look.ink, size: 20, weight: 700 }, MARGIN, y, caption.title);
  for (const line of caption.lines) {
    y += 17;
    pen.text({ fill: look.ink2, size: 12.5 }, MARGIN, y, line);
  }
  y += 20;
  let x = MARGIN;
  for (const value of caption.values) {
    const words = `${value.label} ${count(value.count)}`;
    if (x + textWidth(words, 12) > full) break;
    const hollow = value.palette === "neutral";
    const color = look.color(value.palette);
    pen.circles(hollow ? { stroke: color, width: 1.5 } : { fill: color }, [x + 5, y - 4, 4.5]);
    pen.text({ fill: look.ink2, size: 12 }, x + 14, y, words);
    x += 14 + textWidth(words, 12) + 16;
  }
}

function foot(pen: Pen, frame: Frame, caption: Caption): void {
  pen.text({ fill: frame.look.ink3, size: 11 }, MARGIN, heightOfHead(caption) + frame.height + 26, caption.foot);
}

function sizes(frame: Frame, caption: Caption): { width: number; height: number; head: number } {
  const head = heightOfHead(caption);
  return { width: frame.width + 2 * MARGIN, height: head + frame.height + 40, head };
}

export function asSvg<M>(form: Form<M>, frame: Frame, caption: Caption): string {
  const { width, height, head } = sizes(frame, caption);
  const around = new SvgPen("around");
  compose(around, frame, caption);
  foot(around, frame, caption);
  const inner = new SvgPen("picture");
  inner.clipped(0, 0, frame.width, frame.height, () => {
    form.marks(inner, frame);
    form.notes(inner, frame);
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"` +
    ` font-family='${FONT}'>${around}<g transform="translate(${MARGIN} ${head})">${inner}</g></svg>\n`
  );
}

export async function asPng<M>(form: Form<M>, frame: Frame, caption: Caption, scale = 2): Promise<Blob> {
  const { width, height, head } = sizes(frame, caption);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser draws no canvas.");
  context.scale(scale, scale);
  const pen = new CanvasPen(context);
  compose(pen, frame, caption);
  foot(pen, frame, caption);
  context.translate(MARGIN, head);
  pen.clipped(0, 0, frame.width, frame.height, () => {
    form.marks(pen, frame);
    form.notes(pen, frame);
  });
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture is too large."))), "image/png"),
  );
}

export function download(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name.replace(/[^\w.-]+/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
