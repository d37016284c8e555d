/** Two families on one axis of time: the lanes of each, with rows of one height and bars of one scale. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { By, FamilyPayload, LanesPayload } from "../api";
import { useApi } from "../client";
import { Accounting, accountingWords, partsOf } from "../components/accounting";
import { Select } from "../components/controls";
import { fewRows, lanesAccounts, linkWords, useLane } from "../components/lanes_view";
import { Legend, Panel, Ready } from "../components/parts";
import { Picked } from "../components/picked";
import { Picture, type PictureHandle, Save } from "../components/picture";
import { count, plural } from "../format";
import { LanesForm } from "../forms/lanes";
import { AXIS, type Months } from "../forms/lanes_layout";
import { BY_WORDS } from "../pages/forest";
import { familyHref, go, modelHref, route, setQuery } from "../router";
import { hub, source } from "../state";

const MOST = 12; // lines each, so that both stand on one screen
const ROW = 26;
/** Traits whose values have one colour everywhere, so that two pictures may share it. */
const COMMON: By[] = ["relation", "license"];

interface Scale {
  months: Months;
  barMax: number;
}

/** The lanes of one family, at most twelve. */
function useFewLanes(family: FamilyPayload, by: By) {
  const { scope, model } = family;
  const whole = useApi<LanesPayload>(`lanes/${model}`, { scope, by });
  const s = whole.data && whole.data.lanes.length > MOST ? fewRows(whole.data, MOST) : null;
  const few = useApi<LanesPayload>(s ? `lanes/${model}` : null, { scope, by, s });
  return whole.data && !s ? whole : s ? few : whole;
}

function sentence(family: FamilyPayload, payload: LanesPayload): string {
  const rest = payload.hidden.clans ? ` Not drawn: ${plural(payload.hidden.clans, "clan")} without such a line, ${plural(payload.hidden.models, "model")}.` : "";
  return `${plural(payload.lanes.length, "line")} of ≥ ${count(payload.s)} models of ${family.model}.${rest}`;
}

function FamilyLanes({ family, plain, scale }: { family: FamilyPayload; plain: LanesPayload; scale: Scale }) {
  const handle = useSignal<PictureHandle | null>(null);
  const { months, barMax } = scale;
  const payload = useMemo(() => ({ ...plain, bar_max: barMax }), [plain, barMax]);
  const lane = useLane(payload, route.value.query["sel"]);
  const accounts = lanesAccounts(payload);
  const path: string[] = [];
  for (let at = lane ?? -1; at >= 0; at = payload.lanes[at]!.parent) path.push(payload.lanes[at]!.model);
  const values = payload.values.filter((v) => v.count > 0);
  const caption = () => ({
    title: family.model,
    lines: [sentence(family, payload), `Colour: ${BY_WORDS[payload.by]}. Filter in force: none. ${accountingWords(partsOf(accounts), accounts.total)}.`],
    foot: source(),
    values,
    simulated: hub.value?.simulated ?? false,
  });
  return (
    <section class="one-family" aria-label={`Lines of ${family.model}`}>
      <div class="figure-head">
        <h3>
          <a href={familyHref(family.model, { scope: family.scope })}>{family.model}</a>
        </h3>
        <Save handle={handle.value} name={`${family.model}-lanes`} caption={caption} />
      </div>
      <Legend values={values} label={`Colour: ${BY_WORDS[payload.by]}`} />
      <Picture
        label={`Lanes over time of ${family.model}: ${sentence(family, payload)}`}
        height={AXIS + payload.lanes.length * ROW + 8}
        wheel="scroll"
        make={(width, height) => new LanesForm(payload, months, width, height)}
        version={[payload, months.first, months.last]}
        selected={lane}
        onPick={(mark) => {
          if (mark === null || mark >= 0) setQuery({ sel: mark === null ? "" : payload.lanes[mark]!.model });
        }}
        onOpen={(mark) => {
          if (mark >= 0) go(modelHref(payload.lanes[mark]!.model));
        }}
        onReady={(ready) => (handle.value = ready)}
      />
      <Picked path={path} centre={lane !== null && payload.lanes[lane]!.parent >= 0} />
      <Accounting parts={partsOf(accounts)} total={accounts.total}>{`${sentence(family, payload)} ${linkWords(payload)}`}</Accounting>
    </section>
  );
}

export function FamilyPictures({ a, b }: { a: FamilyPayload; b: FamilyPayload }) {
  const asked = route.value.query["by"] as By;
  const by = COMMON.includes(asked) ? asked : "relation";
  const [one, other] = [useFewLanes(a, by), useFewLanes(b, by)];
  const months = { first: Math.max(0, Math.min(a.months.first, b.months.first)), last: Math.max(a.months.last, b.months.last) };
  const barMax = Math.max(1, one.data?.bar_max ?? 1, other.data?.bar_max ?? 1);
  return (
    <Panel heading="On one axis of time" aside={`at most ${MOST} lines each; one scale for both, full height ${count(barMax)} models a month`}>
      <div class="chips">
        <Select label="Colour" value={by} plain="relation" choices={COMMON.map((value) => ({ value, label: BY_WORDS[value] }))} onChange={(value) => setQuery({ by: value }, { defaults: { by: "relation" } })} />
      </div>
      <Ready answer={one} what={`Laying out ${a.model}`}>
        {(left) => (
          <Ready answer={other} what={`Laying out ${b.model}`}>
            {(right) => (
              <>
                <FamilyLanes family={a} plain={left} scale={{ months, barMax }} />
                <FamilyLanes family={b} plain={right} scale={{ months, barMax }} />
              </>
            )}
          </Ready>
        )}
      </Ready>
      <p class="foot">
        A bar is the models born that month on that line (square-root scale, the same in both). Every model is counted on the line of its nearest ancestor shown. Zoom and movement go together, so that months stay below
        each other. Filter in force: none.
      </p>
    </Panel>
  );
}
