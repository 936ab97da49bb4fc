/**
 * Events for `GET /api/events`: a bounded history and whoever listens.
 *
 * A client that comes back with the id it saw last gets what it missed while the history reaches; else it is told to
 * read the snapshots again. A listener that does not keep up is cut off and comes back the same way: memory per
 * client is bounded, and one slow page slows nobody.
 *
 * Numbers go on from one start of the spore to the next (`firstIdOf`): an id of a former life is older than anything
 * that this life remembers, so whoever comes back with one is told so, and no two events ever share an id.
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

/** Ids a millisecond: more events than a spore can make, so a life never reaches the ids of the next one. */
const IDS_PER_MS = 1_000;
/** Where the clock was set back, a new life begins this far after the old one did: three years at 100 events a second. */
const CLOCK_BACK_IDS = 1e10;
/** A clock beyond it (the year 2255) would give ids that no number holds exactly. */
const FIRST_ID_MAX = 2 ** 53 - 1e15;

/** The id from which this life counts, later than every id of the lives before. @param last what it was in the last life */
export function firstIdOf(nowMs: number, last: number | null): number {
  const byClock = Math.min(FIRST_ID_MAX, Math.max(0, Math.floor(nowMs)) * IDS_PER_MS);
  return last === null || byClock > last ? byClock : last + CLOCK_BACK_IDS;
}

/** @param firstId the id before the first event of this life */
export function createEventHub(firstId: number) {
  const history: HubEvent[] = [];
  const subscribers = new Set<{ push(event: HubEvent): void; close(): void }>();
  let lastId = firstId;

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
