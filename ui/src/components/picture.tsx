/** A form on its stage: pointer, keyboard, card, live line, zoom, and downloads. */
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Stage } from "../draw/canvas";
import { type Card, type Form, type Frame, HOME, spoken, type Step, type View } from "../draw/form";
import { asPng, asSvg, type Caption, download } from "../draw/save";
import { route, setQuery } from "../router";
import { dark, say } from "../state";
import { Drop } from "./controls";
import { look } from "./look";
import { tip, untip } from "./tooltip";
import "../stage.css";

/** What a page can do with the picture that it shows. */
export interface PictureHandle {
  form: Form;
  frame: () => Frame | null;
  renderer: () => string;
}

export interface PictureProps {
  label: string; // what is drawn, for a screen reader
  height: number;
  wheel: "zoom" | "scroll";
  zooms?: [number, number];
  /** The form for a size; made anew when `version` changes. */
  make: (width: number, height: number, webgl: boolean) => Form & { select(mark: number | null): void };
  version: unknown[];
  selected: number | null;
  onPick: (mark: number | null, at: { x: number; y: number; frame: Frame } | null) => void;
  onOpen: (mark: number) => void;
  onKey?: (key: string, mark: number | null) => boolean;
  onReady?: (handle: PictureHandle) => void;
}

const STEPS: Record<string, Step> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const KEYS = "Arrow keys move along the tree, Enter opens, Escape goes back, t shows the table, plus and minus zoom.";

/** The view that the URL names: the middle of the page in parts of it, and the scale. */
function viewOf(query: Readonly<Record<string, string>>, width: number, height: number): View {
  const number = (key: string, other: number) => (Number.isFinite(Number(query[key])) && query[key] ? Number(query[key]) : other);
  const k = Math.max(0.2, Math.min(200, number("z", 1)));
  if (k === 1 && !query["x"] && !query["y"]) return HOME;
  return { k, x: width / 2 - number("x", 0.5) * width * k, y: height / 2 - number("y", 0.5) * height * k };
}

function toUrl(view: View, width: number, height: number): void {
  const at = (size: number, offset: number) => ((size / 2 - offset) / view.k / size).toFixed(3);
  const defaults = { x: "0.500", y: "0.500", z: "1.000" };
  setQuery({ x: at(width, view.x), y: at(height, view.y), z: view.k.toFixed(3) }, { defaults, replace: true });
}

