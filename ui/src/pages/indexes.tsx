/** /f and /m without a name: where to begin; and the models of an author or with a tag. */
import type { ForestPayload, MembersPayload } from "../api";
import { useApi } from "../client";
import { PageHead, Panel, Ready } from "../components/parts";
import { Search } from "../components/search";
import { Table } from "../components/table";
import { count, month, plural } from "../format";
import { Pager } from "../model/relatives";
import { familyHref, href, isStatic, modelHref, route, setQuery } from "../router";
import { licenseWords } from "../model/lineage";
import { hub } from "../state";
import "../model/model.css";

interface FamilyRow {
  model: string;
  size: number;
  month: number;
  founders: number;
  share: number;
}

function largest(forest: ForestPayload, most: number): FamilyRow[] {
  const { marks } = forest;
  return marks.model
    .map((model, i) => ({
      model,
      size: marks.full_size[i] ?? 0,
      month: marks.month[i] ?? -2,
      founders: marks.founders[i] ?? 1,
      share: marks.founder_share[i] ?? 1,
    }))
    .sort((a, b) => b.size - a.size)
    .slice(0, most);
}

function Families({ most }: { most: number }) {
  const answer = useApi<ForestPayload>("forest");
  return (
    <Ready answer={answer} what="Reading the forest">
      {(forest) => (
        <Table
          label="Largest families"
          rows={largest(forest, most)}
          columns={[
            {
              key: "family",
              label: "founder",
              head: true,
              cell: (f) => (
                <>
                  <a href={familyHref(f.model)}>
                    <bdi>{f.model}</bdi>
                  </a>
                  {f.founders > 1 && f.share < 0.5 && (
                    <span class="faint"> (mixed) {count(f.founders)} founders</span>
                  )}
                </>
              ),
            },
            { key: "since", label: "founded", cell: (f) => month(f.month) },
            { key: "size", label: "models", numeric: true, cell: (f) => count(f.size) },
          ]}
        />
      )}
    </Ready>
  );
}

export function FamilyIndex() {
  const facts = hub.value;
  return (
    <>
      <PageHead
        heading="Families"
        sub={facts ? `${plural(facts.families, "family", "families")} of two and more, the largest first` : ""}
      >
        <a class="chip" href={href("forest")}>
          All of them in one picture
        </a>
      </PageHead>
      <Panel>
        <Families most={60} />
      </Panel>
    </>
  );
}

const PAGE = 50;
const DEFAULTS = { sort: "downloads", order: "desc" };

function Listed({ author, tag }: { author: string | undefined; tag: string | undefined }) {
  const { query } = route.value;
  const offset = Number(query["at"] ?? 0) || 0;
  const sort = query["sort"] ?? DEFAULTS.sort;
  const order = (query["order"] ?? DEFAULTS.order) === "asc" ? "asc" : "desc";
  const answer = useApi<MembersPayload>("models", { author, tag, sort, order, offset, limit: PAGE });
  const heading = author ? `Models of ${author}` : `Models with the tag ${tag}`;
  return (
    <>
      <PageHead crumb={author ? "Author" : "Tag"} heading={heading} sub={answer.data ? plural(answer.data.total, "model") : ""} />
      <Ready answer={answer} what="Listing models">
        {(data) => (
          <Panel>
            <Table
              label={heading}
              rows={data.rows}
              sorting={{
                sort,
                order,
                onSort: (key, way) => setQuery({ sort: key, order: way, at: null }, { defaults: DEFAULTS }),
              }}
              columns={[
                { key: "model", label: "model", sort: "model", head: true, cell: (r) => <a href={modelHref(r.model)}><bdi>{r.model}</bdi></a> },
                { key: "task", label: "task", cell: (r) => r.pipeline_tag ?? <span class="quiet">not stated</span> },
                { key: "license", label: "licence", sort: "license", cell: (r) => licenseWords(r) },
                { key: "descendants", label: "descendants", sort: "descendants", numeric: true, cell: (r) => count(r.descendants) },
                { key: "downloads", label: "downloads, 30 d", sort: "downloads", numeric: true, cell: (r) => (r.downloads === null ? "" : count(r.downloads)) },
              ]}
            />
            <Pager total={data.total} offset={offset} page={PAGE} />
          </Panel>
        )}
      </Ready>
    </>
  );
}

export function ModelIndex() {
  const { author, tag } = route.value.query;
  if (author || tag) return <Listed author={author} tag={tag} />;
  const facts = hub.value;
  return (
    <>
      <PageHead
        heading="Find a model"
        sub={facts ? `${plural(facts.models + facts.ghosts, "model")}, by ${isStatic ? "id" : "id, old id, author or tag"}; a pasted Hub address works as well` : ""}
      />
      <div class="stack">
        <Panel>
          <Search wide />
        </Panel>
        {facts?.family ? (
          <Panel heading="Or begin at the founder">
            <a href={modelHref(facts.family)}>{facts.family}</a>
          </Panel>
        ) : (
          <Panel heading="Or begin at a founder" aside="the largest families">
            <Families most={15} />
          </Panel>
        )}
      </div>
    </>
  );
}
