import { PageHead } from "../components/parts";

export function ComparePage({ id }: { id: string }) {
  return <PageHead heading={id || "Compare"} />;
}
