/**
 * The stage of a form: a canvas in device pixels, a WebGL canvas below it, an SVG layer of words
 * and one for the focus above. While it is moved the last picture moves as a bitmap; it is drawn sharp
 * when the movement has settled.
 */

import { select } from "d3-selection";
import { type D3ZoomEvent, type ZoomBehavior, zoom, zoomIdentity } from "d3-zoom";
import { type Form, type Frame, HOME, type View } from "./form";
import type { Look } from "./look";
import { CanvasPen, SvgPen } from "./pen";
import { type Dots, PointLayer } from "./points";

const SETTLED_MS = 80;

export interface StageOptions {
  zooms: [number, number]; // least and largest scale
  wheel: "zoom" | "scroll"; // what the plain wheel does; with ctrl it always zooms
  moved(view: View): void; // after a movement has settled
}

/** Clips are named in the whole page, so each stage names its own. */
let stages = 0;

const SVG = "http://www.w3.org/2000/svg";

export class Stage<M> {
  private readonly marks: HTMLCanvasElement;
  private readonly points: HTMLCanvasElement;
  private readonly notes: SVGGElement;
  private readonly focusLayer: SVGGElement;
  private readonly layers: HTMLElement;
  private readonly behaviour: ZoomBehavior<HTMLElement, unknown>;
  private readonly observer: ResizeObserver;
  private form: Form<M> | null = null;
  private look: Look | null = null;
  private focused: M | null = null;
  private drawn: View = HOME;
  private dots: Dots | null = null;
  private layer: PointLayer | null | undefined; // undefined: not asked yet
  private requested = 0;
  private settle = 0;
  private moving = false;
  private silent = false;
  private readonly number = stages++;
  view: View = HOME;
  width = 0;
  height = 0;

  constructor(
    readonly host: HTMLElement,
    private readonly options: StageOptions,
    private readonly resized: (width: number, height: number, webgl: boolean) => void,
  ) {
    this.layers = document.createElement("div");
    this.layers.className = "stage-layers";
    this.points = document.createElement("canvas");
    this.marks = document.createElement("canvas");
    this.points.setAttribute("aria-hidden", "true");
    this.marks.setAttribute("aria-hidden", "true");
    this.notes = this.svg("stage-notes");
    this.focusLayer = this.svg("stage-focus");
    this.layers.prepend(this.points, this.marks);
    host.prepend(this.layers);
    this.behaviour = zoom<HTMLElement, unknown>()
      .scaleExtent(options.zooms)
      .filter((event: Event) => this.accepts(event))
      .on("start", () => this.begin())
      .on("zoom", (event: D3ZoomEvent<HTMLElement, unknown>) => this.move(event.transform))
      .on("end", () => this.end());
    this.behaviour.clickDistance(4);
    select(host).call(this.behaviour).on("dblclick.zoom", null);
    if (options.wheel === "scroll") host.addEventListener("wheel", this.scroll, { passive: false });
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(host);
    this.measure();
  }

  private svg(name: string): SVGGElement {
    const root = document.createElementNS(SVG, "svg");
    root.setAttribute("class", name);
    root.setAttribute("aria-hidden", "true");
    const group = document.createElementNS(SVG, "g");
    root.append(group);
    this.layers.append(root);
    return group;
  }

  private accepts(event: Event): boolean {
    if (event.type === "wheel") return this.options.wheel === "zoom" || (event as WheelEvent).ctrlKey;
    return !(event as MouseEvent).button;
  }

  /** The plain wheel moves rows as a list does, and leaves the page its turn at either end. */
  private readonly scroll = (event: WheelEvent): void => {
    if (event.ctrlKey) return;
    const top = Math.min(0, this.height - this.height * this.view.k);
    const y = Math.max(top, Math.min(0, this.view.y - event.deltaY));
    if (Math.abs(y - this.view.y) < 0.5 || this.view.k <= 1) return;
    event.preventDefault();
    this.go({ ...this.view, y });
  };

