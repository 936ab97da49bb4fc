/**
 * Emergence among real processes: spores that were never on at the same time each come to the same conclusion from a
 * source of their own. When they meet, it is told as emergence, in the status and as an event; what one of them only
 * took over from another's source is an echo and counts for nothing.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { fixtureKey } from "@synapse/spore/retrieval/feed.fixture.ts";
import { contributionBody } from "@synapse/spore/testing/actor.ts";
import { worldOf } from "../eval/cognition-world.ts";
import { openThinkingSpore, type ThinkingSpore } from "../eval/thinking-spore.ts";
import { watchEvents } from "../support/event-watch.ts";
import { chatBody, type FakeProvider, startFakeProvider } from "../support/fake-provider.ts";
import { freePort } from "../support/spore-process.ts";
import { cleanUp, freshDir, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// A detector looks every 25 ticks of a second, and four processes start seven times; the limit only ends what hangs.
setDefaultTimeout(400_000);

const QUESTION = "What keeps the login host of Fenwick from failing after an outage?";
/** In none of the sources: each only lets somebody conclude it. */
const CONCLUSION = "Spreading the retries over time protects the login host.";
const SOURCES = [
  "Log of Monday, Fenwick: 400 clients retried within one second of the outage and the login host fell over.",
  "Vendor note on the login host: it serves 50 sessions a second, whatever waits in its queue after an outage.",
  "Interview after the outage: once clients in Fenwick waited a random while, the login host stayed up.",
] as const;
const [MONDAY, VENDOR, INTERVIEW] = SOURCES;

interface Emergence {
  readonly tracked_claims: number;
  readonly emergent_events: number;
  readonly recent: readonly { readonly text: string; readonly fate: string; readonly id: string | null }[];
}
interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly parents: readonly { readonly id: string; readonly author: string }[];
}

let provider: FakeProvider;
let thinking: ThinkingSpore | null = null;
let ports: number[];
let operatorKey: string;

beforeAll(async () => {
  provider = startFakeProvider();
  // Concludes the same from any of the sources, and nothing where it is shown none of them.
  provider.play(({ path, body }) => {
    if (body === null || path.endsWith("/models")) return Response.json({ object: "list", data: [] });
    const prompt = (body.messages as { content: string }[]).map(({ content }) => content).join("\n");
    const informed = prompt.includes(QUESTION) && SOURCES.some((source) => prompt.includes(source));
    const position = informed ? CONCLUSION : "";
    const reply = prompt.includes("You write the answer of a group")
      ? { text: CONCLUSION, value: null, contested: [], citations: [] }
      : prompt.includes("You check an answer")
        ? { verdict: "confirmed", note: "it says what was counted" }
        : { hypothesis: position, claims: informed ? [CONCLUSION] : [], confidence: 0.9, abstain: !informed };
    return Response.json(chatBody(JSON.stringify(reply), String(body.model)));
  });
  operatorKey = join(freshDir(), "operator.key");
  ports = [];
  for (let index = 0; index < 4; index++) ports.push(await freePort());
});
afterAll(async () => {
  await thinking?.close();
  await cleanUp();
  await provider?.stop();
});

const urls = () => ports.map((port) => `http://127.0.0.1:${port}`);

function start(index: number): Promise<TestSpore> {
  return startTestSpore({
    index,
    port: ports[index] as number,
    operatorKey,
    peers: urls().filter((_, other) => other !== index),
    env: { LLM_ENDPOINT: provider.baseUrl, LLM_MODEL: `panel-${"abcd"[index]}` },
  });
}

async function remember(spore: TestSpore, content: string): Promise<string> {
  const reply = await spore.post("/api/memory", { content });
  expect(reply.status).toBe(201);
  return ((await reply.json()) as { ids: [string] }).ids[0];
}

/** Asks, and waits for the end. @returns the id of what this spore itself said blind */
async function conclude(spore: TestSpore): Promise<string> {
  const reply = await spore.post("/api/task", { task: QUESTION });
  const { task_id } = (await reply.json()) as { task_id: string };
  await waitFor("an answer", async () => (await spore.task(task_id)).status === "converged", 90_000);
  const { deltas } = await spore.task(task_id);
  const own = deltas.find(({ cycle, spore: author }) => cycle === 1 && author === spore.name);
  expect(own?.hypothesis).toBe(CONCLUSION);
  return own?.id ?? "";
}

const entryOf = (spore: TestSpore, id: string): Promise<Entry> => spore.json(`/api/memory/${id}`);
const holds = async (spore: TestSpore, ids: readonly string[]): Promise<boolean> =>
  (await Promise.all(ids.map((id) => spore.fetch(`/api/memory/${id}`)))).every(
    ({ status }) => status === 200,
  );

