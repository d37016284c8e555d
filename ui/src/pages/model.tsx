/** One model: the finding first, then its lineage, what changed, and its relatives. */
import { useRef } from "preact/hooks";
import type { ModelPayload } from "../api";
import { address, useApi } from "../client";
import { savePng, saveSvg } from "../common/save";
import { Drop } from "../components/controls";
import { useKey } from "../components/keys";
import { PageHead, Panel, Ready } from "../components/parts";
import { born, count, date, parameters, plural } from "../format";
import { AncestryMap, FoldedLine } from "../model/ancestry";
import { CardPanel } from "../model/card";
import { Downloads } from "../model/downloads";
import { FindingBox } from "../model/finding";
import { RAIL_LIMIT } from "../model/lineage";
import { saveLineage } from "../model/lineage_form";
import { LineageRail, openParent } from "../model/rail";
import { Relatives } from "../model/relatives";
import { LicensePaths, Obligations } from "../model/terms";
import { Versus } from "../model/versus";
import { familyHref, href, isStatic } from "../router";
import { hub, phone } from "../state";
import "../model/model.css";

function subtitle(model: ModelPayload): string {
  const f = model.facts;
  const parts = [
    f.pipeline_tag,
    f.library_name,
    f.parameters === null ? null : `${parameters(f.parameters)} parameters`,
    f.is_ghost ? null : `created ${born(f.created_at, f.created_at_is_floor)}`,
    f.downloads === null
      ? null
      : `${count(f.downloads)} downloads in 30 days${model.observed_at ? ` (read ${date(model.observed_at)})` : ""}`,
    f.likes ? `${plural(f.likes, "like")}` : null,
    f.language ? f.language.slice(0, 6).join(", ") + (f.language.length > 6 ? " …" : "") : null,
    model.gated && model.gated !== "false" ? `gated (${model.gated})` : null,
  ];
  return parts.filter(Boolean).join(" · ");
}

function Crumb({ model }: { model: ModelPayload }) {
  const { family, facts, clan } = model;
  if (family.size < 2) return <>Model · no known relatives</>;
  return (
    <>
      Model ·{" "}
      <a href={familyHref(family.model)}>
        {family.mixed ? `(mixed) ${count(family.founders)} founders, family of ${family.model}` : `family of ${family.model}`}
      </a>{" "}
      {clan.model !== family.model && (
        <>
          · <a href={familyHref(clan.model, { scope: "clan" })}>clan of {clan.model}</a>{" "}
        </>
      )}
      · generation {facts.generation}
    </>
  );
}

function Exports({ model, picture }: { model: ModelPayload; picture: () => SVGSVGElement | null }) {
  const id = model.facts.model;
  const file = (format: string, words: string) => (
    <a href={address(`export/${id}`, { format })} download="">
      {words}
    </a>
  );
  const draw = (saveMap: typeof saveSvg | typeof savePng, kind: "svg" | "png") => {
    const map = picture();
    // The map is a picture already; the rail beside the list is made one with its words.
    if (map) void saveMap(map, `${id}-lineage`, `Ancestry of ${id}. Filter in force: none`);
    else void saveLineage(model, kind);
  };
  return (
    <Drop label="Export">
      {!isStatic && (
        <>
          {file("cyclonedx", "Bill of materials (CycloneDX)")}
          {file("spdx", "Bill of materials (SPDX)")}
        </>
      )}
      <a href={address(`model/${id}`)} download={`${id.replace(/\//g, "_")}.json`}>
        This page as JSON
      </a>
      {!isStatic && (
        <>
          {file("newick", "Family as Newick")}
          {file("json", "Family as JSON")}
          {file("graphml", "Family as GraphML")}
        </>
      )}
      {model.ancestors_total > 0 && (
        <>
          <button type="button" onClick={() => draw(saveSvg, "svg")}>
            Lineage as SVG
          </button>
          <button type="button" onClick={() => draw(savePng, "png")}>
            Lineage as PNG
          </button>
        </>
      )}
    </Drop>
  );
}

function Alone({ model }: { model: ModelPayload }) {
  const facts = hub.value;
  return (
    <Panel heading="Lineage" id="lineage">
      <p>
        <b>
          {model.children.total > 0
            ? "It names no parent."
            : "Nobody is known to descend from this model, and it names no parent."}
        </b>
      </p>
      {model.children.total === 0 && facts && (
        <p class="quiet">
          {count(facts.alone)} of {count(facts.models + facts.ghosts)} models are like this. The
          card was read: {model.card.has_text ? "yes" : "no"}.
        </p>
      )}
      <p class="quiet">
        Look it up live on the Hub: <code>cladist trace {model.facts.model}</code>
      </p>
    </Panel>
  );
}

