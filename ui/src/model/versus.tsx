/** The DNA of the model against a relative of one's choice. */
import type { ComparePayload, ModelPayload, TraitChange } from "../api";
import { useApi } from "../client";
import { Select } from "../components/controls";
import { Panel, Ready } from "../components/parts";
import { comparisonChanges } from "../compare/reading";
import { bare } from "../format";
import { href, isStatic, route, setQuery } from "../router";
import { ChangesTable, DnaBand } from "./changes";

export function Versus({ model }: { model: ModelPayload }) {
  const id = model.facts.model;
  const founder = model.line[0]?.model ?? "";
  // A static site holds the changes since the founder alone.
  const relatives = isStatic ? [] : [...model.line, ...model.ancestors];
  const choices = [...new Set([founder, ...relatives.map((m) => m.model)])]
    .filter((m) => m !== id && m !== "");
  const chosen = route.value.query["vs"] ?? founder;
  const other = choices.includes(chosen) ? chosen : founder;
  const own = other === founder && founder !== id;
  const answer = useApi<ComparePayload>(own || !choices.includes(other) ? null : "compare", { a: other, b: id });
  if (choices.length === 0) return null;
  const table = (changes: TraitChange[]) => (
    <>
      <ChangesTable
        changes={changes}
        left={<span title={other}>{bare(other)}</span>}
        right="this model"
      />
      <DnaBand changes={changes} />
    </>
  );
  return (
    <Panel heading="What changed on the way" id="changes">
      <div class="chips">
        <Select
          label="From"
          value={other}
          plain={founder}
          choices={choices.slice(0, 200).map((m) => ({ value: m, label: m }))}
          onChange={(vs) => setQuery({ vs }, { defaults: { vs: founder } })}
        />
        {!isStatic && (
          <a class="chip" href={href("compare", "", { a: other, b: id })}>
            Compare in full
          </a>
        )}
      </div>
      {own ? (
        table(model.changes)
      ) : (
        <Ready answer={answer} what="Comparing">
          {(data) => table(comparisonChanges(data.comparison))}
        </Ready>
      )}
    </Panel>
  );
}
