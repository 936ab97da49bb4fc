/**
 * Trust in real spores: two models that are wrong together outvote the third, until graded work tells them apart; every
 * score is explained down to its evidence, and the receipt of the answer that changed verifies offline.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import { trustSchema } from "@synapse/shared/contract/trust-status.ts";
import { verifyReceipt } from "@synapse/shared/receipt.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import { freePort } from "../support/spore-process.ts";
import { cleanUp, freshDir, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(180_000);

const TOKEN = "operator-token-of-the-trust-test";
const AUTH = { authorization: `Bearer ${TOKEN}` };
const GRADED = 14;

/** Models that multiply: an honest one, and two that are off by one and ten alike. */
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const name = pathname.split("/")[1] ?? "";
    if (pathname.endsWith("/models")) return Response.json({ data: [{ id: name }] });
    const body = (await request.json()) as { messages: { content: string }[] };
    const prompt = body.messages.map(({ content }) => content).join("\n");
    const asked = /What is (\d+) times (\d+)/u.exec(prompt);
    const product = Number(asked?.[1]) * Number(asked?.[2]);
    const said = name === "honest" ? product : product + 11;
    const reply = {
      hypothesis: `The answer is ${said}.`,
      value: String(said),
      claims: [],
      citations: [],
      confidence: 0.9,
    };
    return Response.json({
      id: "x",
      model: name,
      choices: [
        { index: 0, finish_reason: "stop", message: { role: "assistant", content: JSON.stringify(reply) } },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    });
  },
});

let swarm: TestSpore[] = [];
const at = (index: number): TestSpore => swarm[index] as TestSpore;

beforeAll(async () => {
  const operatorKey = join(freshDir(), "operator.key");
  const ports = await Promise.all([0, 1, 2].map(() => freePort()));
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  swarm = await Promise.all(
    ports.map((port, index) =>
      startTestSpore({
        index,
        port,
        operatorKey,
        peers: urls.filter((_, other) => other !== index),
        env: {
          SPORE_TOKEN: TOKEN,
          LLM_ENDPOINT: `http://127.0.0.1:${server.port}/${["honest", "crooked-a", "crooked-b"][index]}/v1`,
          LLM_MODEL: ["honest", "crooked-a", "crooked-b"][index] ?? "",
        },
      }),
    ),
  );
  await waitFor("the spores to meet", async () =>
    (await Promise.all(swarm.map((spore) => spore.health()))).every(({ peers }) => peers.length === 2),
  );
});
afterAll(async () => {
  await server.stop(true);
  await cleanUp();
});

async function ask(a: number, b: number, expected: boolean): Promise<TaskDetail> {
  const reply = await at(0).post(
    "/api/task",
    {
      task: `What is ${a} times ${b}?`,
      answer: { type: "number" },
      ...(expected ? { expected: String(a * b) } : {}),
    },
    AUTH,
  );
  expect(reply.status).toBe(201);
  const { task_id } = (await reply.json()) as { task_id: string };
  const read = () => at(0).json<TaskDetail>(`/api/task/${task_id}`, { headers: AUTH });
  await waitFor("an answer", async () => ["converged", "unresolved"].includes((await read()).status), 60_000);
  return await read();
}

const trustAt = async (index: number, query = "", headers: Record<string, string> = AUTH) =>
  trustSchema.parse(await at(index).json(`/api/trust${query}`, { headers }));

test("a fresh swarm is a plain vote: the two that are wrong together win", async () => {
  const fresh = await trustAt(0);
  expect(fresh).toMatchObject({ enabled: true, graded_items: 0, damping: 1, best_peer: null });
  expect(fresh.peers).toHaveLength(3);
  expect(new Set(fresh.peers.map(({ weight }) => weight))).toEqual(new Set([1]));
  const task = await ask(12, 13, false);
  expect(task.value).toBe(String(12 * 13 + 11));
});

test("after graded work the one that was right decides, and everybody has a record, the asking spore too", async () => {
  for (let i = 0; i < GRADED; i++) await ask(20 + i, 31 + i, true);
  const task = await ask(71, 83, false);
  expect(task.value).toBe(String(71 * 83));
  expect(task.dissent.some(({ text }) => text.includes(String(71 * 83 + 11)))).toBe(true);

  await waitFor("the grades of the asking spore's own votes", async () => {
    const { peers } = await trustAt(1);
    return (peers.find(({ name }) => name === "spore-0")?.dimensions.competence?.positive ?? 0) >= GRADED - 1;
  });
  const [honest, one, two] = (await trustAt(2)).peers.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  expect(honest?.tier).toMatch(/peer|commander/);
  expect(one?.tier).toBe("stranger");
  expect(two?.tier).toBe("stranger");
  // The shared error is seen: two voices that are wrong together.
  const report = await trustAt(0);
  const pair = report.entangled.find(({ a_name, b_name }) => a_name !== "spore-0" && b_name !== "spore-0");
  expect(pair?.errors).toBeGreaterThan(0.6);
  expect(report.effective_voices).toBeLessThan(2.5);
  expect(one?.dimensions.calibration?.negative).toBeGreaterThan(one?.dimensions.calibration?.positive ?? 9);
});