function Details({ model }: { model: ModelPayload }) {
  const rows: [string, preact.ComponentChildren][] = [];
  if (model.aliases.length) {
    rows.push(["also called", model.aliases.map((a) => `${a.alias} (${a.reason})`).join(", ")]);
  }
  if (model.datasets) rows.push(["data sets", model.datasets.slice(0, 20).join(", ")]);
  if (model.arxiv) rows.push(["papers", model.arxiv.slice(0, 20).map((a) => `arXiv ${a}`).join(", ")]);
  if (model.tags.length) rows.push(["tags", model.tags.slice(0, 60).join(", ")]);
  if (model.revision) rows.push(["revision", <code>{model.revision.slice(0, 12)}</code>]);
  if (model.last_modified) rows.push(["last changed", date(model.last_modified)]);
  if (rows.length === 0) return null;
  return (
    <Panel heading="Record">
      <dl class="record">
        {rows.map(([term, words]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

/** On a phone the parts stand below one another: one touch to each. */
function Jumps({ model }: { model: ModelPayload }) {
  const parts = [
    ["lineage", "Lineage"],
    ["children", `Children ${count(model.children.total)}`],
    ["card", "Card"],
    ["changes", "Changes"],
  ];
  return (
    <nav class="chips jumps" aria-label="Parts of this page">
      {parts.map(([id, words]) => (
        <button
          key={id}
          type="button"
          class="chip"
          onClick={() => document.getElementById(id ?? "")?.scrollIntoView()}
        >
          {words}
        </button>
      ))}
    </nav>
  );
}

function Body({ model }: { model: ModelPayload }) {
  const lineage = useRef<HTMLDivElement>(null);
  const many = model.ancestors_total > RAIL_LIMIT;
  useKey("ArrowLeft", () => {
    if (document.activeElement !== document.body && document.activeElement?.tagName !== "H1") return true;
    openParent(model);
    return undefined;
  });
  useKey("ArrowRight", () => {
    if (document.activeElement !== document.body && document.activeElement?.tagName !== "H1") return true;
    document.querySelector<HTMLElement>("#children tbody a")?.click();
    return undefined;
  });
  useKey("t", () => document.querySelector<HTMLElement>("#children .scroll")?.focus());
  const id = model.facts.model;
  const picture = () => lineage.current?.querySelector<SVGSVGElement>("svg.picture") ?? null;
  return (
    <>
      <PageHead crumb={<Crumb model={model} />} heading={id} sub={subtitle(model)}>
        {!isStatic && (
          <a class="chip" href={href("compare", "", { a: id })}>
            Compare with…
          </a>
        )}
        {model.family.size > 1 && (
          <a class="chip" href={familyHref(model.clan.model, { scope: "clan", sel: id })}>
            Family
          </a>
        )}
        <Exports model={model} picture={picture} />
      </PageHead>
      <FindingBox model={model} />
      {phone.value && <Jumps model={model} />}
      <div class="columns">
        <div class="stack">
          {model.ancestors_total === 0 ? (
            <Alone model={model} />
          ) : (
            <Panel id="lineage" heading={many ? "Ancestry" : "Lineage"} aside={many ? `${count(model.ancestors_total)} ancestors` : ""}>
              <div ref={lineage}>{many ? <AncestryMap model={model} /> : <LineageRail model={model} />}</div>
              {many ? <FoldedLine model={model} /> : <LicensePaths model={model} />}
              <Obligations model={model} />
            </Panel>
          )}
          <Relatives model={model} />
          <CardPanel model={model} />
        </div>
        <div class="stack">
          <Versus model={model} />
          <Downloads model={model} />
          <Details model={model} />
        </div>
      </div>
    </>
  );
}

export function ModelPage({ id }: { id: string }) {
  const answer = useApi<ModelPayload>(`model/${id}`);
  return (
    <>
      {!answer.data && <PageHead crumb="Model" heading={id} />}
      <Ready answer={answer} what={`Reading ${id}`}>
        {(model) => <Body model={model} />}
      </Ready>
    </>
  );
}

