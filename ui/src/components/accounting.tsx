/** Every model is in exactly one mark: the sum, printed beside each picture. */
import type { Accounts } from "../api";
import { count, plural } from "../format";

/** Where models are, and how many: parts of the sum; parts of none are left out. */
export type Part = [models: number, words: string];

export function partsOf(accounts: Accounts, shown = "shown", aggregated = "counted in bars or cells"): Part[] {
  return [
    [accounts.shown, shown],
    [accounts.aggregated, aggregated],
    [accounts.filtered, "left out by the filter"],
  ];
}

/** "14 shown + 3 counted in bars + 2 left out by the filter = 19 models". */
export function accountingWords(parts: readonly Part[], total: number): string {
  const kept = parts.filter(([models]) => models !== 0).map(([models, words]) => `${count(models)} ${words}`);
  return `${kept.join(" + ") || "0"} = ${plural(total, "model")}`;
}

export function Accounting({ parts, total, children }: { parts: readonly Part[]; total: number; children?: string }) {
  const sum = parts.reduce((n, [models]) => n + models, 0);
  return (
    <p class="accounting" data-sum={sum} data-total={total}>
      <strong>{accountingWords(parts, total)}.</strong> {children}
    </p>
  );
}
