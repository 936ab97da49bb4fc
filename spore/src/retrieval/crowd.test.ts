/** Numbers alone hide nothing: what many say, or one says often, leaves room for what others say. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Body } from "@synapse/shared/contract/entry.ts";
import { LABELS } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { createMemoryFeed, FIXTURE_START_MS, fixtureKey, type MemoryFeed } from "./feed.fixture.ts";
import { createRecall, type RecallDeps, type RecallService } from "./recall-service.ts";

let folder: string;
let feed: MemoryFeed;
let recall: RecallService | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "crowd-"));
  feed = createMemoryFeed();
});

afterEach(async () => {
  await recall?.close();
  rmSync(folder, { recursive: true, force: true });
});

function openRecall(extra: Partial<RecallDeps> = {}): RecallService {
  recall = createRecall({
    feed,
    path: join(folder, "recall.db"),
    weights: { decoherence: () => 1, trust: () => 1 },
    now: () => FIXTURE_START_MS + 86_400_000,
    log: { info: () => undefined, warn: () => undefined },
    ...extra,
  });
  return recall;
}

async function contents(recall: RecallService, text: string): Promise<string[]> {
  return (await recall.search({ text, k: 10, labels: LABELS })).map(({ content }) => content);
}

const [own, other] = [fixtureKey("own"), fixtureKey("other")];
const says = (author: typeof own, content: string) =>
  feed.add("memory", { content }, { author, label: "public" });
const truth = "The bridge over the Arno opens in the month of May";

test("400 entries of a hidden author leave room for the one that is not", async () => {
  for (let at = 0; at < 400; at++) says(other, `The bridge over the Arno opens in June, note ${at}`);
  says(own, truth);
  const recall = openRecall({ isHidden: (author) => author === other });
  expect(await contents(recall, "When does the bridge over the Arno open?")).toEqual([truth]);
  const known = await recall.known({
    text: "The bridge over the Arno opens in June, note 7",
    labels: LABELS,
  });
  expect(known?.overlap ?? 0).toBeLessThan(1);
});

test.each([
  ["one stranger", 1, 400],
  ["150 strangers", 150, 450],
])("what %s says again and again does not push one's own out", async (_, keys, lies) => {
  says(own, truth);
  for (let at = 0; at < lies; at++) {
    says(fixtureKey(`stranger ${at % keys}`), `The bridge over the Arno opens in June, note ${at}`);
  }
  const recall = openRecall({
    weights: { decoherence: () => 1, trust: (author) => (author === own ? 1 : 0.35) },
  });
  const found = await contents(recall, "When does the bridge over the Arno open?");
  expect(found[0]).toBe(truth);
  expect(found).toHaveLength(10);
});

test("more strangers than can be named do not push out what is not public", async () => {
  feed.add("memory", { content: truth }, { author: own, label: "cluster" });
  for (let at = 0; at < 400; at++) {
    says(fixtureKey(`stranger ${at}`), `The bridge over the Arno opens in June, note ${at}`);
  }
  const recall = openRecall({
    weights: { decoherence: () => 1, trust: (author) => (author === own ? 1 : 0.35) },
  });
  expect((await contents(recall, "When does the bridge over the Arno open?"))[0]).toBe(truth);
});

test("answers that quote a memory do not push it out, however often it was asked", async () => {
  const content = "The keys of the boat house hang behind the map";
  const memory = feed.remember(content).id;
  for (let at = 0; at < 60; at++) feed.remember(`House ${at} has keys for a boat of its own`);
  for (let at = 0; at < 12; at++) feed.add("synthesis", answerOf(`“${content}.”`));
  const recall = openRecall();
  const hits = await recall.search({
    text: "Where do the keys of the boat house hang?",
    kinds: ["memory", "synthesis"],
    k: 24,
    labels: LABELS,
  });
  expect(hits.findIndex(({ id }) => id === memory)).toBeOneOf([0, 1]);
});

test("300 copies leave room for what says something else", async () => {
  for (let at = 0; at < 300; at++) says(own, "The bridge over the Arno opens in June");
  says(own, "Over the bridge walks a heron that nobody has seen before");
  const found = await contents(openRecall(), "bridge over the Arno");
  expect(new Set(found).size).toBe(2);
});

/** What a swarm agreed on, with nothing that recall does not read. */
function answerOf(text: string): Body<"synthesis"> {
  const task = "0".repeat(64) as EntryId;
  const figures = { outcome: "converged" as const, posterior: 0.7, confidence: 0.7, value: null };
  const lists = { clusters: [], weights: [], dissent: [], citations: [] };
  return {
    task,
    cycle: 1,
    text,
    ...figures,
    ...lists,
    provider: "embedded",
    model: "m",
    rule: "r",
    embedder: "none",
  };
}
