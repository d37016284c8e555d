/** Beside a family's picture: how to read it, what its models are, and its clans. */
import type { FamilyPayload, Value } from "../api";
import { count, plural } from "../format";
import type { FamilyView } from "../pages/family";
import { familyHref, route } from "../router";
import { look } from "./look";
import { Panel } from "./parts";

const READ: Record<string, string> = {
  rings:
    "Every dot is one model. Dots spiral outward in order of creation, so a dashed ring is a year and the area between two is the number of models born in it. A child with children of its own leaves the disc and stands on the rim with a disc of all its descendants, at the same scale. Click a petal to make it the centre.",
  lanes:
    "Every row is a line: a model and what descends from it. It begins at the model's birth and hangs on its parent's line. Models without a line of their own are bars on the line of their nearest ancestor shown, a bar a month. Curved links are second parents: merges between lines.",
  tree: "Every row is a model without children; time runs to the right, and each branch leaves its parent at the parent's date. Solid: a source states the relation; dashed: guessed, or not stated. Curved links are second parents.",
};

function Facet({ heading, values, note }: { heading: string; values: Value[]; note?: string }) {
  const { color } = look();
  const most = Math.max(1, ...values.map((v) => v.count));
  return (
    <Panel heading={heading}>
      <div class="facet" role="list">
        {[...values].sort((a, b) => b.count - a.count).map((v) => (
          <div key={v.key} role="listitem" style={{ display: "contents" }}>
            <span class="words">{v.label}</span>
            <span class="track" aria-hidden="true">
              <i style={{ width: `${(100 * v.count) / most}%`, background: color(v.palette) }} />
            </span>
            <b>{count(v.count)}</b>
          </div>
        ))}
      </div>
      {note && <p class="foot">{note}</p>}
    </Panel>
  );
}

function Clans({ family }: { family: FamilyPayload }) {
  if (family.family.founders < 2) return null;
  const here = family.scope === "clan" ? family.clan.model : null;
  return (
    <Panel heading="Clans" aside={`${count(family.family.founders)}, largest first`}>
      <p class="explain">Merges join the families of several founders. Each model belongs to the clan of the founder that its primary parents lead to.</p>
      <ol class="clan-list" tabIndex={0} aria-label="Clans of this family">
        {family.clans.map((clan) => (
          <li key={clan.model}>
            <a href={familyHref(clan.model, { scope: "clan" })} {...(clan.model === here ? { "aria-current": "true" as const } : {})}>
              {clan.model}
            </a>
            <span>{count(clan.size)}</span>
          </li>
        ))}
      </ol>
      {family.clans_more.clans > 0 && (
        <p class="foot">
          and {plural(family.clans_more.clans, "smaller clan")}, {plural(family.clans_more.models, "model")}
        </p>
      )}
    </Panel>
  );
}

export function FamilyAside({ view }: { view: FamilyView }) {
  const { family, form, by } = view;
  const mark = (one: string, words: string) => `${words}${by === one && !route.value.query["own"] ? " (colour)" : ""}`;
  const licence = family.root.license?.join(", ");
  return (
    <div class="stack">
      <Panel heading="How to read it">
        <p class="explain">{READ[form]}</p>
      </Panel>
      <Clans family={family} />
      <Facet heading={mark("pipeline_tag", "Task")} values={family.facets.pipeline_tag} />
      <Facet heading={mark("relation", "Relation")} values={family.facets.relation} note="“not stated”: a source names the parent, not how the child was made." />
      <Facet heading={mark("license", "Licence family, as declared")} values={family.facets.license} note={`${family.model} ${licence ? `declares ${licence}` : "states no licence"}.`} />
    </div>
  );
}
