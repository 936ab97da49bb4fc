/**
 * Push: how a fresh entry gets round before anyone asks.
 *
 * It goes whole to one random active peer and as a key (8 bytes) to the others; who lacks it asks. The same happens at
 * each spore it is fresh at, so a rumour spreads without a tree to keep, at under two payloads per spore. Announcements
 * wait for one another, but the first after a pause goes at once. Where the announcer that was asked
 * does not deliver, the next one is asked.
 *
 * Invariants:
 * 1. A peer's outbox holds at most OUTBOX_MAX ids; what overflows is left to anti-entropy.
 * 2. One push and one announcement per peer are under way at a time, and up to PARALLEL_MAX where the one before is
 *    late: a slow peer delays nobody else, and a lost call does not hold back what comes after it.
 * 3. A key is asked of one announcer at a time. Of one peer PARALLEL_MAX questions are under way, of all ASKS_MAX: who
 *    announces and never answers keeps few calls open. A key that has to wait for one is asked of whoever has room first.
 * 4. At most PENDING_MAX keys are waited for, and PENDING_OF_PEER_MAX that one peer was the first to announce.
 */

import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { KEY_CHARS } from "../replica/sketch.ts";
import type { Peer } from "./peer-sampling.ts";

type Verb = "put" | "announce";
/** Calls that are told to be over. */
export type Flushing = Verb | "ask";

/**
 * Announcements to a peer are this far apart. Whole entries are not held back: those that come while a push is under
 * way go together with the next.
 */
const SPACING_MS: Readonly<Record<Verb, number>> = { put: 0, announce: 100 };
const VERBS: readonly Verb[] = ["put", "announce"];
/** A call that took this long is slow or lost: the next one does not wait for it. */
const LATE_MS = 1_000;
export const PARALLEL_MAX = 3;
/** Questions to all peers together. On links that lose a sixth of all messages twenty were seen, each until its time limit. */
export const ASKS_MAX = 32;
/** A peer that nothing was sent to for this long starts with a new outbox. */
const OUTBOX_IDLE_MS = 60_000;
/** An announcer that was asked delivers within this, on any link worth using. */
export const ASK_NEXT_MS = 700;
/**
 * What had to be asked for is being announced around here: pushed whole, it mostly reaches who asked as well. Some of it
 * is pushed all the same, for those whose announcement was lost (simulated: all of it 2.0 payloads a spore, none 1.3).
 */
const ASKED_EAGER_SHARE = 0.4;
const OUTBOX_MAX = 1_000;
const PENDING_MAX = 10_000;
/** Of one announcer: what fits into one announcement. Ten that invent keys are needed to leave no room for others. */
const PENDING_OF_PEER_MAX = 1_000;
const ANNOUNCERS_MAX = 8;

