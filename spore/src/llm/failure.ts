/**
 * What went wrong with a call, in classes that decide what happens next (never in words from the server). Pure.
 *
 * A server's error text is read to find the class and then dropped: it can echo the key or the prompt, and failures
 * are shown on public pages. Messages are this project's own, with the status code at most.
 *
 * | class            | sign                                                             | what the chain does             |
 * |------------------|------------------------------------------------------------------|---------------------------------|
 * | rate_limited     | 429; 503 with Retry-After                                        | the pool waits until it resets  |
 * | exhausted, day   | 429 or 403 that speaks of a day, or a day's meter at zero        | the pool waits until the day ends |
 * | exhausted, balance | 402; 429 or 403 that speaks of balance or credits              | account off until a probe       |
 * | unauthorised     | 401, 403; 400 that speaks of the key                             | key off, said plainly           |
 * | model_gone       | 404, 410; 400 that says the model is unknown or retired          | drops the model, rediscovers    |
 * | context_too_long | 413; 400 that speaks of context or token length                  | shortens the prompt, no penalty |
 * | unreachable      | 5xx, 408, time-out, refused, reset, DNS                          | circuit breaker                 |
 * | invalid_reply    | no JSON, no choices, empty text, other 4xx                       | next model                      |
 */
import type { Provider } from "@synapse/shared/providers.ts";
import { type ErrorBody, readErrorBody } from "./error-body.ts";
import { type Headers, type MeterReading, readMeters, readRetryAfter } from "./limit-headers.ts";
import type { ChatFailure } from "./provider.ts";

export interface HttpFailure {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Headers;
  readonly body: string;
}

/** How a server states its limits: the part of the table that classification needs. */
export type LimitDialect = Pick<Provider, "windows" | "refill" | "codes" | "dayEnds">;

/** For a server that nobody described: the windows most providers use. */
export const PLAIN_DIALECT: LimitDialect = {
  windows: { requests: "minute", tokens: "minute" },
  refill: "window",
  dayEnds: "UTC",
};

const DAY_WORDS = /per[-_ ]?day|daily|\bRPD\b|\bTPD\b/i;
const BALANCE_WORDS =
  /insufficient[_ ](quota|balance|credit|fund)|exceeded your (current|monthly) (quota|included credits)|used all available credits|spending limit|out of credits|credit balance|no balance|balance.{0,20}(insufficient|exhausted)|payment required|billing/i;
const KEY_WORDS =
  /api[_ -]?key.{0,40}(invalid|incorrect|not valid|expired)|(invalid|incorrect).{0,20}api[_ -]?key/i;
const MODEL_WORDS =
  /model.{0,60}(not (be )?(found|exist|available|supported)|does ?n.t exist|unknown|decommissioned|deprecated|retired|invalid)|(unknown|invalid|no such|unsupported) model|invalid_model|model_terms_required/i;
const CONTEXT_WORDS =
  /context[_ ](length|window|size)|maximum context|too many (input )?tokens|(prompt|input|request).{0,30}too (long|large)|reduce the length/i;
const MODERATION_WORDS = /moderation|flagged|content.?(policy|filter)/i;

export function classifyHttpFailure(
  provider: string,
  failure: HttpFailure,
  nowMs: number,
  dialect: LimitDialect = PLAIN_DIALECT,
): ChatFailure {
  const { status, body } = failure;
  const message = `${provider} answered ${status}`;
  const refused = {
    kind: "invalid_reply",
    retryable: true,
    message: `${message}: the request was refused`,
  } as const;
  switch (status) {
    case 402:
    case 429:
      return classifyLimit(message, failure, nowMs, dialect);
    case 401:
      return unauthorised(message);
    case 403:
      if (BALANCE_WORDS.test(body) || DAY_WORDS.test(body))
        return classifyLimit(message, failure, nowMs, dialect);
      return MODERATION_WORDS.test(body) ? refused : unauthorised(message);
    case 413:
      return contextTooLong(message);
    case 404:
    case 410:
      return modelGone(message);
    case 400:
    case 422:
      if (KEY_WORDS.test(body)) return unauthorised(message);
      if (CONTEXT_WORDS.test(body)) return contextTooLong(message);
      return MODEL_WORDS.test(body) ? modelGone(message) : refused;
  }
  const retryAt = readRetryAfter(failure.headers, nowMs);
  if (status === 503 && retryAt !== null) return rateLimited(message, retryAt);
  if (status >= 500 || status === 408) return { kind: "unreachable", retryable: true, message };
  return refused;
}

