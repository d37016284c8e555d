import { expect, test } from "vitest";
import type { ModelEdge, ModelFacts, ModelPayload, Severity } from "./api";
import { apart, disagreement, netFlows } from "./charts/data";
import { matched, pasted } from "./components/query";
import { align } from "./compare/sides";
import { count, date, interval, middle, month, parameters, percent, short } from "./format";
import { fold, paths, rail } from "./model/lineage";
import { inWords } from "./model/words";

const thin = (text: string) => text.replace(/\u202f/g, " ");

test("numbers, dates and intervals are written one way", () => {
  expect(count(61895)).toBe("61,895");
  expect(thin(count(12_345_678))).toBe("12.3 M");
  expect(count(-5510)).toBe("−5,510");
  expect(count(null)).toBe("not stated");
  expect([9994, 10_000, 1_500_000].map(short).map(thin)).toEqual(["9,994", "10 k", "1.5 M"]);
  expect(thin(parameters(8_030_261_248))).toBe("8.03 B");
  expect(thin(percent(0.1914))).toBe("19.1 %");
  expect(interval(0.42, 0.26, 0.55)).toBe("0.42 (0.26–0.55)");
  expect(date("2024-05-05")).toBe("5 May 2024");
  expect([-1, -2, 0, 10].map(month)).toEqual(["≤ 2 Mar 2022", "no date", "Mar 2022", "Jan 2023"]);
  expect(middle("abcdefghij", 5)).toBe("ab…ij");
});

test("a pasted address of the Hub is its id", () => {
  expect(pasted(" https://huggingface.co/a/b/tree/main?x#y ")).toBe("a/b");
  expect(pasted("hf.co/api/models/a/b%2Bc")).toBe("a/b+c");
  expect(pasted("HTTPS://WWW.HuggingFace.co/gpt2")).toBe("gpt2");
  expect(pasted("a/b")).toBe("a/b");
});

test("the part that matches is marked, whatever its case", () => {
  expect(matched("org/Llama", "llama")).toEqual([["org/", false], ["Llama", true]]);
  expect(matched("org/x", "q")).toEqual([["org/x", false]]);
});

const facts = (model: string, generation: number, license: string | null = null) =>
  ({ model, generation, license: license ? [license] : null, license_name: null }) as ModelFacts;
const edge = (parent: string, child: string, verdict: Severity = "ok", primary = true) =>
  ({ parent, child, verdict, primary, confidence: 1, relations: ["finetune"] }) as ModelEdge;

/** f -> p -> m, f -> m as well, and a second founder g -> m. */
const model = {
  facts: facts("m", 2),
  ancestors: [facts("p", 1), facts("f", 0), facts("g", 0)],
  edges: [edge("p", "m", "conflict"), edge("f", "m", "ok", false), edge("g", "m", "ok", false), edge("f", "p")],
} as unknown as ModelPayload;

test("the rail stands oldest first, parents above children, second parents beside", () => {
  const drawn = rail(model);
  expect(drawn.rows.map((r) => r.facts.model)).toEqual(["f", "p", "g", "m"]);
  expect(drawn.rows.map((r) => r.column > 0)).toEqual([false, false, true, false]);
  expect(drawn.rows[3]?.edges.map((e) => e.parent)[0]).toBe("p");
  const spine = drawn.links.filter((l) => l.spine).map((l) => [l.edge.parent, l.edge.child]);
  expect(spine).toEqual([["f", "p"], ["p", "m"]]);
  expect(drawn.hidden).toBe(0);
  const side = drawn.links.filter((l) => !l.spine).map((l) => l.column);
  expect(new Set(side).size).toBe(side.length);
});

test("every path to a founder is listed, the gravest first", () => {
  const { paths: found, more } = paths(model);
  expect(more).toBe(false);
  expect(found.map((p) => p.models.map((m) => m.model).join(">"))).toEqual(["f>p>m", "f>m", "g>m"]);
  expect(found.map((p) => p.verdict)).toEqual(["conflict", "ok", "ok"]);
  expect(paths(model, 2).more).toBe(true);
});

test("runs of one licence are folded, with the verdict at the edge that enters them", () => {
  const line = [facts("a", 0, "mit"), facts("b", 1, "mit"), facts("c", 2, "gpl"), facts("d", 3)];
  const runs = fold(line, [edge("b", "c", "conflict"), edge("c", "d")]);
  expect(runs.map((r) => [r.license, r.models.length, r.verdict])).toEqual([
    ["mit", 2, "ok"],
    ["gpl", 1, "conflict"],
    ["not stated", 1, "ok"],
  ]);
});

test("two lines stand side by side, what they share on one row", () => {
  const [r, x, y, s, m, n] = ["r", "x", "y", "s", "m", "n"].map((id) => facts(id, 0));
  const rows = align([r, x, y, s, m] as ModelFacts[], [r, s, n] as ModelFacts[]);
  expect(rows.map((p) => [p.a?.model ?? "", p.b?.model ?? "", p.shared])).toEqual([
    ["r", "r", true],
    ["x", "", false],
    ["y", "", false],
    ["s", "s", true],
    ["m", "n", false],
  ]);
});

test("net flows run with the order or against it", () => {
  const counts = [
    { source: "a", target: "b", count: 10 },
    { source: "b", target: "a", count: 4 },
    { source: "c", target: "a", count: 9 },
    { source: "a", target: "z", count: 99 },
  ];
  expect(netFlows(["a", "b", "c"], counts, new Map([["a\0b", 3]]))).toEqual([
    { source: "c", target: "a", net: 9, families: null, forward: false },
    { source: "a", target: "b", net: 6, families: 3, forward: true },
  ]);
});

test("words on one side keep their order and a distance", () => {
  const moved = apart([10, 11, 12, 200], 14, 0, 210);
  expect(moved).toEqual([10, 24, 38, 200]);
  expect(apart([198, 199, 200], 14, 0, 200)).toEqual([172, 186, 200]);
});

test("two weights disagree where each mean is outside the interval of the other", () => {
  const row = (weighting: string, position: number, mean: number, low: number, high: number) => ({
    motif: "quad_2", position, pair: `pair ${position}`, weighting, mean, low, high, clusters: 40,
  });
  const rows = [
    row("pairs", 1, 0.2, 0.1, 0.9), row("families", 1, 0.8, 0.7, 0.9), // inside one interval
    row("pairs", 2, 0.5, 0.45, 0.55), row("families", 2, 0.6, 0.56, 0.64),
    row("pairs", 3, 0.38, 0.3, 0.45), row("families", 3, 0.51, 0.47, 0.6),
    { ...row("pairs", 1, 0, 0, 0), motif: "random" }, { ...row("families", 1, 1, 1, 1), motif: "random" },
  ];
  expect(disagreement(rows)).toEqual({ pair: "pair 3", motif: "quad 2", pairs: 0.38, families: 0.51, clusters: 40 });
  expect(disagreement(rows.slice(0, 2))).toBeNull();
});

test("columns stand in everyday words in a sentence", () => {
  expect(inWords("Drift of license; pipeline_tag (adapter), datasets (all)")).toBe("Drift of licence; task (adapter), data sets (all)");
  expect(inWords("licenses and license_link stay")).toBe("licenses and license_link stay");
});
