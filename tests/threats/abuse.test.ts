/**
 * Abuse: a blocked author is hidden and not served on within one round, whether the commander blocked its key, its
 * operator, or subscribed to somebody's list; and nothing is lost by it.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { blocklistSchema } from "@synapse/shared/contract/federation-status.ts";
import { swarmSchema } from "@synapse/shared/contract/status.ts";
import { createKeyPair } from "@synapse/spore/identity/keypair.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

setDefaultTimeout(120_000);
afterAll(cleanUp);

const put = (spore: TestSpore, body: unknown) => spore.put("/api/blocklist", body);

/** Everywhere a person could meet the abuser's words. */
async function wordsOf(spore: TestSpore): Promise<string> {
  const pages = [
    "/api/memory",
    "/api/memory/search?q=offensive+canary",
    "/api/tasks",
    "/api/answers",
    "/api/convergence",
  ];
  return (await Promise.all(pages.map(async (page) => JSON.stringify(await spore.json(page))))).join("\n");
}

test("a blocked author is hidden and not served on, and is there again when unblocked", async () => {
  const home = await startTestSpore();
  const abuser = await startTestSpore({ index: 1, peers: [home.url] });
  const { key, operator } = await abuser.health();
  await abuser.post("/api/memory", { content: "an offensive canary-one", label: "public" });
  await abuser.post("/api/task", { task: "is this an offensive canary-two?", label: "public" });
  await home.post("/api/memory", { content: "a decent note", label: "public" });
  await waitFor("the words to arrive", async () => {
    const words = await wordsOf(home);
    return words.includes("canary-one") && words.includes("canary-two");
  });
  const held = (await home.health()).memories;

  expect((await put(home, { keys: [key] })).status).toBe(200);
  expect(await wordsOf(home)).not.toContain("canary");
  const { nodes } = swarmSchema.parse(await home.json("/api/swarm"));
  expect(nodes.map(({ id }) => id)).not.toContain(key);

  // What it writes now is not taken, and whoever asks this spore alone gets nothing of it.
  await abuser.post("/api/memory", { content: "an offensive canary-three", label: "public" });
  const reader = await startTestSpore({ index: 2, peers: [home.url] });
  await waitFor("the decent note to be served on", async () =>
    (await wordsOf(reader)).includes("decent note"),
  );
  expect(await wordsOf(reader)).not.toContain("canary");
  expect(await wordsOf(home)).not.toContain("canary");
  await waitFor("the abuser to hear why", async () => {
    const status = JSON.stringify(await abuser.json("/api/federation/status"));
    return status.includes('"blocked"') && status.includes("commander");
  });

  // Nothing was deleted, and a pardon brings back what was held and what was refused.
  expect((await put(home, { keys: [] })).status).toBe(200);
  expect(await wordsOf(home)).toContain("canary-one");
  expect((await home.health()).memories).toBeGreaterThanOrEqual(held);
  await waitFor("the refused entry to be fetched", async () =>
    (await wordsOf(home)).includes("canary-three"),
  );

  // The same by operator: every spore of it, also ones that come later.
  expect((await put(home, { operators: [{ key: operator, note: "spam" }] })).status).toBe(200);
  expect(await wordsOf(home)).not.toContain("canary");
  await home.stop();
  await home.restart();
  expect(await wordsOf(home)).not.toContain("canary");
});

test("a list can be subscribed to; it is in force at once, survives its host, and cannot block its reader", async () => {
  const publisher = await startTestSpore({ env: { SPORE_TOKEN: "publisher-token-123" } });
  const authorised = { authorization: "Bearer publisher-token-123" };
  const reader = await startTestSpore({ index: 1 });
  const troll = createKeyPair().publicKey;
  const readerKeys = await reader.health();
  const list = {
    keys: [troll, readerKeys.key],
    operators: [{ key: readerKeys.operator, note: "a list in bad hands" }],
    shared: false,
  };
  const publish = (body: unknown) => publisher.put("/api/blocklist", body, authorised);
  expect((await publish(list)).status).toBe(200);
  expect((await publisher.fetch("/api/blocklist")).status).toBe(401);
  expect((await publish({ shared: true })).status).toBe(200);
  const seen = blocklistSchema.parse(await publisher.json("/api/blocklist"));
  expect(seen.keys.map(({ key }) => key)).toContain(troll);
  expect(seen.subscriptions).toBeUndefined();

  expect((await put(reader, { subscriptions: [`${publisher.url}/api/blocklist`] })).status).toBe(200);
  const subscription = async () =>
    blocklistSchema.parse(await reader.json("/api/blocklist")).subscriptions?.[0];
  await waitFor("the list to be in force", async () => (await subscription())?.state === "in force");
  expect(await subscription()).toMatchObject({ keys: 2, operators: 1 });
  // It names the reader itself: its own words stay.
  await reader.post("/api/memory", { content: "my own words", label: "public" });
  expect(await wordsOf(reader)).toContain("my own words");

  await publisher.stop();
  await reader.stop();
  await reader.restart();
  await waitFor("the failure to be said", async () => (await subscription())?.state === "failed");
  expect(await subscription()).toMatchObject({ keys: 2, operators: 1 });
});

test("blocking oneself, or nonsense, is refused and changes nothing", async () => {
  const spore = await startTestSpore();
  const { operator } = await spore.health();
  expect((await put(spore, { operators: [operator] })).status).toBe(422);
  for (const body of [{ keys: ["short"] }, { keys: "all" }, { subscriptions: ["nowhere"] }, { other: 1 }, []])
    expect((await put(spore, body)).status).toBe(422);
  expect(blocklistSchema.parse(await spore.json("/api/blocklist"))).toMatchObject({
    keys: [],
    operators: [],
  });
});
