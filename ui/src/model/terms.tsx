/** Licences along every path, and the obligations that the ancestors pass on. */
import type { ModelPayload } from "../api";
import { Outside, Swatch, Verdict } from "../components/parts";
import { Table } from "../components/table";
import { bare } from "../format";
import { color, words } from "../palette";
import { ModelLink } from "./finding";
import { licenseWords, paths } from "./lineage";

/** The bare name, or the whole id where two models of the path share it. */
function told(id: string, among: { model: string }[]): string {
  return among.some((m) => m.model !== id && bare(m.model) === bare(id)) ? id : bare(id);
}

export function LicensePaths({ model }: { model: ModelPayload }) {
  const found = paths(model);
  const families = [
    ...new Set(found.paths.flatMap((p) => p.models.map((m) => m.license_family))),
  ];
  if (found.paths.length === 0) return null;
  return (
    <div class="part">
      <h2>
        Licence along every path <span class="aside">founder first, this model last</span>
      </h2>
      <ul class="paths">
        {found.paths.map((path, i) => (
          <li key={i}>
            <span class="strip" aria-hidden="true">
              {path.models.map((m) => (
                <i
                  key={m.model}
                  class={m.license_family === "unstated" ? "hollow" : ""}
                  style={
                    m.license_family === "unstated"
                      ? {}
                      : { background: color(`license.${m.license_family}`) }
                  }
                />
              ))}
            </span>
            <span class="steps">
              {path.models.map((m, k) => (
                <span key={m.model} title={m.model}>
                  {k > 0 && " → "}
                  {told(m.model, path.models)} <span class="faint">{licenseWords(m)}</span>
                </span>
              ))}
            </span>
            <Verdict severity={path.verdict} more={path.weak ? " · weak evidence" : ""} />
          </li>
        ))}
      </ul>
      <ul class="legend" aria-label="Licence families">
        {families.map((f) => (
          <li key={f}>
            <Swatch place={`license.${f}`} /> {words(f)}
          </li>
        ))}
      </ul>
      {found.more && <p class="faint">More paths exist; the gravest are shown.</p>}
    </div>
  );
}

interface Obligation {
  obligation: string;
  sentence: string;
  detail: string;
  license: string;
  ancestors: string[];
  more_ancestors: number;
  clause: string;
  url: string;
  met: boolean | null;
}

function Kept({ met }: { met: boolean | null }) {
  if (met === true) return <span class="badge ok">kept</span>;
  if (met === false) return <span class="badge bad">not seen</span>;
  return <>unknown</>;
}

function how(o: Obligation, model: string): string {
  if (o.obligation === "name_prefix") return `its name begins “${bare(model).slice(0, 14)}…”`;
  if (o.met === null) return "nothing in the record shows it";
  return o.met ? "seen in the record" : "not in the record";
}

export function Obligations({ model }: { model: ModelPayload }) {
  const rows = model.audit.obligations as unknown as Obligation[];
  if (rows.length === 0) return null;
  return (
    <div class="part">
      <h2>
        Obligations inherited <span class="aside">concluded from the ancestors, per clause</span>
      </h2>
      <Table
        label="Obligations inherited"
        rows={rows}
        columns={[
          {
            key: "what",
            label: "obligation",
            head: true,
            cell: (o) => (
              <>
                {o.sentence}
                {o.detail && <span class="faint block">{o.detail}</span>}
              </>
            ),
          },
          {
            key: "from",
            label: "comes from",
            cell: (o) => {
              const eldest = o.ancestors[o.ancestors.length - 1];
              const more = o.ancestors.length - 1 + o.more_ancestors;
              return (
                <>
                  {eldest && <ModelLink id={eldest} />} · {o.license}
                  {more > 0 && <span class="faint"> + {more} more</span>}
                </>
              );
            },
          },
          { key: "kept", label: "kept here?", cell: (o) => <Kept met={o.met} /> },
          { key: "how", label: "how we know", cell: (o) => how(o, model.facts.model) },
          {
            key: "clause",
            label: "clause",
            cell: (o) =>
              /^https?:\/\//.test(o.url ?? "") ? (
                <Outside href={o.url ?? ""}>{o.clause || "text"}</Outside>
              ) : (
                o.clause
              ),
          },
        ]}
      />
      <p class="faint">“Unknown” stays unknown: it is neither a pass nor a finding.</p>
    </div>
  );
}
