/** Strangers who hold event streams open keep nobody else out: a real spore with a token. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { ADDRESS_MAX } from "@synapse/spore/http/stream-places.ts";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "the-token-of-a-watched-spore";

let spore: TestSpore;
beforeAll(async () => {
  spore = await startTestSpore({ env: { SPORE_TOKEN: TOKEN } });
});
afterAll(cleanUp);

/** @returns the status; the stream stays open until the signal. */
async function open(headers: Record<string, string>, signal: AbortSignal): Promise<number> {
  const reply = await spore.fetch("/api/events", { headers, signal });
  return reply.status;
}

test("one address gets its share of streams; another address and the commander still get theirs", async () => {
  const stranger = new AbortController();
  const other = new AbortController();
  // As a proxy in front of the spore tells it.
  const from = { "x-forwarded-for": "203.0.113.7" };
  const tries = await Promise.all(
    Array.from({ length: ADDRESS_MAX + 20 }, () => open(from, stranger.signal)),
  );
  expect(tries.filter((status) => status === 200).length).toBe(ADDRESS_MAX);
  expect(tries.filter((status) => status === 429).length).toBe(20);
  expect(await open({ "x-forwarded-for": "203.0.113.8" }, other.signal)).toBe(200);
  expect(await open({ ...from, authorization: `Bearer ${TOKEN}` }, other.signal)).toBe(200);
  stranger.abort();
  await waitFor("a place given back", async () => (await open(from, other.signal)) === 200);
  other.abort();
});
