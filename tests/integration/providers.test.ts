import { afterEach, describe, expect, test } from "bun:test";
import { providersSchema } from "@synapse/shared/contract/status.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { createChatModel } from "@synapse/spore/llm/chain.ts";
import type { ChatRequest } from "@synapse/spore/llm/provider.ts";
import { modelSettingsFrom } from "@synapse/spore/llm/settings.ts";
import { z } from "zod";
import {
  type FakeProvider,
  hangs,
  lists,
  refuses,
  replies,
  startFakeProvider,
} from "../support/fake-provider.ts";

const KEY = "sk-canary-0123456789";
const running: FakeProvider[] = [];
afterEach(async () => {
  for (const fake of running.splice(0)) await fake.stop();
});

function setUp(environment: Record<string, string> = {}) {
  const fake = startFakeProvider();
  running.push(fake);
  let clock = 1_000_000;
  const settings = modelSettingsFrom({
    LLM_ENDPOINT: fake.baseUrl,
    LLM_MODEL: "tiny",
    LLM_API_KEY: KEY,
    ...environment,
  });
  if (!settings.ok) throw new Error(settings.error);
  const chain = createChatModel(settings.value, { fetch, now: () => clock });
  const { model } = chain;
  if (model === null) throw new Error("the chain has no model");
  return {
    fake,
    chain,
    ask: (change: Partial<ChatRequest> = {}) => model.ask({ ...request, ...change }),
    pass: (ms: number) => {
      clock += ms;
    },
  };
}

const request: ChatRequest = {
  messages: [
    { role: "system", content: "You are careful." },
    { role: "user", content: "What is the harbour called?" },
  ],
  purpose: "reason",
  temperature: 0.7,
  maxTokens: 64,
};

