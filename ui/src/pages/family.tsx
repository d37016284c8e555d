import { PageHead } from "../components/parts";

export function FamilyPage({ id }: { id: string }) {
  return <PageHead heading={id || "The family"} />;
}
