/** Two models, or two families, side by side. */
import type { ComponentChildren } from "preact";
import type { ComparePayload, FamilyPayload, ModelFacts, ModelPayload, Value } from "../api";
import { useApi } from "../client";
import { Diff } from "../compare/diff";
import { FamilyPictures } from "../compare/families";
import { Pick } from "../compare/pick";
import { comparisonChanges, relationship, textDiff } from "../compare/reading";
import { align } from "../compare/sides";
import { Chip } from "../components/controls";
import { Empty, PageHead, Panel, Ready, Swatch } from "../components/parts";
import { Table } from "../components/table";
import { born, count, month, percent, share, value } from "../format";
import { ChangesTable, DnaBand } from "../model/changes";
import { LicenseTag } from "../model/rail";
import { color } from "../palette";
import { familyHref, modelHref, route, setQuery } from "../router";
import "../model/model.css";
import "../compare/compare.css";

export function ComparePage() {
  const { query } = route.value;
  const [a, b] = [query["a"] ?? "", query["b"] ?? ""];
  const families = query["of"] === "families";
  return (
    <>
      <PageHead heading={a && b ? `${a} and ${b}` : "Compare"} crumb={families ? "Compare two families" : "Compare two models"}>
        <Chip on={!families} onClick={() => setQuery({ of: null })}>
          Models
        </Chip>
        <Chip on={families} onClick={() => setQuery({ of: "families" })}>
          Families
        </Chip>
        {a && b && <Chip onClick={() => setQuery({ a: b, b: a })}>Swap</Chip>}
      </PageHead>
      <div class="picks panel">
        <Pick label={families ? "One family (any member)" : "One model"} value={a} onPick={(m) => setQuery({ a: m })} />
        <Pick label={families ? "The other family" : "The other model"} value={b} onPick={(m) => setQuery({ b: m })} />
      </div>
      {!a || !b ? (
        <Empty heading="Choose two, and see how they are related and what differs." />
      ) : families ? (
        <TwoFamilies a={a} b={b} />
      ) : (
        <TwoModels a={a} b={b} />
      )}
    </>
  );
}

function Side({ facts, lead }: { facts: ModelFacts | null; lead: boolean }) {
  if (!facts) return <div class="side empty" aria-hidden="true" />;
  return (
    <div class="side">
      <i style={{ background: facts.license_family === "unstated" ? "transparent" : color(`license.${facts.license_family}`) }} aria-hidden="true" />
      <div>
        {lead ? (
          <b>
            <bdi>{facts.model}</bdi>
          </b>
        ) : (
          <a href={modelHref(facts.model)}>
            <bdi>{facts.model}</bdi>
          </a>
        )}
        <span class="faint block">{born(facts.created_at, facts.created_at_is_floor)}</span>
      </div>
      <LicenseTag facts={facts} />
    </div>
  );
}

