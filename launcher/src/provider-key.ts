/** Asks a provider whether it accepts a key, at no cost. Neither key nor reply is ever shown. */
import { keyCheckUrl, type Provider } from "@synapse/shared/providers.ts";

export type KeyVerdict =
  | { readonly kind: "accepted" }
  | { readonly kind: "refused"; readonly status: number }
  /** No network, or an answer that says nothing about the key. */
  | { readonly kind: "unknown" };

/** A provider that does not answer by then is simply not checked. */
const TIMEOUT_MS = 8_000;

export async function checkKey(
  provider: Pick<Provider, "baseUrl" | "checkPath">,
  key: string,
): Promise<KeyVerdict> {
  try {
    const { status, ok } = await fetch(keyCheckUrl(provider), {
      headers: { Authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: "error",
    });
    if (ok) return { kind: "accepted" };
    return status === 400 || status === 401 || status === 403
      ? { kind: "refused", status }
      : { kind: "unknown" };
  } catch {
    // No network is no verdict.
    return { kind: "unknown" };
  }
}
