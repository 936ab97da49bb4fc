/**
 * A stranger without the token learns that it is needed before anything else is looked at: whatever it sends, in whatever
 * form, to whichever route that writes or shows what is the commander's.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { errorSchema } from "@synapse/shared/contract/status.ts";
import { cleanUp, startTestSpore, type TestSpore } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "operator-token-for-authority-0123456789";
/** Whoever calls these proves itself in another way, or is shown what is public. */
const OPEN_WRITES = ["/federation/join", "/mcp", "/api/memory/search"];
const ID = "0".repeat(64);
/** Bodies of the right form, where an empty object is none. */
const GOOD: Readonly<Record<string, unknown>> = {
  "/api/task": { task: "Why?" },
  "/api/memory": { content: "a" },
  "/api/keys": { key: "k".repeat(43), successor: null },
  [`/api/task/${ID}/grade`]: { correct: true },
  "/api/settings": { settings: {} },
  "/v1/chat/completions": { model: "synapse", messages: [{ role: "user", content: "Why?" }] },
};

interface Route {
  readonly method: string;
  readonly path: string;
  /** Given to the operator alone. */
  readonly declared: boolean;
  /** Asks for no token at all, not even to show more. */
  readonly open: boolean;
}

let spore: TestSpore;
let routes: readonly Route[] = [];
beforeAll(async () => {
  spore = await startTestSpore({
    env: { SPORE_TOKEN: TOKEN, SPORE_CORS_ORIGINS: "https://page.example" },
  });
  const { paths } = await spore.json<{ paths: Record<string, Record<string, { security?: object[] }>> }>(
    "/openapi.json",
  );
  routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security = [] }]) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, ID),
      // An empty requirement means that the route answers without the token, too.
      declared: security.length > 0 && security.every((one) => Object.keys(one).length > 0),
      open: security.length === 0,
    })),
  );
});
afterAll(cleanUp);

const isWrite = ({ method }: Route) => method !== "GET";
const isOpen = ({ path }: Route) => OPEN_WRITES.includes(path) || path.startsWith("/gossip/");

async function refused(
  { method, path }: Pick<Route, "method" | "path">,
  init: RequestInit = {},
): Promise<string> {
  const reply = await spore.fetch(path, { method, ...init });
  const { error } = errorSchema.parse(await reply.json());
  return `${method} ${path}: ${reply.status} ${error.code}`;
}

const json = { "content-type": "application/json" };
const BODIES: readonly [name: string, init: RequestInit][] = [
  ["no body", {}],
  ["an empty object", { headers: json, body: "{}" }],
  ["malformed JSON", { headers: json, body: "{" }],
  ["another type", { headers: { "content-type": "text/plain" }, body: "x" }],
  ["3 MB", { headers: json, body: "x".repeat(3_000_000) }],
  ["a wrong token", { headers: { ...json, authorization: "Bearer wrong" }, body: "{}" }],
];

test("every route that writes says in the API's description that it needs the operator, or is known to be open", () => {
  const writes = routes.filter(isWrite);
  expect(writes.length).toBeGreaterThan(10);
  expect(writes.filter((one) => !one.declared && !isOpen(one))).toEqual([]);
});

for (const [name, init] of BODIES) {
  test(`401 before anything else: ${name}`, async () => {
    for (const route of routes.filter((one) => isWrite(one) && !isOpen(one))) {
      for (const path of [route.path, `${route.path}/`]) {
        const said = await refused({ ...route, path }, init);
        expect(said).toBe(`${route.method} ${path}: 401 unauthorised`);
      }
    }
  });
}

test("401 where nothing else is wrong", async () => {
  for (const { method, path } of routes.filter((one) => isWrite(one) && !isOpen(one))) {
    const said = await refused({ method, path }, { headers: json, body: JSON.stringify(GOOD[path] ?? {}) });
    expect(said).toBe(`${method} ${path}: 401 unauthorised`);
  }
});

test("so does every route that shows what is the commander's alone, however it is asked", async () => {
  const reads = routes.filter((one) => one.declared && !isWrite(one));
  expect(reads.map(({ path }) => path)).toContain("/api/settings");
  expect(reads.map(({ path }) => path)).toContain("/v1/models");
  for (const route of reads) {
    for (const path of [route.path, `${route.path}/`, `${route.path}?k=no-number`]) {
      expect(await refused({ ...route, path })).toBe(`GET ${path}: 401 unauthorised`);
    }
    expect((await spore.fetch(route.path, { method: "HEAD" })).status).toBe(401);
  }
});

test("a read that the description leaves open answers without the token", async () => {
  const open = routes.filter((one) => one.open && !isWrite(one));
  expect(open.length).toBeGreaterThan(5);
  for (const { path } of open) {
    const reply = await spore.fetch(path);
    await reply.body?.cancel();
    expect(reply.status, path).not.toBe(401);
  }
});

test("what is public can be searched by POST without the token, and nothing else", async () => {
  const search = (body: object) => spore.post("/api/memory/search", body);
  expect((await search({ q: "anything" })).status).toBe(200);
  expect((await search({ q: "anything", layer: "private" })).status).toBe(401);
});

test("a path that nothing answers and a method that no route has tell a stranger no more", async () => {
  expect(await refused({ method: "POST", path: "/api/nothing" })).toContain("401 unauthorised");
  expect(await refused({ method: "DELETE", path: "/api/task" })).toContain("401 unauthorised");
});

test("a foreign Origin is refused before the token is asked for; with the token the form is looked at", async () => {
  const foreign = { headers: { ...json, origin: "https://evil.example" }, body: "{" };
  expect(await refused({ method: "POST", path: "/api/task" }, foreign)).toContain("403 forbidden");
  const authorised = { ...json, authorization: `Bearer ${TOKEN}` };
  for (const [body, status] of [
    ["{", 400],
    ["{}", 422],
  ] as const) {
    const reply = await spore.fetch("/api/task", { method: "POST", headers: authorised, body });
    expect(reply.status).toBe(status);
  }
});
