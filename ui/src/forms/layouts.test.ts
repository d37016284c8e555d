import { describe, expect, it } from "vitest";
import type { ForestPayload, LanesPayload, NodesPayload, Value } from "../api";
import { placeLabels } from "../draw/labels";
import { dayWords, monthOfDay, monthTicks } from "../draw/look";
import { colourBy, parseDelimited, readOwn } from "../draw/own";
import { lanesOfRows, ownLanes } from "../draw/own_lanes";
import { Bins, SvgPen } from "../draw/pen";
import { type Frame, HOME } from "../draw/form";
import { ForestForm } from "./forest";
import { forestLayout, Replay, yOfSize } from "./forest_layout";
import { LanesForm } from "./lanes";
import { bundlesAtRest, crossings, laneBars, lanesGrid } from "./lanes_layout";
import { childrenOf, neighbour, type Nodes, nodesFromJson, pathToRoot } from "./nodes";
import { RingsForm } from "./rings";
import { density, ringsLayout } from "./rings_layout";
import { CENTRE_FREE, discRadius, DOT, PETAL_FREE, rim, spiral, spiralInverse } from "./spiral";
import { TreeForm } from "./tree";
import { treeRows } from "./tree_layout";

const LOOK = { paper: "#fff", panel: "#fff", ink: "#000", ink2: "#333", ink3: "#555", line: "#ddd", accent: "#00f", sample: "#eee", color: (name: string) => name };
const FRAME: Frame = { width: 1000, height: 700, view: HOME, look: LOOK };
const value = (key: string, count = 1): Value => ({ key, label: key, palette: `series.${key}`, count });

/** The same numbers every time, uniform in 0..1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** A random family: `parents[i]` stands before i; rows depth first, as the server sends them. */
function family(n: number, seed: number, star = 0.7): Nodes {
  const draw = random(seed);
  const children: number[][] = Array.from({ length: n }, () => []);
  for (let i = 1; i < n; i++) children[draw() < star ? 0 : Math.floor(draw() * i)]!.push(i);
  const rows: NodesPayload["rows"] = { node: [], model: [], parent: [], day: [], relation: [], value: [], passes: [], downloads: [], descendants: [], is_ghost: [], stated: [] };
  const put = (id: number, parent: number): number => {
    const at = rows.node.length;
    rows.node.push(id);
    rows.model.push(`a/${id}`);
    rows.parent.push(parent);
    rows.day.push(draw() < 0.2 ? null : draw() < 0.1 ? 0 : Math.floor(draw() * 1000));
    rows.relation.push(0);
    rows.value.push(Math.floor(draw() * 3));
    rows.passes.push(draw() < 0.9);
    rows.downloads.push(null);
    rows.is_ghost.push(false);
    rows.stated.push(true);
    rows.descendants.push(0);
    rows.descendants[at] = children[id]!.reduce((sum, child) => sum + 1 + put(child, at), 0);
    return rows.descendants[at]!;
  };
  put(0, -1);
  const shown = rows.passes.filter(Boolean).length;
  return nodesFromJson({ by: "relation", values: [value("x"), value("y"), value("unstated")], filter: "", accounts: { shown, aggregated: 0, filtered: n - shown, total: n }, links: { child: [], parent: [] }, rows, relations: ["finetune"] });
}

describe("spiral", () => {
  it("finds every dot again, and only where it is", () => {
    for (const free of [CENTRE_FREE, PETAL_FREE])
      for (const i of [0, 1, 2, 7, 100, 999, 33_000]) {
        const { x, y } = spiral(i, free);
        expect(spiralInverse(x, y, 33_001, free)).toBe(i);
        expect(spiralInverse(x + 0.3, y - 0.3, 33_001, free)).toBe(i);
        expect(spiralInverse(x, y, i, free)).not.toBe(i);
      }
    expect(spiralInverse(0, 0, 1000, CENTRE_FREE)).toBe(-1);
  });
  it("leaves dots apart", () => {
    const dots = Array.from({ length: 2000 }, (_, i) => spiral(i, CENTRE_FREE));
    let nearest = Infinity;
    dots.forEach((a, i) => dots.slice(i + 1, i + 400).forEach((b) => (nearest = Math.min(nearest, Math.hypot(a.x - b.x, a.y - b.y)))));
    expect(nearest).toBeGreaterThan(2 * DOT);
  });
  it("gives petals room on the rim", () => {
    const around = rim(discRadius(400, CENTRE_FREE), [170, 3, 1, 50, 8, 1, 1, 20]);
    const at = [...around.angle].map((a, i) => ({ x: around.distance[i]! * Math.sin(a), y: -around.distance[i]! * Math.cos(a), r: around.radius[i]! }));
    at.forEach((a, i) => at.slice(i + 1).forEach((b) => expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(a.r + b.r)));
  });
});

