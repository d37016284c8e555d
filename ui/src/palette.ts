/**
 * Colours, as chosen for normal, deutan, protan and tritan vision. Text never takes a fill: a
 * label or a shape always stands beside it. `color()` reads the theme, so that what calls it while
 * rendering is drawn again when the theme changes.
 */
import { dark } from "./state";

const NEUTRAL = ["#A3A9B2", "#69717D"] as const;
/** All values without a colour of their own, together: present, but behind those that have one. */
const OTHER = ["#8C8172", "#A89D8C"] as const;

type Pair = readonly [light: string, dark: string];
const RELATION: Record<string, Pair> = {
  finetune: ["#3D6DF5", "#A3B9FF"],
  adapter: ["#E47C0D", "#FED186"],
  quantized: ["#005131", "#7DF6EE"],
  merge: ["#B11F92", "#E2919C"],
  conversion: ["#490065", "#B553DA"],
  founder: ["#1B1F24", "#F2EFEA"],
  unknown: NEUTRAL,
};
const LICENSE: Record<string, Pair> = {
  permissive: ["#314C7D", "#1482FC"],
  "share-alike": ["#058879", "#6BE4C5"],
  "use-restricted": ["#E39938", "#EBC900"],
  "non-commercial": ["#D74611", "#D14A00"],
  vendor: ["#9350D4", "#AA9FD6"],
  other: ["#832E00", "#E48E58"],
  unstated: NEUTRAL,
};
const TASK: Record<string, Pair> = {
  "text-generation": ["#2760E4", "#2B75F9"],
  "text-understanding": ["#1C94E2", "#8FC8F6"],
  "text-to-text": ["#005E23", "#65FAE8"],
  audio: ["#95730D", "#F9D588"],
  "image-generation": ["#9E386C", "#F4A2AC"],
  "image-understanding": ["#CE5881", "#BA85AF"],
  multimodal: ["#641CA3", "#9994FE"],
  other: ["#E28F4A", "#DD5827"],
  unstated: NEUTRAL,
};
const SERIES: readonly Pair[] = [
  ["#1F5FBF", "#7FB0FF"],
  ["#E47C0D", "#FED186"],
  ["#005131", "#7DF6EE"],
  ["#B11F92", "#E2919C"],
  ["#490065", "#B553DA"],
  ["#95730D", "#D14A00"],
  ["#1C94E2", "#8FC8F6"],
  ["#832E00", "#E48E58"],
];
const PALETTES: Record<string, Record<string, Pair>> = {
  relation: RELATION,
  license: LICENSE,
  license_family: LICENSE,
  licence: LICENSE,
  task: TASK,
  pipeline_tag: TASK,
};
const SYNONYMS: Record<string, string> = {
  "fine-tune": "finetune",
  "vendor-terms": "vendor",
  "not-stated": "unstated",
  "(not stated)": "unstated",
  restricted: "use-restricted",
  copyleft: "share-alike",
  noncommercial: "non-commercial",
};

const WORDS: Record<string, string> = {
  finetune: "fine-tune",
  unknown: "not stated",
  unstated: "not stated",
  vendor: "vendor terms",
  "use-restricted": "use-restricted (RAIL)",
  levenshtein: "edit distance",
  bow: "words",
  bow_full: "all words",
  tfidf: "TF-IDF",
  tfidf_full: "TF-IDF, all words",
  trio_1: "trio 1",
  trio_2: "trio 2",
  quad_0: "quad 0",
  quad_1: "quad 1",
  quad_2: "quad 2",
  quad_3: "quad 3",
};

/** The words of a key: "fine-tune" for "finetune"; others as they are. */
export function words(key: string): string {
  return WORDS[key] ?? key;
}

function pair(palette: string, value: string): Pair | null {
  const key = value.toLowerCase().replace(/[_ ]/g, "-");
  const known = PALETTES[palette];
  if (!known) return null;
  return known[key] ?? known[SYNONYMS[key] ?? ""] ?? null;
}

/** The colour of a palette place: "relation.merge", "license.vendor", "series.2", "neutral". */
export function color(place: string): string {
  const side = dark.value ? 1 : 0;
  const dot = place.indexOf(".");
  if (dot < 0) return (place === "other" ? OTHER : NEUTRAL)[side];
  const name = place.slice(0, dot);
  const value = place.slice(dot + 1);
  if (name === "series") return SERIES[Number(value) % SERIES.length]?.[side] ?? NEUTRAL[side];
  return (pair(name, value) ?? NEUTRAL)[side];
}

/** True if the palette names this value. */
export function hasColor(palette: string, value: string): boolean {
  return pair(palette, value) !== null;
}

/**
 * The places of groups: what the palette names keeps its own, others take the next free colour of
 * the series, the neutral one when all are used.
 */
export function groupPlaces(palette: string, values: string[]): string[] {
  const taken = new Set(
    values.map((v) => pair(palette, v)?.[0]).filter((c): c is string => c !== undefined),
  );
  const free = SERIES.map((p, i) => [p[0], `series.${i}`] as const).filter(([c]) => !taken.has(c));
  let next = 0;
  return values.map((v) => {
    if (pair(palette, v)) return `${palette}.${v}`;
    return free[next++]?.[1] ?? "neutral";
  });
}

export interface Inks {
  paper: string;
  panel: string;
  ink: string;
  ink2: string;
  ink3: string;
  line: string;
  accent: string;
  warn: string;
  sample: string; // shade over what is a sample, not a census
}

/** Colours of the page for canvases, which cannot read custom properties cheaply. */
export function inks(): Inks {
  return dark.value
    ? {
        paper: "#14171C",
        panel: "#1B1F26",
        ink: "#ECEFF3",
        ink2: "#AEB6C2",
        ink3: "#8E97A4",
        line: "#2E343D",
        accent: "#7FB0FF",
        warn: "#FF8A7A",
        sample: "rgba(255,255,255,0.035)",
      }
    : {
        paper: "#FBFAF8",
        panel: "#FFFFFF",
        ink: "#1B1F24",
        ink2: "#56606B",
        ink3: "#66707C",
        line: "#E2DFD9",
        accent: "#1F5FBF",
        warn: "#B42318",
        sample: "rgba(27,31,36,0.04)",
      };
}
