/** Lanes over time, for whole families and clans. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Accounts, FamilyPayload, LanesPayload, ModelPayload } from "../api";
import { useApi } from "../client";
import { ownLanes } from "../draw/own_lanes";
import { count, plural } from "../format";
import { LanesForm } from "../forms/lanes";
import { AXIS, bundlesAtRest, LEAST_ROW } from "../forms/lanes_layout";
import type { FamilyView } from "../pages/family";
import { BY_WORDS } from "../pages/forest";
import { familyHref, go, isStatic, modelHref, route, setQuery } from "../router";
import { hub, phone, source } from "../state";
import { Accounting, accountingWords, partsOf } from "./accounting";
import { FilterInForce, NothingPasses, useFilter } from "./filters";
import { useNodes } from "./nodes_view";
import { own, OwnNote } from "./own";
import { Legend, Ready } from "./parts";
import { Picked } from "./picked";
import { Picture, type PictureHandle, Save } from "./picture";

const PHONE_ROWS = 12;

export function LanesView({ id, view }: { id: string; view: FamilyView }) {
  const { query } = route.value;
  const filter = useFilter();
  const { family, by } = view;
  const first = useApi<LanesPayload>(`lanes/${id}`, { scope: family.scope, by, s: query["s"], expand: query["expand"], ...filter });
  // A phone has room for twelve rows: the detail that gives as many as fit, unless one is chosen.
  const few = phone.value && !isStatic && !query["s"] && first.data && first.data.lanes.length > PHONE_ROWS ? fewRows(first.data, PHONE_ROWS) : null;
  const second = useApi<LanesPayload>(few ? `lanes/${id}` : null, { scope: family.scope, by, s: few, expand: query["expand"], ...filter });
  const answer = few ? second : first;
  return (
    <Ready answer={answer} what={`Laying out ${plural(family.size, "model")}`}>
      {(payload) =>
        payload.accounts.total > 0 && payload.accounts.filtered === payload.accounts.total ? (
          <NothingPasses words={payload.filter} counts={{}} />
        ) : (
          <LanesPicture id={id} view={view} plain={payload} />
        )
      }
    </Ready>
  );
}

/** The least size of a line that leaves at most `rows` lanes. */
export function fewRows(payload: LanesPayload, rows: number): number {
  const fit = payload.s_options.filter(({ lanes }) => lanes <= rows).map(({ s }) => s);
  return fit.length ? Math.min(...fit) : Math.max(...payload.s_options.map(({ s }) => s), 2);
}

/** What the lanes draw: a lane a model, bars and the clans without a lane counted. */
export function lanesAccounts(payload: LanesPayload): Accounts {
  const { filtered, total } = payload.accounts;
  const bars = payload.lanes.reduce((n, lane) => n + sum(lane.bars.models) + sum(lane.undated.models), 0);
  return { shown: payload.accounts.shown, aggregated: bars + payload.hidden.models, filtered, total };
}

const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The lane of a model, or of its nearest ancestor that has one. */
export function useLane(payload: LanesPayload, sel: string | undefined): number | null {
  const lane = sel ? payload.lanes.findIndex(({ model }) => model === sel) : -1;
  const line = useApi<ModelPayload>(sel && lane < 0 ? `model/${sel}` : null);
  if (!sel) return null;
  if (lane >= 0) return lane;
  const models = [...(line.data?.line ?? [])].reverse().map(({ model }) => model);
  for (const model of models) {
    const at = payload.lanes.findIndex((other) => other.model === model);
    if (at >= 0) return at;
  }
  return null;
}

function Detail({ payload }: { payload: LanesPayload }) {
  if (isStatic) return null;
  const options = [...payload.s_options].sort((a, b) => b.s - a.s);
  const at = options.findIndex(({ s }) => s <= payload.s);
  const set = (i: number) => setQuery({ s: options[i]?.s ?? "", expand: "" });
  return (
    <label class="chip detail">
      Detail: lines of ≥ {count(payload.s)}
      <input
        type="range"
        min={0}
        max={Math.max(0, options.length - 1)}
        value={at < 0 ? options.length - 1 : at}
        aria-valuetext={`lines of ${payload.s} models or more, ${plural(payload.lanes.length, "line")}`}
        onChange={(event) => set(Number(event.currentTarget.value))}
      />
    </label>
  );
}

export function linkWords(payload: LanesPayload): string {
  const { drawn, links, more, moreLinks } = bundlesAtRest(payload);
  const all = links + moreLinks;
  const said = [];
  if (all) said.push(`${plural(all, "second-parent link")} join these lines; ${more ? `the ${drawn.length} largest bundles (${count(links)} links) are drawn, the rest appear on hover` : `all are drawn, in ${plural(drawn.length, "bundle")}`}.`);
  if (payload.within) said.push(`${count(payload.within)} more stay within one line.`);
  if (payload.outside) said.push(`${count(payload.outside)} lead outside what is drawn.`);
  return said.join(" ");
}

