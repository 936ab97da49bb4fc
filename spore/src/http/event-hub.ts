/**
 * Events for `GET /api/events`: a bounded history and whoever listens.
 *
 * A client that comes back with the id it saw last gets what it missed while the history reaches; else it is told to
 * read the snapshots again. A listener that does not keep up is cut off and comes back the same way: memory per
 * client is bounded, and one slow page slows nobody.
 */

import type { SporeEvent } from "@synapse/shared/contract/events.ts";
import type { Label } from "@synapse/shared/contract/label.ts";

/** About a quarter of an hour of a busy small swarm. */
const HISTORY_EVENTS = 2_000;
/** Events waiting for one client before it is cut off. */
const BACKLOG_EVENTS = 500;

export interface HubEvent {
  readonly id: number;
  readonly event: SporeEvent;
  /** Who may see it: `public` everyone, the rest only authorised callers. */
  readonly label: Label;
}

export interface Subscription {
  /** Resolves with what came next, or null when the hub cut this client off or was closed. */
  next(): Promise<readonly HubEvent[] | null>;
  end(): void;
}

export type EventHub = ReturnType<typeof createEventHub>;

export function createEventHub() {
  const history: HubEvent[] = [];
  const subscribers = new Set<{ push(event: HubEvent): void; close(): void }>();
  let lastId = 0;

  return {
    lastId: () => lastId,
    listeners: () => subscribers.size,

    publish(event: SporeEvent, label: Label): void {
      const numbered: HubEvent = { id: ++lastId, event, label };
      history.push(numbered);
      if (history.length > HISTORY_EVENTS) history.splice(0, history.length - HISTORY_EVENTS);
      for (const subscriber of subscribers) subscriber.push(numbered);
    },

    /** Events after an id, or null when the history no longer reaches that far. */
    since(id: number): readonly HubEvent[] | null {
      if (id > lastId) return null;
      const oldest = history[0]?.id ?? lastId + 1;
      return id + 1 < oldest ? null : history.filter((one) => one.id > id);
    },

    subscribe(): Subscription {
      let waiting: HubEvent[] = [];
      let wake: (() => void) | null = null;
      let closed = false;
      const subscriber = {
        push(event: HubEvent) {
          waiting.push(event);
          if (waiting.length > BACKLOG_EVENTS) subscriber.close();
          wake?.();
        },
        close() {
          closed = true;
          subscribers.delete(subscriber);
          wake?.();
        },
      };
      subscribers.add(subscriber);
      return {
        async next() {
          if (waiting.length === 0 && !closed) await new Promise<void>((resolve) => (wake = resolve));
          wake = null;
          if (closed) return null;
          const ready = waiting;
          waiting = [];
          return ready;
        },
        end: () => subscriber.close(),
      };
    },

    close(): void {
      for (const subscriber of [...subscribers]) subscriber.close();
    },
  };
}
