/**
 * The frame of a drawing: one stop of the tab key, arrow keys from mark to mark, a tooltip at the
 * mark nearest the pointer, and files to take away.
 */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { tip, untip } from "../components/tooltip";
import { say } from "../state";

export interface Mark {
  x: number;
  y: number;
  /** What the tooltip shows and the live region says. */
  words: string;
  /** Opened by Enter or a click. */
  open?: () => void;
}

const NEAR = 26;

export function Drawing(props: {
  width: number;
  height: number;
  label: string;
  marks: Mark[];
  children: ComponentChildren;
}) {
  const { width, height, marks } = props;
  const root = useRef<SVGSVGElement>(null);
  const at = useSignal(-1);
  const show = (i: number, aloud: boolean) => {
    const mark = marks[i];
    const box = root.current?.getBoundingClientRect();
    if (!mark || !box) return;
    at.value = i;
    const scale = box.width / width;
    tip(box.left + mark.x * scale, box.top + mark.y * scale, mark.words);
    if (aloud) say(mark.words);
  };
  const hide = () => {
    at.value = -1;
    untip();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      hide();
      return;
    }
    if (event.key === "Enter" && marks[at.value]?.open) {
      marks[at.value]?.open?.();
      return;
    }
    const now = Math.max(0, at.value);
    const next = {
      ArrowRight: now + 1,
      ArrowDown: now + 1,
      ArrowLeft: now - 1,
      ArrowUp: now - 1,
      Home: 0,
      End: marks.length - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    show(Math.max(0, Math.min(marks.length - 1, at.value < 0 ? 0 : next)), true);
  };
  const nearest = (event: MouseEvent): number => {
    const box = root.current?.getBoundingClientRect();
    if (!box) return -1;
    const scale = box.width / width;
    const [px, py] = [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
    let best = -1;
    let least = NEAR * NEAR;
    marks.forEach((m, i) => {
      const d = (m.x - px) ** 2 + (m.y - py) ** 2;
      if (d < least) {
        least = d;
        best = i;
      }
    });
    return best;
  };
  const focus = marks[at.value];
  return (
    <svg
      ref={root}
      class="picture"
      viewBox={`0 0 ${width} ${height}`}
      style={{ maxWidth: `${Math.round(width * 1.15)}px` }}
      role="application"
      tabIndex={0}
      aria-roledescription="chart"
      aria-label={`${props.label} ${marks.length} marks; arrow keys move among them. The numbers stand in the table below.`}
      onKeyDown={onKeyDown}
      onBlur={hide}
      onMouseMove={(event) => {
        const i = nearest(event);
        if (i < 0) hide();
        else if (i !== at.value) show(i, false);
      }}
      onMouseLeave={hide}
      onClick={(event) => marks[nearest(event)]?.open?.()}
    >
      {props.children}
      {focus && (
        <circle cx={focus.x} cy={focus.y} r="8" fill="none" stroke="var(--accent)" stroke-width="2" />
      )}
    </svg>
  );
}

/** Text in a drawing, in the ink of axes. */
export function Label(props: {
  x: number;
  y: number;
  children: ComponentChildren;
  anchor?: "start" | "middle" | "end";
  size?: number;
  bold?: boolean;
  ink?: boolean;
  halo?: boolean;
}) {
  return (
    <text
      x={props.x}
      y={props.y}
      text-anchor={props.anchor ?? "start"}
      font-size={props.size ?? 11}
      font-weight={props.bold ? 600 : 400}
      class={`${props.ink ? "" : "axis"}${props.halo ? " halo" : ""}`}
    >
      {props.children}
    </text>
  );
}
