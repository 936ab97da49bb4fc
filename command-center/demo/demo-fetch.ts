/**
 * Answers the page's requests to a recorded spore, in place of the network. The page itself does not know the
 * difference: it parses, streams, resumes and verifies as it would with a spore.
 */
import { demoStartedAt } from "@/demo/demo-state.ts";
import { loadRecording, type Recording } from "@/demo/recording.ts";
import { eventsOf, moved, replyTo } from "@/demo/replay.ts";

/** As often as a spore says that its stream is alive. */
const HEARTBEAT_MS = 15_000;

export async function demoFetch(url: string, init: RequestInit): Promise<Response> {
  const recording = await loadRecording();
  const startedAt = demoStartedAt() ?? Date.now();
  if (new URL(url).pathname === "/api/events") return eventStream(recording, url, init, startedAt);
  const asked = { method: init.method ?? "GET", url, at: Date.now() - startedAt };
  const reply = replyTo(recording, asked, startedAt);
  return Response.json(reply.json, { status: reply.status });
}

function eventStream(recording: Recording, url: string, init: RequestInit, startedAt: number): Response {
  const encoder = new TextEncoder();
  const lastId = new Headers(init.headers).get("last-event-id");
  const now = Date.now() - startedAt;
  const waiting = eventsOf(recording, url, lastId === null ? null : Number(lastId)).filter(
    // Without an id to resume from, a stream begins with the present.
    ({ at }) => lastId !== null || at > now,
  );
  const shift = startedAt - Date.parse(recording.recorded_at);
  const timers: ReturnType<typeof setTimeout>[] = [];
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      send(": demo\n\n");
      for (const { at, id, type, data } of waiting) {
        const frame = `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(moved(data, shift))}\n\n`;
        timers.push(setTimeout(() => send(frame), Math.max(0, at - now)));
      }
      const heartbeat = setInterval(() => send(":\n\n"), HEARTBEAT_MS);
      init.signal?.addEventListener("abort", () => {
        clearInterval(heartbeat);
        for (const timer of timers) clearTimeout(timer);
        controller.error(init.signal?.reason);
      });
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream" } });
}