test("the answer's receipt encloses the evidence, recomputes offline, and says what is a view and no proof", async () => {
  const task = await ask(64, 97, false);
  const receipt = await at(0).json(`/api/task/${task.task_id}/receipt`, { headers: AUTH });
  const report = await verifyReceipt(receipt, async (key, message, signature) =>
    verifySignature(key, message, signature),
  );
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect((receipt as { evidence: unknown[] }).evidence.length).toBeGreaterThan(10);
  expect(report.asserted.join("\n")).toContain("how far each author is trusted");
  const weights = new Map(report.answer?.voices.map(({ model, weight }) => [model, weight]));
  expect(weights.get("honest") ?? 0).toBeGreaterThan(
    (weights.get("crooked-a") ?? 9) + (weights.get("crooked-b") ?? 9),
  );
});

test("any score is explained down to its evidence; strangers see scores and no notes", async () => {
  const explained = await trustAt(0, "?subject=spore-1");
  expect(explained.peers).toHaveLength(1);
  const competence = explained.evidence?.filter(({ dimension }) => dimension === "competence") ?? [];
  expect(competence.length).toBeGreaterThanOrEqual(GRADED);
  expect(competence.every(({ positive, source }) => !positive && source === "checkable")).toBe(true);
  expect(competence[0]?.note).toContain("the right answer is");
  const entry = await at(0).fetch(`/api/memory/${competence[0]?.id}`, { headers: AUTH });
  expect(entry.status).toBe(200);
  const unauthorised = await trustAt(0, "?subject=spore-1", {});
  expect(unauthorised.evidence?.every(({ note, rests_on }) => note === "" && rests_on.length === 0)).toBe(
    true,
  );
  expect((await at(0).fetch("/api/trust?subject=nobody", { headers: AUTH })).status).toBe(404);
});

test("the commander's grade is evidence, newer over older, and bad ones are refused with a mend", async () => {
  const task = await ask(15, 17, false);
  const grade = (body: unknown, headers: Record<string, string> = AUTH) =>
    at(0).post(`/api/task/${task.task_id}/grade`, body, headers);
  expect((await grade({ correct: true }, {})).status).toBe(401);
  for (const bad of [{}, { correct: "yes" }, { score: 2 }, { correct: true, score: 1 }, { score: 0.5 }, []]) {
    expect([400, 422]).toContain((await grade(bad)).status);
  }
  expect((await at(0).post(`/api/task/${"0".repeat(64)}/grade`, { correct: true }, AUTH)).status).toBe(404);
  const about = async () =>
    (await trustAt(0, "?subject=spore-1")).evidence?.filter(
      ({ source, dimension }) => source === "commander" && dimension === "competence",
    ) ?? [];
  const first = await grade({ correct: true, note: "checked by hand" });
  expect(first.status).toBe(200);
  const reply = (await first.json()) as { graded: { correct: boolean }[]; evidence: string[] };
  expect(reply.graded).toHaveLength(3);
  expect(reply.evidence.length).toBeGreaterThan(0);
  await waitFor("the evidence", async () => (await about()).length === 1);
  expect((await about())[0]).toMatchObject({ positive: false, note: "checked by hand" });
  await grade({ value: String(15 * 17 + 11) });
  await waitFor("the newer outcome to replace it", async () => (await about()).length === 0);
});

test("trust is a fold of the entries: a restarted spore has the same", async () => {
  const figures = async () =>
    (await trustAt(0)).peers.map(({ name, tier, evidence, mean }) => ({
      name,
      tier,
      evidence,
      mean: mean.toFixed(6),
    }));
  let before = await figures();
  await waitFor("the last grades to be completed", async () => {
    await Bun.sleep(3_000);
    const now = await figures();
    const settled = JSON.stringify(now) === JSON.stringify(before);
    before = now;
    return settled;
  });
  await at(0).stop();
  await at(0).restart();
  expect(await figures()).toEqual(before);
});
