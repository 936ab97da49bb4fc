/** How figures, times and names are written, the same on every page. Missing is a gap ("–"), never a zero. */

export const GAP = "–";

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** Exact to 99,999, then compact: 128.4K. */
export function formatCount(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return GAP;
  return Math.abs(value) < 100_000 ? whole.format(value) : compact.format(value);
}

/** @param value between 0 and 1 */
export function formatShare(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return GAP;
  return `${Math.round(value * 100)}%`;
}

export function formatDecimal(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return GAP;
  return value.toFixed(digits);
}

const BYTES = ["B", "kB", "MB", "GB", "TB"] as const;

/** Decimal units, as disks and networks are sold: 12.4 MB. */
function formatBytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return GAP;
  const step = Math.min(BYTES.length - 1, Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1) / 3)));
  const scaled = value / 1000 ** step;
  return `${step === 0 ? Math.round(scaled) : scaled.toFixed(1).replace(/\.0$/, "")} ${BYTES[step]}`;
}

/** A figure in the unit its source names. */
export function formatIn(unit: string, value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return GAP;
  switch (unit) {
    case "probability":
    case "share":
      return formatShare(value);
    case "bytes":
      return formatBytes(value);
    case "bytes/min":
      return `${formatBytes(value)}/min`;
    case "ms":
      return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
    case "USD":
      return `$${value.toFixed(value !== 0 && Math.abs(value) < 1 ? 4 : 2)}`;
    default:
      return Number.isInteger(value)
        ? formatCount(value)
        : formatDecimal(value, Math.abs(value) < 10 ? 2 : 0);
  }
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** One unit, rounded down: 41 s, 12 min, 5 h, 3 d. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return GAP;
  const span = Math.max(0, ms);
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < 2 * DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} d`;
}

/** Under two seconds a changing number only flickers. */
export function formatAge(ms: number): string {
  return ms < 2 * SECOND ? "just now" : `${formatDuration(ms)} ago`;
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hour12: false,
});

const day = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

/** @param date a calendar day such as `2026-11-26`, the same day wherever it is read; any other text as it is. */
export function formatDay(date: string): string {
  const ms = toMs(date);
  return ms === null ? date : day.format(ms);
}

export function formatClock(ms: number): string {
  return clock.format(ms);
}

export function formatMoment(ms: number): string {
  return dayAndClock.format(ms);
}

export function formatUtc(ms: number): string {
  return `${new Date(ms).toISOString().replace("T", " ").slice(0, 19)} UTC`;
}

/** Null where the text is no instant. */
export function toMs(iso: string | null | undefined): number | null {
  if (iso === null || iso === undefined) return null;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? null : ms;
}

/** The start of a key or id, enough to tell two apart by eye. */
export function shortId(id: string): string {
  return id.length <= 10 ? id : id.slice(0, 8);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