async function cognitionOf(spore: TestSpore) {
  return await spore.json<{
    readonly oscillator: { readonly bands: { readonly delta?: number } };
    readonly emergence: Emergence;
  }>("/api/cognition");
}

/** Waits until the detector has looked at everything that is known now. */
async function nextLook(spore: TestSpore): Promise<void> {
  const looks = async () => (await cognitionOf(spore)).oscillator.bands.delta ?? 0;
  const before = await looks();
  await waitFor("a look of the detector", async () => (await looks()) > before, 120_000);
}

test("the same conclusion of three is an echo while one took it over, and emergence once a third found it alone", async () => {
  // Two that are alone when they are asked, each with a source of its own; both are off again before anybody else is on.
  const first = await start(0);
  await remember(first, MONDAY);
  const one = await conclude(first);
  await first.stop();
  const third = await start(3);
  await remember(third, INTERVIEW);
  const three = await conclude(third);
  await third.stop();
  // Another source; and one that has none and is asked after it has received that source.
  const second = await start(1);
  const vendor = await remember(second, VENDOR);
  const two = await conclude(second);
  const copier = await start(2);
  await waitFor("the source of another", () => holds(copier, [vendor, two]));
  const copy = await conclude(copier);
  expect((await entryOf(copier, copy)).parents.map(({ id }) => id)).toContain(vendor);

  await first.restart();
  const watcher = second;
  await waitFor("three authors who say the same", () => holds(watcher, [one, two, copy]));
  const events = await watchEvents(watcher);
  await watcher.put("/api/settings", { settings: { "cognition.tick_s": 1, "cognition.idle_s": 1 } });
  await nextLook(watcher);
  const echo = (await cognitionOf(watcher)).emergence;
  expect(echo.tracked_claims).toBeGreaterThanOrEqual(4);
  expect(echo).toMatchObject({ emergent_events: 0, recent: [] });

  await third.restart();
  await waitFor("the one that found it alone", () => holds(watcher, [three]));
  await waitFor("emergence", async () => (await cognitionOf(watcher)).emergence.emergent_events > 0, 150_000);
  const { recent } = (await cognitionOf(watcher)).emergence;
  const told = recent.find(({ fate }) => fate === "kept");
  expect(told?.text).toBe(`3 authors who share no source say the same: “${CONCLUSION}”`);
  const thought = await entryOf(watcher, told?.id ?? "");
  expect(thought).toMatchObject({ kind: "thought", label: "private" });
  const witnesses = thought.parents.map(({ id }) => id);
  expect(witnesses).toHaveLength(3);
  expect(witnesses).toEqual(expect.arrayContaining([one, three]));
  expect(new Set(thought.parents.map(({ author }) => author)).size).toBe(3);
  const event = () =>
    events
      .frames()
      .flatMap(({ type, data }) => (type === "cognition" ? [data as Record<string, unknown>] : []))
      .filter(({ part }) => part === "emergence");
  await waitFor("the event", () => event().length > 0);
  expect(event()).toEqual([expect.objectContaining({ what: "emergence", text: told?.text, id: told?.id })]);
  await events.stop();
});

test("what was found while thoughts had their full share is told with the next room, before free thoughts take it", async () => {
  thinking = await openThinkingSpore(1);
  const { feed, recall, cognition, ticks } = thinking;
  await cognition.start();
  const facts = worldOf(1).map(({ text }) => text);
  for (const fact of facts.slice(0, 60)) feed.remember(fact);
  await recall.settled();
  const state = () => cognition.state(true);
  await ticks(100);
  expect(state().thoughts.held_back).toBeGreaterThan(0);
  for (const [at, source] of SOURCES.entries()) {
    const author = fixtureKey(`author${at}`);
    const memory = feed.remember(source, {}, { author });
    const task = feed.add("task", { description: QUESTION, priority: "normal" }, { author });
    const body = { ...contributionBody(task.id, CONCLUSION), claims: [CONCLUSION] };
    feed.add("contribution", body, { author, parents: [task.id, memory.id] });
  }
  await ticks(50);
  const [shown, again] = state().emergence.recent ?? [];
  expect([shown?.fate, again]).toEqual(["over_share", undefined]);
  // Room for five more, where free thoughts and dreams would take seven before the detector looks again.
  for (const fact of facts.slice(60)) feed.remember(fact);
  await recall.settled();
  await ticks(25);
  expect(state().emergence).toMatchObject({ emergent_events: 1, recent: [{ fate: "kept" }, shown] });
  await ticks(25);
  expect(state().emergence.emergent_events).toBe(1);
  expect(state().thoughts.share).toBeLessThanOrEqual(0.05);
});
