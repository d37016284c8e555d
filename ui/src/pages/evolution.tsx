import { PageHead } from "../components/parts";

export function EvolutionPage({ id }: { id: string }) {
  return <PageHead heading={id || "Evolution"} />;
}
