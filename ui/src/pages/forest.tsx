/** The forest: all families by founding date and size. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { By, Filter, ForestPayload, GrowthPayload } from "../api";
import { get, useApi } from "../client";
import { Accounting, accountingWords, type Part } from "../components/accounting";
import { Chip, Drop, Select } from "../components/controls";
import { FilterChips, FilterInForce, NothingPasses, useFilter } from "../components/filters";
import { ForestTable } from "../components/forest_table";
import { useKey } from "../components/keys";
import { own, OwnChooser, OwnNote } from "../components/own";
import { Legend, PageHead, Ready } from "../components/parts";
import { Picture, type PictureHandle, Save } from "../components/picture";
import { ReplaySlider } from "../components/replay";
import { colourBy } from "../draw/own";
import { count, date, month as monthWords, plural } from "../format";
import { ForestForm } from "../forms/forest";
import { type Height, Replay } from "../forms/forest_layout";
import { familyHref, go, isStatic, route, setQuery } from "../router";
import { hub, phone, source } from "../state";

export const BY_WORDS: Record<By, string> = {
  relation: "relation",
  license: "licence family",
  pipeline_tag: "task",
  library_name: "library",
  author: "organisation",
};
const BY = Object.keys(BY_WORDS) as By[];

/** Place of the end of the census on the time axis, in months. */
function censusMonth(iso: string | null | undefined): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso ?? "");
  return match ? (Number(match[1]) - 2022) * 12 + Number(match[2]) - 3 + Number(match[3]) / 31 : null;
}

export function ForestPage(_: { id: string }) {
  const { query } = route.value;
  const filter = useFilter();
  const by = BY.includes(query["by"] as By) ? (query["by"] as By) : "pipeline_tag";
  const unit = query["unit"] === "clan" ? "clan" : "family";
  const answer = useApi<ForestPayload>("forest", { by, unit, ...filter });
  useKey("t", () => setQuery({ view: query["view"] === "table" ? "" : "table" }));
  const facts = hub.value;
  const sub = facts && `${plural(facts.families, "family", "families")} of two or more · ${plural(facts.in_families, "model")} in them · ${plural(facts.alone, "model")} without relatives (strip below) · a mark is a family: newer to the right, larger upwards`;
  return (
    <>
      <PageHead heading="The forest" sub={sub}>
        <Controls by={by} unit={unit} height={query["height"] === "downloads" ? "downloads" : "members"} table={query["view"] === "table"} />
      </PageHead>
      <Ready answer={answer} what="Counting the members of all families">
        {(payload) => <Body payload={payload} filter={filter} unit={unit} />}
      </Ready>
    </>
  );
}

function Controls({ by, unit, height, table }: { by: By; unit: string; height: Height; table: boolean }) {
  return (
    <>
      <Select label="Colour" value={by} plain="pipeline_tag" choices={(hub.value?.by ?? BY).map((value) => ({ value, label: BY_WORDS[value] }))} onChange={(value) => setQuery({ by: value }, { defaults: { by: "pipeline_tag" } })} />
      <Select label="Height" value={height} plain="members" choices={[{ value: "members", label: "members" }, { value: "downloads", label: "downloads" }]} onChange={(value) => setQuery({ height: value }, { defaults: { height: "members" } })} />
      <FilterChips />
      <Drop label="More" side="left" on={unit === "clan"}>
        {!isStatic && (
          <button type="button" aria-pressed={unit === "clan"} onClick={() => setQuery({ unit: unit === "clan" ? "" : "clan" })}>
            {unit === "clan" ? "Families whole" : "Families split into clans"}
          </button>
        )}
        <OwnChooser />
      </Drop>
      <Chip on={table} onClick={() => setQuery({ view: table ? "" : "table" })}>
        Table
      </Chip>
    </>
  );
}

/** How many models would pass without each of the filters in turn. */
function useWithout(filter: Filter, unit: string, needed: boolean): Partial<Record<keyof Filter, number>> {
  const counts = useSignal<Partial<Record<keyof Filter, number>>>({});
  const key = JSON.stringify([filter, unit, needed]);
  useEffect(() => {
    counts.value = {};
    if (!needed) return;
    for (const field of Object.keys(filter) as (keyof Filter)[])
      get<ForestPayload>("forest", { unit, ...filter, [field]: "" }).then(
        ({ accounts }) => (counts.value = { ...counts.value, [field]: accounts.total - accounts.filtered }),
        () => undefined,
      );
  }, [key]);
  return counts.value;
}

function Body({ payload, filter, unit }: { payload: ForestPayload; filter: Filter; unit: string }) {
  const { query } = route.value;
  const table = query["view"] === "table";
  const empty = payload.accounts.total > 0 && payload.accounts.filtered === payload.accounts.total;
  const counts = useWithout(filter, unit, empty);
  if (empty) return <NothingPasses words={payload.filter} counts={counts} />;
  return (
    <>
      <FilterInForce words={payload.filter} />
      {table ? <ForestTable payload={payload} /> : <ForestPicture payload={payload} filter={filter} unit={unit} />}
    </>
  );
}

