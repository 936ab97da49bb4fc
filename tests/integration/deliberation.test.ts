/**
 * Three real spores and a model that answers at once: how many calls and cycles an answer costs, and that models which
 * never agree still come to an end.
 *
 * What is held is the number of calls and cycles, and how many of them come one after the other. The time is printed, and
 * held with much slack: ten times the goal is only reached by waiting for a turn that somebody let pass.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { swarmSchema, type TaskDetail } from "@synapse/shared/contract/status.ts";
import { DEFAULT_LIMITS } from "@synapse/spore/reasoning/limits.ts";
import { chatBody, type FakeProvider, startFakeProvider } from "../support/fake-provider.ts";
import { cleanUp, startSwarm, type TestSpore, waitFor } from "../support/swarm.ts";

setDefaultTimeout(300_000);

const SPORES = 3;
/** What a quick local model takes. */
const MODEL_MS = 50;
/** The goal on a quiet machine, and what is held on any. */
const GOAL_MS = 3_000;
const HELD_MS = 10 * GOAL_MS;
/** Far beyond the deadline of every turn: an answer that takes longer than this waits for something that never comes. */
const LIMIT_MS = 120_000;

type Purpose = "reason" | "synthesise" | "validate";
interface Call {
  readonly model: string;
  readonly purpose: Purpose;
  readonly cycle: number;
}

let provider: FakeProvider;
let swarm: TestSpore[];
let calls: Call[] = [];
/** What a model says when it is asked to reason. */
let opinion: (model: string, cycle: number) => { readonly answer: string; readonly confidence: number };

beforeAll(async () => {
  provider = startFakeProvider();
  provider.play(async ({ path, body }) => {
    if (body === null || path.endsWith("/models")) return Response.json({ object: "list", data: [] });
    const model = String(body.model);
    const prompt = (body.messages as { content: string }[]).map(({ content }) => content).join("\n");
    const purpose: Purpose = prompt.includes("You write the answer of a group")
      ? "synthesise"
      : prompt.includes("You check an answer")
        ? "validate"
        : "reason";
    const cycle = Number(/, cycle (\d+)\./u.exec(prompt)?.[1] ?? 0);
    calls.push({ model, purpose, cycle });
    await Bun.sleep(MODEL_MS);
    return Response.json(chatBody(JSON.stringify(replyTo(purpose, model, cycle)), model));
  });
  swarm = await startSwarm(
    SPORES,
    { LLM_ENDPOINT: provider.baseUrl },
    // Models of three names: copies of one could not agree as independent voices do.
    (index) => ({ LLM_MODEL: `panel-${"abc"[index]}` }),
  );
  await waitFor("everybody to know everybody", async () => {
    const views = await Promise.all(
      swarm.map(async (spore) => swarmSchema.parse(await spore.json("/api/swarm"))),
    );
    return views.every(
      ({ nodes }) => nodes.filter(({ state }) => state === "live" || state === "self").length === SPORES,
    );
  });
});
afterAll(async () => {
  await cleanUp();
  await provider?.stop();
});

function replyTo(purpose: Purpose, model: string, cycle: number): object {
  if (purpose === "synthesise")
    return { text: "As counted, word for word.", value: null, contested: [], citations: [] };
  if (purpose === "validate") return { verdict: "confirmed", note: "it says what was counted" };
  const { answer, confidence } = opinion(model, cycle);
  return { hypothesis: answer, claims: [], citations: [], confidence, value: answer };
}

async function ask(
  question: string,
  options: readonly string[],
): Promise<{ task: TaskDetail; tookMs: number }> {
  calls = [];
  const [first] = swarm as [TestSpore];
  const started = performance.now();
  const reply = await first.post("/api/task", { task: question, answer: { type: "choice", options } });
  expect(reply.status).toBe(201);
  const { task_id } = (await reply.json()) as { task_id: string };
  await waitFor(
    "an end",
    async () => ["converged", "unresolved"].includes((await first.task(task_id)).status),
    LIMIT_MS,
  );
  const tookMs = performance.now() - started;
  return { task: await first.task(task_id), tookMs };
}

