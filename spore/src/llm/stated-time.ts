/**
 * Times as people state them: "yesterday", "last week", said on a known day.
 *
 * Parsing is chrono-node's; this file decides which expressions may be resolved. A direction must be stated ("ago",
 * "last", "next"): a bare "on Saturday" could be either side of the day, and a guess would be an invented fact.
 */
import { casual } from "chrono-node/en";

export interface ParsedDate {
  readonly year: number;
  /** 1 to 12, or null where only the year is known. */
  readonly month: number | null;
  readonly day: number | null;
}

export interface ResolvedTime {
  /** The words as they stand in the text. */
  readonly stated: string;
  readonly date: ParsedDate;
}

const DIRECTED = /\b(yesterday|today|tonight|tomorrow|ago|last|next|this|previous)\b/i;
/** Stated, but not to be counted: chrono would read "a few years ago" as three. */
const VAGUE = /\b(few|couple|several|some|many)\b/i;
/** A year alone; chrono reads it as an hour. */
const YEAR_ONLY = /^\s*((?:1[5-9]|20)\d\d)\s*$/;
const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);

/** A date written out in full or in part ("1:56 pm on 8 May, 2023", "2023-05-08"), or null. */
export function parseDate(text: string): ParsedDate | null {
  const year = YEAR_ONLY.exec(text)?.[1];
  if (year !== undefined) return { year: Number(year), month: null, day: null };
  // Any reference will do: only what the text itself makes certain is kept.
  const [found] = casual.parse(text, { instant: new Date(0), timezone: 0 });
  if (found === undefined || !found.start.isCertain("year")) return null;
  return {
    year: found.start.get("year") ?? 1970,
    month: found.start.isCertain("month") ? found.start.get("month") : null,
    day: found.start.isCertain("day") ? found.start.get("day") : null,
  };
}

/** The first relative time in a text, counted from the day it was said; null where there is none, or no day. */
export function resolveTime(text: string, saidOn: ParsedDate | null): ResolvedTime | null {
  if (saidOn === null || saidOn.month === null || saidOn.day === null) return null;
  const instant = new Date(Date.UTC(saidOn.year, saidOn.month - 1, saidOn.day, 12));
  for (const found of casual.parse(text, { instant, timezone: 0 })) {
    if (!DIRECTED.test(found.text) || VAGUE.test(found.text)) continue;
    const { start } = found;
    const year = start.get("year");
    if (year === null) continue;
    const unit = coarsestUnit(found.text);
    if (unit === "week") continue;
    const dayKnown = unit === null && (start.isCertain("day") || start.isCertain("weekday"));
    return {
      stated: found.text,
      date: {
        year,
        month: unit === "year" ? null : start.get("month"),
        day: dayKnown ? start.get("day") : null,
      },
    };
  }
  return null;
}

/** "4 years ago" names a year, "last month" a month; "last week" names seven days, so its own words say it best. */
function coarsestUnit(stated: string): "year" | "month" | "week" | null {
  if (/\byears?\b/i.test(stated)) return "year";
  if (/\bmonths?\b/i.test(stated)) return "month";
  return /\b(weeks?|weekend)\b/i.test(stated) ? "week" : null;
}

/** "7 May 2023", "May 2023" or "2023". */
export function formatDate({ year, month, day }: ParsedDate): string {
  return [day, month === null ? null : MONTHS[month - 1], year].filter((part) => part !== null).join(" ");
}