function ForestPicture({ payload, filter, unit }: { payload: ForestPayload; filter: Filter; unit: string }) {
  const { query } = route.value;
  const handle = useSignal<PictureHandle | null>(null);
  const growth = useApi<GrowthPayload>(query["t"] ? "growth" : null, { unit, ...filter });
  const last = Math.max(hub.value?.months.last ?? 0, ...payload.marks.month, ...payload.alone.month);
  const cursor = query["t"] && growth.data && growth.data.mark.length ? Math.max(-1, Math.min(last, Number(query["t"]) || 0)) : null;
  const replay = useMemo(() => (growth.data ? new Replay(growth.data, payload.marks.node.length, last) : null), [growth.data, payload, last]);
  const height: Height = query["height"] === "downloads" ? "downloads" : "members";
  const mine = own.value;
  const colours = useMemo(() => (mine ? colourBy(mine.table, mine.column, payload.marks.model) : null), [mine, payload]);
  const values = colours?.values ?? payload.values;
  const form = (width: number, tall: number) =>
    new ForestForm(
      payload,
      { width, height: tall },
      { height, last, cursor, sizes: cursor !== null && replay ? replay.sizes(cursor) : null },
      {
        labels: width < 560 ? 8 : 26,
        census: censusMonth(hub.value?.census_until),
        censusWords: `after ${date(hub.value?.census_until)}: a sample, not a census`,
        own: colours ? new Map(payload.marks.model.map((model) => [model, colours.of(model)])) : null,
        values,
      },
    );
  const model = (mark: number | null) => (mark === null || mark < 0 ? null : payload.marks.model[mark]!);
  const open = (mark: number | null) => {
    const founder = model(mark);
    if (founder) go(familyHref(founder, unit === "clan" ? { scope: "clan" } : {}));
  };
  const byWords = mine ? `${mine.table.columns[mine.column]} (your column)` : payload.by === "author" ? "founder's organisation" : BY_WORDS[payload.by];
  const accounts = useMemo(() => form(1200, 700).accounts(), [payload, cursor, replay, height, last]);
  const parts: Part[] = [
    [accounts.marks, "in marks"],
    [accounts.cells, "in cells"],
    [accounts.alone, "alone"],
    [accounts.waiting, "not yet born or undated"],
    [accounts.filtered, "left out by the filter"],
  ];
  const matched = mine ? payload.marks.model.filter((id) => mine.table.rows.has(id.toLowerCase())).length : 0;
  const caption = () => ({
    title: "The forest",
    lines: [`${plural(payload.families, "family", "families")}; colour: ${byWords}; height: ${height}. ${cursor === null ? "" : `As of the end of ${monthWords(cursor)}; families in cells at their final size. `}Filter in force: ${payload.filter || "none"}.`, accountingWords(parts, accounts.total)],
    foot: source(),
    values,
    simulated: hub.value?.simulated ?? false,
  });
  const tall = phone.value ? 520 : Math.max(480, Math.min(860, window.innerHeight - 268));
  return (
    <>
      <OwnNote
        matched={matched}
        models={payload.marks.model.length}
        what="founders of marks"
        more=" A family has the colour of its founder's own row; rows of other members colour the family's page."
      />
      <div class="filters-in-force">
        <Legend values={values.filter((v) => v.count > 0)} label={`Colour: ${byWords}, families`} />
      </div>
      <Picture
        label={`The forest: ${plural(payload.families, "family", "families")} by founding date and ${height}`}
        height={tall}
        wheel="zoom"
        make={form}
        version={[payload, cursor, replay, height, colours, hub.value?.census_until]}
        selected={null}
        onPick={(mark) => open(mark)}
        onOpen={open}
        onReady={(ready) => (handle.value = ready)}
      />
      <ReplaySlider last={last} loading={growth.loading && !growth.data}>
        <Save handle={handle.value} name="forest" caption={caption} />
      </ReplaySlider>
      <Accounting parts={parts} total={accounts.total}>
        {cursor === null ? `${count(payload.marks.node.length)} families are marks, ${count(payload.families - payload.marks.node.length)} are counted in cells.` : `As of the end of ${monthWords(cursor)}; families in cells stand at their final size.`}
      </Accounting>
      <p class="foot">
        Each mark is one {unit === "clan" ? "clan" : "family"} of {count(payload.least)} or more at the month its founder was created (hollow: the founder's date is unknown, its
        earliest dated member's is used; dashed: the founder is a ghost). Smaller ones are counted in cells, month × size: a colour is {mine ? "what your file says of the founder itself, none in a cell" : payload.by === "author" ? "the organisation of the founder, the commonest in a cell" : `the commonest ${byWords} that members state`}, a cell's height
        the count (square-root scale). Inside a column, position across means nothing. Filter in force: {payload.filter || "none"}. Dates on or before 2 March 2022 were back-filled by
        the Hub and share one column.
      </p>
    </>
  );
}
