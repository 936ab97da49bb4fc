/**
 * Canaries in every secret a spore is given, and providers that do their worst to spread them: nothing a spore says,
 * writes, logs, shares or stores may hold one.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PROVIDERS } from "@synapse/shared/providers.ts";
import { watchEvents } from "../support/event-watch.ts";
import { chatBody, type FakeProvider, startFakeProvider } from "../support/fake-provider.ts";
import { cleanUp, startSwarm, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "canary-operator-token-9f3a";
const USED = PROVIDERS.filter((provider) => !("retired" in provider));
const keyOf = (id: string) => `hf_canary_${id}_5b1e77aa`;
const canaries = [TOKEN, "canary-endpoint-4c2d", ...USED.map(({ id }) => keyOf(id))];

/** One server for all providers. It repeats the key it was sent wherever a server can put words. */
let fake: FakeProvider;
let swarm: TestSpore[];
const headers = { authorization: `Bearer ${TOKEN}` };

beforeAll(async () => {
  fake = startFakeProvider();
  let call = 0;
  fake.play(({ path, authorization, body }) => {
    const key = (authorization ?? "").replace("Bearer ", "");
    if (path.endsWith("/models"))
      return Response.json({
        data: [`model-${key}`, ...USED.flatMap(({ models }) => models.slice(0, 1))].map((id) => ({ id })),
      });
    call += 1;
    const spread = {
      "x-request-id": key,
      "x-ratelimit-reset": key,
      "retry-after": "1",
      "set-cookie": `k=${key}`,
    };
    switch (call % 7) {
      case 0:
        return Response.json(
          { error: { message: `Incorrect API key provided: ${key}` } },
          { status: 500, headers: spread },
        );
      case 1:
        return Response.json(chatBody(`The key is ${key}`, key), { headers: spread });
      case 2:
        return Response.json({ error: { message: key, code: key } }, { status: 429, headers: spread });
      case 3:
        return new Response(`<html>${key}</html>`, { status: 502, headers: spread });
      case 4:
        return Response.json({ choices: [{ message: { content: `<think>${key}` } }] });
      case 5:
        return Response.json(chatBody("Fine.", key));
      default:
        return Response.json(
          chatBody(
            '{"hypothesis": "The bridge opens in May.", "claims": [], "confidence": 0.8, "citations": []}',
            String(body?.model),
          ),
        );
    }
  });
  swarm = await startSwarm(2, {
    SPORE_TOKEN: TOKEN,
    LOG_LEVEL: "debug",
    LLM_ENDPOINT: fake.baseUrl,
    LLM_MODEL: "own",
    LLM_API_KEY: "canary-endpoint-4c2d",
    ...Object.fromEntries(
      USED.flatMap(({ id, variable, baseUrlVariable }) => [
        [variable, keyOf(id)],
        [baseUrlVariable, fake.baseUrl],
      ]),
    ),
  });
});
afterAll(async () => {
  await fake.stop();
  await cleanUp();
});

const expectClean = (where: string, text: string) => {
  for (const canary of canaries) expect(text.includes(canary) ? `${where} holds ${canary}` : "").toBe("");
};

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

const PATHS = [
  "/api/health",
  "/api/providers",
  "/api/cortex",
  "/api/tasks",
  "/api/answers",
  "/api/memory",
  "/api/swarm",
  "/api/trust",
  "/api/settings",
  "/api/history",
  "/api/wall",
  "/api/federation/status",
  "/api/memory/search?q=canary",
  "/metrics",
  "/openapi.json",
  "/v1/models",
  "/mcp/info",
];
const BAD_REQUESTS = [
  ["/api/task", { task: 1 }],
  ["/api/memory", { content: null }],
  ["/v1/chat/completions", { model: "x", messages: [] }],
  ["/api/settings", { "models.usd_per_day": "all" }],
  ["/nowhere", {}],
] as const;

/** Asks three questions and waits until each has ended, whatever the providers do. */
async function askAll(spore: TestSpore): Promise<readonly string[]> {
  await spore.post("/api/memory", { content: "The council said the bridge opens in May." }, headers);
  const ids: string[] = [];
  for (const task of [
    "When does the bridge open?",
    "Who said when it opens?",
    "Does the bridge open in May?",
  ]) {
    const { task_id } = (await (await spore.post("/api/task", { task }, headers)).json()) as {
      task_id: string;
    };
    ids.push(task_id);
  }
  const hasEnded = async (id: string) => {
    const { status } = await spore.json<{ status: string }>(`/api/task/${id}`, { headers });
    return status === "converged" || status === "unresolved";
  };
  for (const id of ids) await waitFor("an end", () => hasEnded(id), 100_000);
  return ids;
}

/** Everything a spore answers, to strangers and to its commander, to good requests and to bad ones. */
async function expectCleanAnswers(spore: TestSpore, ids: readonly string[]): Promise<void> {
  const ofTasks = ids.flatMap((id) => [`/api/task/${id}`, `/api/task/${id}/receipt`]);
  for (const path of [...PATHS, ...ofTasks]) {
    for (const init of [{}, { headers }]) expectClean(path, await (await spore.fetch(path, init)).text());
  }
  for (const [path, body] of BAD_REQUESTS) {
    for (const more of [{}, headers]) expectClean(path, await (await spore.post(path, body, more)).text());
  }
}

test("what was spent is the commander's to see", async () => {
  const [first] = swarm as [TestSpore];
  const stranger = await first.json<Record<string, unknown>>("/api/providers");
  const commander = await first.json<Record<string, unknown>>("/api/providers", { headers });
  for (const member of ["budget", "recent", "days"]) {
    expect(stranger[member]).toBeUndefined();
    expect(commander[member]).toBeDefined();
  }
  expect(JSON.stringify(stranger)).not.toMatch(/"(usd|quotas|today)"/);
  const series = "/api/history?metric=model_usd_today";
  expect((await first.fetch(series)).status).toBe(404);
  expect((await first.fetch(series, { headers })).status).toBe(200);
  expect((await first.fetch("/api/history?metric=model_calls")).status).toBe(200);
  expect(await (await first.fetch("/metrics")).text()).toContain(
    'synapse_model_calls_total{provider="groq"}',
  );
});

test("no secret in a reply, an event, an error, a log, a prompt, an entry, a metric or a file", async () => {
  const [first] = swarm as [TestSpore];
  const events = await watchEvents(first, headers);

  const ids = await askAll(first);
  expect(fake.requests.filter(({ path }) => path.endsWith("/completions")).length).toBeGreaterThan(6);
  for (const spore of swarm) {
    await expectCleanAnswers(spore, ids);
    expectClean("the log", spore.output());
  }
  // A prompt may never hold a key; a key goes to its own server only, in the header.
  for (const { body, authorization } of fake.requests) {
    expectClean("a prompt", JSON.stringify(body));
    expect(authorization === null || canaries.includes(authorization.replace("Bearer ", ""))).toBe(true);
  }
  await waitFor("an event about a provider", () => events.text().includes("event: provider"));
  await events.stop();
  expectClean("an event", events.text());
  for (const spore of swarm) {
    await spore.stop();
    for (const path of filesBelow(spore.dataDir)) expectClean(path, readFileSync(path, "latin1"));
  }
});
