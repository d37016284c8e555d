/** A box in which a model is chosen for comparison, with the browser's own completion. */
import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import type { SearchPayload } from "../api";
import { get } from "../client";
import { pasted } from "../components/query";

export function Pick(props: { label: string; value: string; onPick: (model: string) => void }) {
  const id = useId();
  const text = useSignal(props.value);
  const found = useSignal<string[]>([]);
  useEffect(() => {
    text.value = props.value;
  }, [props.value]);
  const query = pasted(text.value);
  useEffect(() => {
    if (query.length < 2 || query === props.value) return undefined;
    const control = new AbortController();
    const wait = setTimeout(() => {
      get<SearchPayload>("search", { q: query, limit: 12 }, control.signal).then(
        (answer) => {
          if (!control.signal.aborted) found.value = answer.models.map((m) => m.model);
        },
        () => undefined,
      );
    }, 80);
    return () => {
      clearTimeout(wait);
      control.abort();
    };
  }, [query]);
  return (
    <form
      class="pick-model"
      onSubmit={(event) => {
        event.preventDefault();
        props.onPick(pasted(text.value));
      }}
    >
      <label for={id}>{props.label}</label>
      <input
        id={id}
        class="field"
        list={`${id}-list`}
        value={text.value}
        maxLength={300}
        autocomplete="off"
        spellcheck={false}
        placeholder="author/name"
        onInput={(e) => {
          text.value = e.currentTarget.value;
          if (found.value.includes(text.value)) props.onPick(text.value);
        }}
      />
      <datalist id={`${id}-list`}>
        {found.value.map((m) => (
          <option key={m} value={m} />
        ))}
      </datalist>
      <button type="submit" class="chip">
        Choose
      </button>
    </form>
  );
}
