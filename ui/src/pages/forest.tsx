import { PageHead } from "../components/parts";

export function ForestPage({ id }: { id: string }) {
  return <PageHead heading={id || "The forest"} />;
}