describe("rings", () => {
  it("place every model exactly once and find it by its place", () => {
    for (const seed of [1, 2, 3]) {
      const nodes = family(900, seed);
      const layout = ringsLayout(nodes);
      const seen = layout.discs.flatMap((disc) => [disc.head, ...disc.rows]).sort((a, b) => a - b);
      expect(seen).toEqual(Array.from({ length: nodes.n }, (_, i) => i));
      const form = new RingsForm(nodes, { webgl: true, labels: 10 }, null);
      const near = { ...FRAME, view: { k: 8, x: -7 * 500, y: -7 * 350 } };
      for (let row = 0; row < nodes.n; row++) {
        const { x, y } = form.where(row, near);
        expect(form.hit(x, y, near)).toBe(row);
      }
    }
  });
  it("count every model that passes in exactly one cell or head", () => {
    const nodes = family(3000, 4);
    const layout = ringsLayout(nodes);
    const cells = density(nodes, layout).reduce((n, cell) => n + cell.count, 0);
    const heads = layout.discs.reduce((n, disc) => n + nodes.passes[disc.head]!, 0);
    expect(cells + heads).toBe(nodes.accounts.shown);
  });
  it("sum up in dots, by WebGL and in cells, a star of 33,000 included", () => {
    const nodes = family(33_000, 5, 0.999);
    for (const webgl of [true, false])
      for (const k of [1, 12]) {
        const form = new RingsForm(nodes, { webgl, labels: 10 }, null);
        const { shown, aggregated, filtered, total } = form.accounts({ ...FRAME, view: { k, x: 0, y: 0 } });
        expect(shown + aggregated + filtered).toBe(total);
        expect(total).toBe(nodes.n);
      }
    const far = new RingsForm(nodes, { webgl: false, labels: 10 }, null);
    expect(far.mode(FRAME)).toBe("cells");
    const mark = far.hit(500 + 120, 350 + 40, FRAME)!;
    expect(mark).toBeLessThan(0);
    expect(far.card(mark).title).toMatch(/models?$/);
  });
});

describe("nodes", () => {
  it("lead along the tree", () => {
    const nodes = family(200, 6, 0.2);
    for (let row = 1; row < nodes.n; row++) {
      const parent = nodes.parent[row]!;
      expect(childrenOf(nodes, parent)).toContain(row);
      expect(neighbour(nodes, row, "left")).toBe(parent);
      expect(pathToRoot(nodes, row).at(-1)).toBe(0);
    }
    const first = childrenOf(nodes, 0);
    expect(neighbour(nodes, first[0]!, "down")).toBe(first[1]);
    expect(neighbour(nodes, first[1]!, "up")).toBe(first[0]);
  });
});

describe("tree", () => {
  it("gives each leaf a row of its own and finds each model", () => {
    const nodes = family(60, 7, 0.3);
    const { row, leaves } = treeRows(nodes);
    const rows = [...row].filter((_, i) => nodes.descendants[i] === 0);
    expect(rows).toEqual(Array.from({ length: leaves }, (_, i) => i));
    const form = new TreeForm(nodes, { first: 0, last: 40 }, 1000, 700);
    for (let at = 0; at < nodes.n; at++) {
      const spot = form.where(at, FRAME);
      const other = form.where(form.hit(spot.x, spot.y, FRAME)!, FRAME);
      expect(Math.hypot(spot.x - other.x, spot.y - other.y)).toBeLessThan(0.01);
    }
    const { shown, aggregated, filtered, total } = form.accounts();
    expect(shown + aggregated + filtered).toBe(total);
  });
});

