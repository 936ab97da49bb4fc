/**
 * Which network a peer's URL belongs to, so that nobody who owns one block of addresses or one domain can be the whole
 * circle of a spore: the /16 of an IPv4 address, the /32 of an IPv6 one (what a provider is given), the last two labels
 * of a name. Names are not resolved: that would cost a lookup a card, and a hostile name answers as it likes.
 */
import ipaddr from "ipaddr.js";

const IPV4_BYTES = 2;
const IPV6_BYTES = 4;

export function networkOf(url: string): string {
  const hostname = URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, "") : url;
  if (!ipaddr.isValid(hostname)) return hostname.split(".").slice(-2).join(".");
  const address = ipaddr.process(hostname);
  const bytes = address.toByteArray().slice(0, address.kind() === "ipv4" ? IPV4_BYTES : IPV6_BYTES);
  return `${address.kind()} ${bytes.join(".")}`;
}
