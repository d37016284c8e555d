/** Columns of the snapshot in everyday words, and their values as text. */
import { count, parameters } from "../format";

const TRAITS: Record<string, string> = {
  license: "licence",
  license_name: "licence name",
  license_link: "licence link",
  pipeline_tag: "task",
  library_name: "library",
  language: "language",
  datasets: "data sets",
  arxiv: "papers",
  region: "region",
  parameters: "parameters",
  gated: "gated",
  tags: "tags",
  card_length: "card",
  card_is_generated: "card generated",
};

export function traitWords(trait: string): string {
  return TRAITS[trait] ?? trait.replace(/_/g, " ");
}

const NAMES = /\b(license|license_name|pipeline_tag|library_name|datasets)\b/g;

/** A sentence of the analyses with columns in everyday words. */
export function inWords(text: string): string {
  return text.replace(NAMES, traitWords);
}

/** One value of a trait as text; `exact` where two different numbers would look the same. */
export function valueWords(trait: string, value: string, exact = false): string {
  const number = Number(value);
  if (exact && trait === "parameters") return number.toLocaleString("en-GB");
  if (trait === "parameters" && Number.isFinite(number)) return parameters(number);
  if (trait === "card_length" && Number.isFinite(number)) return `${count(number)} characters`;
  if (trait === "card_is_generated") return value.toLowerCase() === "true" ? "yes" : "no";
  return value;
}
