/**
 * Who may do what: Host and Origin allow-lists on every route, and the operator's authority.
 *
 * Host is checked before anything else, because a page that rebinds its own name to 127.0.0.1 (DNS rebinding) has its
 * name in Host. A hostile Origin may read what is public, as any visitor may, and can write nothing.
 */

import { timingSafeEqual } from "node:crypto";
import { isLoopbackHost } from "@synapse/shared/loopback.ts";
import type { SporeConfig } from "../config.ts";
import { HttpError } from "./errors.ts";

type AccessConfig = Pick<SporeConfig, "host" | "token" | "publicUrl" | "allowedHosts" | "corsOrigins">;

/** Methods that change nothing. */
export const READS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

export type Access = ReturnType<typeof createAccess>;

export function createAccess(config: AccessConfig) {
  const onLoopback = isLoopbackHost(config.host);
  const token = config.token === null ? null : Buffer.from(config.token);
  const hosts = new Set(config.allowedHosts.map((host) => host.toLowerCase()));
  if (config.publicUrl !== null) hosts.add(new URL(config.publicUrl).hostname.toLowerCase());
  const origins = new Set(config.corsOrigins.map((origin) => origin.replace(/\/+$/, "")));
  if (config.publicUrl !== null) origins.add(new URL(config.publicUrl).origin);

  function isHostAllowed(request: Request, fromLoopback: boolean): boolean {
    if (hosts.has("*")) return true;
    const name = hostName(request);
    if (name === null) return false;
    // Named by the operator, for example "localhost" where a container's port is published on this machine only.
    if (hosts.has(name)) return true;
    // On a public bind a loopback name is honest only from this machine itself, for example a container's health check.
    return isLoopbackHost(name) && (onLoopback || fromLoopback);
  }

  function isOriginAllowed(request: Request): boolean {
    const origin = request.headers.get("origin");
    if (origin === null || origins.has(origin)) return true;
    return URL.canParse(request.url) && origin === new URL(request.url).origin;
  }

  function hasToken(request: Request): boolean {
    const match = /^Bearer\s+(\S+)$/i.exec(request.headers.get("authorization") ?? "");
    if (token === null || match === null) return false;
    const given = Buffer.from(match[1] as string);
    return given.length === token.length && timingSafeEqual(given, token);
  }

  return {
    isOriginAllowed,

    /** Refuses a wrong Host on every route, and a foreign Origin wherever something could be changed. */
    check(request: Request, fromLoopback: boolean): void {
      if (!isHostAllowed(request, fromLoopback)) {
        throw new HttpError(
          "forbidden",
          "this Host is not served here: use the address the spore is bound to, or add the name to SPORE_ALLOWED_HOSTS",
        );
      }
      if (!READS.has(request.method) && !isOriginAllowed(request)) {
        throw new HttpError("forbidden", "this Origin may not write here: add it to SPORE_CORS_ORIGINS");
      }
    },

    /** The operator's authority: the token, or a loopback spore without a token asked from its own machine. */
    isAuthorised(request: Request): boolean {
      if (token !== null) return hasToken(request);
      return onLoopback && isLoopbackHost(hostName(request) ?? "") && isOriginAllowed(request);
    },

    /** Headers by which a browser lets pages of other origins read the reply. Credentials are never allowed. */
    corsHeaders(request: Request): Record<string, string> {
      const origin = request.headers.get("origin");
      if (origin === null) return {};
      const known = isOriginAllowed(request);
      return {
        "access-control-allow-origin": known ? origin : "*",
        "access-control-expose-headers": "retry-after",
        vary: "origin",
        ...(request.method === "OPTIONS"
          ? {
              "access-control-allow-methods": known ? "GET, POST, PUT" : "GET",
              "access-control-allow-headers": known
                ? "authorization, content-type, idempotency-key, last-event-id, mcp-method, mcp-name, mcp-protocol-version"
                : "last-event-id",
              "access-control-max-age": "600",
            }
          : {}),
      };
    },
  };
}

/** The Host header's name without its port, lower case; null when it is missing or malformed. */
function hostName(request: Request): string | null {
  const host = request.headers.get("host");
  if (host === null || !URL.canParse(`http://${host}`)) return null;
  const parsed = new URL(`http://${host}`);
  return parsed.pathname === "/" && parsed.username === "" ? parsed.hostname.toLowerCase() : null;
}
