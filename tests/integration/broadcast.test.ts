/**
 * What ignites in a mind is told to strangers in the words that crossed the wall, never in those of the thought: a real
 * spore whose commander shares what was learnt from cluster memories, and a model that says too much.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type EventWatch, watchEvents } from "../support/event-watch.ts";
import { replies, serves, startFakeProvider } from "../support/fake-provider.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "the-token-of-a-spore-that-shares";
const auth = { authorization: `Bearer ${TOKEN}` };
const SECRET = "Marta Lind keeps the spare key of the vault behind the third radiator.";
const CLAIM = "The random spreading of retries keeps a login host alive after an outage.";

const provider = startFakeProvider();
let spore: TestSpore;
let commander: EventWatch;
let stranger: EventWatch;

beforeAll(async () => {
  provider.play(serves("worded", replies(`${SECRET} ${CLAIM}`)));
  spore = await startTestSpore({
    env: { SPORE_TOKEN: TOKEN, LLM_ENDPOINT: provider.baseUrl, LLM_MODEL: "worded" },
  });
  commander = await watchEvents(spore, auth);
  stranger = await watchEvents(spore);
  const settings = {
    "cognition.tick_s": 1,
    "cognition.idle_s": 1,
    "cognition.workspace": true,
    "wall.share_from": "cluster",
  };
  expect((await spore.put("/api/settings", { settings }, auth)).status).toBe(200);
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
  await cleanUp();
  await provider.stop();
});

test("a broadcast that crossed shows a stranger the claim, and only its commander the thought", async () => {
  await waitFor("a broadcast to strangers", () => stranger.text().includes('"broadcast"'), 90_000);
  // The crossed entry itself, the event about it, and every open route.
  const open = [
    "/api/cognition",
    "/api/memory",
    "/api/quantum",
    "/api/convergence",
    "/api/answers",
    "/api/wall",
  ];
  const told = await Promise.all(open.map(async (path) => (await spore.fetch(path)).text()));
  expect(stranger.text()).toContain(CLAIM);
  for (const text of [stranger.text(), ...told]) expect(text).not.toContain("Marta");
  expect(commander.text()).toContain(SECRET);
});
