/** One tooltip for all pictures: it follows the pointer or stands beside the mark in focus. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

const shown = signal<{ x: number; y: number; content: ComponentChildren } | null>(null);

/** Show at a place of the window (clientX, clientY). */
export function tip(x: number, y: number, content: ComponentChildren): void {
  shown.value = { x, y, content };
}

export function untip(): void {
  shown.value = null;
}

export function Tooltip() {
  const box = useRef<HTMLDivElement>(null);
  const now = shown.value;
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !now) return;
    const { width, height } = element.getBoundingClientRect();
    const left = now.x + 14 + width > window.innerWidth ? now.x - width - 14 : now.x + 14;
    const topmost = now.y + 14 + height > window.innerHeight ? now.y - height - 10 : now.y + 14;
    element.style.left = `${Math.max(4, left)}px`;
    element.style.top = `${Math.max(4, topmost)}px`;
  });
  if (!now) return null;
  return (
    <div class="tooltip" ref={box} aria-hidden="true">
      {now.content}
    </div>
  );
}
