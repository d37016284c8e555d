/** /f and /m without a name: where to begin. */
import { PageHead } from "../components/parts";

export function FamilyIndex() {
  return <PageHead heading="Families" />;
}

export function ModelIndex() {
  return <PageHead heading="Find a model" />;
}
