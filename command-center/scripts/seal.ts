/**
 * Seals the exported pages: writes a content security policy into each, with the hash of every inline script that
 * the build put there, so that no other script can ever run.
 *
 * `connect-src` names schemes rather than hosts: which spores a visitor watches is decided at run time. Everything
 * else comes from the page's own host. Styles come from files; what the code sets at run time goes through the DOM,
 * which needs no exception.
 *
 * Run after `next build`; fails when a page holds an inline style or event handler, which the policy would break.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const OUT = fileURLToPath(new URL("../out/", import.meta.url));

/** Map engines draw in a worker made from their own file, and decode tiles through blobs. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  "default-src": "'none'",
  "style-src": "'self'",
  "img-src": "'self' data: blob:",
  "font-src": "'self'",
  "connect-src": "'self' http: https:",
  "worker-src": "'self' blob:",
  "manifest-src": "'self'",
  "base-uri": "'none'",
  "form-action": "'none'",
};

export function policyFor(html: string): string {
  const hashes = new Set<string>();
  for (const [, attributes = "", text = ""] of html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)) {
    if (/\bsrc=/.test(attributes)) continue;
    hashes.add(`'sha256-${createHash("sha256").update(text).digest("base64")}'`);
  }
  const script = ["'self'", ...hashes].join(" ");
  const others = Object.entries(DIRECTIVES).map(([name, value]) => `${name} ${value}`);
  return [...others, `script-src ${script}`].join("; ");
}

export function seal(html: string): string {
  const body = html.replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, "");
  const forbidden = body.match(/<[a-z][^>]*\s(style|on[a-z]+)="/i) ?? body.match(/<style\b/i);
  if (forbidden !== null)
    throw new Error(`inline style or handler, which the policy forbids: ${forbidden[0]}`);
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policyFor(html)}"/>`;
  return html.replace(/<head>/, `<head>${meta}`);
}

if (import.meta.main) {
  const pages = readdirSync(OUT, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".html"),
  );
  for (const page of pages) {
    const file = join(OUT, page);
    writeFileSync(file, seal(readFileSync(file, "utf8")));
  }
  process.stdout.write(`sealed ${pages.length} pages\n`);
}
