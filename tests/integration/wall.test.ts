/**
 * What a commander's spores learnt reaches others only as distilled claims, only by the commander's leave, and only its
 * author can show where a claim came from. Real spores of two operators and a model that words its claims itself.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { isProven, type Provenance } from "@synapse/spore/wall/provenance.ts";
import { replies, serves, startFakeProvider } from "../support/fake-provider.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const NOTE =
  "On Monday Marta Lind of Globex saw our login host fall over, because every client retried in the same second.";
const CLAIM = "The random spreading of retries keeps a login host alive after an outage.";
/** Claims a careless model makes of the same note; each has a reason to stay. */
const CARELESS = [
  "Marta Lind saw the login host fall over on that day.",
  "We should spread our retries over some more seconds.",
  "The clients of Globex retry without any spreading at all.",
];

const worded = JSON.stringify({
  hypothesis: "Spread the retries over time.",
  text: "Spread the retries over time.",
  claims: [CLAIM, ...CARELESS].slice(0, 3),
  confidence: 0.9,
  value: null,
  verdict: "confirmed",
  note: "",
});

const provider = startFakeProvider();
let ours: TestSpore;
let theirs: TestSpore;
beforeAll(async () => {
  provider.play(serves("worded", replies(worded)));
  theirs = await startTestSpore({ index: 1 });
  ours = await startTestSpore({
    index: 0,
    peers: [theirs.url],
    env: { LLM_ENDPOINT: provider.baseUrl, LLM_MODEL: "worded" },
  });
  expect((await ours.post("/api/memory", { content: NOTE })).status).toBe(201);
  await set({ "cognition.tick_s": 1, "cognition.idle_s": 3_600 });
});
afterAll(async () => {
  await cleanUp();
  await provider.stop();
});

async function set(settings: Record<string, unknown>): Promise<void> {
  expect((await ours.put("/api/settings", { settings })).status).toBe(200);
}

async function ask(task: string): Promise<void> {
  const { task_id } = (await (await ours.post("/api/task", { task })).json()) as { task_id: string };
  await waitFor("an answer", async () => (await ours.task(task_id)).status === "converged");
}

interface Seen {
  readonly recent: readonly { readonly id: string; readonly content: string; readonly label: string }[];
}
const ticksOf = async () =>
  (await ours.json<{ oscillator: { tick: number } }>("/api/cognition")).oscillator.tick;
const atTheirs = async () => (await theirs.json<Seen>("/api/memory")).recent;

describe("what was learnt from a task of the cluster", () => {
  test("stays by default", async () => {
    await ask("Why did the login host fall over?");
    const from = await ticksOf();
    await waitFor("ten ticks", async () => (await ticksOf()) >= from + 10);
    expect((await ours.json<{ public: number }>("/api/memory")).public).toBe(0);
    expect(await atTheirs()).toEqual([]);
  });

  test("goes out by the commander's leave: the claim that stands alone, and no other", async () => {
    await set({ "wall.share_from": "cluster" });
    await ask("How does a login host survive an outage?");
    await waitFor("the claim at the others'", async () => (await atTheirs()).length > 0, 60_000);
    const books = () => ours.json<{ crossings: number; blocks: number }>("/api/wall");
    await waitFor("the careless claims to be refused", async () => (await books()).blocks >= 2);
    const claims = await atTheirs();
    expect(claims.map(({ content }) => content)).toEqual([CLAIM]);
    const all = JSON.stringify(await theirs.json(`/api/memory/${claims[0]?.id}`));
    for (const word of ["Marta", "Lind", "Globex", "Monday", "same second"]) expect(all).not.toContain(word);
    expect((await books()).crossings).toBe(1);
  });

  test("its author can prove where it came from, and nobody else can", async () => {
    const [claim] = await atTheirs();
    const proof = await ours.json<{ proofs: Provenance[]; content: string }>(`/api/wall/proof/${claim?.id}`);
    const note = (await ours.json<Seen>("/api/memory")).recent.find(({ content }) => content === NOTE);
    expect(proof.proofs.every((one) => isProven(one, proof.content))).toBe(true);
    expect(proof.proofs.some(({ source }) => source === note?.id)).toBe(true);
    const entry = await theirs.json<{
      entry: { parents: string[]; body: { metadata: { provenance: string[] } } };
    }>(`/api/memory/${claim?.id}`);
    expect(entry.entry.parents).toEqual([]);
    expect(new Set(proof.proofs.map(({ tag }) => tag))).toEqual(
      new Set(entry.entry.body.metadata.provenance),
    );
    expect(await theirs.json<{ proofs: unknown[] }>(`/api/wall/proof/${claim?.id}`)).toMatchObject({
      proofs: [],
    });
  });
});
