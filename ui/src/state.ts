/** What every page shares: the snapshot's facts, the theme, what is said aloud, the last places. */
import { computed, signal } from "@preact/signals";
import type { HubPayload } from "./api";
import { familyHref, href, modelHref } from "./router";

/** The snapshot's facts, null until they have come. */
export const hub = signal<HubPayload | null>(null);

export type Theme = "auto" | "light" | "dark";
export const theme = signal<Theme>("auto");

const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(prefersDark.matches);
prefersDark.addEventListener("change", (event) => {
  systemDark.value = event.matches;
});
export const dark = computed(() =>
  theme.value === "auto" ? systemDark.value : theme.value === "dark",
);

const prefersStill = window.matchMedia("(prefers-reduced-motion: reduce)");
/** True where motion is unwanted: no replay, no transitions; jumps. */
export const still = signal(prefersStill.matches);
prefersStill.addEventListener("change", (event) => {
  still.value = event.matches;
});

const narrow = window.matchMedia("(max-width: 720px)");
export const phone = signal(narrow.matches);
narrow.addEventListener("change", (event) => {
  phone.value = event.matches;
});

/** The sentence in the live region. Saying the same again is heard again. */
export const spoken = signal<{ text: string; turn: number }>({ text: "", turn: 0 });
export function say(text: string): void {
  spoken.value = { text, turn: spoken.value.turn + 1 };
}

/** The title of the page; simulated data is marked in it. */
export function title(words: string): void {
  const mark = hub.value?.simulated ? "[simulated] " : "";
  document.title = `${mark}${words} · cladist`;
}

/** The family and the model seen last, for the header's links. */
export const last = signal<{ family: string | null; model: string | null }>({
  family: null,
  model: null,
});

/** Where the numbers of a picture come from: version, snapshot, and when it was read, if known. */
export function source(): string {
  const facts = hub.value;
  if (!facts) return "cladist";
  const read = facts.observed.at(-1);
  return `cladist ${facts.version}, snapshot ${facts.name} (${facts.digest.slice(0, 12)})${read ? `, read ${read}` : ""}`;
}

/** Where one begins: the forest, or the one family of a static site. */
export function homeHref(): string {
  const facts = hub.value;
  if (!facts?.family) return href("forest");
  return facts.in_families ? familyHref(facts.family) : modelHref(facts.family);
}
