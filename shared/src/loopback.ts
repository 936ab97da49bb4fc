/** Names and addresses that only this machine can reach. Pure. */
const NAMES = new Set(["localhost", "::1", "[::1]"]);

/** @param host a name or an address without its port, IPv6 with or without brackets */
export function isLoopbackHost(host: string): boolean {
  return NAMES.has(host.toLowerCase()) || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** False for what is no URL. */
export function isLoopbackUrl(text: string): boolean {
  return URL.canParse(text) && isLoopbackHost(new URL(text).hostname);
}