/** Lanes by the server's rule: latest born nearest, or against it. */
function lanes(n: number, seed: number, nearest: "latest" | "oldest"): LanesPayload {
  const draw = random(seed);
  const parent = [-1];
  const month = [0];
  for (let i = 1; i < n; i++) {
    parent.push(Math.floor(draw() * i));
    month.push(month[parent[i]!]! + 1 + Math.floor(draw() * 6));
  }
  const out: LanesPayload["lanes"] = [];
  const put = (id: number, above: number, depth: number): void => {
    const at = out.length;
    const bars = { month: [month[id]! + 1, month[id]! + 1, month[id]! + 2], value: [0, 1, 0], models: [4, 3, 2] };
    out.push({ node: id, model: `a/${id}`, parent: above, depth, month: month[id]!, hollow: false, size: 1, own: 12, bars, undated: { value: [1], models: [2] }, is_ghost: false, expandable: true });
    const sign = nearest === "latest" ? -1 : 1;
    const children = parent.flatMap((p, i) => (p === id ? [i] : [])).sort((a, b) => sign * (month[a]! - month[b]!) || a - b);
    for (const child of children) put(child, at, depth + 1);
  };
  put(0, -1, 0);
  return { s: 2, s_options: [], by: "relation", values: [value("x"), value("y")], filter: "", lanes: out, bundles: Array.from({ length: 60 }, (_, i) => ({ from: i % n, to: (i + 1) % n, links: 1 + (i % 9), month: 8 })), within: 0, outside: 0, hidden: { clans: 0, models: 0 }, bar_max: 7, accounts: { shown: n, aggregated: 11 * n, filtered: 0, total: 12 * n } };
}

describe("lanes", () => {
  it("cross no lane where dates are monotone, and would if the oldest stood nearest", () => {
    let against = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const good = lanes(40, seed, "latest");
      const grid = lanesGrid(40, { first: 0, last: 80 }, 1200, 700);
      expect(crossings(good.lanes, grid)).toBe(0);
      against += crossings(lanes(40, seed, "oldest").lanes, grid);
    }
    expect(against).toBeGreaterThan(0);
  });
  it("draw every counted model in exactly one bar, on one scale", () => {
    const payload = lanes(20, 3, "latest");
    const grid = lanesGrid(20, { first: 0, last: 80 }, 1200, 700);
    const bars = laneBars(payload.lanes, payload.bar_max, grid);
    expect(bars.reduce((n, bar) => n + bar.models, 0)).toBe(payload.accounts.aggregated);
    const pile = bars.filter((bar) => bar.lane === 0 && bar.month === 1);
    expect(pile.reduce((h, bar) => h + bar.h, 0)).toBeCloseTo(grid.row * 0.94);
    expect(pile[0]!.h / pile[1]!.h).toBeCloseTo(4 / 3);
  });
  it("find bars and lanes by their place", () => {
    const payload = lanes(20, 3, "latest");
    const form = new LanesForm(payload, { first: 0, last: 80 }, 1000, 700);
    form.bars.forEach((bar, i) => {
      const hit = form.hit(bar.x + bar.w / 2, bar.y + bar.h / 2, FRAME);
      expect(hit === -1 - i || form.bars[-1 - hit!]!.x === bar.x).toBe(true);
    });
    payload.lanes.forEach((_, i) => expect(form.hit(form.grid.names.x0 + 1, form.where(i, FRAME).y - 2, FRAME)).toBe(i));
    expect(form.step(0, "right")).toBe(1);
    expect(form.step(1, "left")).toBe(0);
  });
  it("say which bundles stay out of the picture", () => {
    const payload = lanes(20, 3, "latest");
    const { drawn, links, more, moreLinks } = bundlesAtRest(payload);
    expect(drawn.length).toBe(40);
    expect(more).toBe(20);
    expect(links + moreLinks).toBe(payload.bundles.reduce((n, b) => n + b.links, 0));
  });
  it("are counted anew by one's own column, no model lost", () => {
    const nodes = family(300, 8, 0.2);
    const heads = [0, ...childrenOf(nodes, 0).filter((row) => nodes.descendants[row]! > 3)];
    const payload = { ...lanes(1, 1, "latest"), lanes: heads.map((row) => ({ ...lanes(1, 1, "latest").lanes[0]!, node: nodes.node[row]! })) };
    expect([...lanesOfRows(nodes, payload.lanes)].every((lane) => lane >= 0)).toBe(true);
    const own = ownLanes(payload, nodes, readOwn("x.csv", "model,team\na/5,red\nA/7,blue\n"), 0);
    const counted = own.lanes.reduce((n, lane) => n + [...lane.bars.models, ...lane.undated.models].reduce((a, b) => a + b, 0), 0);
    const passing = heads.reduce((n, row) => n + nodes.passes[row]!, 0);
    expect(counted + passing).toBe(nodes.accounts.shown);
  });
});

