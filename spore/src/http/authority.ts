/**
 * The operator's authority, decided once for each request, before its body is read or its form is looked at: a stranger
 * learns that it needs the token and nothing else, and costs nothing.
 *
 * 1. Whatever is not read by GET needs it, on every path, known or not. Where callers prove themselves in another way, or
 *    read by POST (OPEN_WRITES), the route decides.
 * 2. Of what is read, the routes that declare it (`authorised` in documented.ts); where some of an answer is public the
 *    route shows that much.
 */
import { type Access, READS } from "./access.ts";
import { HttpError } from "./errors.ts";

/** MCP and a search show anybody what is public; joining and gossip carry signatures of their own. */
const OPEN_WRITES = /^\/(?:mcp|api\/memory\/search|federation\/join|gossip\/[^/]+)\/?$/;

/** What the framework knows of a route. */
interface Route {
  readonly method: string;
  readonly path: string;
  readonly hooks?: { readonly detail?: { readonly security?: readonly object[] } };
}

/** An empty requirement beside another one means that the route answers without, too. */
function isClosed({ hooks }: Route): boolean {
  const { security = [] } = hooks?.detail ?? {};
  return security.length > 0 && security.every((one) => Object.keys(one).length > 0);
}

/** @throws HttpError unauthorised */
export function demandAuthority(authorised: boolean): void {
  if (authorised) return;
  throw new HttpError("unauthorised", "this needs the operator token: Authorization: Bearer <token>", {
    "www-authenticate": 'Bearer realm="synapse"',
  });
}

export function createAuthority(access: Pick<Access, "isAuthorised">) {
  const declared = new Set<string>();

  return {
    /** Told once, when every route is there. */
    learn(routes: readonly Route[]): void {
      for (const route of routes) if (READS.has(route.method) && isClosed(route)) declared.add(route.path);
    },

    /** Before anything of the request is read. */
    ofRequest(request: Request): void {
      if (READS.has(request.method) || OPEN_WRITES.test(new URL(request.url).pathname)) return;
      demandAuthority(access.isAuthorised(request));
    },

    /** Once the framework has said which route it is, and before the form of its parameters is looked at. */
    ofRoute(request: Request, route: string): void {
      if (declared.has(route) && READS.has(request.method)) demandAuthority(access.isAuthorised(request));
    },
  };
}
