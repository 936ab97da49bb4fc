/** The chain of models: who is asked, who is left alone and for how long, and what it is said to cost. */
import { afterEach, describe, expect, test } from "bun:test";
import { createClient } from "@libsql/client";
import { providersSchema } from "@synapse/shared/contract/status.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { createChainStore } from "@synapse/spore/llm/chain-state.ts";
import type { ChatRequest } from "@synapse/spore/llm/provider.ts";
import { migrate } from "@synapse/spore/replica/migrations.ts";
import {
  chatBody,
  type FakeProvider,
  hangs,
  lists,
  type Mood,
  refuses,
  replies,
  startFakeProvider,
} from "../support/fake-provider.ts";
import { type ChainOptions, startChain } from "../support/model-chain.ts";
import { CHAT_REQUEST, KEY_CANARY } from "../support/model-server-suite.ts";

const running: FakeProvider[] = [];
afterEach(async () => {
  for (const fake of running.splice(0)) await fake.stop();
});

function fakeServer(...moods: Mood[]): FakeProvider {
  const fake = startFakeProvider();
  running.push(fake);
  if (moods.length > 0) fake.play(...moods);
  return fake;
}

/** One endpoint, as `LLM_ENDPOINT` names it. */
async function withEndpoint(change: Record<string, string> = {}, options: Partial<ChainOptions> = {}) {
  const fake = fakeServer();
  const started = await startChain({
    environment: {
      LLM_ENDPOINT: fake.baseUrl,
      LLM_MODEL: "tiny",
      LLM_API_KEY: KEY_CANARY,
      ...change,
    },
    ...options,
  });
  const ask = (request: Partial<ChatRequest> = {}) =>
    started.chain.model.ask({ ...CHAT_REQUEST, purpose: "thought", ...request });
  return { fake, ask, ...started };
}

/** Two providers with keys, Groq and Mistral, each a server of its own that lists its model. */
async function withTwo(options: Partial<ChainOptions> = {}) {
  const groq = fakeServer();
  const mistral = fakeServer();
  const started = await startChain({
    environment: {
      GROQ_API_KEY: KEY_CANARY,
      GROQ_BASE_URL: groq.baseUrl,
      MISTRAL_API_KEY: KEY_CANARY,
      MISTRAL_BASE_URL: mistral.baseUrl,
      ...options.environment,
    },
    ...options,
  });
  const chats = (fake: FakeProvider) => fake.requests.filter(({ path }) => path.endsWith("/completions"));
  /** Moods for chat requests; lists of models are answered beside them. */
  const play = (fake: FakeProvider, model: string, ...moods: Mood[]) => {
    const queue = [...moods];
    fake.play((request) => {
      if (!request.path.endsWith("/completions")) return lists(model)(request);
      const mood = queue.length > 1 ? queue.shift() : queue[0];
      return (mood ?? replies("ok"))(request);
    });
  };
  play(groq, "openai/gpt-oss-120b", replies("from groq"));
  play(mistral, "mistral-small-latest", replies("from mistral"));
  const ask = (request: Partial<ChatRequest> = {}) =>
    started.chain.model.ask({ ...CHAT_REQUEST, purpose: "thought", ...request });
  return { groq, mistral, play, chats, ask, ...started };
}

