/**
 * Fetches JSON text from addresses that strangers or lists name: seed lists, blocklists, joins. The same guard as for
 * gossip (peer-url.ts), and as little trust in the answer.
 *
 * Invariants:
 * 1. The connection goes to the address that was judged; TLS checks the name; a redirect is an error, not a way.
 * 2. Nothing is sent but what the caller gives: no cookie, no authorization, no credential of any kind.
 * 3. Every call ends, and takes at most `bytesMax` of memory for the answer.
 */
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { readCapped } from "./body.ts";
import { admitUrl, type PeerUrlPolicy, type Resolve } from "./peer-url.ts";

export interface FetchError {
  readonly kind: "not_admitted" | "unreachable" | "refused" | "too_large";
  /** In plain words; says nothing of what was sent. */
  readonly message: string;
}

export interface FetchedText {
  readonly status: number;
  readonly text: string;
}

export interface FetchRequest {
  /** JSON to post; a plain GET without it. */
  readonly body?: string;
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
}

export type GuardedFetch = (url: string, request: FetchRequest) => Promise<Result<FetchedText, FetchError>>;

/** A list of a megabyte over a slow link; whoever takes longer is tried again later. */
const TIMEOUT_MS = 15_000;

export function createGuardedFetch(policy: PeerUrlPolicy, resolve: Resolve): GuardedFetch {
  return async (text, { body, bytesMax, signal }) => {
    const parsed = parseFetchUrl(text);
    if (!parsed.ok) return parsed;
    const url = parsed.value;
    const admitted = await admitUrl(url, policy, resolve);
    if (!admitted.ok) {
      const kind = admitted.error.kind === "unresolvable" ? "unreachable" : "not_admitted";
      return err({ kind, message: admitted.error.message });
    }
    const { host, hostname, addressOrigin } = admitted.value;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(`${addressOrigin}${url.pathname}${url.search}`, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          host,
          accept: "application/json",
          "accept-encoding": "identity",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body }),
        redirect: "manual",
        // What is packed all the same is not unpacked: it then is no JSON.
        decompress: false,
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
        ...(url.protocol === "https:" ? { tls: { serverName: hostname } } : {}),
      });
      if (response.status >= 300 && response.status < 400) {
        await response.body?.cancel();
        return err({
          kind: "refused",
          message: `${url.host} answers with a redirect, which is not followed`,
        });
      }
      const bytes = await readCapped(response.body, bytesMax);
      if (!bytes.ok)
        return err({ kind: "too_large", message: `${url.host} answers with more than ${bytesMax} bytes` });
      return ok({ status: response.status, text: new TextDecoder().decode(bytes.value) });
    } catch (cause) {
      return err({ kind: "unreachable", message: `${url.host}: ${reasonOf(cause)}` });
    }
  };
}

function parseFetchUrl(text: string): Result<URL, FetchError> {
  const refuse = (why: string) =>
    err({ kind: "not_admitted" as const, message: `${text.slice(0, 100)} ${why}` });
  if (text.length > 500 || !URL.canParse(text)) return refuse("is not a URL");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return refuse("is neither https nor http");
  if (url.username !== "" || url.password !== "") return refuse("carries a user or password");
  if (url.hostname === "" || url.hostname.endsWith(".")) return refuse("has no plain host name");
  return ok(url);
}

function reasonOf(cause: unknown): string {
  const { name, code, message } = cause as { name?: string; code?: string; message?: string };
  if (name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1_000} s`;
  return code ?? message ?? String(cause);
}
