/** Which models may be asked what must not leave this machine. */
import { expect, test } from "bun:test";
import type { EntryId } from "@synapse/shared/ids.ts";
import { ok } from "@synapse/shared/result.ts";
import { chatBody } from "../support/fake-provider.ts";
import { type ChainOptions, startChain } from "../support/model-chain.ts";
import { CHAT_REQUEST, KEY_CANARY } from "../support/model-server-suite.ts";

test("what must stay on this machine is asked of models on this machine alone", async () => {
  const asked: string[] = [];
  const machine: ChainOptions["fetch"] = async (input) => {
    const { host, pathname } = new URL(String(input));
    if (pathname.endsWith("/models")) return Response.json({ data: [{ id: "llama-3.3-70b-versatile" }] });
    asked.push(host);
    return Response.json(chatBody("said", "llama"));
  };
  const request = { ...CHAT_REQUEST, onThisMachine: true };
  // A key's provider is elsewhere, even where its address is a proxy on loopback; so is an endpoint in the network.
  for (const LLM_ENDPOINT of ["http://models.test/v1", "http://192.168.1.7:8000/v1"]) {
    const keyed = { GROQ_API_KEY: KEY_CANARY, GROQ_BASE_URL: "http://127.0.0.1:9/v1", LLM_ENDPOINT };
    const { chain } = await startChain({ environment: keyed, fetch: machine });
    expect(await chain.model.ask(request)).toMatchObject({ ok: false, error: { kind: "no_provider" } });
    expect(asked).toEqual([]);
    expect((await chain.model.ask(CHAT_REQUEST)).ok).toBe(true);
    expect(asked.splice(0)).toEqual(["127.0.0.1:9"]);
  }
  for (const host of ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"]) {
    const environment = { GROQ_API_KEY: KEY_CANARY, LLM_ENDPOINT: `http://${host}/v1` };
    const { chain } = await startChain({ environment, fetch: machine });
    expect((await chain.model.ask(request)).ok).toBe(true);
    expect(asked.splice(0)).toEqual([host]);
  }
  const text = "from the file";
  const said = {
    text,
    provider: "cortex",
    model: "own",
    tokensIn: 1,
    tokensOut: 1,
    costUsd: 0,
    latencyMs: 1,
  };
  const cortex = {
    id: "cortex",
    models: async () => ok(["own"]),
    call: async () => ({ result: ok(said), status: 200, headers: {} }),
  };
  for (const [backend, ok] of [
    ["local", true],
    ["hf", false],
  ] as const) {
    const { chain } = await startChain({ environment: { CORTEX_BACKEND: backend }, cortex, fetch: machine });
    expect((await chain.model.ask(request)).ok).toBe(ok);
  }
});

test("a model that a local server passes on to its cloud is not on this machine", async () => {
  const asked: string[] = [];
  const machine: ChainOptions["fetch"] = async (input, init) => {
    if (new URL(String(input)).pathname.endsWith("/models"))
      return Response.json({
        data: [{ id: "gpt-oss:120b-cloud" }, { id: "glm-4.7:cloud" }, { id: "qwen3:4b" }],
      });
    asked.push((JSON.parse(String(init?.body)) as { model: string }).model);
    return Response.json(chatBody("said", "some"));
  };
  const request = { ...CHAT_REQUEST, onThisMachine: true };
  for (const named of ["gpt-oss:120b-cloud", "glm-4.7:cloud"]) {
    const environment = { LLM_ENDPOINT: "http://127.0.0.1:11434/v1", LLM_MODEL: named };
    const { chain } = await startChain({ environment, fetch: machine });
    expect(await chain.model.ask(request)).toMatchObject({ ok: false, error: { kind: "no_provider" } });
    expect(asked).toEqual([]);
    expect((await chain.model.ask(CHAT_REQUEST)).ok).toBe(true);
    expect(asked.splice(0)).toEqual([named]);
  }
  const environment = { LLM_ENDPOINT: "http://127.0.0.1:11434/v1", LLM_MODEL: "qwen3:4b" };
  const { chain } = await startChain({ environment, fetch: machine });
  expect((await chain.model.ask(request)).ok).toBe(true);
  expect(asked).toEqual(["qwen3:4b"]);
});

test("a server on this machine counts against no budget, with a key or without; one elsewhere with a key does", async () => {
  const server: ChainOptions["fetch"] = async (input) =>
    new URL(String(input)).pathname.endsWith("/models")
      ? Response.json({ data: [{ id: "qwen3:4b" }] })
      : Response.json(chatBody("said", "qwen3:4b"));
  const costOf = async (environment: Readonly<Record<string, string>>) => {
    const { chain } = await startChain({ environment, fetch: server, budget: { callsPerDay: 1 } });
    const request = { ...CHAT_REQUEST, task: "t" as EntryId };
    const replies = [await chain.model.ask(request), await chain.model.ask(request)];
    return {
      replies: replies.map((reply) => (reply.ok ? "answered" : reply.error.kind)),
      ...chain.spentFor("t"),
    };
  };
  const LLM_API_KEY = KEY_CANARY;
  for (const host of ["127.0.0.1:11434", "localhost:8000", "[::1]:8000"]) {
    for (const key of [{}, { LLM_API_KEY }]) {
      const cost = await costOf({ LLM_ENDPOINT: `http://${host}/v1`, ...key });
      expect(cost).toMatchObject({ replies: ["answered", "answered"], calls: 0, tokens: 0, usd: 0 });
    }
  }
  const elsewhere = await costOf({ LLM_ENDPOINT: "https://models.test/v1", LLM_API_KEY });
  expect(elsewhere).toMatchObject({ replies: ["answered", "over_budget"], calls: 1 });
  expect(elsewhere.usd).toBeGreaterThan(0);
  // Ollama passes this one on to its cloud, where the key pays for it.
  const cloud = { LLM_ENDPOINT: "http://127.0.0.1:11434/v1", LLM_MODEL: "gpt-oss:120b-cloud", LLM_API_KEY };
  expect(await costOf(cloud)).toMatchObject({ replies: ["answered", "over_budget"], calls: 1 });
});
