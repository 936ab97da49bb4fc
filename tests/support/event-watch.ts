/** What a spore's event stream shows to somebody, from when it is opened on. */
import type { TestSpore } from "./swarm.ts";

export interface EventWatch {
  /** All of it so far, as it came. */
  text(): string;
  /** Every frame that has ended and carries an id; `type` is null where it names none. */
  frames(): EventFrame[];
  stop(): Promise<void>;
}

export interface EventFrame {
  readonly id: number;
  readonly type: string | null;
  readonly data: unknown;
}

/** @returns once the stream is open */
export async function watchEvents(
  spore: Pick<TestSpore, "fetch">,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventWatch> {
  const leaving = new AbortController();
  const reply = await spore.fetch("/api/events", { headers, signal: leaving.signal });
  if (!reply.ok) throw new Error(`/api/events: ${reply.status} ${await reply.text()}`);
  let text = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of reply.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
    // It breaks off when it is left, or when its spore ends.
  })().catch(() => undefined);
  return {
    text: () => text,
    frames: () => framesOf(text),
    async stop() {
      leaving.abort();
      await reading;
    },
  };
}

function framesOf(text: string): EventFrame[] {
  return text
    .split("\n\n")
    .slice(0, -1)
    .flatMap((frame) => {
      const member = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(frame)?.[1] ?? null;
      const [id, data] = [member("id"), member("data")];
      return id === null ? [] : [{ id: Number(id), type: member("event"), data: data && JSON.parse(data) }];
    });
}
