import { PageHead } from "../components/parts";

export function ModelPage({ id }: { id: string }) {
  return <PageHead heading={id || "Model"} />;
}
