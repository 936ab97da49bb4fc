/**
 * Which network a peer's URL or address belongs to, so that nobody who owns one block of addresses or one domain can be
 * the whole circle of a spore: the /16 of an IPv4 address, the /32 of an IPv6 one (what a provider is given), the last
 * two labels of a name. Names are not resolved: that would cost a lookup a card, and a hostile name answers as it likes.
 */
import ipaddr from "ipaddr.js";

const IPV4_BYTES = 2;
const IPV6_BYTES = 4;

/** @param place a URL, or an address by itself: of those some look like a URL, with `fd00` for its scheme */
function hostOf(place: string): string {
  if (ipaddr.isValid(place) || !URL.canParse(place)) return place;
  return new URL(place).hostname.replace(/^\[|\]$/g, "");
}

/** @param place as for `hostOf` */
export function networkOf(place: string): string {
  const hostname = hostOf(place);
  if (!ipaddr.isValid(hostname)) return hostname.split(".").slice(-2).join(".");
  const address = ipaddr.process(hostname);
  const bytes = address.toByteArray().slice(0, address.kind() === "ipv4" ? IPV4_BYTES : IPV6_BYTES);
  return `${address.kind()} ${bytes.join(".")}`;
}
