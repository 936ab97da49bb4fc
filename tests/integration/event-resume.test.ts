/** A client of the event stream that comes back after the spore was started again: a real spore, two lives of it. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cleanUp, startTestSpore, type TestSpore } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

interface Frame {
  readonly id: number;
  readonly type: string | null;
}

let spore: TestSpore;
beforeAll(async () => {
  spore = await startTestSpore();
});
afterAll(cleanUp);

/** Reads frames with an id until there are as many as wanted. @param after done once the stream is open */
async function read(lastId: number | null, wanted: number, after?: () => Promise<unknown>): Promise<Frame[]> {
  const leave = new AbortController();
  const headers: Record<string, string> = lastId === null ? {} : { "last-event-id": String(lastId) };
  const reply = await spore.fetch("/api/events", { headers, signal: leave.signal });
  const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const frames: Frame[] = [];
  let text = "";
  let opened = false;
  while (frames.length < wanted) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
    if (!opened) await after?.();
    opened = true;
    const parts = text.split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) {
      const id = /^id: (\d+)$/m.exec(part)?.[1];
      if (id) frames.push({ id: Number(id), type: /^event: (\w+)$/m.exec(part)?.[1] ?? null });
    }
  }
  leave.abort();
  return frames;
}

const remember = async (count: number): Promise<void> => {
  for (let at = 0; at < count; at++) {
    expect((await spore.post("/api/memory", { content: `Buoy ${at} of this life is red.` })).status).toBe(
      201,
    );
  }
};

test("is told to read the snapshots again, though the new life has had more events than the old one", async () => {
  const old = await read(null, 6, () => remember(5));
  const seen = old.at(-1)?.id ?? 0;
  expect(await spore.stop()).toBe(0);
  await spore.restart();
  await remember(8);
  const [first] = await read(seen, 1);
  expect(first?.type).toBe("reset");
  expect(first?.id).toBeGreaterThan(seen);
  // From the reset on it resumes as usual, and no id of the old life ever comes again.
  await remember(1);
  const [next] = await read(first?.id ?? 0, 1);
  expect(next?.type).toBe("memory");
  expect(next?.id).toBeGreaterThan(Math.max(...old.map(({ id }) => id)));
});
