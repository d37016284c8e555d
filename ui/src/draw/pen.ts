/**
 * What a form draws with: few kinds of marks, many of each in one call. The same drawing goes to a
 * canvas (the screen and PNG) or to SVG text (labels on the screen, and the SVG download).
 */

export interface Style {
  fill?: string;
  stroke?: string;
  width?: number; // of the stroke, pixels
  alpha?: number;
  dash?: number[];
}

export interface TextStyle {
  fill: string;
  size: number; // pixels
  weight?: number;
  anchor?: "start" | "middle" | "end";
  halo?: string; // colour of an outline that keeps the words readable over marks
  role?: string; // class of the SVG element
}

export interface Pen {
  circles(style: Style, xyr: ArrayLike<number>): void;
  rects(style: Style, xywh: ArrayLike<number>): void;
  segments(style: Style, xyxy: ArrayLike<number>): void;
  path(style: Style, d: string): void;
  text(style: TextStyle, x: number, y: number, text: string): void;
  clipped(x: number, y: number, width: number, height: number, draw: () => void): void;
}

export const FONT = 'system-ui, -apple-system, "Segoe UI", Inter, "DejaVu Sans", sans-serif';

/** Longer paths make the rasteriser slow out of proportion; this length was the fastest measured. */
const SEGMENTS_PER_PATH = 50;
const CIRCLES_PER_PATH = 200;

export class CanvasPen implements Pen {
  constructor(private readonly context: CanvasRenderingContext2D) {}

  private begin(style: Style): void {
    const c = this.context;
    c.globalAlpha = style.alpha ?? 1;
    if (style.fill) c.fillStyle = style.fill;
    if (style.stroke) {
      c.strokeStyle = style.stroke;
      c.lineWidth = style.width ?? 1;
      c.setLineDash(style.dash ?? []);
    }
  }

  circles(style: Style, xyr: ArrayLike<number>): void {
    const c = this.context;
    this.begin(style);
    for (let from = 0; from < xyr.length; from += 3 * CIRCLES_PER_PATH) {
      const to = Math.min(xyr.length, from + 3 * CIRCLES_PER_PATH);
      c.beginPath();
      for (let i = from; i < to; i += 3) {
        const x = xyr[i]!;
        const y = xyr[i + 1]!;
        const r = xyr[i + 2]!;
        c.moveTo(x + r, y);
        c.arc(x, y, r, 0, 2 * Math.PI);
      }
      if (style.fill) c.fill();
      if (style.stroke) c.stroke();
    }
    c.globalAlpha = 1;
  }

  rects(style: Style, xywh: ArrayLike<number>): void {
    const c = this.context;
    this.begin(style);
    for (let i = 0; i < xywh.length; i += 4) {
      if (style.fill) c.fillRect(xywh[i]!, xywh[i + 1]!, xywh[i + 2]!, xywh[i + 3]!);
      if (style.stroke) c.strokeRect(xywh[i]!, xywh[i + 1]!, xywh[i + 2]!, xywh[i + 3]!);
    }
    c.globalAlpha = 1;
  }

  segments(style: Style, xyxy: ArrayLike<number>): void {
    const c = this.context;
    this.begin(style);
    for (let from = 0; from < xyxy.length; from += 4 * SEGMENTS_PER_PATH) {
      const to = Math.min(xyxy.length, from + 4 * SEGMENTS_PER_PATH);
      c.beginPath();
      for (let i = from; i < to; i += 4) {
        c.moveTo(xyxy[i]!, xyxy[i + 1]!);
        c.lineTo(xyxy[i + 2]!, xyxy[i + 3]!);
      }
      c.stroke();
    }
    c.globalAlpha = 1;
  }

  path(style: Style, d: string): void {
    this.begin(style);
    const path = new Path2D(d);
    if (style.fill) this.context.fill(path);
    if (style.stroke) this.context.stroke(path);
    this.context.globalAlpha = 1;
  }

  text(style: TextStyle, x: number, y: number, text: string): void {
    const c = this.context;
    c.globalAlpha = 1;
    c.font = `${style.weight ?? 400} ${style.size}px ${FONT}`;
    c.textAlign = style.anchor === "middle" ? "center" : (style.anchor ?? "start");
    c.textBaseline = "alphabetic";
    if (style.halo) {
      c.lineJoin = "round";
      c.setLineDash([]);
      c.strokeStyle = style.halo;
      c.lineWidth = 3;
      c.strokeText(text, x, y);
    }
    c.fillStyle = style.fill;
    c.fillText(text, x, y);
  }

