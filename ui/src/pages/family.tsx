/** A family, a clan of it, or what descends from one model: rings, lanes, tree, table. */
import type { By, FamilyPayload } from "../api";
import { useApi } from "../client";
import { Chip, Drop, Select } from "../components/controls";
import { FamilyAside } from "../components/family_aside";
import { FilterChips, useFilter } from "../components/filters";
import { useKey } from "../components/keys";
import { LanesView } from "../components/lanes_view";
import { MembersTable } from "../components/members_table";
import { NodesView } from "../components/nodes_view";
import { OwnChooser } from "../components/own";
import { PageHead, Ready } from "../components/parts";
import { count, plural } from "../format";
import { isUnstated } from "../forms/cards";
import { MOST_LEAVES } from "../forms/tree_layout";
import { familyHref, modelHref, route, setQuery } from "../router";
import { hub } from "../state";
import { BY_WORDS } from "./forest";

export type FamilyForm = "rings" | "lanes" | "tree" | "table";
export interface FamilyView {
  family: FamilyPayload;
  form: FamilyForm;
  by: By;
  usual: By; // when the URL names none
}

const SCOPES = ["family", "clan", "subtree"];

/**
 * The trait that tells most here: most models state it, and they differ. The share of models that
 * state it times the chance that two of those differ.
 */
export function tellingFacet(family: FamilyPayload): By {
  const score = (by: keyof FamilyPayload["facets"]): number => {
    const stated = family.facets[by].filter((value) => !isUnstated(value)).map((value) => value.count);
    const known = stated.reduce((a, b) => a + b, 0);
    return known ? (known / family.size) * (1 - stated.reduce((n, c) => n + (c / known) ** 2, 0)) : 0;
  };
  return (["relation", "license", "pipeline_tag"] as const).reduce((best, by) => (score(by) > score(best) ? by : best));
}

/** The form that the URL names, or else the one for the family's shape. */
function viewOf(family: FamilyPayload): FamilyView {
  const { query } = route.value;
  const wanted = query["view"] as FamilyForm;
  const few = family.size - family.breeders <= MOST_LEAVES;
  const known = ["rings", "lanes", "table"].includes(wanted) || (wanted === "tree" && few);
  const form = known ? wanted : family.view;
  const usual = tellingFacet(family);
  const by = query["by"] && query["by"] in BY_WORDS ? (query["by"] as By) : usual;
  return { family, form, by, usual };
}

export function FamilyPage({ id }: { id: string }) {
  const { query } = route.value;
  const scope = SCOPES.includes(query["scope"] ?? "") ? query["scope"]! : "family";
  const answer = useApi<FamilyPayload>(`family/${id}`, { scope });
  useKey("t", () => setQuery({ view: query["view"] === "table" ? "" : "table" }));
  if (!answer.data)
    return (
      <>
        <PageHead heading={id} />
        <Ready answer={answer} what="Reading the family">
          {() => null}
        </Ready>
      </>
    );
  const view = viewOf(answer.data);
  return (
    <>
      <Head id={id} view={view} />
      <FamilyBody id={id} view={view} />
    </>
  );
}

function crumb({ family }: FamilyView) {
  if (family.scope === "subtree") return <>What descends from one model, in the <a href={familyHref(family.family.model)}>family of {family.family.model}</a></>;
  if (family.scope === "clan" && family.family.founders > 1)
    return (
      <>
        Clan within the <a href={familyHref(family.family.model)}>family of {family.family.model}</a>, {plural(family.family.size, "model")}
      </>
    );
  return family.family.founders > 1 ? <>Family of <a href={modelHref(family.model)}>{family.model}</a>{family.family.mixed ? " (mixed: no founder accounts for half of it)" : ""}</> : "Family of";
}

function Head({ id, view }: { id: string; view: FamilyView }) {
  const { family, form, by } = view;
  const many = family.scope === "family" && family.family.founders > 1;
  const heading = many ? `${count(family.size)} models, ${count(family.family.founders)} founders, joined by merges` : family.model;
  const sub = many
    ? `${family.breeders === 1 ? "1 has" : `${count(family.breeders)} have`} children · ${plural(family.merges, "second-parent link")} · by primary parents ${plural(family.depth, "generation")} deep`
    : `${plural(family.size, "model")} · ${plural(family.children, "child", "children")}, ${family.breeders === 1 ? "1 model has" : `${count(family.breeders)} models have`} children · ${family.merges ? `${plural(family.merges, "second-parent link")} · ` : ""}by primary parents ${plural(family.depth, "generation")} deep`;
  const few = family.size - family.breeders <= MOST_LEAVES;
  const forms: [FamilyForm, string][] = [["rings", "Rings"], ["lanes", "Lanes over time"], ...(few ? ([["tree", "Tree"]] as [FamilyForm, string][]) : []), ["table", "Table"]];
  const show = (next: FamilyForm) => setQuery({ view: next, x: "", y: "", z: "" }, { defaults: { view: family.view } });
  return (
    <PageHead crumb={crumb(view)} heading={heading} sub={sub}>
      {forms.map(([key, words]) => (
        <Chip key={key} on={form === key} onClick={() => show(key)}>
          {words}
        </Chip>
      ))}
      {form !== "table" && (
        <Select
          label="Colour"
          value={by}
          choices={(hub.value?.by ?? []).map((value) => ({ value, label: BY_WORDS[value] }))}
          onChange={(value) => setQuery({ by: value }, { defaults: { by: view.usual } })}
        />
      )}
      <FilterChips />
      <Drop label="More" side="left">
        <a href={modelHref(family.model)}>Open the model {family.model}</a>
        {family.scope === "family" && family.family.founders > 1 && <a href={familyHref(id, { scope: "clan" })}>Only the clan of {family.clan.model}</a>}
        <OwnChooser />
      </Drop>
    </PageHead>
  );
}

function FamilyBody({ id, view }: { id: string; view: FamilyView }) {
  const filter = useFilter();
  const { family, form } = view;
  if (form === "table") {
    return <MembersTable id={id} scope={family.scope} filter={filter} words={Object.values(filter).filter(Boolean).join("; ")} name={family.model} />;
  }
  return (
    <div class={form === "rings" ? "family-columns" : "family-wide"}>
      <div>{form === "lanes" ? <LanesView id={id} view={view} /> : <NodesView id={id} view={view} />}</div>
      <FamilyAside view={view} />
    </div>
  );
}