describe("an OpenAI-compatible endpoint", () => {
  test("answers, and is counted", async () => {
    const { fake, chain, ask } = await withEndpoint();
    fake.play(replies("Port Ellen"));
    expect(await ask()).toMatchObject({ ok: true, value: { text: "Port Ellen", provider: "endpoint" } });
    expect(chain.lastUsed()).toEqual({ provider: "endpoint", model: "tiny-real" });
    const [endpoint] = providersSchema.parse(chain.describe(true)).providers;
    expect(endpoint).toMatchObject({ state: "ready", calls: 1, failures: 0, tokens_in: 11, tokens_out: 7 });
  });

  test("finds its model when none is named, and skips those that cannot chat", async () => {
    const { fake, ask } = await withEndpoint({ LLM_MODEL: "" });
    fake.play(lists("nomic-embed-text", "qwen3:4b"), replies("yes"));
    expect(await ask()).toMatchObject({ ok: true, value: { model: "qwen3:4b-real" } });
    expect(fake.requests.map(({ path }) => path)).toEqual(["/v1/models", "/v1/chat/completions"]);
  });

  test("one that cannot even list its models is failing, and that is told", async () => {
    const { fake, chain, ask } = await withEndpoint({ LLM_MODEL: "" });
    const events: unknown[] = [];
    chain.subscribe((event) => events.push(event));
    await fake.stop();
    expect(await ask()).toMatchObject({ ok: false, error: { kind: "no_provider" } });
    expect(events).toMatchObject([
      { id: "endpoint", state: "failing", reason: "endpoint cannot be reached" },
    ]);
    expect(chain.describe(false).providers[0]).toMatchObject({
      state: "failing",
      mend: "see whether the server runs and can be reached from here",
    });
  });

  test("a failure is an event and never a reply, and tells no secret", async () => {
    const { fake, chain, ask } = await withEndpoint();
    const events: unknown[] = [];
    chain.subscribe((event) => events.push(event));
    fake.play(refuses(500, { error: { message: KEY_CANARY } }));
    const result = await ask();
    expect(result).toMatchObject({ ok: false, error: { kind: "unreachable" } });
    expect(fake.requests).toHaveLength(1);
    expect(chain.lastUsed()).toBeNull();
    expect(events).toMatchObject([{ id: "endpoint", state: "failing" }]);
    expect(JSON.stringify([result, events, chain.describe(true)])).not.toContain(KEY_CANARY);
  });

  test("is left alone until the time it stated, then asked again", async () => {
    const { fake, chain, ask, clock } = await withEndpoint();
    fake.play(refuses(429, {}, { "retry-after": "9" }), replies("back"));
    await ask();
    expect(chain.describe(false).providers[0]).toMatchObject({
      state: "limited",
      until: new Date(clock.now() + 9_000).toISOString(),
    });
    clock.pass(8_999);
    expect(await ask()).toMatchObject({
      ok: false,
      error: { kind: "no_provider", untilMs: clock.now() + 1 },
    });
    expect(fake.requests).toHaveLength(1);
    clock.pass(1);
    expect(await ask()).toMatchObject({ ok: true });
    expect(chain.describe(false).providers[0]).toMatchObject({ state: "ready", reason: null });
  });

  test("reasoning waits for a quota that returns soon", async () => {
    const { fake, ask, clock } = await withEndpoint();
    fake.play(refuses(429, {}, { "retry-after": "9" }), replies("back"));
    const asked = ask({ purpose: "reason" });
    while (clock.next() !== clock.now() + 9_000) await Bun.sleep(1);
    clock.pass(9_000);
    expect(await asked).toMatchObject({ ok: true, value: { text: "back" } });
    expect(fake.requests).toHaveLength(2);
  });

  test("a prompt that is too long is shortened and asked again, without penalty", async () => {
    const { fake, chain, ask } = await withEndpoint();
    const records = Array.from({ length: 40 }, (_, i) =>
      JSON.stringify({ ref: `M${i}`, text: "x".repeat(80) }),
    );
    const content = `<data name="memories">\n${records.join("\n")}\n</data>\n\nAnswer.`;
    fake.play(refuses(413, {}), refuses(400, { error: { code: "context_length_exceeded" } }), replies("ok"));
    expect(await ask({ messages: [{ role: "user", content }] })).toMatchObject({ ok: true });
    const sizes = fake.requests.map(({ body }) => JSON.stringify(body).length);
    expect(sizes[2]).toBeLessThan((sizes[0] as number) * 0.5);
    const last = JSON.stringify(fake.requests[2]?.body);
    for (const kept of ["M0", "</data>", "Answer."]) expect(last).toContain(kept);
    expect(chain.describe(false).providers[0]).toMatchObject({ state: "ready" });
  });
});