export function MarkCard({ card }: { card: Card }) {
  return (
    <div class="mark-card">
      <h3>{card.title}</h3>
      <ul>
        {card.lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {card.hint && <p class="hint">{card.hint}</p>}
    </div>
  );
}

export function Picture(props: PictureProps) {
  const host = useRef<HTMLDivElement>(null);
  const stage = useRef<Stage<number> | null>(null);
  const size = useSignal({ width: 0, height: 0, webgl: true });
  const at = useRef<number | null>(null);
  const now = useRef(props);
  now.current = props;

  useLayoutEffect(() => {
    if (!host.current) return undefined;
    const made: Stage<number> = new Stage<number>(
      host.current,
      { zooms: props.zooms ?? [1, 40], wheel: props.wheel, moved: (view) => toUrl(view, made.width, made.height) },
      (width, height, webgl) => {
        size.value = { width, height, webgl };
      },
    );
    stage.current = made;
    return () => made.dispose();
  }, [props.wheel]);

  const { width, height, webgl } = size.value;
  const form = useMemo(() => (width > 0 ? props.make(width, height, webgl) : null), [width, height, webgl, ...props.version]);
  const theme = dark.value;
  useLayoutEffect(() => {
    if (!form || !stage.current) return;
    form.select(props.selected);
    stage.current.show(form, look());
  }, [form, theme, props.selected]);
  useEffect(() => {
    if (!form) return;
    at.current = null;
    stage.current?.focus(null);
    now.current.onReady?.({ form, frame: () => stage.current?.frame ?? null, renderer: () => stage.current?.renderer ?? "" });
  }, [form]);
  const { x, y, z } = route.value.query;
  useLayoutEffect(() => {
    const here = stage.current;
    if (!here || width === 0) return;
    const wanted = viewOf(route.value.query, width, height);
    const near = Math.abs(wanted.k - here.view.k) < 0.01 * wanted.k && Math.hypot(wanted.x - here.view.x, wanted.y - here.view.y) < 0.002 * wanted.k * (width + height);
    if (!near) here.place(wanted);
  }, [x, y, z, width, height]);

  const frame = () => stage.current?.frame ?? null;
  const point = (event: MouseEvent) => {
    const box = host.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const hit = (event: MouseEvent) => {
    const f = frame();
    const p = point(event);
    return form && f ? form.hit(p.x, p.y, f) : null;
  };
  const showCard = (mark: number, clientX: number, clientY: number) => {
    if (form) tip(clientX, clientY, <MarkCard card={form.card(mark)} />);
  };
  const leave = () => {
    at.current = null;
    stage.current?.focus(null);
    host.current?.classList.remove("over");
    untip();
  };
  const over = (event: PointerEvent) => {
    if (event.buttons || event.pointerType === "touch") return untip();
    const mark = hit(event);
    if (mark === null) return leave();
    at.current = mark;
    stage.current?.focus(mark);
    host.current?.classList.toggle("over", form?.card(mark).hint !== "");
    showCard(mark, event.clientX, event.clientY);
  };
  const byKey = (mark: number) => {
    const f = frame();
    if (!form || !f) return;
    at.current = mark;
    stage.current?.focus(mark);
    let spot = form.where(mark, f);
    const off = spot.x < 20 || spot.x > f.width - 20 || spot.y < 30 || spot.y > f.height - 20;
    if (off) {
      stage.current?.go({ k: f.view.k, x: f.view.x + f.width / 2 - spot.x, y: f.view.y + f.height / 2 - spot.y });
      spot = form.where(mark, frame() ?? f);
    }
    const box = host.current!.getBoundingClientRect();
    showCard(mark, box.left + spot.x + spot.r, box.top + spot.y);
    say(spoken(form.card(mark)));
  };
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !form) return;
    const step = STEPS[event.key];
    const here = at.current ?? props.selected;
    if (step) {
      const next = form.step(here, step);
      if (next !== null) byKey(next);
    } else if (event.key === "Enter" && here !== null) props.onOpen(here);
    else if (event.key === " " && here !== null) props.onPick(here, null);
    else if (event.key === "Escape" && (props.selected !== null || at.current !== null)) {
      leave();
      props.onPick(null, null);
    } else if (event.key === "+" || event.key === "=") stage.current?.zoomBy(1.4);
    else if (event.key === "-") stage.current?.zoomBy(1 / 1.4);
    else if (event.key === "0") home();
    else if (!props.onKey?.(event.key, here)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const home = () => stage.current?.go(HOME);
  return (
    <div class="picture-wrap">
      <div
        ref={host}
        class={`picture${props.wheel === "scroll" ? " scrolls" : ""}`}
        style={{ height: `${props.height}px` }}
        role="application"
        tabIndex={0}
        aria-label={`${props.label}. ${KEYS}`}
        aria-roledescription="picture"
        onPointerMove={over}
        onPointerLeave={leave}
        onBlur={leave}
        onClick={(event) => {
          const f = frame();
          // A click has whole pixels, the pointer has not: what stands out is what is meant.
          const mark = at.current ?? hit(event);
          if (f) props.onPick(mark, { ...point(event), frame: f });
        }}
        onDblClick={(event) => {
          const mark = at.current ?? hit(event);
          if (mark !== null) props.onOpen(mark);
        }}
        onKeyDown={key}
      />
      <div class={`zoom-buttons${props.wheel === "zoom" ? "" : " below"}`}>
        <button type="button" aria-label="Zoom in" onClick={() => stage.current?.zoomBy(1.5)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => stage.current?.zoomBy(1 / 1.5)}>
          −
        </button>
        <button type="button" aria-label="Whole picture" title="Whole picture (0)" onClick={home}>
          ⤢
        </button>
      </div>
    </div>
  );
}

/** Downloads of the picture as it stands, its legend and filter written into it. */
export function Save({ handle, name, caption }: { handle: PictureHandle | null; name: string; caption: () => Caption }) {
  const ready = (then: (form: Form, frame: Frame) => void) => () => {
    const frame = handle?.frame();
    if (handle && frame) then(handle.form, frame);
  };
  const svg = ready((form, frame) => download(`${name}.svg`, new Blob([asSvg(form, frame, caption())], { type: "image/svg+xml" })));
  const png = ready((form, frame) => {
    asPng(form, frame, caption()).then(
      (blob) => download(`${name}.png`, blob),
      (error: Error) => say(error.message),
    );
  });
  return (
    <Drop label="Export" side="left">
      <button type="button" onClick={svg}>
        Picture as SVG
      </button>
      <button type="button" onClick={png}>
        Picture as PNG
      </button>
    </Drop>
  );
}
