/**
 * Under which name a caller's share of this spore's work is kept: its address, so that one stranger's requests use up
 * that stranger's share and nobody else's.
 *
 * 1. An IPv6 caller is its /64: whoever has one address of it has them all.
 * 2. Behind a proxy (the connection comes from a loopback or private address) it is the last address in
 *    `X-Forwarded-For`, the one the proxy itself wrote. From anywhere else the header is the caller's own word and is not
 *    read. Who sits in the proxy's own network can make names up: what all callers together may do is limited as well.
 */
import ipaddr from "ipaddr.js";

/** Ranges a reverse proxy calls from; nobody comes from them over the internet. */
const INTERNAL: ReadonlySet<string> = new Set([
  "loopback",
  "private",
  "uniqueLocal",
  "linkLocal",
  "carrierGradeNat",
]);

/** The share of whoever sent this request. */
export function shareOf(
  request: Request,
  server: { requestIP(request: Request): { readonly address: string } | null } | null,
): string {
  return callerShare(server?.requestIP(request)?.address ?? null, request.headers.get("x-forwarded-for"));
}

/** @param peer the address the connection comes from; null where there is none to be had: a share of its own */
export function callerShare(peer: string | null, forwardedFor: string | null): string {
  if (peer === null || !ipaddr.isValid(peer)) return "";
  const address = ipaddr.process(peer);
  const last = forwardedFor?.split(",").at(-1)?.trim() ?? "";
  const seen = INTERNAL.has(address.range()) && ipaddr.isValid(last) ? ipaddr.process(last) : address;
  if (seen.kind() === "ipv4") return seen.toString();
  return `${(seen as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}
