/**
 * Who is around and whom to talk to. Membership itself is the set of peer cards; this file keeps what this spore has
 * seen with its own calls, and chooses from it.
 *
 * The failure detector is the traffic: a call that fails backs that one peer off, a call that succeeds, either way,
 * brings it back. A dead peer costs nothing to the others. When a peer comes back after a failure, the network may
 * have healed, so everyone who is backed off is tried again soon, spread over a few seconds.
 *
 * The active view is small and mixed: random peers keep the graph connected (a random 6-out graph of 1,000 is), near
 * ones make it fast, old acquaintances resist a flood of new ones. No operator fills more than a third of it while
 * there are others to take.
 *
 * Invariants:
 * 1. A peer in quarantine or backed off is never chosen.
 * 2. Everything here is a function of the events and of `random`: no clock is read.
 */
import type { PublicKey } from "@synapse/shared/ids.ts";

export type PeerState = "live" | "stale" | "unreachable";

export interface Peer {
  readonly key: PublicKey;
  readonly operator: PublicKey;
  /** Has a URL and may be called. */
  readonly callable: boolean;
  /** Configured by the operator or the bootstrap list. */
  readonly pinned: boolean;
  readonly knownSince: number;
  /** Last authenticated exchange in either direction, ms; 0 for never. */
  readonly lastSeenAt: number;
  readonly lastCardAt: number;
  readonly failures: number;
  readonly retryAt: number;
  readonly quarantinedUntil: number;
  readonly strikes: number;
  /** Smoothed round trip, ms; null before the first. */
  readonly latencyMs: number | null;
  /** Holds a `listen` open here: it can be told news though it cannot be called. */
  readonly listening: boolean;
}

export const ACTIVE_VIEW_SIZE = 6;
const OPERATOR_SLOTS_MAX = 2;
const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 60 * 60_000;
/** Peers that a partition must not hide for long: the operator's own and the pinned ones. */
const BACKOFF_CLOSE_MAX_MS = 30_000;
/** After a heal, everyone is tried again within this time. */
const HEAL_SPREAD_MS = 5_000;
const STRIKES_MAX = 3;
const QUARANTINE_MS = 60 * 60_000;
/** A peer that was silent this long, and whose card is as old, is stale. */
const LIVE_MS = 120_000;

export class PeerSampling {
  private readonly peers = new Map<PublicKey, Peer>();
  private readonly operator: PublicKey;
  private view: readonly PublicKey[] = [];
  private ownView: readonly PublicKey[] = [];

  constructor(operator: PublicKey) {
    this.operator = operator;
  }

  get size(): number {
    return this.peers.size;
  }

  get(key: PublicKey): Peer | undefined {
    return this.peers.get(key);
  }

  all(): IterableIterator<Peer> {
    return this.peers.values();
  }

  /** A card was admitted. @returns true where the peer was not known. */
  learn(
    key: PublicKey,
    facts: { operator: PublicKey; callable: boolean; cardAt: number },
    now: number,
  ): boolean {
    const held = this.peers.get(key);
    const { operator, callable, cardAt } = facts;
    if (held !== undefined) {
      this.peers.set(key, { ...held, operator, callable, lastCardAt: Math.max(held.lastCardAt, cardAt) });
      return false;
    }
    const fresh = { pinned: false, lastSeenAt: 0, failures: 0, retryAt: 0, quarantinedUntil: 0, strikes: 0 };
    this.peers.set(key, {
      key,
      operator,
      callable,
      ...fresh,
      knownSince: now,
      lastCardAt: cardAt,
      latencyMs: null,
      listening: false,
    });
    return true;
  }

  forget(key: PublicKey): void {
    this.peers.delete(key);
    this.view = this.view.filter((other) => other !== key);
    this.ownView = this.ownView.filter((other) => other !== key);
  }

  pin(key: PublicKey): void {
    this.change(key, { pinned: true });
  }

  listening(key: PublicKey, listening: boolean): void {
    this.change(key, { listening });
  }

  /** An authenticated exchange worked. @returns true where the peer had been failing, or was never reached before. */
  reached(key: PublicKey, now: number, latencyMs: number | null, random: () => number): boolean {
    const held = this.peers.get(key);
    if (held === undefined) return false;
    const smooth =
      latencyMs === null ? held.latencyMs : (held.latencyMs ?? latencyMs) * 0.8 + latencyMs * 0.2;
    const back = held.failures > 0;
    this.change(key, { lastSeenAt: now, failures: 0, retryAt: 0, latencyMs: smooth });
    if (back) this.retrySoon(now, random);
    return back || held.lastSeenAt === 0;
  }

