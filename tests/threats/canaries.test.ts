/**
 * 10,000 canaries in one commander's memories, tasks, errors and environment: none of them on the wire to another
 * operator, in that operator's store, in any log, or in anything a stranger can read.
 *
 * Real spores of two operators, real gossip through recording relays. The swarm is made as leaky as its commander can
 * make it: idle thinking at full speed, everything allowed to be drawn from, and a model that repeats all it is shown.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NAME_CHARS } from "@synapse/spore/gossip/request-signature.ts";
import { type EventWatch, watchEvents } from "../support/event-watch.ts";
import { callTool } from "../support/mcp-by-hand.ts";
import { type RecordingProxy, startRecordingProxy } from "../support/recording-proxy.ts";
import { freePort } from "../support/spore-process.ts";
import { cleanUp, freshDir, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(200_000);

const MEMORIES = 930;
const PER_MEMORY = 5;
const TASKS = 10;
const PER_TASK = 45;
const ERRORS = 100;
const PER_ERROR = 5;
const SHAPE = /kanari[0-9a-f]{16}/g;

const planted = new Set<string>();
const plant = (count = 1): string =>
  Array.from({ length: count }, () => {
    const canary = `kanari${randomBytes(8).toString("hex")}`;
    planted.add(canary);
    return canary;
  }).join(" ");
/** Canaries of ours in some bytes: a search by shape, so that ten thousand needles cost one pass. */
const foundIn = (hay: Buffer | string): string[] =>
  [
    ...Buffer.from(hay as string)
      .toString("latin1")
      .matchAll(SHAPE),
  ]
    .map(([canary]) => canary)
    .filter((one) => planted.has(one));

const TOKEN = `token-${plant()}`;
const ENVIRONMENT = {
  SPORE_TOKEN: TOKEN,
  LLM_API_KEY: `key-${plant()}`,
  SYNAPSE_UNRELATED_SECRET: plant(),
  DATABASE_PASSWORD: plant(),
};

/** A model that repeats all it is shown, and every twelfth time fails with an error that carries a canary. */
let calls = 0;
const model = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    if (new URL(request.url).pathname.endsWith("/models")) return Response.json({ data: [{ id: "parrot" }] });
    calls += 1;
    if (calls % 12 === 0) return new Response(`upstream failed near ${plant(PER_ERROR)}`, { status: 500 });
    const { messages } = (await request.json()) as { messages: { content: string }[] };
    const seen = messages.at(-1)?.content ?? "";
    const words = seen.replaceAll(/[^\w. ]+/g, " ").slice(0, 900);
    const claims = [...seen.matchAll(SHAPE)]
      .slice(0, 5)
      .map(([one]) => `The reserve of the vault is ${one} in total.`);
    const content = messages[0]?.content.includes("JSON")
      ? JSON.stringify({
          hypothesis: words,
          text: words,
          claims,
          confidence: 0.9,
          value: null,
          verdict: "confirmed",
          note: words,
        })
      : words;
    return Response.json({
      id: "x",
      model: "parrot",
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }],
      usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 },
    });
  },
});

const auth = { authorization: `Bearer ${TOKEN}` };
const proxies: RecordingProxy[] = [];
let ours: [TestSpore, TestSpore];
let theirs: TestSpore;
let strangersKey = "";
/** Everything that a stranger's event stream shows. */
let events: EventWatch;

async function startBehindProxy(
  index: number,
  env: Record<string, string>,
  operatorKey?: string,
): Promise<TestSpore> {
  const proxy = proxies[index] as RecordingProxy;
  const port = await freePort();
  proxy.target = `http://127.0.0.1:${port}`;
  return await startTestSpore({
    index,
    port,
    peers: proxies.filter((_, other) => other !== index).map(({ url }) => url),
    env: { SPORE_PUBLIC_URL: proxy.url, LOG_LEVEL: "debug", ...env },
    ...(operatorKey ? { operatorKey } : {}),
  });
}

