/** What a reader came for, first and in one sentence: is the label kept by what lies above? */
import type { ComponentChildren } from "preact";
import type { AuditPayload, ModelPayload, Severity } from "../api";
import { Outside } from "../components/parts";
import { list, plural } from "../format";
import { modelHref } from "../router";
import { founders, licenseWords } from "./lineage";

type Finding = AuditPayload["findings"][number];

const HEADS: Record<Severity, string> = {
  conflict: "Possible conflict.",
  review: "To be reviewed.",
  unknown: "Unknown.",
  obligation: "No conflict seen.",
  ok: "No finding.",
};

export function ModelLink({ id }: { id: string }) {
  return (
    <a href={modelHref(id)}>
      <bdi>{id}</bdi>
    </a>
  );
}

function Declared({ model }: { model: ModelPayload }) {
  if (model.facts.is_ghost) return <>It has no record here, so what it declares is not known. </>;
  if (!model.facts.license) return <>Its card states no licence. </>;
  return (
    <>
      Declared by its card: <b>{licenseWords(model.facts)}</b>.{" "}
    </>
  );
}

function Origin({ model }: { model: ModelPayload }) {
  const roots = founders(model);
  const n = model.ancestors_total;
  const root = roots[0];
  if (n === 0 || !root) return <>It names no parent. </>;
  if (roots.length > 1) {
    return (
      <>
        {plural(n, "known ancestor")}, of {plural(roots.length, "founder")}.{" "}
      </>
    );
  }
  return (
    <>
      {n === 1 ? "Its only known ancestor is " : `All ${n} known ancestors trace to `}
      <ModelLink id={root.model} />
      {root.license ? (
        <>
          , declared <b>{licenseWords(root)}</b>
        </>
      ) : (
        ", which states no licence"
      )}
      .{" "}
    </>
  );
}

function clause(finding: Finding): ComponentChildren {
  const safe = finding.url && /^https?:\/\//.test(finding.url) ? finding.url : null;
  if (!finding.clause && !safe) return null;
  const words = finding.clause ? `clause ${finding.clause}` : "its text";
  return safe ? (
    <>
      {" · "}
      <Outside href={safe}>Show {words}</Outside>
    </>
  ) : (
    ` · ${words}`
  );
}

function Details({ finding }: { finding: Finding }) {
  return (
    <>
      <p>{finding.explanation}</p>
      <p class="faint">
        Rule: {finding.rule.replace(/_/g, " ")}
        {finding.parent && finding.child && (
          <>
            {" · at the edge "}
            <ModelLink id={finding.parent} /> → <ModelLink id={finding.child} />
          </>
        )}
        {finding.resolution && ` · resolved by: ${finding.resolution}`}
        {clause(finding)}
      </p>
    </>
  );
}

function sentence(model: ModelPayload): string {
  const { obligations, verdict } = model.audit;
  if (verdict === "conflict") return "";
  if (obligations.length > 0) {
    const from = new Set(obligations.map((o) => String(o["license"] ?? "")).filter(Boolean));
    return `${plural(obligations.length, "obligation")} of its ancestors pass${
      obligations.length === 1 ? "es" : ""
    } on to it${from.size ? `, from ${list([...from])}` : ""}. `;
  }
  return model.ancestors_total ? "Nothing its ancestors declare speaks against that. " : "";
}

export function FindingBox({ model }: { model: ModelPayload }) {
  const verdict = (model.audit.verdict as Severity) in HEADS
    ? (model.audit.verdict as Severity)
    : "unknown";
  const [first, ...others] = model.audit.findings;
  return (
    <section class={`panel finding ${verdict}`} aria-label="Licence finding">
      <p class="lead">
        <b>
          {verdict === "conflict" && <span aria-hidden="true">⚠ </span>}
          {model.facts.is_ghost ? "Ghost." : HEADS[verdict]}
        </b>{" "}
        {model.facts.is_ghost && (
          <>
            It is named as a parent but is not in this snapshot: deleted, private, renamed or never
            public. All that is known comes from its children.{" "}
          </>
        )}
        <Declared model={model} />
        <Origin model={model} />
        {sentence(model)}
      </p>
      {first && <Details finding={first} />}
      {others.length > 0 && (
        <details>
          <summary>{plural(others.length, "more finding")}</summary>
          <ul class="more">
            {others.map((f, i) => (
              <li key={i}>
                <Details finding={f} />
              </li>
            ))}
          </ul>
        </details>
      )}
      <p class="faint">Not legal advice: what people stated, against the clauses of licences.</p>
    </section>
  );
}