  clipped(x: number, y: number, width: number, height: number, draw: () => void): void {
    const c = this.context;
    c.save();
    c.beginPath();
    c.rect(x, y, width, height);
    c.clip();
    draw();
    c.restore();
  }
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it may stand in SVG; control characters, which XML forbids, are left out. */
export function escapeXml(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "").replace(/[&<>"']/g, (c) => ENTITIES[c]!);
}

const short = (value: number): string => String(Math.round(value * 100) / 100);

export class SvgPen implements Pen {
  private readonly parts: string[] = [];
  private clips = 0;

  /** `name` keeps the clip paths of several drawings in one document apart. */
  constructor(private readonly name: string) {}

  toString(): string {
    return this.parts.join("");
  }

  private attributes(style: Style): string {
    let out = ` fill="${style.fill ? escapeXml(style.fill) : "none"}"`;
    if (style.stroke) out += ` stroke="${escapeXml(style.stroke)}" stroke-width="${short(style.width ?? 1)}"`;
    if (style.dash?.length) out += ` stroke-dasharray="${style.dash.map(short).join(" ")}"`;
    if (style.alpha !== undefined && style.alpha < 1) out += ` opacity="${short(style.alpha)}"`;
    return out;
  }

  circles(style: Style, xyr: ArrayLike<number>): void {
    if (xyr.length === 0) return;
    const { alpha, ...rest } = style;
    this.parts.push(`<g${this.attributes(rest)}>`);
    const each = alpha !== undefined && alpha < 1 ? ` opacity="${short(alpha)}"` : "";
    for (let i = 0; i < xyr.length; i += 3)
      this.parts.push(`<circle cx="${short(xyr[i]!)}" cy="${short(xyr[i + 1]!)}" r="${short(xyr[i + 2]!)}"${each}/>`);
    this.parts.push("</g>");
  }

  rects(style: Style, xywh: ArrayLike<number>): void {
    if (xywh.length === 0) return;
    let d = "";
    for (let i = 0; i < xywh.length; i += 4)
      d += `M${short(xywh[i]!)} ${short(xywh[i + 1]!)}h${short(xywh[i + 2]!)}v${short(xywh[i + 3]!)}h${short(-xywh[i + 2]!)}z`;
    this.path(style, d);
  }

  segments(style: Style, xyxy: ArrayLike<number>): void {
    if (xyxy.length === 0) return;
    let d = "";
    for (let i = 0; i < xyxy.length; i += 4)
      d += `M${short(xyxy[i]!)} ${short(xyxy[i + 1]!)}L${short(xyxy[i + 2]!)} ${short(xyxy[i + 3]!)}`;
    this.path(style, d);
  }

  path(style: Style, d: string): void {
    this.parts.push(`<path d="${escapeXml(d)}"${this.attributes(style)}/>`);
  }

  text(style: TextStyle, x: number, y: number, text: string): void {
    const halo = style.halo
      ? ` stroke="${escapeXml(style.halo)}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"`
      : "";
    const role = style.role ? ` class="${escapeXml(style.role)}"` : "";
    this.parts.push(
      `<text x="${short(x)}" y="${short(y)}" font-size="${short(style.size)}" font-weight="${style.weight ?? 400}"` +
        ` text-anchor="${style.anchor ?? "start"}" fill="${escapeXml(style.fill)}"${halo}${role}>${escapeXml(text)}</text>`,
    );
  }

  clipped(x: number, y: number, width: number, height: number, draw: () => void): void {
    const id = `clip-${this.name}-${this.clips++}`;
    this.parts.push(
      `<clipPath id="${id}"><path d="M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}z"/></clipPath>` +
        `<g clip-path="url(#${id})">`,
    );
    draw();
    this.parts.push("</g>");
  }
}

/** Marks gathered by style, so that a canvas changes its colour once per colour. */
export class Bins {
  private readonly bins = new Map<string, { style: Style; numbers: number[] }>();

  /** The numbers that belong to a style; styles of the same `key` must be equal. */
  of(key: string, style: () => Style): number[] {
    let bin = this.bins.get(key);
    if (!bin) {
      bin = { style: style(), numbers: [] };
      this.bins.set(key, bin);
    }
    return bin.numbers;
  }

  flush(draw: (style: Style, numbers: number[]) => void): void {
    for (const key of [...this.bins.keys()].sort()) {
      const bin = this.bins.get(key)!;
      draw(bin.style, bin.numbers);
    }
  }
}