describe("several providers", () => {
  test("spores take turns: each seat begins with another family", async () => {
    const first = new Set<string>();
    for (const seat of [0, 1, 2]) {
      const { ask, chain } = await withTwo({ seat });
      const result = await ask();
      first.add(result.ok ? result.value.provider : "none");
      await chain.close();
    }
    expect([...first].toSorted()).toEqual(["groq", "mistral"]);
  });

  test("the next answers where the first cannot, and the record says why", async () => {
    const { groq, play, ask, chain, chats } = await withTwo();
    play(groq, "openai/gpt-oss-120b", refuses(429, {}, { "retry-after": "30" }));
    expect(await ask()).toMatchObject({ ok: true, value: { text: "from mistral" } });
    expect(await ask()).toMatchObject({ ok: true, value: { text: "from mistral" } });
    expect(chats(groq)).toHaveLength(1);
    const [latest, before] = providersSchema.parse(chain.describe(true)).recent ?? [];
    expect(before?.attempts.map(({ provider, outcome }) => `${provider}: ${outcome}`)).toEqual([
      "groq: rate_limited",
      "mistral: answered",
    ]);
    expect(latest?.skipped).toMatchObject([
      { provider: "groq", reason: "its quota for the moment is used up" },
    ]);
    expect(chain.describe(false)).not.toHaveProperty("recent");
  });

  test("what a reply states as spent is not asked for again before it returns", async () => {
    const { groq, play, ask, chats, clock } = await withTwo();
    play(
      groq,
      "openai/gpt-oss-120b",
      () =>
        Response.json(
          { model: "m", choices: [{ index: 0, message: { role: "assistant", content: "last" } }] },
          { headers: { "x-ratelimit-limit-requests": "1000", "x-ratelimit-remaining-requests": "0" } },
        ),
      replies("again"),
    );
    expect(await ask()).toMatchObject({ ok: true, value: { text: "last" } });
    expect(await ask()).toMatchObject({ ok: true, value: { text: "from mistral" } });
    expect(chats(groq)).toHaveLength(1);
    // A thousand a day drip back one by one, every 86.4 s. Idle thought leaves that to reasoning.
    clock.pass(90_000);
    expect(await ask()).toMatchObject({ ok: true, value: { text: "from mistral" } });
    expect(await ask({ purpose: "reason" })).toMatchObject({ ok: true, value: { text: "again" } });
  });

  test("a silent first gets a second beside it; the first success wins and the other is cancelled", async () => {
    const { groq, play, ask, chats, clock } = await withTwo();
    play(groq, "openai/gpt-oss-120b", hangs());
    const asked = ask();
    while (chats(groq).length === 0) await Bun.sleep(1);
    clock.pass(30_000);
    expect(await asked).toMatchObject({ ok: true, value: { text: "from mistral" } });
    play(groq, "openai/gpt-oss-120b", replies("back"));
    // Cancelled is no failure: it is asked first again.
    expect(await ask()).toMatchObject({ ok: true, value: { text: "back" } });
  });

  test("a refused key is off until a probe, the other goes on, and a person is told what to do", async () => {
    const { groq, play, ask, chain, chats, clock } = await withTwo();
    play(groq, "openai/gpt-oss-120b", refuses(401, {}));
    for (let i = 0; i < 3; i++) expect(await ask()).toMatchObject({ ok: true });
    expect(chats(groq)).toHaveLength(1);
    const row = chain.describe(false).providers.find(({ id }) => id === "groq");
    expect(row).toMatchObject({ state: "off", mend: "set another key and start the spore again" });
    play(groq, "openai/gpt-oss-120b", replies("paid"));
    clock.pass(15 * 60_000);
    expect(await ask()).toMatchObject({ ok: true, value: { text: "paid" } });
  });

  test("a budget is hard: what could overstep it is not asked, and that is said", async () => {
    const { ask, chain, chats, groq, mistral } = await withTwo({ budget: { callsPerTask: 2 } });
    for (let i = 0; i < 2; i++) expect(await ask({ task: "t" })).toMatchObject({ ok: true });
    expect(await ask({ task: "t" })).toMatchObject({
      ok: false,
      error: { kind: "over_budget", message: "this task's budget of calls is spent" },
    });
    expect(await ask({ task: "other" })).toMatchObject({ ok: true });
    expect(chats(groq).length + chats(mistral).length).toBe(3);
    expect(chain.spentFor("t")).toMatchObject({ calls: 2, tokens: 36 });
  });

  test("a useless reply is counted with the most it can have cost", async () => {
    // Somewhere else: a server on this machine counts against no budget.
    const there = "https://models.test/v1";
    const opened = await withEndpoint(
      { LLM_ENDPOINT: there },
      { fetch: (url, init) => fetch(String(url).replace(there, opened.fake.baseUrl), init) },
    );
    const { fake, chain, ask } = opened;
    fake.play(replies(""));
    expect(await ask({ task: "t" })).toMatchObject({ ok: false, error: { kind: "invalid_reply" } });
    expect(chain.spentFor("t").tokens).toBeGreaterThan(4_096);
    expect(chain.spentFor("t").usd).toBeGreaterThan(0);
    fake.play(refuses(429, {}));
    const before = chain.spentFor("t");
    await ask({ task: "t" });
    expect(chain.spentFor("t")).toMatchObject({ calls: 2, tokens: before.tokens });
  });

  test("without money only free ones are asked", async () => {
    const openai = fakeServer((request) =>
      request.path.endsWith("/models") ? lists("gpt-5-mini")(request) : replies("paid")(request),
    );
    const { ask, chats } = await withTwo({
      environment: { OPENAI_API_KEY: KEY_CANARY, OPENAI_BASE_URL: openai.baseUrl },
      budget: { usdPerDay: 0 },
    });
    expect(await ask()).toMatchObject({ ok: false, error: { kind: "over_budget" } });
    expect(chats(openai)).toHaveLength(0);
  });

  test("limits and spending survive a restart, and a new key starts afresh", async () => {
    const client = createClient({ url: ":memory:", concurrency: 1 });
    await migrate(client);
    const open = () => createChainStore(client, () => 1);
    const first = await withTwo({ store: open() });
    first.play(first.groq, "openai/gpt-oss-120b", refuses(401, {}));
    await first.ask({ task: "t" });
    await first.chain.close();
    const environment = {
      GROQ_API_KEY: KEY_CANARY,
      GROQ_BASE_URL: first.groq.baseUrl,
      MISTRAL_API_KEY: KEY_CANARY,
      MISTRAL_BASE_URL: first.mistral.baseUrl,
    };
    const again = await startChain({ environment, store: open() });
    expect(await again.chain.model.ask(CHAT_REQUEST)).toMatchObject({ ok: true });
    expect(first.chats(first.groq)).toHaveLength(1);
    expect(again.chain.spentFor("t")).toMatchObject({ calls: 2 });
    const renewed = await startChain({
      environment: { ...environment, GROQ_API_KEY: "other" },
      store: open(),
    });
    first.play(first.groq, "openai/gpt-oss-120b", replies("renewed"));
    expect(await renewed.chain.model.ask(CHAT_REQUEST)).toMatchObject({
      ok: true,
      value: { text: "renewed" },
    });
    const stored = (await client.execute("SELECT key, value FROM model_chain")).rows;
    expect(JSON.stringify(stored)).not.toContain(KEY_CANARY);
    client.close();
  });

  test("a damaged ledger is forgotten row by row", async () => {
    const client = createClient({ url: ":memory:", concurrency: 1 });
    await migrate(client);
    await client.execute(
      "INSERT INTO model_chain VALUES ('pool/x/y', '{', 1), ('day/2026-11-26', '{\"groq\": 3}', 1), ('odd', '1', 1)",
    );
    const { ask } = await withTwo({ store: createChainStore(client, () => 1) });
    expect(await ask()).toMatchObject({ ok: true });
    client.close();
  });
});

