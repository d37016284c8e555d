/** What changed between an ancestor and a model: the DNA band and its table. */
import type { ComponentChildren } from "preact";
import type { TraitChange } from "../api";
import { Table } from "../components/table";
import { traitWords, valueWords } from "./words";

const SHOWN = 8;

function difference(change: TraitChange): { lost: string[]; gained: string[]; same: string[] } {
  const [a, b] = [change.parent ?? [], change.child ?? []];
  return {
    lost: a.filter((v) => !b.includes(v)),
    gained: b.filter((v) => !a.includes(v)),
    same: b.filter((v) => a.includes(v)),
  };
}

/** Two numbers that differ but are written alike when rounded. */
function alike({ trait, parent, child, kind }: TraitChange): boolean {
  const [a, b] = [parent?.[0], child?.[0]];
  if (kind !== "changed" || a === undefined || b === undefined) return false;
  return valueWords(trait, a) === valueWords(trait, b);
}

function Values(props: {
  trait: string;
  values: string[];
  mark?: "del" | "ins";
  exact?: boolean;
}) {
  const { trait, values, mark: Mark } = props;
  const shown = values.slice(0, SHOWN);
  return (
    <>
      {shown.map((v) => {
        const text = <bdi>{valueWords(trait, v, props.exact)}</bdi>;
        return (
          <span key={v}>{Mark ? <Mark>{text}</Mark> : text} </span>
        );
      })}
      {values.length > shown.length && (
        <span class="faint" title={values.slice(SHOWN).join(", ")}>
          +{values.length - shown.length}
        </span>
      )}
    </>
  );
}

function parentCell(change: TraitChange): ComponentChildren {
  if (!change.parent) return <span class="quiet">not stated</span>;
  const { lost, same } = difference(change);
  return (
    <>
      <Values trait={change.trait} values={lost} mark="del" exact={alike(change)} />
      <Values trait={change.trait} values={same} />
    </>
  );
}

function childCell(change: TraitChange): ComponentChildren {
  if (change.kind === "kept") return <span class="quiet">same</span>;
  if (!change.child) return <span class="quiet">not stated</span>;
  const { gained, same } = difference(change);
  return (
    <>
      <Values trait={change.trait} values={gained} mark="ins" exact={alike(change)} />
      {same.length > 0 && <span class="faint">and {same.length} kept</span>}
    </>
  );
}

/** One cell per trait: filled = kept, split = changed, hollow = one side or both are silent. */
export function DnaBand({ changes }: { changes: TraitChange[] }) {
  const counted = { kept: 0, changed: 0, silent: 0 };
  for (const c of changes) {
    if (c.kind === "kept") counted.kept++;
    else if (c.kind === "changed") counted.changed++;
    else counted.silent++;
  }
  return (
    <figure class="dna">
      <ul aria-label={`${counted.kept} traits kept, ${counted.changed} changed, ${counted.silent} with a silent side`}>
        {changes.map((c) => {
          const { same } = difference(c);
          return (
            <li key={c.trait} class={c.kind} title={`${traitWords(c.trait)}: ${c.kind}`}>
              <span aria-hidden="true">
                <i />
                {c.kind === "changed" && <i class="new" />}
                {c.kind === "changed" && same.length > 0 && <i class="part" />}
              </span>
              {traitWords(c.trait)}
              <span class="sr">: {c.kind}</span>
            </li>
          );
        })}
      </ul>
      <figcaption class="faint">
        One cell per trait: filled = kept, split = changed, hollow = one side silent.
      </figcaption>
    </figure>
  );
}

export function ChangesTable(props: {
  changes: TraitChange[];
  left: ComponentChildren;
  right: ComponentChildren;
}) {
  const rows = props.changes.filter((c) => c.kind !== "silent");
  const silent = props.changes.filter((c) => c.kind === "silent").map((c) => traitWords(c.trait));
  return (
    <div class="wraps">
      <Table
        label="What changed"
        rows={rows}
        columns={[
          { key: "trait", label: "trait", head: true, cell: (c) => traitWords(c.trait) },
          { key: "parent", label: props.left, cell: parentCell },
          { key: "child", label: props.right, cell: childCell },
        ]}
      />
      {silent.length > 0 && <p class="faint">Neither states: {silent.join(", ")}.</p>}
    </div>
  );
}
