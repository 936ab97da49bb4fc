/**
 * The one form in which a spore's address is kept, compared and called: scheme, host, port and path without a
 * trailing slash. An address with a user name, password, query or fragment is refused, because whatever stands
 * there could be a secret, and would be sent on.
 */
import { err, ok, type Result } from "@synapse/shared/result.ts";

/** Longer than any real address; the same bound as on peer cards. */
const URL_CHARS_MAX = 500;

export function parseSporeUrl(text: string): Result<string, string> {
  const trimmed = text.trim();
  if (trimmed === "") return err("Enter the address of a spore, for example http://127.0.0.1:7860");
  if (trimmed.length > URL_CHARS_MAX) return err("That address is too long to be a spore's");
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  if (!URL.canParse(withScheme)) return err("That is not an address a browser can call");
  const url = new URL(withScheme);
  if (url.protocol !== "http:" && url.protocol !== "https:") return err("Use http:// or https://");
  if (url.username !== "" || url.password !== "")
    return err("Leave user name and password out of the address");
  if (url.search !== "" || url.hash !== "") return err("Leave out everything after ? or #");
  return ok(`${url.origin}${url.pathname.replace(/\/+$/, "")}`);
}

/** What stands for a spore until it has told its name. */
export function hostLabel(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
