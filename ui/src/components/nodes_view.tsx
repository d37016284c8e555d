/** Rings and trees: pictures in which every model is a mark of its own. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Accounts, By, Filter } from "../api";
import { ApiError, get, getBytes } from "../client";
import type { NodesPayload } from "../api";
import { type Nodes, nodesFromArrow, nodesFromJson, pathToRoot } from "../forms/nodes";
import { recoloured } from "../draw/own";
import { count, plural } from "../format";
import { RingsForm } from "../forms/rings";
import { TreeForm } from "../forms/tree";
import type { FamilyView } from "../pages/family";
import { BY_WORDS } from "../pages/forest";
import { familyHref, go, isStatic, modelHref, route, setQuery } from "../router";
import { hub, phone, source } from "../state";
import { Accounting, accountingWords, partsOf } from "./accounting";
import { FilterInForce, NothingPasses, useFilter } from "./filters";
import { own, OwnNote } from "./own";
import { ErrorState, Legend, Loading } from "./parts";
import { Picked } from "./picked";
import { Picture, type PictureHandle, Save } from "./picture";

/** The models of a scope, by Arrow from a server, as JSON from a static site. */
export function useNodes(id: string, scope: string, by: By, filter: Filter, wanted = true): { nodes: Nodes | null; error: ApiError | null } {
  const state = useSignal<{ key: string; nodes: Nodes | null; error: ApiError | null }>({ key: "", nodes: null, error: null });
  const key = JSON.stringify([id, scope, by, filter]);
  useEffect(() => {
    if (!wanted) return undefined;
    const control = new AbortController();
    const parameters = { scope, by, ...filter };
    const request = isStatic
      ? get<NodesPayload>(`nodes/${id}`, parameters, control.signal).then(nodesFromJson)
      : getBytes(`nodes/${id}`, parameters, control.signal).then(nodesFromArrow);
    request.then(
      (nodes) => (state.value = { key, nodes, error: null }),
      (error: unknown) => {
        if (control.signal.aborted) return;
        state.value = { key, nodes: null, error: error instanceof ApiError ? error : new ApiError(0, "broken", String(error), "Reload the page.", []) };
      },
    );
    return () => control.abort();
  }, [key, wanted]);
  // The old picture stays while the new colours or filters are on their way.
  return { nodes: state.value.nodes, error: state.value.error };
}

export function NodesView({ id, view }: { id: string; view: FamilyView }) {
  const { family, by } = view;
  const filter = useFilter();
  // Rings and trees have one root: of a family that merges joined they show one clan.
  const scope = family.scope === "family" && family.family.founders > 1 ? "clan" : family.scope;
  const { nodes, error } = useNodes(id, scope, by, filter);
  if (error) return <ErrorState error={error} />;
  if (!nodes) return <Loading what={`Laying out ${plural(family.size, "model")}`} />;
  if (nodes.accounts.total > 0 && nodes.accounts.filtered === nodes.accounts.total) return <NothingPasses words={nodes.filter} counts={{}} />;
  return <NodesPicture id={id} view={view} plain={nodes} scope={scope} />;
}

