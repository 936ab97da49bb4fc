/** A real spore left alone: it thinks, within its share and budget, shows it to its commander only, and yields to work. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type EventWatch, watchEvents } from "../support/event-watch.ts";
import { postMcp } from "../support/mcp-by-hand.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "the-token-of-a-thinking-spore";
const auth = { authorization: `Bearer ${TOKEN}` };
const NOTES = [
  "The ferry to Brask leaves from the northern pier at 9.",
  "The ferry to Brask leaves from the northern pier at 11.",
  "The northern pier of Brask is closed while the red lantern burns.",
  "The red lantern burns when the tide runs faster than four knots.",
  "In spring the tide at Brask runs faster than four knots every day.",
  "Synchronised retries overload the login host after an outage.",
  "Jitter spreads retries over time, so the login host survives an outage.",
  "The login host of Fenwick answers within 40 milliseconds.",
  "Rye bread from the bakery in Fenwick keeps longer than wheat bread.",
  "The bakery in Fenwick sells rye bread on Tuesdays only.",
];

interface Cognition {
  readonly oscillator: { readonly tick: number; readonly bands: Record<string, number> };
  readonly thoughts: { readonly stored: number; readonly of_entries: number; readonly share: number };
  readonly free_thought: {
    readonly total_thoughts: number;
    readonly recent?: readonly { text: string; fate: string }[];
  };
  readonly dream: { readonly total_dreams: number; readonly recent?: readonly { text: string }[] };
  readonly metacognition: { readonly self_questions_generated: number };
  readonly curiosity: { readonly observations: number; readonly most_surprising?: unknown };
}

let spore: TestSpore;
let commander: EventWatch;
let stranger: EventWatch;

const stateOf = async (headers: Record<string, string> = auth): Promise<Cognition> =>
  (await (await spore.fetch("/api/cognition", { headers })).json()) as Cognition;

const set = async (settings: Record<string, unknown>): Promise<number> =>
  (await spore.put("/api/settings", { settings }, auth)).status;

beforeAll(async () => {
  spore = await startTestSpore({ env: { SPORE_TOKEN: TOKEN } });
  commander = await watchEvents(spore, auth);
  stranger = await watchEvents(spore);
  expect(await set({ "cognition.tick_s": 1, "cognition.idle_s": 1 })).toBe(200);
  const plain = Array.from(
    { length: 70 },
    (_, at) => `Shelf ${at} of the archive holds a ${["map", "ledger", "letter"][at % 3]}.`,
  );
  const memories = [...NOTES, ...plain].map((content) => ({ content }));
  expect((await spore.post("/api/memory", { memories }, auth)).status).toBe(201);
});
afterAll(cleanUp);

describe("a spore left alone", () => {
  test("links what belongs together in quotations, and keeps within its share of all entries", async () => {
    await waitFor(
      "a kept free thought",
      async () => (await stateOf()).free_thought.total_thoughts > 0,
      60_000,
    );
    const { free_thought, thoughts } = await stateOf();
    const kept = free_thought.recent?.find(({ fate }) => fate === "kept");
    expect(NOTES.filter((note) => kept?.text.includes(`“${note}”`)).length).toBe(2);
    expect(thoughts.stored).toBeGreaterThan(0);
    expect(thoughts.stored).toBeLessThanOrEqual(0.05 * thoughts.of_entries);
  });

  test("the thought is a private entry with its memories as parents", async () => {
    const found = (await (
      await spore.fetch("/api/memory/search?q=speak+together&kind=thought", { headers: auth })
    ).json()) as {
      results: { id: string; label: string }[];
    };
    const [thought] = found.results.filter(({ label }) => label === "private");
    const entry = (await (await spore.fetch(`/api/memory/${thought?.id}`, { headers: auth })).json()) as {
      parents: unknown[];
    };
    expect(entry.parents.length).toBeGreaterThanOrEqual(2);
  });

  test("its commander sees what it thinks, as events too; a stranger sees how much", async () => {
    const open = await stateOf({});
    expect(open.free_thought.recent).toBeUndefined();
    expect(open.curiosity.most_surprising).toBeUndefined();
    expect(open.curiosity.observations).toBeGreaterThanOrEqual(NOTES.length);
    await waitFor("a cognition event", () => commander.text().includes("event: cognition"));
    expect(stranger.text()).not.toContain("event: cognition");
    for (const note of NOTES) expect(JSON.stringify(open) + stranger.text()).not.toContain(note);
    const health = await spore.health();
    expect(health.sce.enabled).toBe(true);
    expect(JSON.stringify(health.sce)).not.toContain("pier");
  });

  test("agents see the same over MCP: thoughts with the token, counts without", async () => {
    const readIt = async (headers: Record<string, string>) => {
      const reply = await postMcp(spore, "resources/read", { uri: "synapse://cognition" }, headers);
      return await reply.text();
    };
    expect(await readIt(auth)).toContain("most_surprising");
    const open = await readIt({});
    expect(open).toContain("oscillator");
    expect(open).not.toContain("most_surprising");
    expect(await (await spore.fetch("/metrics")).text()).toContain("synapse_cognition_thought_share");
  });

  test("bands run on their periods", async () => {
    await waitFor("ten ticks", async () => (await stateOf()).oscillator.tick >= 10);
    const { tick, bands } = (await stateOf()).oscillator;
    expect(bands.beta).toBe(Math.floor(tick / 3));
  });

  test("switched off it stops, and a share beyond five per cent is refused", async () => {
    expect(await set({ "cognition.share_max": 0.2 })).toBe(422);
    expect(await set({ "cognition.enabled": false })).toBe(200);
    await Bun.sleep(1_500);
    const { tick } = (await stateOf()).oscillator;
    await Bun.sleep(2_500);
    const later = await stateOf();
    expect(later.oscillator.tick).toBe(tick);
    expect(later).toMatchObject({ enabled: false });
  });
});
