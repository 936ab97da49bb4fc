/**
 * What ignites in a mind is told to strangers in the words that crossed the wall, never in those of the thought: a real
 * spore whose commander shares what was learnt from cluster memories, and a model that says too much.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "the-token-of-a-spore-that-shares";
const auth = { authorization: `Bearer ${TOKEN}` };
const SECRET = "Marta Lind keeps the spare key of the vault behind the third radiator.";
const CLAIM = "The random spreading of retries keeps a login host alive after an outage.";

const model = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    if (new URL(request.url).pathname.endsWith("/models")) return Response.json({ data: [{ id: "worded" }] });
    await request.json();
    const message = { role: "assistant", content: `${SECRET} ${CLAIM}` };
    return Response.json({
      id: "x",
      model: "worded",
      choices: [{ index: 0, finish_reason: "stop", message }],
      usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 },
    });
  },
});

let spore: TestSpore;
const watching = new AbortController();
const seen = { commander: "", stranger: "" };

async function watch(who: keyof typeof seen, headers: Record<string, string>): Promise<void> {
  const reply = await spore.fetch("/api/events", { headers, signal: watching.signal });
  const decoder = new TextDecoder();
  try {
    for await (const chunk of reply.body ?? [])
      seen[who] += decoder.decode(chunk as Uint8Array, { stream: true });
  } catch {
    // Ended with the test.
  }
}

beforeAll(async () => {
  spore = await startTestSpore({
    env: { SPORE_TOKEN: TOKEN, LLM_ENDPOINT: `http://127.0.0.1:${model.port}/v1`, LLM_MODEL: "worded" },
  });
  void watch("commander", auth);
  void watch("stranger", {});
  const settings = {
    "cognition.tick_s": 1,
    "cognition.idle_s": 1,
    "cognition.workspace": true,
    "wall.share_from": "cluster",
  };
  const set = await spore.fetch("/api/settings", {
    method: "PUT",
    headers: { ...auth, "content-type": "application/json" },
    body: JSON.stringify({ settings }),
  });
  expect(set.status).toBe(200);
  const memories = [
    "Synchronised clients of Fenwick overload the login host when an outage is over.",
    "Jitter lets the login host of Fenwick survive when an outage is over.",
    "Marta Lind looks after the vault of Fenwick and its login host.",
    ...Array.from({ length: 60 }, (_, at) => `Shelf ${at} holds a ${["map", "ledger", "letter"][at % 3]}.`),
  ];
  const body = { memories: memories.map((content) => ({ content })) };
  expect((await spore.post("/api/memory", body, auth)).status).toBe(201);
});
afterAll(async () => {
  watching.abort();
  await cleanUp();
  await model.stop(true);
});

test("a broadcast that crossed shows a stranger the claim, and only its commander the thought", async () => {
  await waitFor("a broadcast to strangers", () => seen.stranger.includes('"broadcast"'), 90_000);
  // The crossed entry itself, the event about it, and every open route.
  const open = [
    "/api/cognition",
    "/api/memory",
    "/api/quantum",
    "/api/convergence",
    "/api/answers",
    "/api/wall",
  ];
  const replies = await Promise.all(open.map(async (path) => (await spore.fetch(path)).text()));
  expect(seen.stranger).toContain(CLAIM);
  for (const text of [seen.stranger, ...replies]) expect(text).not.toContain("Marta");
  expect(seen.commander).toContain(SECRET);
});