function NodesPicture({ id, view, plain, scope }: { id: string; view: FamilyView; plain: Nodes; scope: string }) {
  const { family, form } = view;
  const mine = own.value;
  const nodes = useMemo(() => (mine ? recoloured(plain, mine.table, mine.column) : plain), [plain, mine]);
  const matched = useMemo(() => (mine ? plain.model.filter((model) => mine.table.rows.has(model.toLowerCase())).length : 0), [plain, mine]);
  const handle = useSignal<PictureHandle | null>(null);
  const tick = useSignal(0);
  const sel = route.value.query["sel"];
  const selected = useMemo(() => (sel ? nodes.model.indexOf(sel) : -1), [sel, nodes]);
  const row = selected >= 0 ? selected : null;
  const leaves = family.size - family.breeders;
  const room = phone.value ? 460 : Math.max(480, window.innerHeight - 250);
  const tall = form === "tree" ? Math.max(220, Math.min(Math.max(room, 560), leaves * 26 + 40, 1100), Math.min(1100, leaves * 13 + 40)) : phone.value ? 400 : Math.max(520, Math.min(900, room + 40));
  const make = (width: number, height: number, webgl: boolean) =>
    form === "tree"
      ? new TreeForm(nodes, family.months, width, height)
      : new RingsForm(nodes, { webgl, labels: width < 560 ? 4 : 24 }, row);
  const pick = (mark: number | null) => {
    if (mark !== null && mark < 0) return;
    const petal = mark !== null && handle.value?.form instanceof RingsForm ? handle.value.form.petalAt(mark) : null;
    if (petal !== null && !isStatic) go(familyHref(nodes.model[petal]!, { scope: "subtree" }));
    else setQuery({ sel: mark === null ? "" : nodes.model[mark]! });
  };
  const open = (mark: number) => {
    if (mark >= 0) go(modelHref(nodes.model[mark]!));
  };
  const accounts = (): Accounts => {
    const frame = handle.value?.frame();
    const drawn = handle.value?.form;
    if (frame && (drawn instanceof RingsForm || drawn instanceof TreeForm)) return drawn.accounts(frame);
    return nodes.accounts;
  };
  void tick.value;
  const { z } = route.value.query;
  useEffect(() => {
    tick.value++;
  }, [z]);
  const byWords = mine ? `${mine.table.columns[mine.column]} (your column)` : BY_WORDS[view.by];
  const caption = () => ({
    title: family.model,
    lines: [`${plural(nodes.n, "model")}; colour: ${byWords}. Filter in force: ${nodes.filter || "none"}.`, accountingWords(partsOf(accounts()), accounts().total)],
    foot: source(),
    values: nodes.values.filter((v) => v.count > 0),
    simulated: hub.value?.simulated ?? false,
  });
  return (
    <>
      <OwnNote matched={matched} models={nodes.n} />
      <FilterInForce words={nodes.filter} />
      <div class="filters-in-force">
        <Legend values={nodes.values.filter((v) => v.count > 0)} label={`Colour: ${byWords}`} />
      </div>
      {scope !== family.scope && (
        <p class="accounting">
          {form === "tree" ? "A tree has" : "Rings have"} one root: this is the clan of {nodes.model[0]}. The family has {plural(family.family.size - nodes.n, "more model")} in other clans;{" "}
          <a href={familyHref(id)}>lanes show all of it</a>.
        </p>
      )}
      <Picture
        key={form}
        label={`${form === "tree" ? "Tree" : "Rings"} of ${family.model}, ${plural(nodes.n, "model")}, coloured by ${byWords}`}
        height={tall}
        wheel={form === "tree" ? "scroll" : "zoom"}
        make={make}
        version={[nodes, form]}
        selected={row}
        onPick={pick}
        onOpen={open}
        onReady={(ready) => (handle.value = ready)}
      />
      {row !== null && <Picked path={pathToRoot(nodes, row).map((at) => nodes.model[at]!)} centre={nodes.descendants[row]! > 0 && row > 0} />}
      <Accounting parts={partsOf(accounts())} total={accounts().total}>{nodes.links.child.length ? `${count(nodes.links.child.length)} second-parent links inside.` : ""}</Accounting>
      <div class="chips">
        <Save handle={handle.value} name={`${family.model}-${form}`} caption={caption} />
      </div>
      <p class="foot">
        Hollow: {byWords} not stated; dashed outline: ghost, named but not in this snapshot; {row === null || nodes.parent[row]! < 0 ? "faint: left out by the filter" : "faint: not on the path of the selected model, or left out by the filter"}. Filter in force: {nodes.filter || "none"}.
      </p>
    </>
  );
}
