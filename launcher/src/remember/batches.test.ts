import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { BATCH_ITEMS_MAX, type Delivery, deliverBatch, toBatches } from "./batches.ts";
import type { MemoryDraft } from "./records.ts";

interface Received {
  readonly key: string | null;
  readonly contents: string[];
}

/** Answers as a spore does: 422 when a text holds the word "secret", 429 as often as asked to. */
const received: Received[] = [];
let busy = 0;
let broken = false;
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: async (request) => {
    if (broken)
      return Response.json({ error: { code: "unauthorised", message: "no token" } }, { status: 401 });
    if (busy > 0) {
      busy -= 1;
      const error = { code: "busy", message: "later" };
      return Response.json({ error }, { status: 429, headers: { "Retry-After": "0.01" } });
    }
    const { memories } = (await request.json()) as { memories: { content: string }[] };
    const contents = memories.map(({ content }) => content);
    received.push({ key: request.headers.get("idempotency-key"), contents });
    if (contents.some((content) => content.includes("secret"))) {
      return Response.json({ error: { code: "secret", message: "holds a key" } }, { status: 422 });
    }
    return Response.json({ ids: contents.map((_, index) => String(index)) }, { status: 201 });
  },
});
const access = { url: server.url.origin, token: "t" };
afterAll(() => server.stop(true));
beforeEach(() => {
  received.length = 0;
  busy = 0;
  broken = false;
});

const drafts = (count: number): MemoryDraft[] =>
  Array.from({ length: count }, (_, index) => ({ content: `memory ${index}` }));
const fresh = (): Delivery => ({ stored: 0, refused: [] });

test("batches hold all of it, in order, and neither too many nor too large", () => {
  const memories = [
    ...drafts(BATCH_ITEMS_MAX * 2 + 1),
    ...Array.from({ length: 60 }, () => ({ content: "x".repeat(7_900) })),
  ];
  const batches = toBatches(memories);
  expect(batches.flat()).toEqual(memories);
  for (const batch of batches) {
    expect(batch.length).toBeLessThanOrEqual(BATCH_ITEMS_MAX);
    expect(JSON.stringify(batch).length).toBeLessThan(300_000);
  }
});

describe("delivery", () => {
  test("one text that is refused does not hold up the others, and is named", async () => {
    const batch = drafts(20).map((draft, index) => (index === 13 ? { content: "a secret" } : draft));
    const delivery = fresh();
    expect((await deliverBatch(access, batch, "public", delivery)).ok).toBe(true);
    expect(delivery.stored).toBe(19);
    expect(delivery.refused.map(({ memory }) => memory.content)).toEqual(["a secret"]);
    expect(delivery.refused[0]?.reason).toContain("holds a key");
  });

  test("the same batch is the same request; another label is another", async () => {
    for (const label of ["cluster", "cluster", "private"] as const)
      await deliverBatch(access, drafts(3), label, fresh());
    const [first, second, third] = received.map(({ key }) => key);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toBe(first as string);
    expect(third).not.toBe(first as string);
  });

  test("a busy spore is waited for", async () => {
    busy = 2;
    const delivery = fresh();
    expect((await deliverBatch(access, drafts(2), "cluster", delivery)).ok).toBe(true);
    expect(delivery.stored).toBe(2);
  });

  test("a refusal that holds for everything ends it at once", async () => {
    broken = true;
    const delivery = fresh();
    const sent = await deliverBatch(access, drafts(8), "cluster", delivery);
    expect(sent.ok ? null : sent.error).toMatchObject({ kind: "refused", status: 401 });
    expect(delivery).toEqual(fresh());
  });
});
