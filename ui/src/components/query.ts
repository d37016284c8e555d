/** What was typed or pasted into the search, as a query; and which part of a name it matched. */

const HOSTS = /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)\//i;

/** The id inside a pasted address of the Hub; any other text, trimmed. */
export function pasted(text: string): string {
  const trimmed = text.trim();
  if (!HOSTS.test(trimmed)) return trimmed;
  const path = trimmed.replace(HOSTS, "").split(/[?#]/, 1)[0] ?? "";
  const parts = path.split("/").filter((p) => p !== "");
  if (parts[0] === "api") parts.shift();
  if (parts[0] === "models") parts.shift();
  const end = parts.findIndex((p, i) => i > 0 && /^(tree|blob|resolve|raw|commit|discussions)$/.test(p));
  const kept = (end < 0 ? parts : parts.slice(0, end)).slice(0, 2);
  try {
    return decodeURIComponent(kept.join("/"));
  } catch {
    return kept.join("/");
  }
}

/** The text cut into parts, each with a flag: does it match the query (case is not looked at)? */
export function matched(text: string, query: string): [part: string, hit: boolean][] {
  const at = query === "" ? -1 : text.toLowerCase().indexOf(query.toLowerCase());
  if (at < 0) return [[text, false]];
  const end = at + query.length;
  const parts: [string, boolean][] = [
    [text.slice(0, at), false],
    [text.slice(at, end), true],
    [text.slice(end), false],
  ];
  return parts.filter(([part]) => part !== "");
}
