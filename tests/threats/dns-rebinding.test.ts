/**
 * DNS rebinding and hostile pages: on every route that exists, a foreign Host gets 403, and a foreign Origin neither
 * writes nor gains the authority that a page of one's own has on a loopback spore without a token.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cleanUp, startTestSpore, type TestSpore } from "../support/swarm.ts";

setDefaultTimeout(120_000);

const CANARY = "canary-of-the-private-kind-90";
/** Not in the description, or not only as described. */
const MORE = ["GET /mcp", "POST /gossip/hello", "GET /nowhere", "PUT /x"];
const FOREIGN_HOSTS = [
  "evil.example",
  "127.0.0.1.evil.example",
  "localhost.evil.example:7860",
  "0.0.0.0",
  "[::ffff:7f00:1]x",
];

let spore: TestSpore;
let routes: { readonly method: string; readonly path: string }[];

beforeAll(async () => {
  spore = await startTestSpore();
  await spore.post("/api/memory", { content: CANARY, label: "private" });
  const task = await spore.post("/api/task", { task: `what is ${CANARY}?` });
  const { task_id } = (await task.json()) as { task_id: string };
  const { paths } = await spore.json<{ paths: Record<string, Record<string, unknown>> }>("/openapi.json");
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.length).toBeGreaterThan(45);
  routes = [...described, ...MORE].map((line) => {
    const [method = "", path = ""] = line.split(" ");
    return { method, path: path.replaceAll(/\{[^}]+\}/g, task_id) };
  });
});
afterAll(cleanUp);

function call(route: { method: string; path: string }, headers: Record<string, string>): Promise<Response> {
  const body = route.method === "GET" ? {} : { body: "{}" };
  return spore.fetch(route.path, {
    method: route.method,
    headers: { "content-type": "application/json", ...headers },
    ...body,
    signal: AbortSignal.timeout(10_000),
  });
}

test("a foreign Host is refused on every route, before anything else is looked at", async () => {
  for (const route of routes) {
    for (const host of FOREIGN_HOSTS) {
      const reply = await call(route, { host });
      const where = `${route.method} ${route.path} as ${host}`;
      expect(`${where}: ${reply.status}`).toBe(`${where}: 403`);
      expect(await reply.text()).not.toContain(CANARY);
    }
  }
});

test("a foreign Origin writes nowhere, and reads no more than a stranger", async () => {
  for (const route of routes) {
    for (const origin of ["https://evil.example", "null", "http://localhost:1"]) {
      const reply = await call(route, { origin });
      const where = `${route.method} ${route.path} from ${origin}`;
      expect(`${where}: ${reply.headers.get("access-control-allow-credentials")}`).toBe(`${where}: null`);
      if (route.method !== "GET") expect(`${where}: ${reply.status}`).toBe(`${where}: 403`);
      // An event stream goes on for ever; what it starts with is enough.
      const text = route.path === "/api/events" ? await firstChunk(reply) : await reply.text();
      expect(`${where}: ${text.includes(CANARY)}`).toBe(`${where}: false`);
    }
  }
});

test("the same page with the right Host and no foreign Origin does see it", async () => {
  const reply = await spore.fetch(`/api/memory/search?q=${CANARY}`);
  expect(await reply.text()).toContain(CANARY);
});

async function firstChunk(reply: Response): Promise<string> {
  const reader = reply.body?.getReader();
  const chunk = await Promise.race([reader?.read(), Bun.sleep(300)]);
  await reader?.cancel();
  return chunk?.value === undefined ? "" : new TextDecoder().decode(chunk.value);
}
