/** Search with completion: ids, old ids, authors, tags; pasted addresses of the Hub. */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import type { SearchPayload } from "../api";
import { get } from "../client";
import { plural } from "../format";
import { go, href, modelHref } from "../router";
import { say } from "../state";
import { useKey } from "./keys";
import { matched, pasted } from "./query";

interface Option {
  kind: "model" | "author" | "tag" | "near";
  name: string;
  facts: string;
  address: string;
  note: string;
}

function options(found: SearchPayload): Option[] {
  return [
    ...found.models.map((m) => ({
      kind: "model" as const,
      name: m.model,
      facts: m.descendants ? plural(m.descendants, "descendant") : m.is_ghost ? "ghost" : "",
      address: modelHref(m.model),
      note: m.alias ? `formerly ${m.alias}` : m.is_ghost ? "named, not in this snapshot" : "",
    })),
    ...found.authors.map((a) => ({
      kind: "author" as const,
      name: a.author,
      facts: plural(a.models, "model"),
      address: href("m", "", { author: a.author }),
      note: "",
    })),
    ...found.tags.map((t) => ({
      kind: "tag" as const,
      name: t.tag,
      facts: plural(t.models, "model"),
      address: href("m", "", { tag: t.tag }),
      note: "",
    })),
    ...found.nearest.map((id) => ({ kind: "near" as const, name: id, facts: "", address: modelHref(id), note: "" })),
  ];
}

const GROUPS = { model: "Models", author: "Authors", tag: "Tags", near: "Nothing is called so. Did you mean" } as const;

function Marked({ text, query }: { text: string; query: string }) {
  return (
    <>
      {matched(text, query).map(([part, hit], i) =>
        hit ? <mark key={i}>{part}</mark> : <span key={i}>{part}</span>,
      )}
    </>
  );
}

export function Search({ wide = false }: { wide?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const text = useSignal("");
  const found = useSignal<SearchPayload | null>(null);
  const open = useSignal(false);
  const at = useSignal(0);
  const answered = useRef(""); // the query that `found` answers
  const hurried = useRef(""); // the query that Enter was pressed for before its answer came
  const query = pasted(text.value);

  useKey("/", () => {
    if (wide) return true;
    input.current?.focus();
    input.current?.select();
    return undefined;
  });

  useEffect(() => {
    if (query === "") {
      found.value = null;
      return undefined;
    }
    const control = new AbortController();
    const wait = setTimeout(() => {
      get<SearchPayload>("search", { q: query, limit: 12 }, control.signal).then(
        (answer) => {
          if (control.signal.aborted) return;
          found.value = answer;
          answered.current = query;
          at.value = answer.nearest.length ? -1 : 0; // a guess is opened only where it is chosen
          // What was typed and is not there is opened as it is: its page names what is near.
          if (hurried.current === query) return choose(options(answer).find((o) => o.kind !== "near"));
          const n = options(answer).length;
          const near = answer.nearest.length > 0;
          return say(near ? `Nothing found. Did you mean ${answer.nearest[0]}?` : n ? plural(n, "suggestion") : "Nothing found");
        },
        () => {
          if (!control.signal.aborted) found.value = null;
        },
      );
    }, 60);
    return () => {
      clearTimeout(wait);
      control.abort();
    };
  }, [query]);

  const rows = found.value && query !== "" ? options(found.value) : [];
  const choose = (option: Option | undefined) => {
    hurried.current = "";
    if (!option && query.includes("/")) go(modelHref(query));
    if (!option) return;
    open.value = false;
    text.value = "";
    input.current?.blur();
    go(option.address);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      open.value = true;
      const step = event.key === "ArrowDown" ? 1 : -1;
      at.value = rows.length ? (at.value + step + rows.length) % rows.length : 0;
    } else if (event.key === "Enter") {
      event.preventDefault();
      const wanted = pasted(text.value); // what is shown may answer what stood there before
      if (found.value && answered.current === wanted) choose(rows[at.value]);
      else hurried.current = wanted;
    } else if (event.key === "Escape") {
      if (open.value && rows.length) open.value = false;
      else {
        text.value = "";
        input.current?.blur();
      }
    }
  };
  const showing = open.value && query !== "" && found.value !== null;
  return (
    <div class="search" role="search">
      <div class="box">
        <span aria-hidden="true">⌕</span>
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label="Search a model, author or tag"
          aria-expanded={showing}
          aria-controls={list}
          aria-autocomplete="list"
          {...(showing && rows[at.value] ? { "aria-activedescendant": `${list}-${at.value}` } : {})}
          placeholder="Search model, author, tag or paste a Hub URL"
          autocomplete="off"
          spellcheck={false}
          maxLength={300}
          value={text.value}
          onInput={(e) => {
            text.value = e.currentTarget.value;
            open.value = true;
          }}
          onFocus={() => {
            open.value = true;
          }}
          onBlur={() => {
            open.value = false;
          }}
          onKeyDown={onKeyDown}
        />
        {!wide && <kbd aria-hidden="true">/</kbd>}
      </div>
      <div class="found" id={list} role="listbox" aria-label="Suggestions" hidden={!showing}>
        {showing && rows.length === 0 && (
          <p class="group" role="option" aria-disabled="true" aria-selected="false">
            Nothing is called “{query}” in this snapshot.
          </p>
        )}
        {showing &&
          rows.map((o, i) => (
            <div key={`${o.kind} ${o.name}`} role="presentation">
              {rows[i - 1]?.kind !== o.kind && <p class="group">{GROUPS[o.kind]}</p>}
              <div
                id={`${list}-${i}`}
                role="option"
                aria-selected={i === at.value}
                onPointerDown={(e) => {
                  e.preventDefault();
                  choose(o);
                }}
                onPointerEnter={() => {
                  at.value = i;
                }}
              >
                <span class="name">
                  <Marked text={o.name} query={query} />
                  {o.note && <span class="faint"> {o.note}</span>}
                </span>
                <span class="facts">{o.facts}</span>
              </div>
            </div>
          ))}
      </div>
    </div>
  );
}

