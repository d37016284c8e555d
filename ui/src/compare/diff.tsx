/** A text against another: what was taken out struck through, what was put in underlined. */
import { Panel } from "../components/parts";
import { count, percent } from "../format";
import type { TextDiff } from "./reading";

const CONTEXT = 160;

function folded(text: string): string {
  if (text.length <= 2 * CONTEXT) return text;
  const left = text.length - 2 * CONTEXT;
  return `${text.slice(0, CONTEXT)} [… ${count(left)} characters the same …] ${text.slice(-CONTEXT)}`;
}

/** With `byLine` the segments are whole lines, which the diff gives without their ends. */
export function Diff(props: { heading: string; diff: TextDiff; id: string; byLine?: boolean }) {
  const { heading, diff, id } = props;
  const end = props.byLine ? "\n" : "";
  return (
    <Panel
      id={id}
      heading={heading}
      aside={`${diff.similarity === null ? "" : `${percent(diff.similarity)} alike · `}${count(diff.deletions)} deleted, ${count(diff.insertions)} inserted, ${count(diff.substitutions)} replaced`}
    >
      {diff.segments.length === 0 ? (
        <p class="quiet">Nothing to compare: one of the two has no text here.</p>
      ) : (
        <pre class="diff" tabIndex={0} aria-label={heading}>
          {diff.segments.map((s, i) =>
            s.op === "equal" ? (
              <span key={i}>{folded(s.a) + end}</span>
            ) : (
              <span key={i}>
                {s.a && <del>{s.a}</del>}
                {s.a && end}
                {s.b && <ins>{s.b}</ins>}
                {s.b && end}
              </span>
            ),
          )}
        </pre>
      )}
      {diff.cut && <p class="faint">Only the beginnings of the two texts are compared.</p>}
    </Panel>
  );
}
