/** `GET /api/events`: server-sent events, resumable by `Last-Event-ID`. */

import { EVENT_TYPES } from "@synapse/shared/contract/events.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import { shareOf } from "../caller-share.ts";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";
import { HttpError } from "../errors.ts";
import type { HubEvent } from "../event-hub.ts";
import { ADDRESS_MAX, StreamPlaces } from "../stream-places.ts";

/** Proxies and browsers give up on a silent stream; a comment costs two bytes. */
const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2_000;

/** For clients that cannot set a header. */
const resumption = z.object({ lastEventId: z.string().max(64).optional().describe("As the header") });

export function eventRoutes(deps: HttpDeps) {
  const places = new StreamPlaces();
  return new Elysia().get(
    "/api/events",
    ({ request, server, query }) => {
      const authorised = deps.access.isAuthorised(request);
      const leave = places.take(authorised ? null : shareOf(request, server));
      if (leave === null) {
        throw new HttpError("too_many_requests", "too many event streams are open", { "retry-after": "5" });
      }
      server?.timeout(request, 0);
      const lastId = Number(request.headers.get("last-event-id") ?? query.lastEventId ?? Number.NaN);
      const stream = openStream(deps, request.signal, { authorised, leave }, lastId);
      return new Response(stream, {
        headers: {
          "content-type": "text/event-stream; charset=utf-8",
          "cache-control": "no-store",
          "x-accel-buffering": "no",
          ...deps.access.corsHeaders(request),
        },
      });
    },
    {
      query: resumption,
      detail: documented(
        {
          summary: "Server-sent events",
          description: `Event types: ${EVENT_TYPES.join(", ")}. Without authority ${ADDRESS_MAX} streams an address; 429 beyond.`,
          authorised: "for more",
          headers: { "last-event-id": "Where to go on: the id of the last event that came" },
        },
        "text/event-stream",
      ),
    },
  );
}

function openStream(
  deps: HttpDeps,
  signal: AbortSignal,
  { authorised, leave }: { readonly authorised: boolean; readonly leave: () => void },
  lastId: number,
): ReadableStream {
  const encoder = new TextEncoder();
  const subscription = deps.hub.subscribe();
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  const maySee = ({ label }: HubEvent) => authorised || label === "public";
  const end = () => {
    clearInterval(heartbeat);
    subscription.end();
    leave();
  };
  signal.addEventListener("abort", end, { once: true });
  return new ReadableStream({
    async start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      send(`retry: ${RETRY_MS}\n\n`);
      if (Number.isFinite(lastId)) {
        const missed = deps.hub.since(lastId);
        if (missed === null)
          send(frame("reset", { reason: "older than this spore remembers" }, deps.hub.lastId()));
        else for (const one of missed.filter(maySee)) send(frame(one.event.type, one.event.data, one.id));
      } else {
        // The id to resume from, should nothing happen before the connection breaks.
        send(`id: ${deps.hub.lastId()}\n\n`);
      }
      heartbeat = setInterval(() => {
        try {
          send(":\n\n");
        } catch (cause) {
          deps.log.debug("an event stream was gone", { cause: String(cause) });
          end();
        }
      }, HEARTBEAT_MS);
    },
    async pull(controller) {
      // Pulled again only when the client has room, so a slow one backs up in the hub, which cuts it off in the end.
      for (;;) {
        const events = await subscription.next();
        if (events === null) {
          end();
          return controller.close();
        }
        const visible = events.filter(maySee);
        if (visible.length === 0) continue;
        controller.enqueue(
          encoder.encode(visible.map((one) => frame(one.event.type, one.event.data, one.id)).join("")),
        );
        return;
      }
    },
    cancel: end,
  });
}

/** JSON holds no line break, so one data line is enough. */
function frame(type: string, data: unknown, id: number): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