function forest(n: number, seed: number): ForestPayload {
  const draw = random(seed);
  const size = Array.from({ length: n }, () => 10 + Math.floor(1 / (0.001 + draw()))).sort((a, b) => b - a);
  const month = size.map(() => Math.floor(draw() * 52) - 2);
  return {
    unit: "family", by: "relation", values: [value("x"), value("unstated")], filter: "", least: 10,
    marks: { node: size.map((_, i) => i), model: size.map((_, i) => `a/${i}`), size, full_size: size, month, hollow: size.map(() => false), value: size.map((_, i) => i % 2), downloads: size.map((s, i) => (i % 5 ? s * 10 : null)), founders: size.map(() => 1), founder_share: size.map(() => 1), is_ghost: size.map(() => false) },
    cells: { month: [-2, -1, 0, 0, 3], size: [2, 3, 2, 9, 4], families: [5, 1, 8, 1, 2], value: [0, 1, 0, 1, 0] },
    alone: { month: [-2, -1, 5], models: [3, 100, 40] },
    families: n + 17,
    accounts: { shown: 0, aggregated: size.reduce((a, b) => a + b, 0) + 46 + 143, filtered: 0, total: size.reduce((a, b) => a + b, 0) + 46 + 143 },
  }; // prettier-ignore
}
const LOOKS = { labels: 20, census: 28, censusWords: "after", own: null, values: [] };

describe("forest", () => {
  const payload = forest(300, 9);
  const options = { height: "members" as const, last: 51, cursor: null, sizes: null };
  it("counts every model once: marks, cells, alone", () => {
    const { marks, cells, alone, waiting, filtered, total } = new ForestForm(payload, FRAME, options, LOOKS).accounts();
    expect(waiting).toBe(0);
    expect(marks + cells + alone + filtered).toBe(total);
  });
  it("keeps marks in the column of their month and finds each", () => {
    const form = new ForestForm(payload, FRAME, options, LOOKS);
    const { marks } = form.layout;
    marks.order.forEach((i) => {
      const hit = form.hit(marks.x[i]!, marks.y[i]!, FRAME)!;
      expect(hit).toBeGreaterThanOrEqual(0);
      expect(Math.hypot(marks.x[i]! - marks.x[hit]!, marks.y[i]! - marks.y[hit]!)).toBeLessThanOrEqual(marks.r[hit]! + 1);
    });
    form.layout.cells.forEach((cell, i) => {
      const hit = form.hit(cell.x + cell.w / 2, cell.y + cell.h / 2, FRAME)!;
      expect(hit === -1 - i || hit >= 0).toBe(true);
    });
    const { grid } = forestLayout(payload, FRAME, options);
    for (const size of [2, 5, 9, 10, 100]) expect(yOfSize(grid, size)).toBeGreaterThan(yOfSize(grid, size + 1));
  });
  it("replays: nothing is lost on the way, and the end is the whole", () => {
    const growth = { mark: [0, 0, 1, 2], month: [-1, 4, -2, 9], models: [3, 4, 5, 6], alone: payload.alone };
    const replay = new Replay(growth, 3, 51);
    expect([...replay.sizes(-1)]).toEqual([3, 0, 0]);
    expect([...replay.sizes(8)]).toEqual([7, 0, 0]);
    expect([...replay.sizes(51)]).toEqual([7, 5, 6]);
    const at = { ...options, cursor: 4, sizes: new Float64Array(300).fill(1) };
    const a = new ForestForm(payload, FRAME, at, LOOKS).accounts();
    expect(a.marks + a.cells + a.alone + a.waiting + a.filtered).toBe(a.total);
    expect(a.waiting).toBeGreaterThan(0);
  });
});

