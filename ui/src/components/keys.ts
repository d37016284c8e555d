/** Keys that work anywhere on a page, but never while one types. */
import { useEffect } from "preact/hooks";

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName))
  );
}

/** Call `action` on a key without modifiers; true returned from it keeps the browser's own. */
export function useKey(key: string, action: () => boolean | undefined | void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== key || event.defaultPrevented || typing(event.target)) return;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (action() !== true) event.preventDefault();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  });
}