beforeAll(async () => {
  for (let at = 0; at < 3; at++) proxies.push(startRecordingProxy(await freePort()));
  const operatorKey = join(freshDir(), "operator.key");
  const env = { ...ENVIRONMENT, LLM_ENDPOINT: `http://127.0.0.1:${model.port}/v1`, LLM_MODEL: "parrot" };
  ours = [await startBehindProxy(0, env, operatorKey), await startBehindProxy(1, env, operatorKey)];
  theirs = await startBehindProxy(2, {});
  strangersKey = (await theirs.health()).key;
  for (const spore of ours) {
    const settings = {
      "wall.share_from": "private",
      "cognition.tick_s": 1,
      "cognition.workspace": true,
      "cognition.idle_s": 1,
      "sentinel.interval_s": 1,
    };
    expect((await spore.put("/api/settings", { settings }, auth)).status).toBe(200);
  }
  events = await watchEvents(ours[0]);
  await live();
});
afterAll(async () => {
  await events.stop();
  await cleanUp();
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  await model.stop(true);
});

/** Plants everything, then lets both sides talk and think until it has had time to leak. */
async function live(): Promise<void> {
  const [first, second] = ours;
  let before = plant();
  const memories = (label: string) =>
    Array.from({ length: MEMORIES }, (_, at) => {
      const counted = plant(PER_MEMORY - 1);
      // Each report takes up a canary of the one before: something rare in common is what idle thought looks for.
      const content = `Report ${at} about the vault of the harbour: after ${before} came ${counted}.`;
      before = counted.split(" ").at(-1) ?? before;
      return { content, label, metadata: { speaker: plant() } };
    });
  for (const [spore, label] of [
    [first, "private"],
    [second, "cluster"],
  ] as const) {
    expect((await spore.post("/api/memory", { memories: memories(label) }, auth)).status).toBe(201);
  }
  const marker = "The lighthouse of Brask is painted white and red.";
  expect((await first.post("/api/memory", { content: marker, label: "public" }, auth)).status).toBe(201);
  const asked: string[] = [];
  for (let at = 0; at < TASKS; at++) {
    const task = `What was counted in the vault of the harbour, given ${plant(PER_TASK)}?`;
    const reply = await (at % 2 === 0 ? first : second).post(
      "/api/task",
      { task, label: at % 3 === 0 ? "private" : "cluster" },
      auth,
    );
    asked.push(((await reply.json()) as { task_id: string }).task_id);
  }
  for (let at = 0; at < ERRORS; at++) await provoke(first, at);
  await waitFor("the marker at the stranger's", async () =>
    JSON.stringify(await theirs.json("/api/memory?")).includes("lighthouse of Brask"),
  );
  await waitFor(
    "every task to end",
    async () => {
      const { active_tasks } = await first.health();
      return active_tasks === 0;
    },
    120_000,
  );
  await waitFor(
    "idle thoughts on both sides",
    async () => {
      const states = await Promise.all(
        ours.map((spore) =>
          spore.json<{ oscillator: { tick: number }; thoughts: { kept: number } }>("/api/cognition"),
        ),
      );
      return states.every(({ oscillator, thoughts }) => oscillator.tick > 25 && thoughts.kept > 0);
    },
    120_000,
  );
  // Claims of answered tasks were offered to the wall: the leakiest way out has been tried. Whoever wrote a synthesis
  // offers its claims, and the model fails now and then, so more is asked until both have happened.
  for (let more = 0; (await kept()) < 3; more++) {
    expect(more).toBeLessThan(12);
    await second.post("/api/task", { task: `What was counted after ${plant(2)} in the vault?` }, auth);
    await Bun.sleep(6_000);
  }
}

/** Decisions of our walls to keep something in. */
async function kept(): Promise<number> {
  const walls = await Promise.all(ours.map((spore) => spore.json<{ blocks: number }>("/api/wall")));
  return walls.reduce((sum, { blocks }) => sum + blocks, 0);
}

