/**
 * What went wrong with a call, in classes that decide what happens next (never in words from the server).
 *
 * A server's error text is read to find the class and then dropped: it can echo the key or the prompt, and failures
 * are shown on public pages. Messages are this project's own, with the status code at most.
 *
 * | class            | sign                                                             | what the chain does             |
 * |------------------|------------------------------------------------------------------|---------------------------------|
 * | rate_limited     | 429; 503 with Retry-After                                        | waits until the stated time     |
 * | exhausted        | 402; 429 or 403 that speaks of balance, credits or a daily quota | off until the quota returns     |
 * | unauthorised     | 401, 403                                                         | key off, said plainly           |
 * | model_gone       | 404, 410; 400 that says the model is unknown or retired          | drops the model                 |
 * | context_too_long | 413; 400 that speaks of context or token length                  | shortens the prompt, no penalty |
 * | unreachable      | 5xx, 408, time-out, refused, reset, DNS                          | circuit breaker                 |
 * | invalid_reply    | no JSON, no choices, empty text, other 4xx                       | next model                      |
 */
import type { ChatFailure } from "./provider.ts";

export interface HttpFailure {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const EXHAUSTED_WORDS =
  /insufficient[_ ](quota|balance|credit|fund)|exceeded your (current|monthly) (quota|included credits)|out of credits|credit balance|no balance|balance.{0,20}(insufficient|exhausted)|billing|payment required|per[- ]?day|daily (limit|quota)|RPD\b|TPD\b/i;
const MODEL_WORDS =
  /model.{0,60}(not (be )?(found|exist|available|supported)|does ?n.t exist|unknown|decommissioned|deprecated|retired|invalid)|(unknown|invalid|no such|unsupported) model/i;
const CONTEXT_WORDS =
  /context[_ ](length|window|size)|maximum context|too many (input )?tokens|(prompt|input|request).{0,30}too (long|large)|reduce the length/i;

export function classifyHttpFailure(provider: string, failure: HttpFailure, nowMs: number): ChatFailure {
  const { status, body, headers } = failure;
  const message = `${provider} answered ${status}`;
  if (status === 402 || ((status === 429 || status === 403) && EXHAUSTED_WORDS.test(body))) {
    const untilMs = status === 402 ? null : untilOf(retryAfterMs(headers, nowMs), nowMs);
    return {
      kind: "exhausted",
      retryable: false,
      untilMs,
      message: `${message}: its quota or balance is used up`,
    };
  }
  if (status === 401 || status === 403) {
    return { kind: "unauthorised", retryable: false, message: `${message}: the key was refused` };
  }
  if (status === 413 || (status === 400 && CONTEXT_WORDS.test(body))) {
    return { kind: "context_too_long", retryable: true, message: `${message}: the prompt is too long` };
  }
  if (status === 404 || status === 410 || (status === 400 && MODEL_WORDS.test(body))) {
    return { kind: "model_gone", retryable: false, message: `${message}: it knows no such model or address` };
  }
  const waitMs = retryAfterMs(headers, nowMs);
  if (status === 429 || (status === 503 && waitMs !== null)) {
    return {
      kind: "rate_limited",
      retryable: true,
      retryAfterMs: waitMs,
      message: `${message}: too many requests`,
    };
  }
  if (status >= 500 || status === 408) return { kind: "unreachable", retryable: true, message };
  return { kind: "invalid_reply", retryable: true, message: `${message}: the request was refused` };
}

function untilOf(waitMs: number | null, nowMs: number): number | null {
  return waitMs === null ? null : nowMs + waitMs;
}

/** `Retry-After` in milliseconds from now: seconds or an HTTP date (RFC 9110 §10.2.3), else null. */
export function retryAfterMs(headers: HttpFailure["headers"], nowMs: number): number | null {
  const text = headers["retry-after"]?.trim();
  if (text === undefined || text === "") return null;
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
