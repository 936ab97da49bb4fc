/** Which hosts only this machine can reach. */

const NAMES: ReadonlySet<string> = new Set(["localhost", "::1", "[::1]"]);

/** @param host a name or an address; of IPv6 with brackets, as in a URL, or without */
export function isLoopbackHost(host: string): boolean {
  return NAMES.has(host.toLowerCase()) || /^127(?:\.\d{1,3}){3}$/.test(host);
}