export type PushEffect =
  | {
      readonly do: Verb;
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

/** What waits for one peer in one way. */
interface Lane {
  readonly ids: Map<EntryId, SharedLabel>;
  lastFlushAt: number;
  /** Calls under way. */
  flushing: number;
}

type Outbox = Readonly<Record<Verb, Lane>>;

interface Pending {
  readonly scope: SharedLabel;
  readonly first: PublicKey;
  askedAt: number;
  readonly announcers: PublicKey[];
}

export class Push {
  private readonly outboxes = new Map<PublicKey, Outbox>();
  private readonly pending = new Map<string, Pending>();
  /** How many keys are waited for by the peer that announced them first. */
  private readonly pendingOf = new Map<PublicKey, number>();
  /** Questions under way, by peer and together. */
  private readonly askingOf = new Map<PublicKey, number>();
  private asking = 0;

  /** Entries that are new here. @param from who sent them, to be left out; @param whole false: announce only. */
  fresh(
    scope: SharedLabel,
    ids: readonly EntryId[],
    from: PublicKey | null,
    whole: boolean,
    active: readonly Peer[],
    random: () => number,
  ): void {
    const eager = new Set(
      ids.filter((id) => {
        const wasAsked = this.settle(id.slice(0, KEY_CHARS));
        return whole && (!wasAsked || random() < ASKED_EAGER_SHARE);
      }),
    );
    const others = active.filter(({ key }) => key !== from);
    const callable = others.filter((peer) => peer.callable);
    const chosen = callable[Math.floor(random() * callable.length)];
    for (const peer of others) {
      const outbox = this.outbox(peer.key);
      for (const id of ids) {
        const queue = outbox[peer === chosen && eager.has(id) ? "put" : "announce"].ids;
        if (queue.size < OUTBOX_MAX) queue.set(id, scope);
      }
    }
  }

  /** The peer has these: no need to tell it. */
  has(peer: PublicKey, ids: readonly EntryId[]): void {
    const outbox = this.outboxes.get(peer);
    if (outbox === undefined) return;
    for (const id of ids) {
      outbox.put.ids.delete(id);
      outbox.announce.ids.delete(id);
    }
  }

  /**
   * A peer announced keys that this spore lacks. @returns those to ask of it now.
   * @param reply true where the answer to its announcement asks, which is no call.
   */
  announced(
    peer: PublicKey,
    scope: SharedLabel,
    keys: readonly string[],
    now: number,
    reply: boolean,
  ): string[] {
    const ask: string[] = [];
    const mayAsk = reply || this.mayAsk(peer);
    for (const key of keys) {
      const held = this.pending.get(key);
      if (held !== undefined) {
        // Others before the one that was asked already.
        if (held.announcers.length < ANNOUNCERS_MAX) held.announcers.unshift(peer);
      } else if (this.pending.size < PENDING_MAX && this.pendingFrom(peer) < PENDING_OF_PEER_MAX) {
        // Its own announcer is asked once more: the answer may have been lost.
        this.pending.set(key, { scope, first: peer, askedAt: now, announcers: [peer] });
        this.pendingOf.set(peer, this.pendingFrom(peer) + 1);
        if (mayAsk) ask.push(key);
      }
    }
    if (!reply && ask.length > 0) this.asks(peer);
    return ask;
  }

  /** A call is over, however it ended. */
  flushed(peer: PublicKey, verb: Flushing): void {
    if (verb === "ask") {
      const left = (this.askingOf.get(peer) ?? 0) - 1;
      if (left < 0) return;
      if (left > 0) this.askingOf.set(peer, left);
      else this.askingOf.delete(peer);
      this.asking--;
      return;
    }
    const lane = this.outboxes.get(peer)?.[verb];
    if (lane !== undefined && lane.flushing > 0) lane.flushing--;
  }

  forget(peer: PublicKey): void {
    this.outboxes.delete(peer);
  }

  /** Everything that is due. */
  due(now: number): PushEffect[] {
    const effects: PushEffect[] = [];
    for (const [peer, outbox] of this.outboxes) {
      for (const verb of VERBS) effects.push(...flush(peer, verb, outbox[verb], now));
      if (VERBS.every((verb) => isIdle(outbox[verb], now))) this.outboxes.delete(peer);
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
    for (const outbox of this.outboxes.values()) {
      for (const verb of VERBS) {
        const { ids, flushing, lastFlushAt } = outbox[verb];
        if (ids.size > 0 && flushing < PARALLEL_MAX) sooner(nextFlushAt(verb, flushing, lastFlushAt));
      }
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
    for (const { put, announce } of this.outboxes.values()) total += put.ids.size + announce.ids.size;
    return total;
  }

  private askNext(now: number): PushEffect[] {
    const asks = new Map<string, { peer: PublicKey; scope: SharedLabel; keys: string[] }>();
    for (const [key, held] of this.pending) {
      if (held.askedAt + ASK_NEXT_MS > now) break;
      if (held.announcers.length === 0) {
        this.settle(key);
        continue;
      }
      this.pending.delete(key);
      held.askedAt = now;
      this.pending.set(key, held);
      const groupOf = (peer: PublicKey) => asks.get(`${held.scope} ${peer}`);
      const at = held.announcers.findIndex((peer) => groupOf(peer) !== undefined || this.mayAsk(peer));
      // Nobody has room: it waits its turn once more.
      if (at < 0) continue;
      const [next] = held.announcers.splice(at, 1) as [PublicKey];
      const group = groupOf(next);
      if (group !== undefined) {
        group.keys.push(key);
        continue;
      }
      this.asks(next);
      asks.set(`${held.scope} ${next}`, { peer: next, scope: held.scope, keys: [key] });
    }
    return [...asks.values()].map((group) => ({ do: "ask" as const, ...group, now: false }));
  }

  private mayAsk(peer: PublicKey): boolean {
    return this.asking < ASKS_MAX && (this.askingOf.get(peer) ?? 0) < PARALLEL_MAX;
  }

  private asks(peer: PublicKey): void {
    this.asking++;
    this.askingOf.set(peer, (this.askingOf.get(peer) ?? 0) + 1);
  }

  private pendingFrom(peer: PublicKey): number {
    return this.pendingOf.get(peer) ?? 0;
  }

  /** The key is waited for no longer. @returns false where it was not. */
  private settle(key: string): boolean {
    const held = this.pending.get(key);
    if (held === undefined) return false;
    const left = this.pendingFrom(held.first) - 1;
    if (left > 0) this.pendingOf.set(held.first, left);
    else this.pendingOf.delete(held.first);
    return this.pending.delete(key);
  }

  private outbox(peer: PublicKey): Outbox {
    const held = this.outboxes.get(peer);
    if (held !== undefined) return held;
    const lane = (): Lane => ({ ids: new Map(), lastFlushAt: Number.NEGATIVE_INFINITY, flushing: 0 });
    const outbox = { put: lane(), announce: lane() };
    this.outboxes.set(peer, outbox);
    return outbox;
  }
}

function flush(peer: PublicKey, verb: Verb, lane: Lane, now: number): PushEffect[] {
  const { ids, flushing, lastFlushAt } = lane;
  if (ids.size === 0 || flushing >= PARALLEL_MAX || now < nextFlushAt(verb, flushing, lastFlushAt)) return [];
  const effects = [...byScope(ids)]
    .slice(0, PARALLEL_MAX - flushing)
    .map(([scope, group]) => ({ do: verb, peer, scope, ids: group }));
  for (const effect of effects) for (const id of effect.ids) ids.delete(id);
  lane.flushing += effects.length;
  lane.lastFlushAt = now;
  return effects;
}

function nextFlushAt(verb: Verb, flushing: number, lastFlushAt: number): number {
  return lastFlushAt + (flushing > 0 ? LATE_MS : SPACING_MS[verb]);
}

function isIdle(lane: Lane, now: number): boolean {
  return lane.ids.size === 0 && lane.flushing === 0 && now > lane.lastFlushAt + OUTBOX_IDLE_MS;
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
