/** The frame around every page, and which page stands in it. */
import { useEffect, useRef } from "preact/hooks";
import type { ComponentType } from "preact";
import type { HubPayload } from "./api";
import { useApi } from "./client";
import { Header, SimulatedBand } from "./components/header";
import { useKey } from "./components/keys";
import { Live } from "./components/live";
import { Empty, ErrorState, Loading, PageHead } from "./components/parts";
import { OwnFailure, useDrops } from "./components/own";
import { Tooltip, untip } from "./components/tooltip";
import { ComparePage } from "./pages/compare";
import { EvolutionPage } from "./pages/evolution";
import { FamilyPage } from "./pages/family";
import { ForestPage } from "./pages/forest";
import { FamilyIndex, ModelIndex } from "./pages/indexes";
import { ModelPage } from "./pages/model";
import { ReportPage } from "./pages/report";
import { go, type Page, route } from "./router";
import { dark, homeHref, hub, last, type Theme, theme } from "./state";

function Unknown({ id }: { id: string }) {
  return (
    <>
      <PageHead heading="No such page" />
      <Empty heading={`There is nothing at “${id}”.`}>
        <a href={homeHref()}>{hub.value?.family ? "To the family" : "To the forest"}</a>
      </Empty>
    </>
  );
}

const PAGES: Record<Page, ComponentType<{ id: string }>> = {
  forest: ForestPage,
  f: FamilyPage,
  m: ModelPage,
  evolution: EvolutionPage,
  compare: ComparePage,
  report: ReportPage,
  unknown: Unknown,
};

/** A static site of one family begins at it: it has no forest. */
function ToFamily() {
  useEffect(() => go(homeHref(), { replace: true }), []);
  return <Loading what="Opening the family" />;
}

function component(page: Page, id: string): ComponentType<{ id: string }> {
  if (hub.value?.family && (page === "forest" || (page === "f" && id === ""))) return ToFamily;
  if (id === "" && page === "f") return FamilyIndex;
  if (id === "" && page === "m") return ModelIndex;
  return PAGES[page];
}

function useTheme(): void {
  const wanted = route.value.query["theme"];
  useEffect(() => {
    theme.value = wanted === "dark" || wanted === "light" ? (wanted as Theme) : theme.peek();
  }, [wanted]);
  useEffect(() => {
    document.documentElement.dataset["theme"] = dark.value ? "dark" : "light";
  }, [dark.value]);
}

export function App() {
  const { page, id } = route.value;
  const answer = useApi<HubPayload>("hub");
  const main = useRef<HTMLElement>(null);
  useTheme();
  const coloured = page === "forest" || (page === "f" && id !== "");
  useDrops(coloured);
  useKey("f", () => go(homeHref()));
  useEffect(() => {
    if (answer.data) hub.value = answer.data;
  }, [answer.data]);
  useEffect(() => {
    untip();
    if (id && page === "f") last.value = { ...last.value, family: id };
    if (id && page === "m") last.value = { ...last.value, model: id };
  }, [page, id]);
  const Here = component(page, id);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        To the content
      </button>
      <Header />
      <SimulatedBand />
      <main ref={main} tabIndex={-1}>
        {!coloured && <OwnFailure />}
        {answer.error ? (
          <ErrorState error={answer.error} />
        ) : hub.value ? (
          <Here key={`${page} ${id}`} id={id} />
        ) : (
          <Loading what="Opening the snapshot" />
        )}
      </main>
      <Tooltip />
      <Live />
    </>
  );
}
