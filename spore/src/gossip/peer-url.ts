/**
 * Which URLs of peers are called, and at which address.
 *
 * A peer's URL comes from strangers, so calling it must not reach into this machine or its network (server-side
 * request forgery). The URL is parsed once; the name is resolved here; every address is judged; the connection goes
 * to the very address that was judged, so a name that answers differently the second time (rebinding) gains nothing.
 *
 * Invariants:
 * 1. https to a public unicast address is allowed. Loopback only where the operator allows it, other private
 *    addresses only inside the networks that the operator named; those may be plain http.
 * 2. One forbidden address among a name's addresses refuses the name.
 * 3. An admitted URL is an origin: no user, path, query or fragment.
 */
import { err, ok, type Result } from "@synapse/shared/result.ts";
import ipaddr from "ipaddr.js";

export interface PeerUrlPolicy {
  /** SPORE_ALLOW_LOOPBACK_PEERS */
  readonly allowLoopback: boolean;
  /** SPORE_ALLOW_PEER_NETWORKS, parsed by `parseNetworks`. */
  readonly networks: readonly Network[];
}

export type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

export interface UrlError {
  readonly kind: "invalid_url" | "forbidden_address" | "unresolvable";
  readonly message: string;
}

/** A URL together with the address to connect to. */
export interface AdmittedUrl {
  readonly origin: string;
  /** host[:port] for the Host header. */
  readonly host: string;
  /** Name for TLS: the certificate must be valid for it. */
  readonly hostname: string;
  /** The same URL with the checked address in place of the name. */
  readonly addressOrigin: string;
}

/** All addresses of a name; rejects where there is none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** The only IPv6 block that is handed out (RFC 4291); outside it lie old forms that carry an IPv4 address. */
const GLOBAL_IPV6: Network = ipaddr.parseCIDR("2000::/3");
/** Public addresses that belong to a cloud's host and answer its guests with credentials. */
const METADATA_ADDRESSES = ["168.63.129.16", "fd00:ec2::254"];

export function parseNetworks(list: string): Result<readonly Network[], UrlError> {
  const networks: Network[] = [];
  for (const text of list.split(",").map((part) => part.trim())) {
    if (text === "") continue;
    if (!ipaddr.isValidCIDR(text)) {
      return err({ kind: "invalid_url", message: `${text} is not a network such as 10.0.0.0/8` });
    }
    networks.push(ipaddr.parseCIDR(text));
  }
  return ok(networks);
}

/** The form of a peer's URL, without asking the network. @returns the origin, the one spelling of the URL. */
export function parsePeerUrl(text: string): Result<URL, UrlError> {
  if (text.length > 500 || !URL.canParse(text)) return invalid(text, "is not a URL");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return invalid(text, "is neither https nor http");
  if (url.username !== "" || url.password !== "") return invalid(text, "carries a user or password");
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "")
    return invalid(text, "is more than an origin");
  if (url.hostname === "" || url.hostname.endsWith(".")) return invalid(text, "has no plain host name");
  return ok(url);
}

export async function admitPeerUrl(
  text: string,
  policy: PeerUrlPolicy,
  resolve: Resolve,
): Promise<Result<AdmittedUrl, UrlError>> {
  const parsed = parsePeerUrl(text);
  return parsed.ok ? await admitUrl(parsed.value, policy, resolve) : parsed;
}

/** Judges where a URL leads, whatever its path. */
export async function admitUrl(
  url: URL,
  policy: PeerUrlPolicy,
  resolve: Resolve,
): Promise<Result<AdmittedUrl, UrlError>> {
  const bare = bareHost(url);
  let addresses: readonly string[];
  if (ipaddr.isValid(bare)) addresses = [bare];
  else {
    try {
      addresses = await resolve(bare);
    } catch (cause) {
      return err({ kind: "unresolvable", message: `${bare} does not resolve: ${String(cause)}` });
    }
  }
  for (const address of addresses) {
    const refusal = judge(address, url.protocol === "https:", policy);
    if (refusal !== null) return err({ kind: "forbidden_address", message: `${url.origin}: ${refusal}` });
  }
  const first = addresses[0];
  if (first === undefined) return err({ kind: "unresolvable", message: `${bare} has no address` });
  const connect = new URL(url.origin);
  connect.hostname = first.includes(":") ? `[${first}]` : first;
  return ok({ origin: url.origin, host: url.host, hostname: bare, addressOrigin: connect.origin });
}

/** A URL that only this machine or its network can be meant by: no https, or an address that is not public. */
export function isLocalUrl(text: string): boolean {
  const parsed = parsePeerUrl(text);
  if (!parsed.ok || parsed.value.protocol !== "https:") return true;
  const bare = bareHost(parsed.value);
  if (bare === "localhost" || bare.endsWith(".localhost")) return true;
  return ipaddr.isValid(bare) && judge(bare, true, { allowLoopback: false, networks: [] }) !== null;
}

/** What can be said of a peer's URL without asking the network: false where it would certainly be refused. */
export function mayBeCalled(text: string, policy: PeerUrlPolicy): boolean {
  const parsed = parsePeerUrl(text);
  if (!parsed.ok) return false;
  const isSecure = parsed.value.protocol === "https:";
  const bare = bareHost(parsed.value);
  if (ipaddr.isValid(bare)) return judge(bare, isSecure, policy) === null;
  return isSecure || policy.allowLoopback || policy.networks.length > 0;
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/** @returns why the address must not be called, or null. */
function judge(text: string, secure: boolean, policy: PeerUrlPolicy): string | null {
  if (!ipaddr.isValid(text)) return `${text} is not an address`;
  const address = ipaddr.parse(text);
  const range = address.range();
  if (METADATA_ADDRESSES.includes(address.toString())) return `${text} is a metadata service`;
  if (range === "loopback") return policy.allowLoopback ? null : `${text} is this machine`;
  // Named networks never open link-local addresses: that is where clouds keep their metadata.
  if (range !== "linkLocal" && policy.networks.some((network) => contains(network, address))) return null;
  if (range !== "unicast") return `${text} is not a public address (${range})`;
  if (address.kind() === "ipv6" && !address.match(GLOBAL_IPV6)) return `${text} is not a public address`;
  return secure ? null : "a public address is called over https only";
}

function contains([base, bits]: Network, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return base.kind() === address.kind() && address.match(base, bits);
}

function invalid(text: string, why: string): Result<never, UrlError> {
  return err({ kind: "invalid_url", message: `${text.slice(0, 100)} ${why}` });
}
