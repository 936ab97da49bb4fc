/** Real spores that reason with a model behind LLM_ENDPOINT, and what happens when it fails. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { providersSchema } from "@synapse/shared/contract/status.ts";
import { cleanUp, startSwarm, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

let mood: "good" | "broken" | "rambling" = "good";
const prompts: string[] = [];
/** An OpenAI-compatible server that says what the test tells it to. */
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    if (new URL(request.url).pathname.endsWith("/models"))
      return Response.json({ data: [{ id: "panel-7b" }] });
    if (mood === "broken") return new Response("<html>bad gateway</html>", { status: 502 });
    const body = (await request.json()) as { messages: { content: string }[] };
    const prompt = body.messages.map(({ content }) => content).join("\n");
    prompts.push(prompt);
    const reply = prompt.includes("You write the answer")
      ? { text: "The bridge opens in May, all agree.", value: null, contested: [], citations: [] }
      : {
          hypothesis: "The bridge opens in May.",
          claims: ["The bridge opens in May"],
          confidence: "90%",
          citations: [],
        };
    const content = mood === "rambling" ? "I cannot say; error 503, rate limited" : JSON.stringify(reply);
    return Response.json({
      id: "x",
      model: "panel-7b",
      choices: [
        {
          index: 0,
          finish_reason: "stop",
          message: { role: "assistant", content: `<think>hm</think>${content}` },
        },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    });
  },
});

let swarm: TestSpore[];
beforeAll(async () => {
  swarm = await startSwarm(3, {
    LLM_ENDPOINT: `http://127.0.0.1:${server.port}/v1`,
    // By its name passed on to a cloud, so that it counts against the budgets; a model of this machine does not.
    LLM_MODEL: "panel-7b-cloud",
    LLM_API_KEY: "key-canary-77aa",
  });
});
afterAll(async () => {
  await server.stop(true);
  await cleanUp();
});

async function answerTo(question: string) {
  const first = swarm[0] as TestSpore;
  const { task_id } = (await (await first.post("/api/task", { task: question })).json()) as {
    task_id: string;
  };
  await waitFor(
    "an end",
    async () => ["converged", "unresolved"].includes((await first.task(task_id)).status),
    90_000,
  );
  return await first.task(task_id);
}

test("three spores ask the model, agree, and a model words the answer", async () => {
  await (swarm[0] as TestSpore).post("/api/memory", { content: "The council said the bridge opens in May." });
  const task = await answerTo("When does the bridge open?");
  expect(task.status).toBe("converged");
  expect(task.final_answer).toContain("May");
  expect(task.deltas.every(({ model, confidence }) => model === "panel-7b" && confidence === 0.9)).toBe(true);
  expect(task.final_answer).not.toContain("think");
  const { providers } = providersSchema.parse(await (swarm[0] as TestSpore).json("/api/providers"));
  expect(providers.find(({ id }) => id === "endpoint")?.calls).toBeGreaterThan(0);
});

test("what others wrote reaches the model only inside data blocks, and no key is in a prompt, a reply or the log", async () => {
  expect(prompts.length).toBeGreaterThan(0);
  for (const prompt of prompts) {
    expect(prompt).not.toContain("key-canary-77aa");
    expect(prompt.indexOf("bridge")).toBeGreaterThan(prompt.indexOf("<data"));
  }
  for (const spore of swarm) {
    expect(spore.output()).not.toContain("key-canary-77aa");
    expect(JSON.stringify(await spore.json("/api/providers"))).not.toContain("key-canary-77aa");
  }
});

test("a server that fails is never an answer: the embedded reasoner speaks, under its own name", async () => {
  mood = "broken";
  const task = await answerTo("When does the bridge open, says the council?");
  expect(task.final_answer).toContain("bridge opens in May");
  expect(JSON.stringify(task)).not.toContain("bad gateway");
  expect(task.deltas.every(({ provider, model }) => provider === "embedded" && model === "extractive")).toBe(
    true,
  );
});

test("the commander's budget holds from the next call on, and what was spent is the commander's to see", async () => {
  mood = "good";
  const [spore] = swarm as [TestSpore];
  const put = (to: TestSpore, calls: number | null) =>
    to.put("/api/settings", { settings: { "models.calls_per_day": calls } });
  // Left alone for a moment after its failures of the test before.
  for (const each of swarm) {
    const state = async () =>
      providersSchema.parse(await each.json("/api/providers")).providers.find(({ id }) => id === "endpoint")
        ?.state;
    await waitFor("the endpoint to be tried again", async () => (await state()) !== "failing", 70_000);
    expect((await put(each, 0)).status).toBe(200);
  }
  const task = await answerTo("When exactly does the bridge open?");
  expect(task.deltas.every(({ provider }) => provider === "embedded")).toBe(true);
  const { budget, recent } = providersSchema.parse(await spore.json("/api/providers"));
  expect(budget).toMatchObject({ per_day: { calls: 0 } });
  expect(budget?.today.calls).toBeGreaterThan(0);
  expect(recent?.[0]?.skipped[0]?.reason).toBe("the day's budget of calls is spent");
  expect((await put(spore, -1)).status).toBe(422);
  for (const each of swarm) await put(each, null);
  const again = await answerTo("In which month does the bridge open?");
  expect(again.deltas.some(({ model }) => model === "panel-7b")).toBe(true);
});
