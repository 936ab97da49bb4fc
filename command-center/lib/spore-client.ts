/**
 * One request to one spore, parsed with the shared contract, failing in named ways.
 *
 * Invariants:
 * 1. The token goes only to a spore marked `own`, only as a header, and never along a redirect (redirects fail).
 * 2. Nothing is believed before it was parsed; an answer that does not fit is `malformed`, never shown half.
 * 3. An answer is read up to ANSWER_BYTES_MAX: a spore that never stops talking cannot fill the tab.
 */
import { errorSchema } from "@synapse/shared/contract/status.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { z } from "zod";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { readToken } from "@/lib/token.ts";
import { callSpore } from "@/lib/transport.ts";
import { nextTurn } from "@/lib/turns.ts";

/** A page of 200 tasks with long answers is about 1 MB; a network of 1,000 cards about 1 MB. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** A spore that has not answered in this time is shown as not answering; the next try comes by itself. */
const TIMEOUT_MS = 10_000;

export type SporeFailure =
  | { readonly kind: "unreachable"; readonly retryable: true; readonly message: string }
  | { readonly kind: "timeout"; readonly retryable: true; readonly message: string }
  | { readonly kind: "sleeping"; readonly retryable: true; readonly message: string }
  | { readonly kind: "building"; readonly retryable: true; readonly message: string }
  | { readonly kind: "unauthorised"; readonly retryable: false; readonly message: string }
  | { readonly kind: "missing"; readonly retryable: false; readonly message: string }
  | {
      readonly kind: "limited";
      readonly retryable: true;
      readonly retryAfterMs: number | null;
      readonly message: string;
    }
  | { readonly kind: "refused"; readonly retryable: boolean; readonly code: string; readonly message: string }
  | { readonly kind: "malformed"; readonly retryable: false; readonly message: string };

/** Carries a failure through the query cache, which knows only thrown errors. */
export class SporeError extends Error {
  readonly failure: SporeFailure;
  readonly spore: string;
  constructor(spore: string, failure: SporeFailure) {
    super(failure.message);
    this.name = "SporeError";
    this.failure = failure;
    this.spore = spore;
  }
}

export interface SporeRequest {
  readonly method?: "GET" | "POST" | "PUT";
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Headers for a request to this spore: the token, if it is the commander's own and a token is there. */
export function authorization(spore: ChosenSpore): Record<string, string> {
  const token = spore.own ? readToken() : null;
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

export async function askSpore<S extends z.ZodType>(
  spore: ChosenSpore,
  path: `/${string}`,
  schema: S,
  request: SporeRequest = {},
): Promise<Result<z.infer<S>, SporeFailure>> {
  const answer = await send(spore, path, request);
  if (!answer.ok) return answer;
  const { status, text, retryAfter } = answer.value;
  const json = parseJson(text);
  if (status >= 400) return err(refusal(status, json, text, retryAfter));
  if (json === undefined)
    return err({ kind: "malformed", retryable: false, message: "The answer is not JSON" });
  const parsed = schema.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "the answer" : issue.path.join(".");
  return err({
    kind: "malformed",
    retryable: false,
    message: `Not what the contract says: ${where} (${issue?.message ?? "unknown"})`,
  });
}

interface RawAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

async function send(
  spore: ChosenSpore,
  path: string,
  request: SporeRequest,
): Promise<Result<RawAnswer, SporeFailure>> {
  // A page asks twenty things the moment it knows whom to ask.
  await nextTurn();
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await callSpore(`${spore.url}${path}`, {
      method: request.method ?? "GET",
      headers: {
        ...authorization(spore),
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      signal: request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
    const text = await readLimited(response);
    if (text === null) {
      return err({ kind: "malformed", retryable: false, message: "The answer is larger than 16 MiB" });
    }
    return ok({ status: response.status, text, retryAfter: response.headers.get("retry-after") });
  } catch (thrown) {
    if (request.signal?.aborted) throw thrown;
    if (timeout.aborted) {
      return err({ kind: "timeout", retryable: true, message: `No answer in ${TIMEOUT_MS / 1000} s` });
    }
    return err({
      kind: "unreachable",
      retryable: true,
      message: "No connection (stopped, blocked, or wrong address)",
    });
  }
}

async function readLimited(response: Response): Promise<string | null> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > ANSWER_BYTES_MAX) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** Names a refusal. Hosts in front of a spore (a sleeping or building Space) answer in HTML, so the text counts too. */
export function refusal(
  status: number,
  json: unknown,
  text: string,
  retryAfter: string | null,
): SporeFailure {
  const parsed = errorSchema.safeParse(json);
  const code = parsed.success ? parsed.data.error.code : `http_${status}`;
  const message = parsed.success ? parsed.data.error.message : `HTTP ${status}`;
  if (status === 401 || status === 403) return { kind: "unauthorised", retryable: false, message };
  if (status === 404 && !/sleep|paused/i.test(text)) return { kind: "missing", retryable: false, message };
  if (status === 429) {
    const seconds = Number(retryAfter);
    const known = retryAfter !== null && Number.isFinite(seconds);
    return { kind: "limited", retryable: true, retryAfterMs: known ? seconds * 1000 : null, message };
  }
  if (/sleep|paused/i.test(code) || (!parsed.success && /sleeping|paused/i.test(text))) {
    return { kind: "sleeping", retryable: true, message: "Asleep; it wakes on a visit" };
  }
  if (/building|starting/i.test(code) || (!parsed.success && /building|starting/i.test(text))) {
    return { kind: "building", retryable: true, message: "Building or starting" };
  }
  return { kind: "refused", retryable: status >= 500, code, message };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As `askSpore`, for query functions: throws a SporeError. */
export async function requireFromSpore<S extends z.ZodType>(
  spore: ChosenSpore,
  path: `/${string}`,
  schema: S,
  request: SporeRequest = {},
): Promise<z.infer<S>> {
  const result = await askSpore(spore, path, schema, request);
  if (!result.ok) throw new SporeError(spore.url, result.error);
  return result.value;
}
