/**
 * Who is around and whom to talk to. Membership itself is the set of peer cards; this file keeps what this spore has
 * seen with its own calls, and chooses from it.
 *
 * The failure detector is the traffic: a call that fails backs that one peer off, a call that succeeds, either way,
 * brings it back. A dead peer costs nothing to the others. When a peer comes back after a failure, the network may
 * have healed, so everyone who is backed off is tried again soon, spread over a few seconds.
 *
 * Fresh entries go to the active view (active-view.ts) and to a few of those who have this spore in theirs: every spore
 * is then in somebody's circle, whoever chose whom.
 *
 * Invariants:
 * 1. A peer in quarantine or backed off is never chosen.
 * 2. Everything here is a function of the events and of `random`: no clock is read.
 */
import type { PublicKey } from "@synapse/shared/ids.ts";
import { type ActiveView, nextView } from "./active-view.ts";
import type { Standing } from "./peer-cards.ts";

export type PeerState = "live" | "stale" | "unreachable";

export interface Peer {
  readonly key: PublicKey;
  readonly operator: PublicKey;
  /** Block of addresses or domain (peer-network.ts); the key where there is no URL. */
  readonly network: string;
  /** Has a URL and may be called. */
  readonly callable: boolean;
  /** Configured by the operator or the bootstrap list. */
  readonly pinned: boolean;
  readonly knownSince: number;
  /** Last authenticated exchange in either direction; null for never. Times are steady milliseconds. */
  readonly lastSeenAt: number | null;
  readonly lastCardAt: number;
  readonly failures: number;
  readonly retryAt: number;
  readonly quarantinedUntil: number;
  readonly strikes: number;
  /** Smoothed round trip, ms; null before the first. */
  readonly latencyMs: number | null;
  /** Holds a `listen` open here, until then: it can be told news though it cannot be called. */
  readonly listeningUntil: number;
}

/**
 * The last callers get fresh entries too. A spore calls somebody once a minute even where nothing happens: with four of
 * them hardly any spore was outside of every circle, with two three in a hundred were (simulated).
 */
export const CALLERS_MAX = 3;
/** So that one operator's swarm cannot push everybody else out of the list. */
const CALLERS_OF_OPERATOR_MAX = 2;
const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MAX_MS = 60 * 60_000;
/** Peers that a partition must not hide for long: the operator's own and the pinned ones. */
const BACKOFF_CLOSE_MAX_MS = 30_000;
/** After a heal, everyone is tried again within this time. */
const HEAL_SPREAD_MS = 5_000;
const GROWTH_RATIO = 2;
const ANCHOR_EVERY = 6;
const STRIKES_MAX = 3;
const QUARANTINE_MS = 60 * 60_000;
/** A peer that was silent this long, and whose card is as old, is stale. */
const LIVE_MS = 120_000;

