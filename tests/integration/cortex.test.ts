/** Cortex with a real GGUF file in a real process, with damaged and missing files. */
import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { partStateSchema } from "@synapse/shared/contract/status.ts";
import type { ChatRequest } from "@synapse/spore/llm/provider.ts";
import { z } from "zod";
import { replies, startFakeProvider } from "../support/fake-provider.ts";
import { createManualClock, startChain } from "../support/model-chain.ts";
import { CHAT_REQUEST, KEY_CANARY } from "../support/model-server-suite.ts";
import { ROOT } from "../support/source-tree.ts";
import { cleanUp, freshDir, startTestSpore, waitFor } from "../support/swarm.ts";
import { endCortexes, endLater, openCortex, serverOf } from "../support/test-cortex.ts";
import { writeTinyGguf } from "../support/tiny-gguf.ts";

// Loading takes a fraction of a second; the limit only ends what hangs.
setDefaultTimeout(90_000);

afterEach(endCortexes);
afterAll(cleanUp);

const tiny = join(freshDir(), "tiny.gguf");
writeTinyGguf(tiny);
const request: ChatRequest = {
  ...CHAT_REQUEST,
  messages: [{ role: "user", content: "Where?" }],
  maxTokens: 48,
};

const canLoad = existsSync(join(ROOT, "spore/node_modules/node-llama-cpp"));
if (!canLoad)
  process.stdout.write("skipped: Cortex with a real model: node-llama-cpp is not installed here\n");

describe.skipIf(!canLoad)("a local model", () => {
  test("answers in the asked-for shape, from a process of its own that knows no secret", async () => {
    process.env.CANARY_TOKEN = KEY_CANARY;
    const cortex = openCortex({ CORTEX_MODEL: tiny });
    expect(await serverOf(cortex).models()).toEqual({ ok: true, value: ["tiny"] });
    expect(cortex.describe(false)).toMatchObject({ enabled: true, state: "ready", loaded: false });
    const schema = z.object({ sure: z.boolean(), choice: z.enum(["north", "south"]).nullable() });
    const pieces: string[] = [];
    const { result } = await serverOf(cortex).call("tiny", {
      ...request,
      schema,
      onText: (text) => pieces.push(text),
    });
    // Random weights say nothing sensible, but the grammar holds them to the schema.
    expect(schema.safeParse(result.ok ? result.value.value : null).success).toBe(true);
    expect(pieces.length).toBeGreaterThan(0);
    expect(result).toMatchObject({ ok: true, value: { provider: "cortex", model: "tiny", costUsd: 0 } });
    expect(result.ok && result.value.tokensIn).toBeGreaterThan(0);
    const state = cortex.describe(true);
    const pid = Number(state.pid);
    expect(state).toMatchObject({ state: "loaded", loaded: true, total_calls: 1 });
    expect(pid).not.toBe(process.pid);
    if (process.platform === "linux")
      expect(readFileSync(`/proc/${pid}/environ`, "latin1")).not.toContain(KEY_CANARY);
    expect(cortex.describe(false)).not.toHaveProperty("file");
    delete process.env.CANARY_TOKEN;
  });

  test("the process may die while it thinks: the call fails, the next one starts it again", async () => {
    const cortex = openCortex({ CORTEX_MODEL: tiny });
    const begun = Promise.withResolvers<void>();
    const asked = serverOf(cortex).call("tiny", {
      ...request,
      maxTokens: 1_500,
      onText: () => begun.resolve(),
    });
    await begun.promise;
    process.kill(Number(cortex.describe(true).pid), "SIGKILL");
    expect(await asked).toMatchObject({
      status: null,
      result: { ok: false, error: { kind: "unreachable" } },
    });
    expect(cortex.describe(true)).toMatchObject({ state: "ready", loaded: false });
    expect((await serverOf(cortex).call("tiny", request)).status).toBe(200);
  });

  test("stops at the caller's signal and at the time-out, and goes on afterwards", async () => {
    const cortex = openCortex({ CORTEX_MODEL: tiny });
    const controller = new AbortController();
    const long = { ...request, maxTokens: 1_500 };
    const asked = serverOf(cortex).call("tiny", {
      ...long,
      signal: controller.signal,
      onText: () => controller.abort(),
    });
    expect((await asked).result).toMatchObject({ ok: false, error: { kind: "cancelled" } });
    const late = await serverOf(cortex).call("tiny", { ...long, timeoutMs: 1 });
    expect(late.result).toMatchObject({ ok: false, error: { kind: "unreachable" } });
    expect((await serverOf(cortex).call("tiny", request)).status).toBe(200);
  });

  test("a prompt beyond its context is told apart", async () => {
    const cortex = openCortex({ CORTEX_MODEL: tiny });
    const messages = [{ role: "user" as const, content: "x".repeat(3_000) }];
    expect((await serverOf(cortex).call("tiny", { ...request, messages })).result).toMatchObject({
      ok: false,
      error: { kind: "context_too_long" },
    });
  });

  test("gives its memory back when it is idle", async () => {
    const clock = createManualClock(Date.now());
    const cortex = openCortex({ CORTEX_MODEL: tiny }, { clock });
    await serverOf(cortex).call("tiny", request);
    expect(cortex.describe(false)).toMatchObject({ loaded: true });
    clock.pass(5 * 60_000);
    await waitFor("the end of the process", () => cortex.describe(false).loaded === false);
    expect(cortex.describe(false)).toMatchObject({ enabled: true, state: "ready" });
  });

  test("is not loaded beyond the memory it may use", async () => {
    const cortex = openCortex({ CORTEX_MODEL: tiny, CORTEX_MEMORY_MB: "64" });
    expect((await serverOf(cortex).call("tiny", request)).result).toMatchObject({ ok: false });
    expect(cortex.describe(false)).toMatchObject({ enabled: false, state: "failed", memory_limit_mb: 64 });
    expect(cortex.warnings[0]).toContain("64 are allowed");
    expect(await serverOf(cortex).models()).toEqual({ ok: true, value: [] });
  });

  test.each([
    ["no GGUF at all", (path: string) => writeFileSync(path, "hello")],
    [
      "cut off",
      (path: string) => {
        writeTinyGguf(path);
        truncateSync(path, 200_000);
      },
    ],
    [
      "damaged",
      (path: string) => {
        writeTinyGguf(path);
        const bytes = readFileSync(path);
        bytes.fill(0xff, 8, 4_000);
        writeFileSync(path, bytes);
      },
    ],
  ])("a file that is %s is named as such, and nothing else changes", async (_, write) => {
    const path = join(freshDir(), "bad.gguf");
    write(path);
    const cortex = openCortex({ CORTEX_MODEL: path });
    expect((await serverOf(cortex).call("bad", request)).result.ok).toBe(false);
    expect(cortex.describe(false)).toMatchObject({ enabled: false, state: "failed" });
    expect(cortex.warnings).toHaveLength(1);
  });

  test("without a file it says so and how to mend it", async () => {
    const missing = openCortex({ CORTEX_MODEL: join(freshDir(), "none.gguf") });
    expect(missing.describe(false)).toMatchObject({ enabled: false, state: "no_file" });
    expect(String(missing.describe(false).reason)).toContain("CORTEX_MODEL");
    expect((await serverOf(missing).call("none", request)).result).toMatchObject({
      ok: false,
      error: { kind: "model_gone" },
    });
    const unset = openCortex({});
    expect(String(unset.describe(false).reason)).toContain("CORTEX_DOWNLOAD=1");
    expect(openCortex({ CORTEX_BACKEND: "off" }).describe(false)).toMatchObject({ enabled: false });
  });

  test("is the last in the chain: asked when the others cannot be, and by nobody else", async () => {
    const cortex = openCortex({ CORTEX_MODEL: tiny });
    const { chain } = await startChain({
      environment: { LLM_ENDPOINT: "http://127.0.0.1:9", LLM_MODEL: "none" },
      cortex: serverOf(cortex),
    });
    const result = await chain.model.ask(request);
    expect(result).toMatchObject({ ok: true, value: { provider: "cortex" } });
    expect(chain.describe(true).recent?.[0]?.attempts.map(({ provider }) => provider)).toEqual([
      "endpoint",
      "cortex",
    ]);
  });
});