type LimitKind = "rate" | "day" | "balance";

function classifyLimit(
  message: string,
  failure: HttpFailure,
  nowMs: number,
  dialect: LimitDialect,
): ChatFailure {
  const body = readErrorBody(failure.body, nowMs);
  const headers = { ...body.headers, ...failure.headers };
  const spent = readMeters(headers, dialect.windows, nowMs).filter(({ remaining }) => remaining === 0);
  const kind = limitKind(failure, body, spent, dialect);
  if (kind === "balance") {
    const text = `${message}: its balance or credits are used up`;
    return { kind: "exhausted", quota: "balance", retryable: false, untilMs: null, message: text };
  }
  const stated = [readRetryAfter(headers, nowMs), ...spent.map(({ resetsAt }) => resetsAt)];
  if (kind === "rate") {
    const until = latest(stated) ?? body.retryAt;
    return rateLimited(message, until);
  }
  // A body's delay is a politeness towards impatient clients: Google says "34s" for a quota that returns at midnight.
  const resets = latest(spent.map(({ resetsAt }) => resetsAt)) ?? readRetryAfter(headers, nowMs);
  return {
    kind: "exhausted",
    quota: "day",
    retryable: false,
    untilMs: resets ?? nextMidnight(dialect.dayEnds, nowMs),
    message: `${message}: its quota for the day is used up`,
  };
}

/** What is said in codes counts before what is said in meters, and that before words. */
function limitKind(
  { status, body }: HttpFailure,
  { codes }: ErrorBody,
  spent: readonly MeterReading[],
  dialect: LimitDialect,
): LimitKind {
  if (status === 402) return "balance";
  for (const code of codes) {
    const known = dialect.codes?.[code];
    if (known !== undefined) return known;
  }
  if (codes.includes("insufficient_quota")) return "balance";
  if (codes.some((code) => /perday|per_day|per-day|_daily/.test(code))) return "day";
  if (spent.some(({ window }) => window === "day")) return "day";
  if (DAY_WORDS.test(body)) return "day";
  // Google mentions billing in every refusal, also where only a minute's quota is spent.
  if (codes.includes("resource_exhausted")) return "rate";
  return BALANCE_WORDS.test(body) ? "balance" : "rate";
}

function latest(moments: readonly (number | null)[]): number | null {
  const known = moments.filter((at) => at !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function rateLimited(message: string, untilMs: number | null): ChatFailure {
  return { kind: "rate_limited", retryable: true, untilMs, message: `${message}: too many requests` };
}

function unauthorised(message: string): ChatFailure {
  return { kind: "unauthorised", retryable: false, message: `${message}: the key was refused` };
}

function contextTooLong(message: string): ChatFailure {
  return { kind: "context_too_long", retryable: true, message: `${message}: the prompt is too long` };
}

function modelGone(message: string): ChatFailure {
  return { kind: "model_gone", retryable: false, message: `${message}: it knows no such model or address` };
}

/** The next midnight of a time zone, ms since the epoch; exact across changes of summer time. */
export function nextMidnight(zone: LimitDialect["dayEnds"], nowMs: number): number {
  const dayOf = (ms: number) => dateFormats[zone].format(ms);
  const today = dayOf(nowMs);
  // Days have 23 to 25 hours. The turn of the date lies at a full hour in both zones.
  const hour = 3_600_000;
  let at = (Math.floor(nowMs / hour) + 1) * hour;
  while (dayOf(at) === today) at += hour;
  return at;
}

const dateFormats: Readonly<Record<LimitDialect["dayEnds"], Intl.DateTimeFormat>> = {
  UTC: new Intl.DateTimeFormat("en-CA", { timeZone: "UTC" }),
  "America/Los_Angeles": new Intl.DateTimeFormat("en-CA", { timeZone: "America/Los_Angeles" }),
};
