/**
 * Under which name a caller's share of this spore's work is kept: its address, so that one stranger's requests use up
 * that stranger's share and nobody else's.
 *
 * 1. An IPv6 caller is its /64: whoever has one address of it has them all. This machine is its own address.
 * 2. Behind proxies (the connection comes from a loopback or private address) it is the last address in
 *    `X-Forwarded-For` that is neither: what comes before it is the caller's own word. From anywhere else the header is
 *    not read at all. Who sits in the proxy's own network can make names up: what all callers together may do is limited as well.
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
  const seen = INTERNAL.has(address.range()) ? (forwarded(forwardedFor) ?? address) : address;
  if (seen.kind() === "ipv4" || seen.range() === "loopback") return seen.toString();
  return `${(seen as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}

/** The nearest address in the header that does not belong to a proxy; null where it names none. */
function forwarded(header: string | null): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const named = (header ?? "")
    .split(",")
    .map((one) => one.trim().replace(/^\[(.+)\](?::\d+)?$|^([\d.]+):\d+$/, "$1$2"))
    .filter((one) => ipaddr.isValid(one))
    .map((one) => ipaddr.process(one));
  return named.findLast((one) => !INTERNAL.has(one.range())) ?? named.at(-1) ?? null;
}
