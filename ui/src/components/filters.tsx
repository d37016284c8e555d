/** The filters of forest and family, all of them in the URL, and their names beside the picture. */
import { useSignal } from "@preact/signals";
import type { Filter } from "../api";
import { count, plural } from "../format";
import { filterOf, isStatic, queryOf, route, setQuery } from "../router";
import { hub, phone } from "../state";
import { words } from "../palette";
import { Chip, type Choice, Drop, Select } from "./controls";
import { Empty } from "./parts";

const ALL: Choice = { value: "", label: "all" };
const RELATIONS = ["finetune", "adapter", "quantized", "merge", "conversion", "unknown"];
const LICENSES = ["permissive", "share-alike", "use-restricted", "non-commercial", "vendor", "other", "unstated"];
const TASKS = [
  "text-generation", "text-classification", "token-classification", "question-answering", "fill-mask",
  "sentence-similarity", "feature-extraction", "summarization", "translation", "text2text-generation",
  "automatic-speech-recognition", "text-to-speech", "audio-classification", "text-to-image", "image-to-image",
  "image-classification", "object-detection", "image-segmentation", "image-text-to-text", "reinforcement-learning",
  "unstated",
]; // prettier-ignore
const DOWNLOADS: Choice[] = [
  ALL,
  { value: "1-", label: "1 or more" },
  { value: "100-", label: "100 or more" },
  { value: "10000-", label: "10 k or more" },
  { value: "1000000-", label: "1 M or more" },
];
const NAMES: Record<keyof Filter, string> = {
  relations: "Relation",
  license: "Licence",
  pipeline_tag: "Task",
  language: "Language",
  from: "From",
  to: "To",
  downloads: "Downloads",
  stated: "Stated only",
};

/** The filter in force; reading it draws again when it changes. */
export function useFilter(): Filter {
  return filterOf(route.value.query);
}

function change(part: Filter): void {
  setQuery(queryOf({ ...filterOf(route.value.query), ...part }));
}

const choices = (keys: string[], now: string | undefined): Choice[] => {
  const all = now && !keys.includes(now) ? [...keys, now] : keys;
  return [ALL, ...all.map((value) => ({ value, label: words(value) }))];
};

function languageName(code: string): string {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

function languages(now: string | undefined): Choice[] {
  const known = (hub.value?.languages ?? []).slice(0, 80);
  const out = [ALL, ...known.map(({ key, count: n }) => ({ value: key, label: `${languageName(key)} ${count(n)}` }))];
  if (now && !known.some(({ key }) => key === now)) out.push({ value: now, label: languageName(now) });
  return [...out, { value: "unstated", label: "not stated" }];
}

/** The filters as chips; on a phone behind one, so that the picture stands on the first screen. */
export function FilterChips() {
  const open = useSignal(false);
  if (isStatic) return null;
  if (!phone.value) return <AllChips />;
  const inForce = removals(useFilter()).length;
  return (
    <>
      <button type="button" class={`chip${inForce ? " on" : ""}`} aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
        {inForce ? `Filters: ${inForce}` : "Filters"} <span aria-hidden="true">{open.value ? "▴" : "▾"}</span>
      </button>
      {open.value && <AllChips />}
    </>
  );
}

function AllChips() {
  const filter = useFilter();
  const dated = Boolean(filter.from || filter.to);
  const pick = (field: keyof Filter, label: string, list: Choice[]) => (
    <Select label={label} value={filter[field] ?? ""} plain="" choices={list} onChange={(value) => change({ [field]: value })} />
  );
  const date = (field: "from" | "to", label: string) => (
    <label class="labelled">
      {label}
      <input class="field" type="month" min="2022-03" value={filter[field] ?? ""} onChange={(e) => change({ [field]: e.currentTarget.value })} />
    </label>
  );
  return (
    <>
      {pick("relations", "Relation", choices(RELATIONS, filter.relations))}
      {pick("license", "Licence", choices(LICENSES, filter.license))}
      {pick("pipeline_tag", "Task", choices(TASKS, filter.pipeline_tag))}
      {pick("language", "Language", languages(filter.language))}
      <Drop label="Dates" on={dated} side="left" stay>
        {date("from", "Created from")}
        {date("to", "Created until")}
      </Drop>
      {pick("downloads", "Downloads", [...DOWNLOADS, ...custom(filter.downloads)])}
      <Chip on={filter.stated === "1"} onClick={() => change({ stated: filter.stated === "1" ? "" : "1" })} title="Only models whose relation to their parent a source states">
        Stated only
      </Chip>
    </>
  );
}

function custom(range: string | undefined): Choice[] {
  return range && !DOWNLOADS.some(({ value }) => value === range) ? [{ value: range, label: range }] : [];
}

const clear = (): void => setQuery(queryOf({}));

function removals(filter: Filter): (keyof Filter)[] {
  return (Object.keys(filter) as (keyof Filter)[]).filter((field) => filter[field]);
}

function value(field: keyof Filter, filter: Filter): string {
  const raw = filter[field] ?? "";
  if (field === "stated") return "";
  return field === "language" ? languageName(raw) : raw.split(",").map(words).join(" or ");
}

/** The filter in words, as the server read it, and a way out of each part. */
export function FilterInForce({ words: said }: { words: string }) {
  const filter = useFilter();
  const fields = removals(filter);
  if (fields.length === 0) return null;
  return (
    <div class="filters-in-force" role="note" aria-label="Filter in force">
      <span>
        Filter in force: <strong>{said}</strong>
      </span>
      {fields.map((field) => (
        <Chip key={field} onClick={() => change({ [field]: "" })} title="Remove this filter">
          {NAMES[field]}
          {value(field, filter) && `: ${value(field, filter)}`} ×
        </Chip>
      ))}
      {fields.length > 1 && <Chip onClick={clear}>Clear all</Chip>}
    </div>
  );
}

/** Nothing passes: which filter hinders, as far as `counts` tells, and the way out. */
export function NothingPasses({ words: said, counts }: { words: string; counts: Partial<Record<keyof Filter, number>> }) {
  const filter = useFilter();
  const order = removals(filter).sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  return (
    <Empty
      heading="No model matches these filters."
      actions={
        <>
          {order.map((field) => (
            <Chip key={field} onClick={() => change({ [field]: "" })}>
              Remove {NAMES[field]}
              {value(field, filter) && ` “${value(field, filter)}”`}
              {counts[field] !== undefined && ` (${plural(counts[field], "model")})`}
            </Chip>
          ))}
          <Chip onClick={clear}>Clear all</Chip>
        </>
      }
    >
      {said}
    </Empty>
  );
}
