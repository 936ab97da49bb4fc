/**
 * Answers a request for the exported Command Center: clean URLs, caching, security headers.
 *
 * 1. Only files below the export are served, none whose name starts with a dot.
 * 2. Only requests addressed to a loopback name are answered: a hostile page that points its own name at this
 *    machine (DNS rebinding) gets 421.
 * 3. Scripts run only from this origin, or inline with a hash that was taken from the exported page itself.
 *    Connections may go anywhere over http(s): the page talks to whichever spores its visitor names.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, normalize } from "node:path";
import type { PageConfig } from "@synapse/shared/contract/swarm-file.ts";

const LOOPBACK_NAMES = new Set(["127.0.0.1", "localhost", "[::1]"]);
const YEAR_S = 31_536_000;

export interface PageSite {
  /** The folder of the static export. */
  readonly folder: string;
  readonly config: PageConfig;
}

export function respondToPageRequest(request: Request, site: PageSite): Response {
  const url = new URL(request.url);
  if (!LOOPBACK_NAMES.has(url.hostname)) return plain(421, "this server answers to loopback names only");
  if (request.method !== "GET" && request.method !== "HEAD") {
    return plain(405, "only GET and HEAD", { Allow: "GET, HEAD" });
  }
  if (url.pathname === "/config.json") {
    return Response.json(site.config, { headers: { ...SAFETY_HEADERS, "Cache-Control": "no-store" } });
  }
  const path = decodedPath(url.pathname);
  if (path === null) return plain(400, "the path cannot be decoded");
  const file = findFile(site.folder, path);
  if (file !== null) return fileResponse(request, site, file, url.pathname, 200);
  const missing = join(site.folder, "404.html");
  return existsSync(missing)
    ? fileResponse(request, site, missing, url.pathname, 404)
    : plain(404, "there is no such page");
}

/** `/library` → `library.html` or `library/index.html`; null where nothing is served. */
function findFile(folder: string, path: string): string | null {
  if (path.split("/").some((part) => part.startsWith(".")) || path.includes("\0")) return null;
  const base = join(folder, normalize(path));
  const candidates = path.endsWith("/")
    ? [join(base, "index.html"), `${base.slice(0, -1)}.html`]
    : [base, `${base}.html`, join(base, "index.html")];
  return candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile()) ?? null;
}

function fileResponse(
  request: Request,
  site: PageSite,
  file: string,
  pathname: string,
  status: number,
): Response {
  const contents = readFileSync(file);
  const etag = `"${Bun.hash(contents).toString(16)}"`;
  const isHtml = file.endsWith(".html");
  const headers: Record<string, string> = {
    ...SAFETY_HEADERS,
    "Content-Type": Bun.file(file).type,
    // Next puts a content hash into the names below /_next/static; everything else may change under its name.
    "Cache-Control":
      status === 200 && pathname.startsWith("/_next/static/")
        ? `public, max-age=${YEAR_S}, immutable`
        : "no-cache",
    ETag: etag,
  };
  if (isHtml)
    headers["Content-Security-Policy"] = contentSecurityPolicy(contents.toString("utf8"), site.config);
  if (status === 200 && request.headers.get("if-none-match") === etag)
    return new Response(null, { status: 304, headers });
  return new Response(request.method === "HEAD" ? null : contents, { status, headers });
}

const SAFETY_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  // The address may carry filters and ids of the visitor's own swarm.
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
};

const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi;

export function contentSecurityPolicy(html: string, config: PageConfig): string {
  const hashes = new Set<string>();
  for (const [, script] of html.matchAll(INLINE_SCRIPT)) {
    if (script === undefined || script === "") continue;
    hashes.add(`'sha256-${new Bun.CryptoHasher("sha256").update(script).digest("base64")}'`);
  }
  const tiles = config.mapboxToken === undefined ? "" : " https://*.mapbox.com";
  return [
    "default-src 'self'",
    `script-src 'self'${[...hashes].map((hash) => ` ${hash}`).join("")}`,
    "style-src 'self' 'unsafe-inline'",
    `img-src 'self' data: blob:${tiles}`,
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    "connect-src 'self' http: https:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function decodedPath(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return null;
  }
}

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { ...SAFETY_HEADERS, "Content-Type": "text/plain; charset=utf-8", ...headers },
  });
}
