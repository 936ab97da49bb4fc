/**
 * Calls to a service on the internet: what may go wrong as values, patience with what passes, no secret in any message.
 *
 * 1. A busy service (429, 502, 503, 504) is asked again a few times, as late as it wishes within reason; a request that
 *    may have been carried out is one the callers can repeat, because each of theirs sets a state rather than adds to it.
 * 2. A message names method and path, and what the service said, but for what it repeats of the token and of the values
 *    it was sent.
 */
import { hideSecrets } from "@synapse/shared/hide-secrets.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { z } from "zod";

export interface RemoteFailure {
  /** What kind of mend it needs. */
  readonly kind:
    | "unreachable"
    | "unauthorised"
    | "payment"
    | "forbidden"
    | "missing"
    | "conflict"
    | "refused"
    | "broken";
  readonly status: number | null;
  readonly message: string;
  /** The parsed body, where it was JSON. */
  readonly body?: unknown;
}

export type Remote<T> = Result<T, RemoteFailure>;

export interface RemoteOptions {
  /** For the attempts after the first, in ms; tests shorten it. */
  readonly retryDelayMs?: number;
  readonly timeoutMs?: number;
}

const BUSY = new Set([429, 502, 503, 504]);
const ATTEMPTS = 4;
const RETRY_DELAY_MS = 1_000;
/** A service that asks for a longer pause is not waited for: the launch says so and can be repeated. */
const RETRY_AFTER_MAX_MS = 30_000;
const TIMEOUT_MS = 60_000;
const BODY_SHOWN_CHARS = 300;

/** `fetch` with patience; also handed to libraries that take one. */
export function patientFetch({ retryDelayMs = RETRY_DELAY_MS, timeoutMs = TIMEOUT_MS }: RemoteOptions = {}) {
  return async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    for (let attempt = 1; ; attempt += 1) {
      const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(init.signal ? [init.signal] : [])]);
      const response = await fetch(input, { ...init, signal });
      if (!BUSY.has(response.status) || attempt === ATTEMPTS) return response;
      // A date instead of seconds counts as none: the own pause will do.
      const asked = (Number(response.headers.get("retry-after")) || 0) * 1000;
      if (asked > RETRY_AFTER_MAX_MS) return response;
      await response.body?.cancel();
      await Bun.sleep(Math.max(asked, retryDelayMs * 2 ** (attempt - 1)));
    }
  };
}

export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly token: string;
  readonly json?: unknown;
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One JSON call. @param schema of the answer; what does not fit it is `broken` */
export async function callRemote<T>(
  send: ReturnType<typeof patientFetch>,
  call: Call,
  schema: z.ZodType<T>,
): Promise<Remote<T>> {
  const what = `${call.method} ${new URL(call.url).pathname}`;
  let response: Response;
  let text: string;
  try {
    response = await send(call.url, {
      method: call.method,
      headers: {
        Authorization: `Bearer ${call.token}`,
        Accept: "application/json",
        ...(call.json === undefined ? {} : { "Content-Type": "application/json" }),
        ...call.headers,
      },
      ...(call.json === undefined ? {} : { body: JSON.stringify(call.json) }),
      ...(call.bytes === undefined ? {} : { body: call.bytes }),
      // A redirect could carry the token to another host.
      redirect: "error",
    });
    text = await response.text();
  } catch (error) {
    return err(unreachable(new URL(call.url).host, error));
  }
  const body = parsedJson(text);
  if (!response.ok) return err(failureOf(response.status, what, body, text, [call.token, ...valuesIn(call)]));
  const parsed = schema.safeParse(body);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return err({
    kind: "broken",
    status: response.status,
    message: `${what} was answered in a form this version does not know (${issue?.path.join(".")}: ${issue?.message})`,
  });
}

export function unreachable(host: string, error: unknown): RemoteFailure {
  const { name, message } = error as Error;
  const why = name === "TimeoutError" ? "it did not answer in time" : message;
  return { kind: "unreachable", status: null, message: `${host} cannot be reached: ${why}` };
}

/** @param secrets that were sent along */
export function failureOf(
  status: number,
  what: string,
  body: unknown,
  text: string,
  secrets: readonly string[],
): RemoteFailure {
  const { error, message } = (body ?? {}) as { error?: unknown; message?: unknown };
  const nested =
    typeof error === "object" && error !== null ? (error as { message?: unknown }).message : error;
  const said = [nested, message].find((part) => typeof part === "string") ?? text.replace(/\s+/g, " ");
  return {
    kind: kindOf(status),
    status,
    message: `${what}: HTTP ${status}${said === "" ? "" : `, ${hideSecrets(String(said), secrets).slice(0, BODY_SHOWN_CHARS)}`}`,
    body,
  };
}

/** A value that is set by a call may be a key; its name is none. */
function valuesIn({ json }: Call): string[] {
  const { value } = (json ?? {}) as { value?: unknown };
  return typeof value === "string" ? [value] : [];
}

function kindOf(status: number): RemoteFailure["kind"] {
  if (status === 401) return "unauthorised";
  if (status === 402) return "payment";
  if (status === 403) return "forbidden";
  if (status === 404) return "missing";
  if (status === 409) return "conflict";
  return status >= 500 || status === 429 ? "broken" : "refused";
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Some answers are empty or plain words; the schema says whether that is fine.
    return undefined;
  }
}