describe.skipIf(!canLoad)("in a spore", () => {
  test("its process may be killed and its file be missing: the spore goes on, and the commander may download", async () => {
    const token = "operator-cortex-8812";
    const headers = { authorization: `Bearer ${token}` };
    const env = { SPORE_TOKEN: token, CORTEX_BACKEND: "local", CORTEX_MODEL: tiny };
    const spore = await startTestSpore({ env });
    const cortex = async () => partStateSchema.parse(await spore.json("/api/cortex", { headers }));
    expect(await cortex()).toMatchObject({ enabled: true, state: "ready" });
    await spore.post("/api/memory", { content: "The bridge opens in May." }, headers);
    const asked = await spore.post("/api/task", { task: "When does the bridge open?" }, headers);
    const { task_id } = (await asked.json()) as { task_id: string };
    await waitFor(
      "the process",
      async () => (await cortex()).pid !== null || (await cortex()).total_calls !== 0,
    );
    const { pid } = await cortex();
    if (typeof pid === "number") process.kill(pid, "SIGKILL");
    const status = async () =>
      (await spore.json<{ status: string }>(`/api/task/${task_id}`, { headers })).status;
    await waitFor("an end", async () => ["converged", "unresolved"].includes(await status()), 80_000);
    expect((await spore.health()).memories).toBeGreaterThan(0);
    expect((await spore.fetch("/api/cortex/download", { method: "POST" })).status).toBe(401);
    const refused = await spore.fetch("/api/cortex/download", { method: "POST", headers });
    expect(refused.status).toBe(409);
    expect(await spore.stop()).toBe(0);
  });
});

describe("a small model at Hugging Face", () => {
  test("answers through the router with the token, under the name of Cortex", async () => {
    const router = startFakeProvider();
    endLater(router);
    router.play(replies("south"));
    const cortex = openCortex(
      { CORTEX_BACKEND: "hf", CORTEX_MODEL: "some/small-model" },
      { hfBaseUrl: router.baseUrl },
    );
    expect(cortex.describe(false)).toMatchObject({ enabled: true, backend: "hf", model: "some/small-model" });
    const { result } = await serverOf(cortex).call("some/small-model", request);
    expect(result).toMatchObject({ ok: true, value: { provider: "cortex" } });
    expect(result.ok && result.value.text).toBe("south");
    expect(router.requests.at(-1)?.authorization).toBe(`Bearer ${KEY_CANARY}`);
    expect(router.requests.at(-1)?.body?.model).toBe("some/small-model");
  });

  test("without a token says what is missing, and is no model", () => {
    const cortex = openCortex({ CORTEX_BACKEND: "hf" }, { hfToken: null });
    expect(cortex.server).toBeNull();
    expect(cortex.describe(false)).toMatchObject({
      enabled: false,
      backend: "hf",
      reason: expect.stringContaining("HF_TOKEN"),
    });
  });
});
