/** The slider that replays the growth of the forest; without motion it only jumps. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { month as monthWords } from "../format";
import { route, setQuery } from "../router";
import { say, still } from "../state";
import { Chip } from "./controls";

const STEP_MS = 140;

/** The cursor is `t` of the URL, a month; absent: the whole, undated members included. */
export function ReplaySlider({ last, loading, children }: { last: number; loading: boolean; children: ComponentChildren }) {
  const raw = route.value.query["t"];
  const cursor = raw === undefined ? last : Math.max(-1, Math.min(last, Number(raw) || 0));
  const playing = useSignal(false);
  const due = useRef(0); // when the next month is shown
  const set = (month: number) => setQuery({ t: month >= last ? "" : month }, { replace: true });
  useEffect(() => {
    if (!playing.value || loading) return undefined;
    if (cursor >= last) {
      playing.value = false;
      return undefined;
    }
    // The time that drawing took is part of the step.
    const now = performance.now();
    due.current = Math.max(now, due.current + STEP_MS);
    const next = setTimeout(() => set(cursor + 1), due.current - now);
    return () => clearTimeout(next);
  }, [playing.value, cursor, loading]);
  const play = () => {
    due.current = performance.now();
    if (cursor >= last) set(-1);
    playing.value = !playing.value;
  };
  return (
    <div class="replay">
      {still.value ? <span>Until</span> : <Chip onClick={play}>{playing.value ? "❚❚ Pause" : "▶ Play"}</Chip>}
      <input
        type="range"
        min={-1}
        max={last}
        value={cursor}
        aria-label="Show the forest as of the end of a month"
        aria-valuetext={monthWords(cursor)}
        onInput={(event) => {
          playing.value = false;
          set(Number(event.currentTarget.value));
        }}
        onChange={() => say(`As of ${monthWords(cursor)}`)}
      />
      <output>{raw === undefined ? "everything" : monthWords(cursor)}</output>
      {children}
    </div>
  );
}
