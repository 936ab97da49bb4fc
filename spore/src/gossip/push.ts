/**
 * Push: how a fresh entry gets round before anyone asks.
 *
 * It goes whole to one random active peer and as a key (8 bytes) to the others; who lacks it asks. The same happens at
 * each spore it is fresh at, so a rumour spreads without a tree to keep, at under two payloads per spore. Announcements
 * wait for one another up to BATCH_MS, but the first after a pause goes at once. Where the announcer that was asked
 * does not deliver, the next one is asked.
 *
 * Invariants:
 * 1. A peer's outbox holds at most OUTBOX_MAX ids; what overflows is left to anti-entropy.
 * 2. One flush per peer is under way at a time, so a slow peer delays nobody else.
 * 3. A key is asked of one announcer at a time.
 */

import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { KEY_CHARS } from "../replica/sketch.ts";
import type { Peer } from "./peer-sampling.ts";

export const BATCH_MS = 100;
/** An announcer that was asked delivers within this, on any link worth using. */
export const ASK_NEXT_MS = 700;
const OUTBOX_MAX = 1_000;
const PENDING_MAX = 10_000;
const ANNOUNCERS_MAX = 8;

export type PushEffect =
  | {
      readonly do: "put" | "announce";
      readonly peer: PublicKey;
      readonly scope: SharedLabel;
      readonly ids: readonly EntryId[];
    }
  /** Ask an announcer; `now` is true where the answer to its announcement can carry the request. */
  | {
      readonly do: "ask";
      readonly peer: PublicKey;
      readonly scope: SharedLabel;
      readonly keys: readonly string[];
      readonly now: boolean;
    };

interface Outbox {
  readonly put: Map<EntryId, SharedLabel>;
  readonly announce: Map<EntryId, SharedLabel>;
  lastFlushAt: number;
  flushing: number;
}

interface Pending {
  readonly scope: SharedLabel;
  askedAt: number;
  readonly announcers: PublicKey[];
}

export class Push {
  private readonly outboxes = new Map<PublicKey, Outbox>();
  private readonly pending = new Map<string, Pending>();

  /** Entries that are new here. @param from who sent them, to be left out; @param whole false: announce only. */
  fresh(
    scope: SharedLabel,
    ids: readonly EntryId[],
    from: PublicKey | null,
    whole: boolean,
    active: readonly Peer[],
    random: () => number,
  ): void {
    for (const id of ids) this.pending.delete(id.slice(0, KEY_CHARS));
    const others = active.filter(({ key }) => key !== from);
    const callable = others.filter((peer) => peer.callable);
    const eager = whole ? callable[Math.floor(random() * callable.length)] : undefined;
    for (const peer of others) {
      const outbox = this.outbox(peer.key);
      const queue = peer === eager ? outbox.put : outbox.announce;
      for (const id of ids) if (queue.size < OUTBOX_MAX) queue.set(id, scope);
    }
  }

  /** The peer has these: no need to tell it. */
  has(peer: PublicKey, ids: readonly EntryId[]): void {
    const outbox = this.outboxes.get(peer);
    if (outbox === undefined) return;
    for (const id of ids) {
      outbox.put.delete(id);
      outbox.announce.delete(id);
    }
  }

  /** A peer announced keys that this spore lacks. @returns those to ask of it now. */
  announced(peer: PublicKey, scope: SharedLabel, keys: readonly string[], now: number): string[] {
    const ask: string[] = [];
    for (const key of keys) {
      const held = this.pending.get(key);
      if (held !== undefined) {
        if (held.announcers.length < ANNOUNCERS_MAX) held.announcers.push(peer);
      } else if (this.pending.size < PENDING_MAX) {
        this.pending.set(key, { scope, askedAt: now, announcers: [] });
        ask.push(key);
      }
    }
    return ask;
  }

  flushed(peer: PublicKey): void {
    const outbox = this.outboxes.get(peer);
    if (outbox !== undefined && outbox.flushing > 0) outbox.flushing--;
  }

  forget(peer: PublicKey): void {
    this.outboxes.delete(peer);
  }

  /** Everything that is due. */
  due(now: number): PushEffect[] {
    const effects: PushEffect[] = [];
    for (const [peer, outbox] of this.outboxes) {
      if (outbox.flushing > 0 || now < outbox.lastFlushAt + BATCH_MS) continue;
      const before = effects.length;
      for (const verb of ["put", "announce"] as const) {
        for (const [scope, ids] of byScope(outbox[verb])) effects.push({ do: verb, peer, scope, ids });
        outbox[verb].clear();
      }
      outbox.flushing = effects.length - before;
      if (outbox.flushing > 0) outbox.lastFlushAt = now;
      else if (now > outbox.lastFlushAt + 60 * BATCH_MS) this.outboxes.delete(peer);
    }
    effects.push(...this.askNext(now));
    return effects;
  }

  /** When `due` next has something to say; null for never. */
  nextAt(): number | null {
    let at: number | null = null;
    const sooner = (time: number) => {
      at = at === null ? time : Math.min(at, time);
    };
    for (const { put, announce, flushing, lastFlushAt } of this.outboxes.values()) {
      if (flushing === 0 && put.size + announce.size > 0) sooner(lastFlushAt + BATCH_MS);
    }
    // Insertion order is nearly order of asking: the first is early enough.
    for (const { askedAt } of this.pending.values()) {
      sooner(askedAt + ASK_NEXT_MS);
      break;
    }
    return at;
  }

  get backlog(): number {
    let total = this.pending.size;
    for (const { put, announce } of this.outboxes.values()) total += put.size + announce.size;
    return total;
  }

  private askNext(now: number): PushEffect[] {
    const asks = new Map<string, { peer: PublicKey; scope: SharedLabel; keys: string[] }>();
    for (const [key, held] of this.pending) {
      if (held.askedAt + ASK_NEXT_MS > now) break;
      this.pending.delete(key);
      const next = held.announcers.shift();
      if (next === undefined) continue;
      held.askedAt = now;
      this.pending.set(key, held);
      const group = asks.get(`${held.scope} ${next}`) ?? { peer: next, scope: held.scope, keys: [] };
      group.keys.push(key);
      asks.set(`${held.scope} ${next}`, group);
    }
    return [...asks.values()].map((group) => ({ do: "ask" as const, ...group, now: false }));
  }

  private outbox(peer: PublicKey): Outbox {
    const held = this.outboxes.get(peer);
    if (held !== undefined) return held;
    const outbox = {
      put: new Map(),
      announce: new Map(),
      lastFlushAt: Number.NEGATIVE_INFINITY,
      flushing: 0,
    };
    this.outboxes.set(peer, outbox);
    return outbox;
  }
}

function byScope(queue: ReadonlyMap<EntryId, SharedLabel>): Map<SharedLabel, EntryId[]> {
  const groups = new Map<SharedLabel, EntryId[]>();
  for (const [id, scope] of queue) {
    const ids = groups.get(scope);
    if (ids === undefined) groups.set(scope, [id]);
    else ids.push(id);
  }
  return groups;
}
