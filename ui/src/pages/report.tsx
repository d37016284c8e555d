import { PageHead } from "../components/parts";

export function ReportPage({ id }: { id: string }) {
  return <PageHead heading={id || "Report"} />;
}
