/** The colours that a drawing is made in, and the arithmetic of its time axis. */

import { born, MONTHS } from "../format";
import type { Inks } from "../palette";

export interface Look extends Omit<Inks, "warn"> {
  color(palette: string): string;
}

/** Month 0 is March 2022. */
export function yearOf(month: number): number {
  return 2022 + Math.floor((month + 2) / 12);
}

/** First month of a year, counted from March 2022. */
export function firstMonth(year: number): number {
  return (year - 2022) * 12 - 2;
}

export function monthName(month: number): string {
  return MONTHS[(((month + 2) % 12) + 12) % 12]!;
}

const dateOfDay = (day: number): Date => new Date(Date.UTC(2022, 2, 2 + day));

/** The words of a birth. Days count from 2 March 2022; at or before it dates were back-filled. */
export function dayWords(day: number | null): string {
  return day === null ? born(null, null) : born(dateOfDay(day).toISOString(), day <= 0);
}

export function yearOfDay(day: number): number {
  return dateOfDay(day).getUTCFullYear();
}

/** Months since 1 March 2022, with the part of the month that has passed. */
export function monthOfDay(day: number): number {
  const date = dateOfDay(day);
  const months = (date.getUTCFullYear() - 2022) * 12 + date.getUTCMonth() - 2;
  const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return months + (date.getUTCDate() - 1) / length;
}

export interface Tick {
  month: number;
  label: string;
  year: boolean; // the first month of a year, or the axis has only years
}

/** Ticks of a time axis of which one month is `pixels` wide. */
export function monthTicks(first: number, last: number, pixels: number): Tick[] {
  const step = [1, 3, 6, 12].find((s) => s * pixels >= 34) ?? 12;
  const out: Tick[] = [];
  for (let month = Math.floor(first); month <= last; month++) {
    const inYear = (((month + 2) % 12) + 12) % 12;
    if (month < first || inYear % step !== 0) continue;
    const year = inYear === 0;
    out.push({ month, label: year ? String(yearOf(month)) : monthName(month), year });
  }
  return out;
}
