/**
 * A commander's requests to one of their own spores.
 *
 * Refusals and outages are values: the message of a refusal is the spore's own (`{error: {code, message}}`), with
 * `Retry-After` where it was sent. Redirects are not followed, so that a token goes only where it was meant for.
 */
import { errorSchema } from "@synapse/shared/contract/status.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { z } from "zod";

export interface SporeAccess {
  readonly url: string;
  readonly token: string | null;
}

export type SporeFailure =
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly code: string;
      readonly message: string;
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: "unreachable"; readonly message: string }
  | { readonly kind: "unexpected"; readonly message: string };

export interface SporeRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** Remembering 200 passages on a busy machine takes seconds; longer than this is an outage. */
const REQUEST_TIMEOUT_MS = 60_000;

export async function callSpore<S extends z.ZodType>(
  access: SporeAccess,
  request: SporeRequest,
  schema: S,
): Promise<Result<z.infer<S>, SporeFailure>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(new URL(request.path, access.url), {
      method: request.method,
      redirect: "error",
      headers: {
        Accept: "application/json",
        ...(request.body === undefined ? {} : { "Content-Type": "application/json" }),
        ...authorization(access),
        ...request.headers,
      },
      signal: AbortSignal.timeout(request.timeoutMs ?? REQUEST_TIMEOUT_MS),
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    text = await response.text();
  } catch (error) {
    return err({
      kind: "unreachable",
      message: `${access.url} cannot be reached: ${(error as Error).message}`,
    });
  }
  const body = parseJson(text);
  if (!response.ok) return err(refusal(response, body));
  const parsed = schema.safeParse(body);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return err({
    kind: "unexpected",
    message: `${access.url}${request.path} answers in a shape this version does not know (${issue?.path.join(".")}: ${issue?.message})`,
  });
}

export function authorization(access: SporeAccess): Record<string, string> {
  return access.token === null ? {} : { Authorization: `Bearer ${access.token}` };
}

/** For people: what happened and, where it is known, what to do. */
export function failureText(failure: SporeFailure): string {
  if (failure.kind !== "refused") return failure.message;
  const mend =
    failure.status === 401
      ? " (the operator token is missing or another one: see --data-dir and --token-file)"
      : "";
  return `refused with ${failure.status} ${failure.code}: ${failure.message}${mend}`;
}

function refusal(response: Response, body: unknown): SporeFailure {
  const parsed = errorSchema.safeParse(body);
  const { code, message } = parsed.success
    ? parsed.data.error
    : { code: "http_error", message: response.statusText || "no reason was given" };
  const retryAfter = Number(response.headers.get("retry-after"));
  return {
    kind: "refused",
    status: response.status,
    code,
    message,
    retryAfterMs: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1000 : null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller's schema then says so.
    return undefined;
  }
}
