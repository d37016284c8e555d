/** Files made in the browser: text, CSV, a drawing as SVG or PNG. Nothing leaves the machine. */
import { hub, source } from "../state";

/** A file name made of an id: no separators, no dots in front. */
export function fileName(text: string, suffix: string): string {
  const plain = text.replace(/[^A-Za-z0-9._-]+/g, "_").replace(/^[._]+/, "").slice(0, 100);
  return `${plain || "cladist"}${suffix}`;
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  const url = URL.createObjectURL(blob);
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function saveText(text: string, name: string, type = "text/plain"): void {
  save(new Blob([text], { type: `${type};charset=utf-8` }), name);
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  // A text that a spreadsheet would run as a formula is kept a text by a leading quote.
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/** Rows as CSV with a head; columns in the order of their first appearance. */
export function csv(rows: Record<string, unknown>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((c) => cell(row[c])).join(","));
  return `${[columns.map(cell).join(","), ...lines].join("\r\n")}\r\n`;
}

export function saveCsv(rows: Record<string, unknown>[], name: string): void {
  saveText(csv(rows), fileName(name, ".csv"), "text/csv");
}

const INHERITED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size",
  "font-weight", "font-family", "text-anchor", "dominant-baseline", "display", "paint-order"];

/** Words in lines of at most so many letters, where spaces allow of it. */
export function folded(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A drawing of the page as a file that stands alone: styles written in, a foot that cites. */
export function standalone(svg: SVGSVGElement, foot: string): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const [originals, copies] = [svg.querySelectorAll("*"), copy.querySelectorAll("*")];
  originals.forEach((original, i) => {
    const style = getComputedStyle(original);
    for (const name of INHERITED) copies[i]?.setAttribute(name, style.getPropertyValue(name));
    copies[i]?.removeAttribute("class");
    copies[i]?.removeAttribute("tabindex");
  });
  const { width, height } = svg.getBoundingClientRect();
  const box = svg.viewBox.baseVal?.width ? svg.viewBox.baseVal : { x: 0, y: 0, width, height };
  const facts = hub.value;
  const cited = facts ? `${facts.simulated ? "SIMULATED DATA. " : ""}${foot} · ${source()}` : foot;
  const lines = folded(cited, (box.width - 16) / 5.6); // of 11 px letters
  const room = 20 + 14 * lines.length;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height + room}`);
  copy.setAttribute("width", String(Math.round(width)));
  copy.setAttribute("height", String(Math.round(height + (room * width) / box.width)));
  const page = getComputedStyle(document.documentElement);
  const add = (tag: string, attributes: Record<string, string | number>, text = "") => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [k, v] of Object.entries(attributes)) element.setAttribute(k, String(v));
    element.textContent = text;
    return element;
  };
  copy.prepend(add("rect", { x: box.x, y: box.y, width: box.width, height: box.height + room,
    fill: page.getPropertyValue("--panel") }));
  lines.forEach((line, i) => {
    copy.append(add("text", { x: box.x + 8, y: box.y + box.height + 22 + 14 * i, "font-size": 11,
      "font-family": "system-ui, sans-serif", fill: page.getPropertyValue("--ink3") }, line));
  });
  return new XMLSerializer().serializeToString(copy);
}

export function saveSvg(svg: SVGSVGElement, name: string, foot: string): void {
  saveText(standalone(svg, foot), fileName(name, ".svg"), "image/svg+xml");
}

/** The same as PNG, at twice the size of the screen. */
export async function savePng(svg: SVGSVGElement, name: string, foot: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([standalone(svg, foot)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * 2;
    canvas.height = image.naturalHeight * 2;
    const context = canvas.getContext("2d");
    context?.scale(2, 2);
    context?.drawImage(image, 0, 0);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (blob) save(blob, fileName(name, ".png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}