export class PeerSampling {
  private readonly peers = new Map<PublicKey, Peer>();
  private readonly operator: PublicKey;
  private view: ActiveView = new Map();
  private ownView: ActiveView = new Map();
  /** How many there were to choose from when the view was last drawn. */
  private drawnFrom = 1;
  /** Peers that called lately, oldest first; in the view or not, for a member may leave it. */
  private callers: readonly PublicKey[] = [];

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
    facts: { operator: PublicKey; network: string; callable: boolean; cardAt: number },
    now: number,
  ): boolean {
    const held = this.peers.get(key);
    const { operator, network, callable, cardAt } = facts;
    if (held !== undefined) {
      this.peers.set(key, {
        ...held,
        operator,
        network,
        callable,
        lastCardAt: Math.max(held.lastCardAt, cardAt),
      });
      return false;
    }
    const fresh = {
      pinned: false,
      lastSeenAt: null,
      failures: 0,
      retryAt: 0,
      quarantinedUntil: 0,
      strikes: 0,
    };
    this.peers.set(key, {
      key,
      operator,
      network,
      callable,
      ...fresh,
      knownSince: now,
      lastCardAt: cardAt,
      latencyMs: null,
      listeningUntil: 0,
    });
    return true;
  }

  forget(key: PublicKey): void {
    this.peers.delete(key);
    this.callers = this.callers.filter((caller) => caller !== key);
  }

  pin(key: PublicKey): void {
    this.change(key, { pinned: true });
  }

  listening(key: PublicKey, until: number): void {
    this.change(key, { listeningUntil: until });
  }

  /** The peer called here. */
  called(key: PublicKey): void {
    const peer = this.peers.get(key);
    if (peer === undefined) return;
    const others = this.callers.filter((caller) => caller !== key);
    const ofOperator = others.filter((caller) => this.peers.get(caller)?.operator === peer.operator);
    const leaving = ofOperator.length < CALLERS_OF_OPERATOR_MAX ? null : ofOperator[0];
    this.callers = [...others.filter((caller) => caller !== leaving), key].slice(-CALLERS_MAX);
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
    return back || held.lastSeenAt === null;
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
    this.callers = this.callers.filter((caller) => caller !== key);
    if (this.view.has(key) || this.ownView.has(key)) this.refresh(now, random, false);
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

  /** What this spore has to do with it: its card is kept accordingly. */
  standing(key: PublicKey, operator: PublicKey): Standing {
    const peer = this.peers.get(key);
    if (operator === this.operator || peer?.pinned === true) return "kept";
    return (peer?.lastSeenAt ?? null) === null ? "stranger" : "met";
  }

  state(key: PublicKey, now: number): PeerState {
    const peer = this.peers.get(key);
    if (peer === undefined) return "unreachable";
    if (peer.failures >= 2) return "unreachable";
    return now - Math.max(peer.lastSeenAt ?? peer.lastCardAt, peer.lastCardAt) <= LIVE_MS ? "live" : "stale";
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
    const keys = cluster ? this.ownView.keys() : new Set([...this.view.keys(), ...this.callers]);
    return [...keys].flatMap((key) => {
      const peer = this.peers.get(key);
      return peer !== undefined && isReady(peer, now) ? peer : [];
    });
  }

  /** Fills both active views; `rotate`: and exchanges one member of each. Small networks are taken whole. */
  refresh(now: number, random: () => number, rotate: boolean): void {
    const ready = [...this.peers.values()].filter((peer) => isReady(peer, now));
    const doubtful = [...this.peers.values()].filter((peer) => isDoubtful(peer, now));
    // A circle from when few were known would be the seeds, everybody's: in a network twice as large it is drawn anew.
    const outgrown = ready.length >= GROWTH_RATIO * this.drawnFrom;
    if (outgrown) this.drawnFrom = ready.length;
    const before = outgrown ? new Map() : this.view;
    this.view = nextView(before, ready, doubtful, { rotate, oneOperator: false }, random);
    const own = (peer: Peer) => peer.operator === this.operator;
    const rules = { rotate, oneOperator: true };
    this.ownView = nextView(this.ownView, ready.filter(own), doubtful.filter(own), rules, random);
  }

  /**
   * A peer to compare with: by turns anybody and a member of the view, so that its members know who relies on them;
   * each sixth time a pinned one, as an anchor against a flood of strangers.
   */
  pick(now: number, cluster: boolean, round: number, random: () => number): Peer | undefined {
    const ready = this.callable(now, cluster);
    // In turn, whoever was heard longest ago first: half of them may be hostile, and those would call often.
    const anchor =
      round % ANCHOR_EVERY === 0 ? longestUnheard(ready.filter((peer) => peer.pinned)) : undefined;
    if (anchor !== undefined) return anchor;
    const view = cluster ? this.ownView : this.view;
    const near = round % 2 === 1 ? ready.filter(({ key }) => view.has(key)) : [];
    const from = near.length > 0 ? near : ready;
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

function longestUnheard(peers: readonly Peer[]): Peer | undefined {
  const heardAt = (peer: Peer) => peer.lastSeenAt ?? Number.NEGATIVE_INFINITY;
  return [...peers].sort((a, b) => heardAt(a) - heardAt(b))[0];
}

function isReady(peer: Peer, now: number): boolean {
  return canHear(peer, now) && peer.failures === 0;
}

/** It failed, and may be tried again. */
function isDoubtful(peer: Peer, now: number): boolean {
  return canHear(peer, now) && peer.failures > 0 && peer.retryAt <= now;
}

function canHear(peer: Peer, now: number): boolean {
  return (peer.callable || peer.listeningUntil > now) && peer.quarantinedUntil <= now;
}
