/** The model that is selected: its path to the founder in words, and where it leads. */
import { familyHref, isStatic, modelHref, setQuery } from "../router";
import { Chip } from "./controls";

/** `path` begins with the model and ends with the founder. */
export function Picked({ path, centre }: { path: string[]; centre: boolean }) {
  const model = path[0];
  if (model === undefined) return null;
  return (
    <div class="picked" role="group" aria-label={`Selected: ${model}`}>
      <span class="path">
        <strong>{model}</strong>
        {path.slice(1).map((ancestor) => (
          <span key={ancestor}>
            {" ← "}
            <a href={modelHref(ancestor)}>{ancestor}</a>
          </span>
        ))}
      </span>
      <a class="chip" href={modelHref(model)}>
        Open model
      </a>
      {centre && !isStatic && (
        <a class="chip" href={familyHref(model, { scope: "subtree" })}>
          Make it the root
        </a>
      )}
      <Chip onClick={() => setQuery({ sel: "" })}>Clear</Chip>
    </div>
  );
}