function Rails({ a, b }: { a: ModelPayload; b: ModelPayload }) {
  const rows = align(a.line, b.line);
  const shared = rows.filter((r) => r.shared).length;
  return (
    <Panel heading="Two lines of descent" aside={shared ? "the common ancestors on the same rows" : "no common ancestor on their main lines"}>
      <ol class="sides">
        {rows.map((r, i) => (
          <li key={i} class={r.shared ? "shared" : ""}>
            <Side facts={r.a} lead={r.a?.model === a.facts.model} />
            {r.shared ? <span class="both">common</span> : <Side facts={r.b} lead={r.b?.model === b.facts.model} />}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function TwoModels({ a, b }: { a: string; b: string }) {
  const answer = useApi<ComparePayload>("compare", { a, b });
  const [one, other] = [useApi<ModelPayload>(`model/${a}`), useApi<ModelPayload>(`model/${b}`)];
  return (
    <Ready answer={answer} what="Comparing">
      {(data) => {
        const related = relationship(data.comparison);
        const changes = comparisonChanges(data.comparison);
        const [metadata, card] = [textDiff(data.comparison, "metadata"), textDiff(data.comparison, "card")];
        return (
          <div class="stack">
            {related && (
              <section class="panel findings" aria-label="Relationship">
                <p class="lead strong">{related.sentence}</p>
                <p class="quiet">
                  {related.kinship !== null && `Kinship ${value(related.kinship)}. `}
                  {related.path && related.path.length > 1 && `The way between them: ${related.path.join(" → ")}.`}
                </p>
              </section>
            )}
            <div class="columns">
              <div class="stack">
                {one.data && other.data && <Rails a={one.data} b={other.data} />}
                {card && <Diff id="card-diff" heading="Cards" diff={card} />}
              </div>
              <div class="stack">
                <Panel heading="Traits">
                  <ChangesTable changes={changes} left={data.a.model} right={data.b.model} />
                  <DnaBand changes={changes} />
                </Panel>
                {metadata && <Diff id="record-diff" heading="Records" diff={metadata} byLine />}
              </div>
            </div>
          </div>
        );
      }}
    </Ready>
  );
}

interface Line {
  label: string;
  a: ComponentChildren;
  b: ComponentChildren;
}

function shares(values: Value[]): ComponentChildren {
  const total = values.reduce((sum, v) => sum + v.count, 0);
  return (
    <>
      <span class="share" aria-hidden="true">
        {values.filter((v) => v.count > 0).map((v) => (
          <i key={v.key} style={{ flexGrow: v.count, background: color(v.palette) }} />
        ))}
      </span>
      <ul class="legend faint">
        {values.filter((v) => v.count > 0).map((v) => (
          <li key={v.key}>
            <Swatch place={v.palette} /> {v.label} {share(v.count, total)}
          </li>
        ))}
      </ul>
    </>
  );
}

function lines(a: FamilyPayload, b: FamilyPayload): Line[] {
  const line = (label: string, of: (f: FamilyPayload) => ComponentChildren): Line => ({ label, a: of(a), b: of(b) });
  return [
    line("models", (f) => count(f.size)),
    ...(a.scope === "family"
      ? [
          line("founders", (f) => count(f.family.founders)),
          line("descend from the founder", (f) => percent(f.family.founder_share)),
        ]
      : []),
    line("children of the founder", (f) => count(f.children)),
    line("models with children", (f) => `${count(f.breeders)} (${share(f.breeders, f.size)})`),
    line("generations", (f) => count(f.depth)),
    line("second-parent links", (f) => count(f.merges)),
    line("born", (f) => `${month(f.months.first)} – ${month(f.months.last)}`),
    line("relation", (f) => shares(f.facets.relation)),
    line("licence family", (f) => shares(f.facets.license)),
    line("task", (f) => shares(f.facets.pipeline_tag)),
  ];
}

function TwoFamilies({ a, b }: { a: string; b: string }) {
  const scope = route.value.query["scope"] === "family" ? "family" : "clan";
  const [one, other] = [useApi<FamilyPayload>(`family/${a}`, { scope }), useApi<FamilyPayload>(`family/${b}`, { scope })];
  return (
    <Ready answer={one} what={`Reading the family of ${a}`}>
      {(left) => (
        <Ready answer={other} what={`Reading the family of ${b}`}>
          {(right) => (
            <div class="stack">
              <div class="chips">
                <Chip on={scope === "clan"} onClick={() => setQuery({ scope: null })}>
                  Clans
                </Chip>
                <Chip on={scope === "family"} onClick={() => setQuery({ scope: "family" })}>
                  Whole families
                </Chip>
              </div>
              {left.family.model === right.family.model && (
                <p class="explain">
                  Both belong to the family of {left.family.model}, which merges have joined
                  {scope === "family" ? "; compare their clans to see them apart." : "; here are their clans."}
                </p>
              )}
              <Panel heading="In numbers" class="wraps">
                <Table
                  label="Two families in numbers"
                  rows={lines(left, right)}
                  columns={[
                    { key: "label", label: "", head: true, cell: (l) => l.label },
                    { key: "a", label: <a href={familyHref(left.model, { scope })}>{left.model}</a>, cell: (l) => l.a },
                    { key: "b", label: <a href={familyHref(right.model, { scope })}>{right.model}</a>, cell: (l) => l.b },
                  ]}
                />
              </Panel>
              <FamilyPictures a={left} b={right} />
            </div>
          )}
        </Ready>
      )}
    </Ready>
  );
}
