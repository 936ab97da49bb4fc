/**
 * What an error body says in members that a program can read, whatever its shape. Pure.
 *
 * Google answers an array with `details`, OpenRouter nests the headers of the provider behind it, Z.ai and Mistral put
 * codes at the top. All of it is walked with bounds, and only codes, moments and headers are taken; words are searched
 * by failure.ts to find the class, and dropped.
 */
import { type Headers, parseDuration, parseMoment } from "./limit-headers.ts";

export interface ErrorBody {
  /** Codes, types, statuses, reasons and quota ids, lower-case. */
  readonly codes: readonly string[];
  /** When to come back, ms since the epoch, where the body says so. */
  readonly retryAt: number | null;
  /** Headers of the server behind a router, lower-case names. */
  readonly headers: Headers;
}

/** An error is a few hundred bytes; a page of HTML is not searched to its end. */
const BODY_CHARS_MAX = 20_000;
const NODES_MAX = 300;
const CODE_MEMBERS = new Set(["code", "type", "status", "reason", "quotaid", "limit_source", "error_type"]);
/** "Please try again in 7.66s", "Please retry in 45.578569677s", "try again in 6m0s". */
const IN_WORDS = /(?:try again|retry|available) in ((?:\d+(?:\.\d+)?(?:ms|[smhd])\s?)+)/i;

export function readErrorBody(body: string, nowMs: number): ErrorBody {
  const codes: string[] = [];
  const headers: Record<string, string> = {};
  let retryAt: number | null = null;
  const later = (at: number | null) => {
    if (at !== null && (retryAt === null || at > retryAt)) retryAt = at;
  };

  const queue: unknown[] = [parse(body.slice(0, BODY_CHARS_MAX))];
  for (let seen = 0; queue.length > 0 && seen < NODES_MAX; seen++) {
    const node = queue.shift();
    if (typeof node !== "object" || node === null) continue;
    for (const [name, value] of Object.entries(node)) {
      const member = name.toLowerCase();
      if (typeof value === "object") queue.push(value);
      else if (CODE_MEMBERS.has(member)) codes.push(String(value).toLowerCase());
      else if (member === "retrydelay") later(parseMoment(String(value), nowMs));
      // Of a router's metadata: `{"headers": {"X-RateLimit-Reset": "…"}}`.
      else if (/^(x-)?ratelimit|^retry-after/.test(member)) headers[member] = String(value);
    }
  }
  const stated = parseDuration(IN_WORDS.exec(body)?.[1]?.trim() ?? "");
  if (retryAt === null && stated !== null) later(parseMoment(`${stated}ms`, nowMs));
  return { codes, retryAt, headers };
}

/** The HTTP status that a body with status 200 states for itself, as routers do when the provider behind them failed. */
export function statusInBody(body: string): number | null {
  const value = parse(body.slice(0, BODY_CHARS_MAX)) as { error?: { code?: unknown } } | null;
  const code = Number(value?.error?.code);
  return Number.isInteger(code) && code >= 400 && code <= 599 ? code : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: an HTML page or plain words, in which no member can be read.
    return null;
  }
}
