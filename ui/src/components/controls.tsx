/** Chips, selects and disclosures: the controls above a picture. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A button that is on or off. */
export function Chip(props: {
  on?: boolean;
  onClick: () => void;
  disabled?: boolean;
  title?: string;
  children: ComponentChildren;
}) {
  const pressed = props.on === undefined ? {} : { "aria-pressed": props.on };
  return (
    <button
      type="button"
      class="chip"
      disabled={props.disabled ?? false}
      title={props.title}
      onClick={props.onClick}
      {...pressed}
    >
      {props.children}
    </button>
  );
}

export interface Choice {
  value: string;
  label: string;
}

/** One of several, as a chip: the browser's own select, so that keys and phones work. */
export function Select(props: {
  label: string;
  value: string;
  choices: Choice[];
  /** The chip is marked when the value is not this one. */
  plain?: string;
  onChange: (value: string) => void;
}) {
  const marked = props.plain !== undefined && props.value !== props.plain;
  return (
    <label class={`chip pick${marked ? " on" : ""}`}>
      <span>{props.label}:</span>
      <select value={props.value} onChange={(e) => props.onChange(e.currentTarget.value)}>
        {props.choices.map((c) => (
          <option key={c.value} value={c.value} selected={c.value === props.value}>
            {c.label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A chip that opens a sheet below itself; Escape, a click outside or a choice closes it. */
export function Drop(props: {
  label: ComponentChildren;
  on?: boolean;
  side?: "left" | "right";
  /** Stay open after a click inside (a list of boxes to tick). */
  stay?: boolean;
  children: ComponentChildren;
}) {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open.value) return undefined;
    const outside = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) open.value = false;
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open.value]);
  const close = () => {
    open.value = false;
    button.current?.focus();
  };
  return (
    <div
      class={`drop${props.side === "left" ? " left" : ""}`}
      ref={root}
      onKeyDown={(event) => {
        if (event.key === "Escape" && open.value) {
          event.stopPropagation();
          close();
        }
      }}
    >
      <button
        type="button"
        class={`chip${props.on ? " on" : ""}`}
        ref={button}
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        {props.label} <span aria-hidden="true">▾</span>
      </button>
      {open.value && (
        <div
          class="sheet"
          onClick={(event) => {
            if (!props.stay && (event.target as Element).closest("button, a")) close();
          }}
        >
          {props.children}
        </div>
      )}
    </div>
  );
}
