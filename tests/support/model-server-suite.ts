/**
 * What every adapter of a model server has to prove, whichever client it uses: the same moods, the same outcomes.
 *
 * A new adapter is one more call of this suite.
 */
import { afterEach, describe, expect, test } from "bun:test";
import { SYSTEM_CLOCK } from "@synapse/spore/llm/clock.ts";
import type { ModelServer, ServerDeps, ServerSettings } from "@synapse/spore/llm/model-server.ts";
import type { ChatRequest } from "@synapse/spore/llm/provider.ts";
import { z } from "zod";
import {
  type FakeProvider,
  hangs,
  lists,
  refuses,
  replies,
  startFakeProvider,
  streams,
  thinksTooLong,
} from "./fake-provider.ts";

export const KEY_CANARY = "hf_canary0123456789abcdefABCDEF";
const PROMPT_CANARY = "prompt-canary-5521";

export const CHAT_REQUEST: ChatRequest = {
  messages: [
    { role: "system", content: "You are careful." },
    { role: "user", content: `What is the harbour called? ${PROMPT_CANARY}` },
  ],
  purpose: "reason",
  temperature: 0.7,
  maxTokens: 64,
};

export function describeModelServer(
  name: string,
  create: (settings: ServerSettings, deps: ServerDeps) => ModelServer,
): void {
  const running: FakeProvider[] = [];
  afterEach(async () => {
    for (const fake of running.splice(0)) await fake.stop();
  });

  function setUp() {
    const fake = startFakeProvider();
    running.push(fake);
    const settings = { id: "tested", baseUrl: fake.baseUrl, apiKey: KEY_CANARY };
    const server = create(settings, { fetch, clock: SYSTEM_CLOCK });
    const call = (change: Partial<ChatRequest> = {}) => server.call("tiny", { ...CHAT_REQUEST, ...change });
    return { fake, server, call };
  }

  describe(`${name} as a model server`, () => {
    test("answers, with the model it really used and what it cost", async () => {
      const { fake, call } = setUp();
      fake.play(replies("<think>hm</think>Port Ellen"));
      expect(await call()).toMatchObject({
        status: 200,
        result: {
          ok: true,
          value: { text: "Port Ellen", provider: "tested", model: "tiny-real", tokensIn: 11, tokensOut: 7 },
        },
      });
      expect(fake.requests).toHaveLength(1);
      expect(fake.requests[0]).toMatchObject({
        path: "/v1/chat/completions",
        authorization: `Bearer ${KEY_CANARY}`,
        body: { model: "tiny", temperature: 0.7, max_tokens: 64 },
      });
    });

    test("hands on the headers that state quotas, of replies and of refusals", async () => {
      const { fake, call } = setUp();
      fake.play(refuses(429, {}, { "retry-after": "9", "x-ratelimit-remaining-requests": "0" }));
      const { headers, result } = await call();
      expect(headers).toMatchObject({ "retry-after": "9", "x-ratelimit-remaining-requests": "0" });
      expect(result).toMatchObject({ ok: false, error: { kind: "rate_limited" } });
      fake.play(refuses(503, {}, { "retry-after": "9" }));
      expect((await call()).result).toMatchObject({ ok: false, error: { kind: "rate_limited" } });
      // One call is one request: a client that retries by itself would empty a quota here.
      expect(fake.requests).toHaveLength(2);
    });

    test("asks for JSON by schema, and without what the model refuses, once each", async () => {
      const { fake, call } = setUp();
      const schema = z.object({ name: z.string(), sure: z.number().min(0).max(1) });
      fake.play(
        refuses(400, { error: { message: "response_format json_schema is not supported" } }),
        refuses(400, { error: { message: "temperature does not support 0.7 with this model" } }),
        replies('```json\n{"name": "Port Ellen", "sure": 3}\n```'),
      );
      expect((await call({ schema })).result).toMatchObject({
        ok: true,
        value: { value: { name: "Port Ellen", sure: 1 } },
      });
      await call({ schema });
      expect(fake.requests).toHaveLength(4);
      expect(fake.requests[0]?.body).toMatchObject({ response_format: { type: "json_schema" } });
      expect(JSON.stringify(fake.requests[1]?.body)).toContain("JSON schema");
      expect(fake.requests[3]?.body?.temperature).toBeUndefined();
    });

    test("a model that spends a short reply on thinking gets room for it, from then on", async () => {
      const { fake, call } = setUp();
      fake.play(thinksTooLong(), replies("Port Ellen"));
      expect((await call()).result).toMatchObject({
        ok: true,
        value: { text: "Port Ellen", tokensIn: 22, tokensOut: 14 },
      });
      await call();
      expect(fake.requests.map(({ body }) => body?.max_tokens)).toEqual([64, 64 + 4_096, 64 + 4_096]);
      fake.play(thinksTooLong());
      expect((await call()).result).toMatchObject({ ok: false, error: { kind: "invalid_reply" } });
      expect(fake.requests).toHaveLength(4);
    });

    test("prose instead of the asked-for JSON is still a reply, without a value", async () => {
      const { fake, call } = setUp();
      fake.play(replies("It is Port Ellen."));
      const { result } = await call({ schema: z.object({ name: z.string() }) });
      expect(result.ok && result.value.text).toBe("It is Port Ellen.");
      expect(result.ok && result.value.value).toBeUndefined();
    });

    test("streams, without thinking, and counts", async () => {
      const { fake, call } = setUp();
      fake.play(streams(["<thi", "nk>hm", "</think>Port", " Ellen", ", he said"]));
      const pieces: string[] = [];
      const { result } = await call({ onText: (text) => pieces.push(text) });
      expect(result).toMatchObject({
        ok: true,
        value: { text: "Port Ellen, he said", model: "tiny-real", tokensIn: 11, tokensOut: 7 },
      });
      expect(pieces.join("")).toBe("Port Ellen, he said");
      expect(pieces.length).toBeGreaterThan(1);
      expect(fake.requests[0]?.body).toMatchObject({ stream: true });
    });

    test("a stream that breaks off is a failure, whatever was said before", async () => {
      const { fake, call } = setUp();
      fake.play(streams(["Port El"], { breaksOff: true }));
      const { result } = await call({ onText: () => {} });
      expect(result.ok).toBe(false);
    });

    test.each([
      ["thinking only", replies("<think>and so on"), "invalid_reply"],
      ["thinking in its own field only", replies(null, { reasoning_content: "hm" }), "invalid_reply"],
      ["empty text", replies(""), "invalid_reply"],
      ["an HTML page", () => new Response("<html>login</html>"), "invalid_reply"],
      ["no choices", () => Response.json({ choices: [] }), "invalid_reply"],
      ["JSON that is none", () => new Response('{"choices": [', { headers: JSON_TYPE }), "invalid_reply"],
      ["a refused key", refuses(401, { error: { message: `bad key ${KEY_CANARY}` } }), "unauthorised"],
      ["no balance", refuses(402, {}), "exhausted"],
      ["an unknown model", refuses(404, {}), "model_gone"],
      ["a prompt that is too long", refuses(413, {}), "context_too_long"],
      ["an error", refuses(500, { error: { message: `${KEY_CANARY} ${PROMPT_CANARY}` } }), "unreachable"],
      ["an error page", () => new Response("<html>bad gateway", { status: 502 }), "unreachable"],
      ["a redirect", () => Response.redirect("http://127.0.0.1:1/v1", 307), "unreachable"],
      ["a flood", () => new Response("x".repeat(5 * 1024 * 1024), { headers: JSON_TYPE }), "invalid_reply"],
    ] as const)("%s is a failure and never a reply", async (_, mood, kind) => {
      const { fake, call } = setUp();
      fake.play(mood);
      const outcome = await call();
      expect(outcome.result).toMatchObject({ ok: false, error: { kind } });
      expect(fake.requests).toHaveLength(1);
      const told = JSON.stringify(outcome);
      expect(told).not.toContain(KEY_CANARY);
      expect(told).not.toContain(PROMPT_CANARY);
    });

    test("stops at the caller's signal and at the time-out", async () => {
      const { fake, call } = setUp();
      fake.play(hangs());
      const controller = new AbortController();
      const asked = call({ signal: controller.signal });
      controller.abort();
      expect((await asked).result).toMatchObject({ ok: false, error: { kind: "cancelled" } });
      expect((await call({ timeoutMs: 20 })).result).toMatchObject({
        ok: false,
        error: { kind: "unreachable" },
      });
    });

    test("nobody listening is unreachable, and no response", async () => {
      const { fake, call } = setUp();
      await fake.stop();
      expect(await call()).toMatchObject({
        status: null,
        result: { ok: false, error: { kind: "unreachable" } },
      });
    });

    test("lists its chat models", async () => {
      const { fake, server } = setUp();
      fake.play(lists("nomic-embed-text", "models/qwen3:4b"));
      expect(await server.models()).toEqual({ ok: true, value: ["qwen3:4b"] });
      fake.play(() => new Response("<html>"));
      expect(await server.models()).toMatchObject({ ok: false, error: { kind: "invalid_reply" } });
    });
  });
}

const JSON_TYPE = { "content-type": "application/json" };
