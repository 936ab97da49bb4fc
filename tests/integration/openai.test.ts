/** The swarm as a model, asked by OpenAI's own client: plain, streamed, refused. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { receiptSchema } from "@synapse/shared/receipt.ts";
import OpenAI from "openai";
import { cleanUp, startTestSpore, type TestSpore } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(90_000);

const TOKEN = "operator-token-4471";
let spore: TestSpore;
let client: OpenAI;
beforeAll(async () => {
  spore = await startTestSpore({ env: { SPORE_TOKEN: TOKEN } });
  client = new OpenAI({ baseURL: `${spore.url}/v1`, apiKey: TOKEN, maxRetries: 0 });
  const content = "The council decided that the bridge opens in May.";
  const stored = await spore.post("/api/memory", { content }, { authorization: `Bearer ${TOKEN}` });
  expect(stored.status).toBe(201);
});
afterAll(cleanUp);

const question = "When does the bridge open?";
interface Provenance {
  readonly synapse: { readonly task_id: string; readonly receipt: string; readonly receipt_id: string };
}

test("the swarm is listed as a model", async () => {
  const { data } = await client.models.list();
  expect(data.map(({ id }) => id)).toEqual(["synapse"]);
  expect((await client.models.retrieve("synapse")).object).toBe("model");
});

test("answers a chat, with the receipt of the answer", async () => {
  const completion = await client.chat.completions.create({
    model: "synapse",
    temperature: 0.2,
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: [{ type: "text", text: question }] },
    ],
  });
  expect(completion.object).toBe("chat.completion");
  expect(completion.choices[0]?.finish_reason).toBe("stop");
  expect(completion.choices[0]?.message.content).toContain("opens in May");
  expect(completion.usage?.total_tokens).toBeGreaterThan(0);
  const { synapse } = completion as unknown as Provenance;
  expect(completion.id).toBe(`chatcmpl-${synapse.task_id}`);
  const receipt = await spore.json(synapse.receipt, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(receiptSchema.safeParse(receipt).success).toBe(true);
  // The receipt is named by the entry that closed the task.
  const closing = await spore.json(`/api/memory/${synapse.receipt_id}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(closing).toMatchObject({ kind: "answer" });
});

test("streams in OpenAI's format, with usage where it is asked for", async () => {
  const stream = await client.chat.completions.create({
    model: "synapse",
    messages: [{ role: "user", content: question }],
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = "";
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    text += chunk.choices[0]?.delta.content ?? "";
  }
  expect(text).toContain("opens in May");
  expect(chunks.length).toBeGreaterThan(3);
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  const finish = chunks.find(({ choices }) => choices[0]?.finish_reason === "stop");
  expect((finish as unknown as Provenance).synapse.task_id).toHaveLength(64);
  expect(chunks.at(-1)?.usage?.completion_tokens).toBeGreaterThan(0);
});

test("the stream is plain server-sent events that end with [DONE]", async () => {
  const reply = await spore.post(
    "/v1/chat/completions",
    { model: "synapse", stream: true, messages: [{ role: "user", content: question }] },
    { authorization: `Bearer ${TOKEN}` },
  );
  expect(reply.headers.get("content-type")).toStartWith("text/event-stream");
  const body = await reply.text();
  expect(body.trimEnd()).toEndWith("data: [DONE]");
  for (const line of body.split("\n")) expect(line).toMatch(/^(data: |: |$)/);
});

test("the same Idempotency-Key is the same task", async () => {
  const ask = () =>
    client.chat.completions.create(
      { model: "synapse", messages: [{ role: "user", content: question }] },
      { headers: { "idempotency-key": "once" } },
    );
  const [first, second] = [await ask(), await ask()];
  expect(second.id).toBe(first.id);
});

test("refusals have OpenAI's shape and the contract's", async () => {
  const stranger = new OpenAI({ baseURL: `${spore.url}/v1`, apiKey: "wrong", maxRetries: 0 });
  const refused = await stranger.models.list().then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(refused).toBeInstanceOf(OpenAI.AuthenticationError);
  const refuse = (body: object, token = TOKEN) =>
    spore.post("/v1/chat/completions", body, { authorization: `Bearer ${token}` });
  const messages = [{ role: "user", content: "x" }];
  const cases = [
    [{ model: "synapse", messages }, "nobody", 401, "unauthorised", "authentication_error"],
    [{ model: "gpt-5", messages, stream: true }, TOKEN, 404, "not_found", "invalid_request_error"],
    [{ model: "synapse", messages: [] }, TOKEN, 422, "invalid", "invalid_request_error"],
    [{ model: "synapse", messages: [{ role: "user" }] }, TOKEN, 422, "invalid", "invalid_request_error"],
    [{ model: "synapse", messages, n: 2 }, TOKEN, 422, "invalid", "invalid_request_error"],
    [
      { model: "synapse", messages: [{ role: "user", content: "x".repeat(9_000) }] },
      TOKEN,
      422,
      "invalid",
      "invalid_request_error",
    ],
  ] as const;
  for (const [body, token, status, code, type] of cases) {
    const reply = await refuse(body, token);
    expect(reply.status).toBe(status);
    expect(await reply.json()).toMatchObject({ error: { code, type, message: expect.any(String) } });
  }
});

test("a question nobody can answer is an honest reply, not an error", async () => {
  const completion = await client.chat.completions.create({
    model: "synapse",
    messages: [{ role: "user", content: "Who invented the zeppelin's left propeller?" }],
  });
  expect(completion.choices[0]?.message.content).toContain("no answer");
  expect(completion).toMatchObject({ synapse: { status: "unresolved" } });
});
