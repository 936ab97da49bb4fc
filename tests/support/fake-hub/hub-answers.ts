/** How the fake Hub says things: accounts and rights, Spaces, values, files, logs. Shapes as the Hub documents them. */
import { createHash } from "node:crypto";
import type { FakeSpace } from "./fake-space.ts";

export interface FakeToken {
  readonly account: string;
  readonly role: "read" | "write" | "fineGrained";
  readonly isPro: boolean;
  readonly orgs?: readonly string[];
  /** Owners a fine-grained token may write to. */
  readonly writes?: readonly string[];
}

export function whoAmI(who: FakeToken) {
  return {
    type: "user",
    id: createHash("sha1").update(who.account).digest("hex"),
    name: who.account,
    fullname: who.account,
    isPro: who.isPro,
    canPay: who.isPro,
    orgs: (who.orgs ?? []).map((name) => ({ type: "org", name, plan: who.isPro ? "team" : undefined })),
    auth: {
      type: "access_token",
      accessToken: {
        displayName: "test",
        role: who.role,
        createdAt: "2026-01-01T00:00:00.000Z",
        ...(who.role === "fineGrained"
          ? {
              fineGrained: {
                global: [],
                scoped: (who.writes ?? []).map((name) => ({
                  entity: { type: "user", name },
                  permissions: ["repo.content.read", "repo.write"],
                })),
              },
            }
          : {}),
      },
    },
  };
}

export function mayWrite(id: string, who: FakeToken): boolean {
  const owner = id.split("/")[0] ?? "";
  const isMember = owner === who.account || (who.orgs ?? []).includes(owner);
  if (!isMember || who.role === "read") return false;
  return who.role !== "fineGrained" || (who.writes ?? []).includes(owner);
}

export function maySee(space: FakeSpace, who: FakeToken): boolean {
  const owner = space.id.split("/")[0] ?? "";
  return space.visibility === "public" || owner === who.account || (who.orgs ?? []).includes(owner);
}

export function detailsOf(space: FakeSpace) {
  return {
    _id: createHash("sha1").update(space.id).digest("hex"),
    id: space.id,
    sdk: space.sdk,
    private: space.visibility === "private",
    visibility: space.visibility,
    host: space.url,
    subdomain: space.id.replace("/", "-").toLowerCase(),
    likes: 0,
    lastModified: "2026-01-01T00:00:00.000Z",
    runtime: runtimeOf(space),
  };
}

export function runtimeOf(space: FakeSpace) {
  const hardware = { current: "cpu-basic", requested: "cpu-basic" };
  return {
    stage: space.stage,
    hardware,
    storage: null,
    gcTimeout: 172_800,
    replicas: { current: 1, requested: 1 },
  };
}

export function valuesOf(values: FakeSpace["variables"], readable: boolean) {
  return Object.fromEntries(
    [...values].map(([key, { value, description }]) => [
      key,
      { key, description, updatedAt: "2026-01-01T00:00:00.000Z", ...(readable ? { value } : {}) },
    ]),
  );
}

export function resolveFile(space: FakeSpace, path: string, request: Request): Response {
  const bytes = space.files.get(decodeURIComponent(path));
  if (bytes === undefined) {
    return new Response("Entry not found", { status: 404, headers: { "x-error-code": "EntryNotFound" } });
  }
  const [, from = "0", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
  const end = to === "" ? bytes.length : Math.min(Number(to) + 1, bytes.length);
  return new Response(bytes.slice(Number(from), end), {
    status: 206,
    headers: { "content-range": `bytes ${from}-${end - 1}/${bytes.length}`, etag: `"${Bun.hash(bytes)}"` },
  });
}

/** Server-sent events; the real one stays open, which a test need not wait for. */
export function logStream(lines: readonly string[]): Response {
  const events = lines.map(
    (line) => `data: ${JSON.stringify({ data: `${line}\n`, timestamp: "2026-01-01T00:00:00Z" })}\n\n`,
  );
  return new Response(`data: \n\n${events.join("")}`, { headers: { "content-type": "text/event-stream" } });
}

export function decode(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, "base64"));
}

export function refusal(status: number, error: string): Response {
  return Response.json({ error }, { status });
}