describe("labels", () => {
  it("never overlap, and the heaviest stands", () => {
    const draw = random(3);
    const candidates = Array.from({ length: 80 }, (_, key) => ({ key, x: draw() * 300, y: draw() * 200, r: 4, text: `label ${key}`, weight: key }));
    const width = (text: string) => text.length * 6;
    const placed = placeLabels(candidates, { x0: 0, y0: 0, x1: 300, y1: 200 }, width, { limit: 26, size: 11 });
    expect(placed.length).toBeLessThanOrEqual(26);
    expect(placed.some(({ key }) => key === 79)).toBe(true);
    const boxes = placed.map((p) => {
      const x0 = p.anchor === "start" ? p.x : p.anchor === "end" ? p.x - width(p.text) : p.x - width(p.text) / 2;
      return { x0, x1: x0 + width(p.text), y: p.y };
    });
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => expect(a.x0 < b.x1 && b.x0 < a.x1 && Math.abs(a.y - b.y) < 10).toBe(false)));
  });
});

describe("one's own table", () => {
  it("is read with quotes, other separators and broken rows", () => {
    expect(parseDelimited('a,"b ""c"", d"\r\n1,\n', ",")).toEqual([["a", 'b "c", d'], ["1", ""]]);
    const table = readOwn("x", "\ufeffmodel;score\nA/b;1\na/B;2\n;3\n");
    expect([table.rows.size, table.repeated, table.empty]).toEqual([1, 1, 1]);
    expect(() => readOwn("x", "only\n1\n")).toThrow(/two columns/);
    expect(() => readOwn("x", "a,b\n")).toThrow(/no rows/);
  });
  it("colours numbers in shares and words by the commonest, and says what has no value", () => {
    const models = Array.from({ length: 100 }, (_, i) => `a/${i}`);
    const numbers = readOwn("x", `m,v\n${models.slice(0, 90).map((m, i) => `${m},${i}`).join("\n")}`);
    const scale = colourBy(numbers, 0, models);
    expect(scale.values.map((v) => v.count)).toEqual([18, 18, 18, 18, 18, 10]);
    expect(scale.of("a/0")).toBeLessThan(scale.of("a/89"));
    const wordsTable = readOwn("x", `m,v\n${models.map((m, i) => `${m},w${i % 9}`).join("\n")}`);
    expect(colourBy(wordsTable, 0, models).values.map((v) => v.label)).toContain("other (3 values)");
  });
});

describe("drawing", () => {
  it("escapes strangers' words in SVG", () => {
    const pen = new SvgPen("x");
    pen.text({ fill: "#000", size: 11 }, 0, 0, '<script>&"\u0000');
    expect(pen.toString()).toContain("&lt;script&gt;&amp;&quot;</text>");
  });
  it("draws one colour after the other", () => {
    const bins = new Bins();
    bins.of("b", () => ({ fill: "b" })).push(1);
    bins.of("a", () => ({ fill: "a" })).push(2);
    bins.of("b", () => ({ fill: "b" })).push(3);
    const out: [string | undefined, number[]][] = [];
    bins.flush((style, numbers) => out.push([style.fill, numbers]));
    expect(out).toEqual([["a", [2]], ["b", [1, 3]]]);
  });
  it("knows the calendar", () => {
    expect(dayWords(0)).toBe("≤ 2 Mar 2022");
    expect(dayWords(1)).toBe("3 Mar 2022");
    expect(Math.floor(monthOfDay(29))).toBe(0);
    expect(Math.floor(monthOfDay(30))).toBe(1);
    expect(monthTicks(0, 12, 100)[10]).toEqual({ month: 10, label: "2023", year: true });
  });
});

describe("what is selected", () => {
  it("sets back what is not on its path, and nothing where it is the root", () => {
    const nodes = family(60, 5);
    nodes.passes.fill(1);
    const faint = (row: number | null) => {
      const pen = new SvgPen("t");
      new RingsForm(nodes, { webgl: false, labels: 10 }, row).marks(pen, FRAME);
      return [...String(pen).matchAll(/<circle[^>]* opacity="0\.[12]\d*"/g)].length;
    };
    const leaf = nodes.n - 1;
    expect([null, 0, leaf].map(faint)).toEqual([0, 0, nodes.n - pathToRoot(nodes, leaf).length]);
  });
});
