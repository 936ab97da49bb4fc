/**
 * What is private is shown to no model elsewhere: neither the questions that a spore asks itself about private memories
 * nor those its commander asks as private. A real spore with a key whose provider keeps all that it is sent.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type FakeProvider, replies, serves, startFakeProvider } from "../support/fake-provider.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

/** Thirty harbours, each with two private memories that cannot both be true. */
const HARBOURS = Array.from(
  { length: 30 },
  (_, at) => `${"BDFGHKLMNPRSTVZ"[at % 15]}${at < 15 ? "ara" : "elo"}sk`,
);
const said = JSON.stringify({
  hypothesis: "It is green.",
  claims: [],
  confidence: 0.9,
  text: "It is green.",
});

let provider: FakeProvider;
let spore: TestSpore;
beforeAll(async () => {
  provider = startFakeProvider();
  provider.play(serves("llama-3.3-70b-versatile", replies(said)));
  spore = await startTestSpore({ env: { GROQ_API_KEY: "key-of-a-test", GROQ_BASE_URL: provider.baseUrl } });
  const memories = HARBOURS.flatMap((name) =>
    [9, 11].map((hour) => ({ content: `The ferry to ${name} leaves from the northern pier at ${hour}.` })),
  );
  expect((await spore.post("/api/memory", { label: "private", memories })).status).toBe(201);
  const plain = { content: "The crane of the shipyard is green." };
  expect((await spore.post("/api/memory", plain)).status).toBe(201);
});
afterAll(async () => {
  await cleanUp();
  await provider.stop();
});

const sent = () => JSON.stringify(provider.requests.map(({ body }) => body));

async function answered(id: string) {
  const ended = async () => ["converged", "unresolved"].includes((await spore.task(id)).status);
  await waitFor("an end", ended, 90_000);
  return await spore.task(id);
}

async function ask(body: Record<string, unknown>) {
  return await answered(
    ((await (await spore.post("/api/task", body)).json()) as { task_id: string }).task_id,
  );
}

test("the provider answers what the cluster may see", async () => {
  const { deltas } = await ask({ task: "Which colour has the crane of the shipyard?" });
  expect(deltas.every(({ provider: by }) => by === "groq")).toBe(true);
  expect(sent()).toContain("crane of the shipyard");
});

test("a task asked as private is answered by quotation, from private memories", async () => {
  const [name = ""] = HARBOURS;
  const task = await ask({ task: `From which pier leaves the ferry to ${name}?`, label: "private" });
  expect(task.final_answer).toContain("northern pier");
  expect(task.deltas.every(({ provider: by }) => by === "embedded")).toBe(true);
  expect(sent()).not.toContain("ferry");
});

test("what it asks itself about private memories is private, and the provider sees nothing of it", async () => {
  const settings = { "cognition.tick_s": 1, "cognition.idle_s": 1, "cognition.free_thought": false };
  expect((await spore.put("/api/settings", { settings })).status).toBe(200);
  const asked = async () =>
    (
      await spore.json<{ tasks: { task_id: string; label: string }[] }>("/api/tasks?q=contradict+each+other")
    ).tasks.at(0);
  await waitFor("a question of its own", async () => (await asked()) !== undefined, 90_000);
  const own = await asked();
  expect(own?.label).toBe("private");
  const { deltas, description } = await answered(own?.task_id ?? "");
  expect(description).toContain("ferry");
  expect(deltas.map(({ provider: by }) => by)).toContain("embedded");
  for (const name of ["ferry", "pier", ...HARBOURS]) expect(sent()).not.toContain(name);
});