test("an adapter that throws is a failure like any other, and its place is free again", async () => {
  const cortex = {
    id: "cortex",
    models: async () => ({ ok: true as const, value: ["tiny"] }),
    call: async () => {
      throw new Error(`no memory, ${KEY_CANARY}`);
    },
  };
  const { chain, clock, warnings } = await startChain({ environment: {}, cortex });
  for (let i = 0; i < 3; i++) {
    expect(await chain.model.ask(CHAT_REQUEST)).toMatchObject({ ok: false, error: { kind: "unreachable" } });
    clock.pass(61_000);
  }
  expect(warnings).toHaveLength(3);
  expect(chain.describe(false).providers[0]).toMatchObject({ id: "cortex", calls: 3, failures: 3 });
});

test("servers on this machine are found where nothing else is configured, and only there", async () => {
  const asked: string[] = [];
  const machine: ChainOptions["fetch"] = async (input) => {
    const url = new URL(String(input));
    asked.push(url.host);
    if (url.host !== "127.0.0.1:11434") throw new TypeError("connection refused");
    return url.pathname === "/v1/models"
      ? Response.json({ data: [{ id: "qwen3:8b" }] })
      : Response.json(chatBody("from ollama", "qwen3:8b"));
  };
  const { chain } = await startChain({ environment: { LLM_DETECT_LOCAL: "1" }, fetch: machine });
  expect(await chain.model.ask(CHAT_REQUEST)).toMatchObject({
    ok: true,
    value: { text: "from ollama", provider: "ollama", costUsd: 0 },
  });
  expect([...new Set(asked)].toSorted()).toEqual(["127.0.0.1:11434", "127.0.0.1:1234", "127.0.0.1:8080"]);
  asked.length = 0;
  const { chain: keyed } = await startChain({
    environment: { LLM_DETECT_LOCAL: "1", GROQ_API_KEY: KEY_CANARY, GROQ_BASE_URL: "http://groq.test" },
    fetch: machine,
  });
  expect((await keyed.model.ask(CHAT_REQUEST)).ok).toBe(false);
  expect([...new Set(asked)]).toEqual(["groq.test"]);
});

test("without any provider the chain says so, and the embedded reasoner says what it is", async () => {
  const { chain } = await startChain({ environment: {} });
  expect(await chain.model.ask(CHAT_REQUEST)).toMatchObject({
    ok: false,
    error: { kind: "no_provider", message: "no provider is configured" },
  });
  const id = "ab".repeat(32) as EntryId;
  const passages = [{ id, content: "The harbour is called Port Ellen.", score: 1 }];
  const reply = chain.extract({ question: "What is the harbour called?", passages, role: "generalist" });
  expect(reply.hypothesis).toBe("“The harbour is called Port Ellen.”");
  expect(chain.lastUsed()).toEqual({ provider: "embedded", model: "extractive" });
  const { providers } = providersSchema.parse(chain.describe(false));
  expect(providers[0]).toMatchObject({ id: "embedded", state: "ready", models: ["extractive"], calls: 1 });
  expect(providers.find(({ id }) => id === "github_models")).toMatchObject({ state: "retired" });
  expect(providers.find(({ id }) => id === "groq")).toMatchObject({ configured: false, state: "unused" });
});