const counted = (purpose: Purpose): number => calls.filter((call) => call.purpose === purpose).length;

/** Nobody else's turn comes within this time: until then every step is done by one spore alone. */
const ALONE_MS = Math.min(DEFAULT_LIMITS.synthesisDeadlineMs, DEFAULT_LIMITS.validationDeadlineMs);

function expectOneOfEach(tookMs: number): void {
  const turns = Math.ceil(tookMs / ALONE_MS);
  expect(counted("synthesise")).toBeGreaterThanOrEqual(1);
  expect(counted("synthesise")).toBeLessThanOrEqual(turns);
  expect(counted("validate")).toBeLessThanOrEqual(turns);
}

describe("a model that agrees and answers in 50 ms", () => {
  test("each spore asks it once, one wording, one check: five calls and one cycle", async () => {
    opinion = () => ({ answer: "Lisbon", confidence: 0.9 });
    const { task, tookMs } = await ask("Which of these cities lies furthest west?", ["Lisbon", "Vienna"]);
    expect(task).toMatchObject({ status: "converged", cycle: 1, validation: "confirmed" });
    expect(task.contributors).toHaveLength(SPORES);
    expect(task.deltas.every(({ independent }) => independent)).toBe(true);
    expect(
      calls
        .filter(({ purpose }) => purpose === "reason")
        .map(({ model }) => model)
        .sort(),
    ).toEqual(["panel-a", "panel-b", "panel-c"]);
    expectOneOfEach(tookMs);
    // The critical path: all reason at once, then one words it, then one checks it. Three times the model's own time.
    expect(new Set(calls.map(({ purpose, cycle }) => `${purpose} ${cycle}`)).size).toBe(3);
    expect(tookMs).toBeLessThan(HELD_MS);
    console.info(`agreed in ${(tookMs / 1_000).toFixed(2)} s (goal ${GOAL_MS / 1_000} s on a quiet machine)`);
  });
});

describe("models that never agree", () => {
  const OPTIONS = ["red", "green", "blue", "white", "black", "grey"];

  test("who are not moved are not asked for ever: the debate ends as soon as it moves nothing", async () => {
    opinion = (model) => ({ answer: OPTIONS["abc".indexOf(model.slice(-1))] as string, confidence: 0.9 });
    const { task, tookMs } = await ask("Which colour is the best one?", OPTIONS);
    expect(task.cycle).toBe(2);
    expect(counted("reason")).toBe(SPORES * 2);
    expectOneOfEach(tookMs);
    expectDissent(task, SPORES - 1);
  });

  test("whose answers change in every cycle are asked as often as the budget allows, and no more", async () => {
    // Apart in odd cycles, two against one in even ones: the posterior moves each time and never settles anything.
    opinion = (model, cycle) => {
      const place = "abc".indexOf(model.slice(-1));
      return { answer: OPTIONS[cycle % 2 === 1 ? place : place === 2 ? 4 : 3] as string, confidence: 0.9 };
    };
    const { task, tookMs } = await ask("Which colour is the worst one?", OPTIONS);
    expect(task.cycle).toBe(DEFAULT_LIMITS.cyclesMax);
    expect(counted("reason")).toBe(SPORES * DEFAULT_LIMITS.cyclesMax);
    expectOneOfEach(tookMs);
    expectDissent(task, 1);
  });

  /** The best answer with who holds another one, whether or not it leads clearly enough to be given as the answer. */
  function expectDissent(task: TaskDetail, others: number): void {
    expect(["converged", "unresolved"]).toContain(task.status);
    expect(task.final_answer).not.toBe("");
    expect(task.dissent.length).toBeGreaterThanOrEqual(others);
    expect(task.posterior).toBeLessThan(DEFAULT_LIMITS.agreedPosterior);
  }
});