  private measure(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    const ratio = this.ratio;
    for (const canvas of [this.marks, this.points]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const margin = 0.5;
    this.behaviour
      .extent([
        [0, 0],
        [width, height],
      ])
      .translateExtent([
        [-width * margin, -height * margin],
        [width * (1 + margin), height * (1 + margin)],
      ]);
    if (width > 0 && height > 0) this.resized(width, height, this.webgl);
    this.refresh();
  }

  get ratio(): number {
    return Math.min(2, window.devicePixelRatio || 1);
  }

  get frame(): Frame | null {
    return this.look ? { width: this.width, height: this.height, view: this.view, look: this.look } : null;
  }

  /** Draw another form, or the same in other colours. */
  show(form: Form<M>, look: Look): void {
    this.form = form;
    this.look = look;
    this.dots = null;
    this.refresh();
  }

  /** Move to a view without telling `moved` before it has settled. */
  go(view: View): void {
    select(this.host).call(this.behaviour.transform, zoomIdentity.translate(view.x, view.y).scale(view.k));
  }

  /** Move to a view that the URL already names. */
  place(view: View): void {
    this.silent = true;
    this.go(view);
    this.silent = false;
  }

  zoomBy(factor: number): void {
    select(this.host).call(this.behaviour.scaleBy, factor);
  }

  private begin(): void {
    this.moving = true;
    window.clearTimeout(this.settle);
  }

  private move(view: View): void {
    this.view = { k: view.k, x: view.x, y: view.y };
    this.schedule();
  }

  private end(): void {
    const silent = this.silent;
    window.clearTimeout(this.settle);
    this.settle = window.setTimeout(() => {
      this.moving = false;
      this.refresh();
      if (!silent) this.options.moved(this.view);
    }, SETTLED_MS);
  }

  refresh(): void {
    this.schedule();
  }

  private schedule(): void {
    if (this.requested) return;
    this.requested = requestAnimationFrame(() => {
      this.requested = 0;
      if (this.moving) this.blit();
      else this.sharp();
    });
  }

  /** Move the last picture instead of drawing one. */
  private blit(): void {
    const k = this.view.k / this.drawn.k;
    const x = this.view.x - this.drawn.x * k;
    const y = this.view.y - this.drawn.y * k;
    this.layers.style.transform = `translate(${x}px,${y}px) scale(${k})`;
  }

  private sharp(): void {
    const { form, frame } = this;
    if (!form || !frame || this.width === 0) return;
    const ratio = this.ratio;
    this.layers.style.transform = "";
    this.drawn = this.view;
    this.drawDots(form, frame, ratio);
    const context = this.marks.getContext("2d", { willReadFrequently: !this.hardware });
    if (context) {
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, this.width, this.height);
      form.marks(new CanvasPen(context), frame);
    }
    const pen = new SvgPen(`notes${this.number}-`);
    form.notes(pen, frame);
    this.notes.innerHTML = pen.toString();
    this.drawFocus();
  }

  private drawDots(form: Form<M>, frame: Frame, ratio: number): void {
    const wanted = form.dots?.(frame) ?? null;
    if (wanted && this.layer === undefined) this.layer = PointLayer.create(this.points);
    const layer = this.webgl ? this.layer : null;
    this.points.style.display = wanted && layer ? "" : "none";
    if (!wanted || !layer) return;
    if (wanted.dots !== this.dots) {
      layer.set(wanted.dots);
      this.dots = wanted.dots;
    }
    layer.draw(wanted.view, ratio);
  }

  /** False once it is known that there is no WebGL2 here. */
  get webgl(): boolean {
    if (this.layer === undefined) this.layer = PointLayer.create(this.points);
    return this.layer !== null && !this.layer.lost;
  }

  /** False where WebGL is emulated: there the processor draws a canvas faster than the emulation. */
  private get hardware(): boolean {
    return this.webgl && !/swiftshader|llvmpipe|software/i.test(this.renderer);
  }

  /** How the dots are drawn: "SwiftShader ...", or "Canvas 2D". */
  get renderer(): string {
    return this.webgl && this.layer ? this.layer.renderer : "Canvas 2D";
  }

  focus(mark: M | null): void {
    if (mark === this.focused) return;
    this.focused = mark;
    this.drawFocus();
  }

  private drawFocus(): void {
    const { form, frame } = this;
    const pen = new SvgPen(`focus${this.number}-`);
    if (form && frame && this.focused !== null) form.focus(pen, frame, this.focused);
    this.focusLayer.innerHTML = pen.toString();
  }

  dispose(): void {
    cancelAnimationFrame(this.requested);
    window.clearTimeout(this.settle);
    this.observer.disconnect();
    this.host.removeEventListener("wheel", this.scroll);
    select(this.host).on(".zoom", null);
    this.layer?.dispose();
    this.layers.remove();
  }
}