  failed(key: PublicKey, now: number, random: () => number, retryAfterMs: number | null): void {
    const held = this.peers.get(key);
    if (held === undefined) return;
    if (retryAfterMs !== null) {
      // It answered, and asked for patience: that is no failure.
      this.change(key, { retryAt: now + retryAfterMs });
      return;
    }
    const failures = held.failures + 1;
    const close = held.pinned || held.operator === this.operator;
    const limit = close ? BACKOFF_CLOSE_MAX_MS : BACKOFF_MAX_MS;
    const backoff = Math.min(limit, BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 20)) * (0.5 + random());
    this.change(key, { failures, retryAt: now + backoff });
  }

  /** The peer sent what no honest spore sends. @returns true where this put it in quarantine. */
  strike(key: PublicKey, now: number): boolean {
    const held = this.peers.get(key);
    if (held === undefined) return false;
    const strikes = held.strikes + 1;
    if (strikes < STRIKES_MAX) {
      this.change(key, { strikes });
      return false;
    }
    this.change(key, { strikes: 0, quarantinedUntil: now + QUARANTINE_MS });
    return true;
  }

  isQuarantined(key: PublicKey, now: number): boolean {
    return (this.peers.get(key)?.quarantinedUntil ?? 0) > now;
  }

  state(key: PublicKey, now: number): PeerState {
    const peer = this.peers.get(key);
    if (peer === undefined) return "unreachable";
    if (peer.failures >= 2) return "unreachable";
    return now - Math.max(peer.lastSeenAt, peer.lastCardAt) <= LIVE_MS ? "live" : "stale";
  }

  /** Peers that may be called now. */
  callable(now: number, cluster: boolean): Peer[] {
    return [...this.peers.values()].filter(
      (peer) =>
        peer.callable &&
        peer.retryAt <= now &&
        peer.quarantinedUntil <= now &&
        (!cluster || peer.operator === this.operator),
    );
  }

  /** The peers that fresh entries go to: of the own operator for `cluster`, of all for everything else. */
  active(now: number, cluster: boolean): Peer[] {
    return (cluster ? this.ownView : this.view).flatMap((key) => {
      const peer = this.peers.get(key);
      return peer !== undefined && isReady(peer, now) ? peer : [];
    });
  }

  /** Chooses both active views anew. Small networks are taken whole. */
  refresh(now: number, random: () => number): void {
    const ready = [...this.peers.values()].filter((peer) => isReady(peer, now));
    this.view = choose(ready, random).map(({ key }) => key);
    const own = ready.filter(({ operator }) => operator === this.operator);
    this.ownView = choose(own, random, ACTIVE_VIEW_SIZE).map(({ key }) => key);
  }

  /** A random peer to compare with; each sixth time a pinned one, as an anchor against a flood of strangers. */
  pick(now: number, cluster: boolean, anchor: boolean, random: () => number): Peer | undefined {
    const ready = this.callable(now, cluster);
    const pinned = anchor ? ready.filter((peer) => peer.pinned) : [];
    const from = pinned.length > 0 ? pinned : ready;
    return from[Math.floor(random() * from.length)];
  }

  private retrySoon(now: number, random: () => number): void {
    for (const peer of this.peers.values()) {
      const soon = now + random() * HEAL_SPREAD_MS;
      if (peer.retryAt > soon) this.change(peer.key, { retryAt: soon });
    }
  }

  private change(key: PublicKey, by: Partial<Peer>): void {
    const held = this.peers.get(key);
    if (held !== undefined) this.peers.set(key, { ...held, ...by });
  }
}

function isReady(peer: Peer, now: number): boolean {
  return (peer.callable || peer.listening) && peer.failures === 0 && peer.quarantinedUntil <= now;
}

/** Two near, two of long standing, the rest at random; at most OPERATOR_SLOTS_MAX of one operator while others remain. */
function choose(ready: readonly Peer[], random: () => number, operatorSlots = OPERATOR_SLOTS_MAX): Peer[] {
  if (ready.length <= ACTIVE_VIEW_SIZE) return [...ready];
  const chosen: Peer[] = [];
  const slots = new Map<PublicKey, number>();
  const take = (candidates: readonly Peer[], upTo: number, limit: number) => {
    for (const peer of candidates) {
      if (chosen.length >= upTo) return;
      const used = slots.get(peer.operator) ?? 0;
      if (used >= limit || chosen.includes(peer)) continue;
      chosen.push(peer);
      slots.set(peer.operator, used + 1);
    }
  };
  take(
    ready
      .filter(({ latencyMs }) => latencyMs !== null)
      .sort((a, b) => (a.latencyMs ?? 0) - (b.latencyMs ?? 0)),
    2,
    operatorSlots,
  );
  take(
    [...ready].sort((a, b) => a.knownSince - b.knownSince),
    4,
    operatorSlots,
  );
  const mixed = shuffle(ready, random);
  take(mixed, ACTIVE_VIEW_SIZE, operatorSlots);
  take(mixed, ACTIVE_VIEW_SIZE, ACTIVE_VIEW_SIZE);
  return chosen;
}

export function shuffle<T>(list: readonly T[], random: () => number): T[] {
  const mixed = [...list];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j] as T, mixed[i] as T];
  }
  return mixed;
}