describe("an OpenAI-compatible endpoint", () => {
  test("answers, with the model it really used and what it cost", async () => {
    const { fake, chain, ask } = setUp();
    fake.play(replies("<think>hm</think>Port Ellen"));
    expect(await ask()).toMatchObject({
      ok: true,
      value: { text: "Port Ellen", provider: "endpoint", model: "tiny-real", tokensIn: 11, tokensOut: 7 },
    });
    expect(fake.requests[0]).toMatchObject({
      path: "/v1/chat/completions",
      authorization: `Bearer ${KEY}`,
      body: { model: "tiny", temperature: 0.7, max_tokens: 64 },
    });
    expect(chain.lastUsed()).toEqual({ provider: "endpoint", model: "tiny-real" });
    const [endpoint] = providersSchema.parse(chain.describe()).providers;
    expect(endpoint).toMatchObject({ state: "ready", calls: 1, failures: 0, tokens_in: 11, tokens_out: 7 });
  });

  test("finds its model when none is named, and skips those that cannot chat", async () => {
    const { fake, ask } = setUp({ LLM_MODEL: "" });
    fake.play(lists("nomic-embed-text", "qwen3:4b"), replies("yes"));
    expect(await ask()).toMatchObject({ ok: true, value: { model: "qwen3:4b-real" } });
    expect(fake.requests.map(({ path }) => path)).toEqual(["/v1/models", "/v1/chat/completions"]);
  });

  test("asks for JSON by schema, and without where the server refuses that, once", async () => {
    const { fake, ask } = setUp();
    const schema = z.object({ name: z.string(), sure: z.number().min(0).max(1) });
    fake.play(
      refuses(400, { error: { message: "response_format json_schema is not supported" } }),
      replies('```json\n{"name": "Port Ellen", "sure": 3}\n```'),
    );
    expect(await ask({ schema })).toMatchObject({
      ok: true,
      value: { value: { name: "Port Ellen", sure: 1 } },
    });
    await ask({ schema });
    expect(fake.requests.map(({ body }) => body?.response_format)).toMatchObject([
      { type: "json_schema" },
      { type: "json_object" },
      { type: "json_object" },
    ]);
    expect(JSON.stringify(fake.requests[1]?.body)).toContain("JSON schema");
  });

  test("prose instead of the asked-for JSON is still a reply, without a value", async () => {
    const { fake, ask } = setUp();
    fake.play(replies("It is Port Ellen."));
    const result = await ask({ schema: z.object({ name: z.string() }) });
    expect(result.ok && result.value.text).toBe("It is Port Ellen.");
    expect(result.ok && result.value.value).toBeUndefined();
  });

  test.each([
    ["thinking only", replies("<think>and so on"), "invalid_reply"],
    ["thinking in its own field only", replies(null, { reasoning_content: "hm" }), "invalid_reply"],
    ["an HTML page", () => new Response("<html>login</html>"), "invalid_reply"],
    ["no choices", () => Response.json({ choices: [] }), "invalid_reply"],
    ["a refused key", refuses(401, { error: { message: `bad key ${KEY}` } }), "unauthorised"],
    ["too many requests", refuses(429, {}, { "retry-after": "9" }), "rate_limited"],
    ["no balance", refuses(402, {}), "exhausted"],
    ["an unknown model", refuses(404, {}), "model_gone"],
    ["an error", refuses(500, { error: { message: KEY } }), "unreachable"],
    ["a redirect", () => Response.redirect("http://127.0.0.1:1/v1", 307), "unreachable"],
    ["a flood", () => new Response("x".repeat(5 * 1024 * 1024)), "invalid_reply"],
  ] as const)("%s is a failure and never a reply", async (_, mood, kind) => {
    const { fake, chain, ask } = setUp();
    const events: unknown[] = [];
    chain.subscribe((event) => events.push(event));
    fake.play(mood);
    const result = await ask();
    expect(result).toMatchObject({ ok: false, error: { kind } });
    expect(fake.requests).toHaveLength(1);
    expect(chain.lastUsed()).toBeNull();
    expect(events).toHaveLength(1);
    expect(JSON.stringify([result, events, chain.describe()])).not.toContain(KEY);
  });

  test("is left alone until the time it stated, then asked again", async () => {
    const { fake, chain, ask, pass } = setUp();
    fake.play(refuses(429, {}, { "retry-after": "9" }), replies("back"));
    await ask();
    pass(8_999);
    expect(await ask()).toMatchObject({ ok: false, error: { kind: "rate_limited" } });
    expect(fake.requests).toHaveLength(1);
    pass(1);
    expect(await ask()).toMatchObject({ ok: true });
    expect(chain.describe().providers[0]).toMatchObject({ state: "ready", reason: null });
  });

  test("stops at the caller's signal and at the time-out", async () => {
    const { fake, ask } = setUp();
    fake.play(hangs());
    const controller = new AbortController();
    const asked = ask({ signal: controller.signal });
    controller.abort();
    expect(await asked).toMatchObject({ ok: false, error: { kind: "cancelled" } });
    expect(await ask({ timeoutMs: 20 })).toMatchObject({ ok: false, error: { kind: "unreachable" } });
  });

  test("nobody listening is unreachable", async () => {
    const { fake, ask } = setUp();
    await fake.stop();
    expect(await ask()).toMatchObject({ ok: false, error: { kind: "unreachable" } });
  });
});

test("without any provider there is no model, and the embedded reasoner says what it is", () => {
  const settings = modelSettingsFrom({});
  if (!settings.ok) throw new Error(settings.error);
  const chain = createChatModel(settings.value, { fetch, now: () => 0 });
  expect(chain.model).toBeNull();
  const id = "ab".repeat(32) as EntryId;
  const passages = [{ id, content: "The harbour is called Port Ellen.", score: 1 }];
  const reply = chain.extract({ question: "What is the harbour called?", passages, role: "generalist" });
  expect(reply.hypothesis).toBe("“The harbour is called Port Ellen.”");
  expect(chain.lastUsed()).toEqual({ provider: "embedded", model: "extractive" });
  expect(providersSchema.parse(chain.describe()).providers).toMatchObject([
    { id: "embedded", configured: true, state: "ready", models: ["extractive"], calls: 1 },
  ]);
});