function subWords(family: FamilyPayload, payload: LanesPayload): string {
  const rest = payload.hidden.clans ? ` Not drawn: ${plural(payload.hidden.clans, "clan")} without a line of that size, ${plural(payload.hidden.models, "model")}.` : "";
  return `Shown: ${plural(payload.lanes.length, "line")} of ≥ ${count(payload.s)} models; every other model of ${family.model}'s ${family.scope} is counted on the line of its nearest ancestor shown.${rest}`;
}

function LanesPicture({ id, view, plain }: { id: string; view: FamilyView; plain: LanesPayload }) {
  const { family } = view;
  const filter = useFilter();
  const mine = own.value;
  const { nodes } = useNodes(id, family.scope, view.by, filter, mine !== null);
  const payload = useMemo(() => (mine && nodes ? ownLanes(plain, nodes, mine.table, mine.column) : plain), [plain, nodes, mine]);
  const handle = useSignal<PictureHandle | null>(null);
  const { query } = route.value;
  const lane = useLane(payload, query["sel"]);
  const rows = payload.lanes.length;
  const room = phone.value ? 420 : window.innerHeight - 290;
  const tall = Math.max(AXIS + rows * LEAST_ROW + 12, Math.min(Math.max(320, room), AXIS + rows * 26 + 12));
  const pick = (mark: number | null, at: { x: number; y: number; frame: Parameters<LanesForm["hit"]>[2] } | null) => {
    const form = handle.value?.form as LanesForm | undefined;
    const opened = at && form ? form.expands(at.x, at.y, at.frame) : null;
    if (opened !== null) return expand(opened);
    if (mark !== null && mark < 0) return undefined;
    return setQuery({ sel: mark === null ? "" : payload.lanes[mark]!.model });
  };
  const expand = (mark: number) => {
    const nodesOpen = new Set((query["expand"] ?? "").split(",").filter(Boolean));
    nodesOpen.add(String(payload.lanes[mark]!.node));
    setQuery({ expand: [...nodesOpen].join(",") });
  };
  const onKey = (key: string, mark: number | null): boolean => {
    if (key !== "e" || mark === null || mark < 0 || !payload.lanes[mark]!.expandable) return false;
    expand(mark);
    return true;
  };
  const open = (mark: number) => {
    if (mark >= 0) go(modelHref(payload.lanes[mark]!.model));
  };
  const byWords = mine ? `${mine.table.columns[mine.column]} (your column)` : BY_WORDS[payload.by];
  const accounts = lanesAccounts(payload);
  const path: string[] = [];
  for (let at = lane ?? -1; at >= 0; at = payload.lanes[at]!.parent) path.push(payload.lanes[at]!.model);
  const matched = mine && nodes ? nodes.model.filter((model) => mine.table.rows.has(model.toLowerCase())).length : 0;
  const caption = () => ({
    title: family.model,
    lines: [`${subWords(family, payload)}`, `Colour: ${byWords}. Filter in force: ${payload.filter || "none"}. ${accountingWords(partsOf(accounts), accounts.total)}.`],
    foot: source(),
    values: payload.values.filter((v) => v.count > 0),
    simulated: hub.value?.simulated ?? false,
  });
  return (
    <>
      <OwnNote matched={matched} models={family.size} />
      <FilterInForce words={payload.filter} />
      <div class="filters-in-force">
        <Legend values={payload.values.filter((v) => v.count > 0)} label={`Colour: ${byWords}`} />
        <span>curved: second parents between lines</span>
        <Detail payload={payload} />
        {query["expand"] && (
          <button type="button" class="chip" onClick={() => setQuery({ expand: "" })}>
            Close what was opened
          </button>
        )}
      </div>
      <Picture
        label={`Lanes over time of ${family.model}: ${plural(rows, "line")}, ${plural(payload.accounts.total, "model")}, coloured by ${byWords}`}
        height={tall}
        wheel="scroll"
        make={(width, height) => new LanesForm(payload, family.months, width, height)}
        version={[payload]}
        selected={lane}
        onPick={pick}
        onOpen={open}
        onKey={onKey}
        onReady={(ready) => (handle.value = ready)}
      />
      <Picked path={path} centre={lane !== null && payload.lanes[lane]!.parent >= 0} />
      <Accounting parts={partsOf(accounts)} total={accounts.total}>{subWords(family, payload)}</Accounting>
      <div class="chips">
        <Save handle={handle.value} name={`${family.model}-lanes`} caption={caption} />
        {family.scope !== "family" && <a class="chip" href={familyHref(family.family.model)}>The whole family</a>}
      </div>
      <p class="foot">
        A bar is the models born that month on that line (square-root scale; full height {count(payload.bar_max)}). A line starts at its model's birth (open circle: date unknown, start is its
        earliest dated child). {linkWords(payload)} Filter in force: {payload.filter || "none"}. Ctrl and wheel zoom.
      </p>
    </>
  );
}