/** Requests that fail in as many ways as there are, each with canaries in it. */
async function provoke(spore: TestSpore, at: number): Promise<void> {
  const words = plant(PER_ERROR);
  const one = words.split(" ")[0] ?? "";
  const ways: (() => Promise<Response>)[] = [
    () => spore.post("/api/memory", { content: "", metadata: { words } }, auth),
    () =>
      spore.fetch("/api/memory", {
        method: "POST",
        headers: { ...auth, "content-type": "application/json" },
        body: `{"content": "${words}`,
      }),
    () => spore.post("/api/task", { task: words, label: words }, auth),
    () => spore.fetch(`/api/memory/${one}?q=${encodeURIComponent(words)}`, { headers: auth }),
    () => spore.fetch(`/api/${one}`, { headers: { ...auth, "x-note": words } }),
    () => spore.post("/api/proposals/approve", { words }, { authorization: `Bearer ${one}` }),
    () => spore.post("/mcp", { jsonrpc: "2.0", id: 1, method: words, params: { words } }, auth),
    () => spore.fetch("/gossip/hello", { method: "POST", headers: { synapse: words }, body: words }),
    () => spore.fetch(`/api/memory/search?layer=private&q=${encodeURIComponent(words)}`),
    () => spore.put("/api/settings", { settings: { [one]: words } }, auth),
  ];
  await (ways[at % ways.length] as () => Promise<Response>)();
}

const PUBLIC_ROUTES = [
  "health tasks tasks?q=vault memory memory/search?q=vault+harbour+counted&k=100 trust wall swarm cognition",
  "sentinel/status sentinel/deployments proposals providers convergence answers quantum cortex federation/status history",
]
  .join(" ")
  .split(" ")
  .map((path) => `/api/${path}`)
  .concat(
    "/metrics",
    "/openapi.json",
    "/docs",
    "/mcp/info",
    "/federation/nodes",
    "/.well-known/agent-card.json",
    "/v1/models",
  );

describe("ten thousand canaries", () => {
  test("were planted, and what is meant for everybody did travel", () => {
    expect(planted.size).toBeGreaterThanOrEqual(10_000);
    const wire = proxies.flatMap(({ passed }) =>
      passed.map(({ request, reply }) => Buffer.concat([request, reply])),
    );
    expect(wire.some((bytes) => bytes.includes("lighthouse of Brask"))).toBe(true);
    // The relay sees what it is meant to see: cluster entries between the two spores of one commander.
    expect(wire.some((bytes) => foundIn(bytes).length > 0)).toBe(true);
  });

  test("none on the wire between the two operators", () => {
    const between = proxies.flatMap(({ passed }, at) =>
      passed.filter(
        ({ caller }) => at === 2 || caller === strangersKey.slice(0, NAME_CHARS) || caller === "",
      ),
    );
    expect(between.length).toBeGreaterThan(10);
    const leaks = between.flatMap(({ path, request, reply }) =>
      // What a stranger sends is no leak; what it is told is, and what is sent to it.
      foundIn(Buffer.concat([request, reply])).map((canary) => `${path}: ${canary}`),
    );
    expect(leaks).toEqual([]);
  });

  test("none in the other operator's store", () => {
    const leaks = readdirSync(theirs.dataDir, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .flatMap((file) =>
        foundIn(readFileSync(join(file.parentPath, file.name))).map((canary) => `${file.name}: ${canary}`),
      );
    expect(leaks).toEqual([]);
  });

  test("none in the logs of any spore, at the most talkative level", () => {
    for (const spore of [...ours, theirs]) expect(foundIn(spore.output())).toEqual([]);
  });

  test("none in anything a stranger can read", async () => {
    for (const spore of ours) {
      for (const path of PUBLIC_ROUTES) {
        const reply = await spore.fetch(path);
        expect({ path, found: foundIn(await reply.text()) }).toEqual({ path, found: [] });
      }
      for (const [name, args] of [
        ["query_memory", { query: "vault harbour counted" }],
        ["collective_knowledge", { query: "vault" }],
        ["list_tasks", {}],
        ["swarm_health", {}],
      ] as const) {
        const reply = await callTool(spore, name, args);
        expect({ name, found: foundIn(await reply.text()) }).toEqual({ name, found: [] });
      }
    }
    expect(events.text().length).toBeGreaterThan(0);
    expect(foundIn(events.text())).toEqual([]);
  });

  test("the wall says that things were kept, and not which", async () => {
    const wall = await ours[0].json<{ blocks: number; recent_audit: unknown[] }>("/api/wall?limit=500");
    expect(foundIn(JSON.stringify(wall))).toEqual([]);
    console.log(`wall: ${wall.blocks} kept; ${calls} model calls; ${planted.size} canaries`);
  });
});
