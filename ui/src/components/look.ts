/** The look of pictures in the theme of the page. */
import type { Look } from "../draw/look";
import { color, inks } from "../palette";
import { dark } from "../state";

/** Five steps of one hue for numbers of one's own; the pale end is the low one in both themes. */
const STEPS = {
  light: ["#B9CDE8", "#84A9DB", "#4C82C6", "#235CA3", "#0D3469"],
  dark: ["#3A4A66", "#4F75AE", "#6E9CDC", "#9CC3F7", "#DCEBFF"],
};

function place(name: string): string {
  if (!name.startsWith("scale.")) return color(name);
  const [at = 0, of = 1] = name.slice(6).split("/").map(Number);
  const steps = dark.value ? STEPS.dark : STEPS.light;
  return steps[Math.round((at / of) * (steps.length - 1))]!;
}

/** Reads the theme: what calls it while rendering is drawn again when the theme changes. */
export function look(): Look {
  return { ...inks(), color: place };
}
