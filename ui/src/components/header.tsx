/** The head of every page: name, search, pages, snapshot, theme. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { plural } from "../format";
import { href, isStatic, type Page, route, setQuery } from "../router";
import { dark, homeHref, hub, last, theme } from "../state";
import { Search } from "./search";

function pages(): { page: Page; label: string; address: string }[] {
  const { family, model } = last.value;
  const one = hub.value?.family ?? null;
  const forest = { page: "forest" as const, label: "Forest", address: href("forest") };
  const always = [
    ...(one ? [] : [forest]),
    { page: "f" as const, label: "Family", address: one && !family ? homeHref() : href("f", family ?? "") },
    { page: "m" as const, label: "Model", address: href("m", model ?? "") },
  ];
  if (isStatic) return always; // the others need a server
  return [
    ...always,
    { page: "evolution", label: "Evolution", address: href("evolution") },
    { page: "compare", label: "Compare", address: href("compare") },
    { page: "report", label: "Report", address: href("report") },
  ];
}

function ThemeButton() {
  const isDark = dark.value;
  return (
    <button
      type="button"
      class="icon theme"
      aria-label={isDark ? "Light colours" : "Dark colours"}
      title={isDark ? "Light colours" : "Dark colours"}
      onClick={() => {
        theme.value = isDark ? "light" : "dark";
        setQuery({ theme: theme.value }, { replace: true });
      }}
    >
      <svg viewBox="0 0 18 18" aria-hidden="true">
        <circle cx="9" cy="9" r="6.5" fill="none" stroke="currentColor" stroke-width="1.5" />
        <path d="M9 2.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" />
      </svg>
    </button>
  );
}

export function Header() {
  const open = useSignal(false);
  const page = route.value.page;
  useEffect(() => {
    open.value = false;
  }, [route.value]);
  const facts = hub.value;
  return (
    <header class="header">
      <a class="brand" href={homeHref()}>
        cladist
      </a>
      <Search />
      <button
        type="button"
        class="icon menu-button"
        aria-label="Pages"
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <svg viewBox="0 0 18 18" aria-hidden="true">
          <path d="M2 4.5h14M2 9h14M2 13.5h14" stroke="currentColor" stroke-width="1.6" />
        </svg>
      </button>
      <nav aria-label="Pages" class={open.value ? "open" : ""}>
        <ul>
          {pages().map((p) => (
            <li key={p.page}>
              <a href={p.address} {...(p.page === page ? { "aria-current": "page" as const } : {})}>
                {p.label}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {facts && (
        <span class="facts" title={`${facts.name}, ${facts.digest}`}>
          {facts.family ? `family of ${facts.family}` : facts.name} · {plural(facts.models + facts.ghosts, "model")} · {plural(facts.claims, "claim")}
        </span>
      )}
      <ThemeButton />
    </header>
  );
}

export function SimulatedBand() {
  if (!hub.value?.simulated) return null;
  return (
    <p class="simulated">
      Simulated data. Not the Hub.
    </p>
  );
}
