/** The lineage of a model as a picture that stands alone: names, relations and licences beside the rail. */
import type { ModelPayload, Value } from "../api";
import { look } from "../components/look";
import { fileName } from "../common/save";
import { type Form, type Frame, HOME, type Spot } from "../draw/form";
import { textWidth } from "../draw/labels";
import type { Pen } from "../draw/pen";
import { asPng, asSvg, type Caption, download } from "../draw/save";
import { born, plural } from "../format";
import { words } from "../palette";
import { say, source, hub } from "../state";
import { licenseWords, type Rail, rail, type Row, weak } from "./lineage";

const ROW = 58;
const LEFT = 14;
const STEP = 24;
const NAME = { size: 14, weight: 650 };
const WORDS = { size: 12, weight: 400 };

/** What stands under the name of a model: how it came from its parents, licence, birth. */
export function under(row: Row): string {
  const from = row.edges.map((edge) => {
    const relation = edge.relation === "unknown" ? "relation not stated" : words(edge.relation);
    return row.edges.length > 1 ? `${relation} from ${edge.parent}` : relation;
  });
  const { facts } = row;
  const birth = facts.is_ghost ? "ghost: named, not in this snapshot" : born(facts.created_at, facts.created_at_is_floor);
  const license = facts.is_ghost ? "" : `licence: ${licenseWords(facts)}`;
  return [from.length ? from.join("; ") : "founder", license, birth].filter(Boolean).join(" · ");
}

/** Draws all rows at one scale; nothing in it is picked, as it is only saved. */
export class LineageForm implements Form {
  readonly drawn: Rail;
  width: number;
  readonly height: number;
  private readonly lines: { name: string; under: string }[];

  constructor(model: ModelPayload) {
    this.drawn = rail(model);
    this.lines = this.drawn.rows.map((row) => ({ name: row.facts.model, under: under(row) }));
    const widest = Math.max(...this.lines.flatMap((l) => [textWidth(l.name, NAME.size, 700), textWidth(l.under, WORDS.size)]));
    this.width = Math.max(640, Math.ceil(this.left() + widest + 12));
    this.height = this.lines.length * ROW;
  }

  /** Make room for words above and below that are wider than the rows. */
  widen(width: number): void {
    this.width = Math.max(this.width, Math.ceil(width));
  }

  private left(): number {
    return this.x(this.drawn.columns - 1) + 20;
  }

  private x(column: number): number {
    return LEFT + column * STEP;
  }

  private y(row: number): number {
    return row * ROW + ROW / 2;
  }

  marks(pen: Pen, { look }: Frame): void {
    const { rows, links } = this.drawn;
    for (const link of links) {
      if (link.column < 0) continue;
      const [x1, y1] = [this.x(rows[link.from]?.column ?? 0), this.y(link.from)];
      const [x2, y2] = [this.x(rows[link.to]?.column ?? 0), this.y(link.to)];
      const xc = this.x(link.column);
      const bend = Math.min(26, (y2 - y1) / 2);
      const style = { stroke: look.color(`relation.${link.edge.relation}`), width: link.spine ? 3 : 2 };
      pen.path(
        weak(link.edge) ? { ...style, dash: [5, 4] } : style,
        `M${x1} ${y1}C${x1} ${y1 + bend * 0.6} ${xc} ${y1 + bend * 0.4} ${xc} ${y1 + bend}` +
          `L${xc} ${y2 - bend}C${xc} ${y2 - bend * 0.4} ${x2} ${y2 - bend * 0.6} ${x2} ${y2}`,
      );
    }
    rows.forEach((row, i) => {
      const hollow = row.facts.license_family === "unstated" || row.facts.is_ghost;
      const fill = hollow ? look.paper : look.color(`license.${row.facts.license_family}`);
      const stroke = hollow ? look.color("neutral") : look.paper;
      pen.circles({ fill, stroke, width: 2 }, [this.x(row.column), this.y(i), row.isSelf ? 8 : 6.5]);
    });
  }

  notes(pen: Pen, { look }: Frame): void {
    this.lines.forEach((line, i) => {
      const weight = this.drawn.rows[i]?.isSelf ? 700 : NAME.weight;
      pen.text({ fill: look.ink, size: NAME.size, weight }, this.left(), this.y(i) - 2, line.name);
      pen.text({ fill: look.ink2, size: WORDS.size }, this.left(), this.y(i) + 16, line.under);
    });
  }

  focus(): void {}
  hit(): null {
    return null;
  }
  where(row: number): Spot {
    return { x: this.x(this.drawn.rows[row]?.column ?? 0), y: this.y(row), r: 6.5 };
  }
  step(): null {
    return null;
  }
  card(row: number) {
    const model = this.drawn.rows[row]?.facts.model ?? null;
    return { title: model ?? "", lines: [this.lines[row]?.under ?? ""], model, hint: "" };
  }
}

/** The licence families of the rows, the commonest first. */
function legend(drawn: Rail): Value[] {
  const counts = new Map<string, number>();
  for (const { facts } of drawn.rows) counts.set(facts.license_family, (counts.get(facts.license_family) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([key, n]) => ({ key, label: words(key), palette: key === "unstated" ? "neutral" : `license.${key}`, count: n }));
}

function captionOf(form: LineageForm, model: ModelPayload): Caption {
  const { drawn } = form;
  const rest = drawn.hidden ? ` ${plural(drawn.hidden, "further link")} left out.` : "";
  return {
    title: `Lineage of ${model.facts.model}`,
    lines: [
      `${plural(model.ancestors_total, "ancestor")}, oldest first. Dot: licence family; line: relation, as in words.${rest}`,
      "Dashed: nobody states the relation, or the evidence is weak. Filter in force: none.",
    ],
    foot: source(),
    values: legend(drawn),
    simulated: hub.value?.simulated ?? false,
  };
}

/** Save the lineage as it stands in the snapshot. */
export async function saveLineage(model: ModelPayload, kind: "svg" | "png"): Promise<void> {
  const form = new LineageForm(model);
  const caption = captionOf(form, model);
  form.widen(Math.max(textWidth(caption.title, 20, 700), textWidth(caption.foot, 11), ...caption.lines.map((l) => textWidth(l, 12.5))));
  const frame = { width: form.width, height: form.height, view: HOME, look: look() };
  const name = fileName(`${model.facts.model}-lineage`, `.${kind}`);
  if (kind === "svg") return download(name, new Blob([asSvg(form, frame, caption)], { type: "image/svg+xml" }));
  return asPng(form, frame, caption).then(
    (blob) => download(name, blob),
    (error: Error) => say(error.message),
  );
}
