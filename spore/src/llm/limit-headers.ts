/**
 * What a reply's headers say about quotas, in one form for every provider. Pure.
 *
 * There is no standard that providers keep to. In use are `x-ratelimit-{limit,remaining,reset}[-requests|-tokens]
 * [-minute|-day…]` (OpenAI, Groq, Cerebras, xAI, OpenRouter), Mistral's `x-ratelimitbysize-…` for tokens, and the IETF
 * draft's `ratelimit-*`. A reset is written as seconds, a duration (`6m0s`, `120ms`), an epoch in s or ms, or a date.
 */
import type { QuotaWindow } from "@synapse/shared/providers.ts";

export type Headers = Readonly<Record<string, string>>;

/** What one header group says about one quota. */
export interface MeterReading {
  readonly unit: "requests" | "tokens";
  readonly window: QuotaWindow;
  readonly limit: number | null;
  readonly remaining: number | null;
  /** ms since the epoch. */
  readonly resetsAt: number | null;
}

export interface UnstatedWindows {
  readonly requests: QuotaWindow;
  readonly tokens: QuotaWindow;
}

/** A header that names a moment further away is a mistake or a trick: no provider counts over longer than a month. */
const WAIT_MS_MAX = 32 * 24 * 3_600_000;
const HEADER =
  /^x?-?ratelimit(?<size>bysize)?-(?<what>limit|remaining|reset)(?:-(?<unit>requests?|req|tokens?))?(?:-(?:per-)?(?<window>second|minute|hour|day|month))?$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
};

/** @param headers lower-case names */
export function readMeters(
  headers: Headers,
  unstated: UnstatedWindows,
  nowMs: number,
): readonly MeterReading[] {
  const meters = new Map<string, MeterReading>();
  for (const [name, text] of Object.entries(headers)) {
    const groups = HEADER.exec(name)?.groups;
    if (groups === undefined) continue;
    const unit = groups.size !== undefined || groups.unit?.startsWith("token") ? "tokens" : "requests";
    const window = (groups.window as QuotaWindow | undefined) ?? unstated[unit];
    const key = `${unit}/${window}`;
    const meter = meters.get(key) ?? { unit, window, limit: null, remaining: null, resetsAt: null };
    if (groups.what === "reset") {
      meters.set(key, { ...meter, resetsAt: parseMoment(text, nowMs) ?? meter.resetsAt });
    } else {
      const amount = parseAmount(text);
      if (amount === null) continue;
      meters.set(
        key,
        groups.what === "limit" ? { ...meter, limit: amount } : { ...meter, remaining: amount },
      );
    }
  }
  return [...meters.values()].filter(({ limit, remaining }) => limit !== null || remaining !== null);
}

/** The moment that `Retry-After` names (RFC 9110 §10.2.3), or its millisecond form; ms since the epoch, else null. */
export function readRetryAfter(headers: Headers, nowMs: number): number | null {
  const precise = headers["retry-after-ms"];
  if (precise !== undefined && /^\d+(\.\d+)?$/.test(precise.trim()))
    return within(nowMs + Number(precise), nowMs);
  const text = headers["retry-after"];
  return text === undefined ? null : parseMoment(text, nowMs);
}

/** ms since the epoch, never before now and never absurdly far; null where the text names no moment. */
export function parseMoment(text: string, nowMs: number): number | null {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) {
    const number = Number(trimmed);
    // A count of seconds stays far below 1e9 (31 years); epochs in s and ms are three orders apart.
    if (number >= 1e12) return within(number, nowMs);
    return within(number >= 1e9 ? number * 1_000 : nowMs + number * 1_000, nowMs);
  }
  const duration = parseDuration(trimmed);
  if (duration !== null) return within(nowMs + duration, nowMs);
  // Only what looks like a date: Date.parse takes almost any text with a number in it.
  if (!/^\d{4}-\d\d-\d\d|^[A-Z][a-z]{2,8},? /.test(trimmed)) return null;
  const at = Date.parse(trimmed);
  return Number.isNaN(at) ? null : within(at, nowMs);
}

/** `6m0s`, `2m59.56s`, `120ms`, `1h30m` in milliseconds, else null. */
export function parseDuration(text: string): number | null {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd])\s*)+$/.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g))
    total += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
  return Math.ceil(total);
}

function within(atMs: number, nowMs: number): number {
  return Math.ceil(Math.min(nowMs + WAIT_MS_MAX, Math.max(nowMs, atMs)));
}

function parseAmount(text: string): number | null {
  const number = Number(text.trim());
  return text.trim() !== "" && Number.isFinite(number) && number >= 0 ? number : null;
}
