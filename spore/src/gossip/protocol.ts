/**
 * The gossip protocol as a pure state machine: events in, effects out, time and chance as arguments.
 *
 * It decides when to compare with whom, whom fresh entries go to, who is alive, and when to look again. It performs
 * nothing: the shell (node.ts) carries out the effects and reports back, over HTTP in production and over a virtual
 * network in the simulator.
 *
 * Rounds: one random peer every interval ± 50 %; six times the interval after six equal rounds in a row; a fifth of
 * it after a difference; at once with a peer that is reached for the first time or again.
 *
 * Invariants:
 * 1. `step` reads no clock and draws no chance but `random`: a seed replays a run.
 * 2. At most SYNCS_MAX comparisons run at a time, and one for each peer and scope.
 * 3. After every step the effects end with the time of the next `wake`.
 */
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { ACTIVE_VIEW_SIZE } from "./active-view.ts";
import { PeerSampling } from "./peer-sampling.ts";
import { type Flushing, Push, type PushEffect } from "./push.ts";
import { LISTEN_MS, SCOPES, type Scope } from "./wire.ts";

export type GossipEvent =
  | { readonly on: "start" | "wake" }
  /** Stored here and new. `whole` false: learnt late, so it is announced but not pushed. */
  | {
      readonly on: "fresh";
      readonly scope: SharedLabel;
      readonly ids: readonly EntryId[];
      readonly from: PublicKey | null;
      readonly whole: boolean;
    }
  /** A peer announced keys that are unknown here; `reply` where the answer can ask for them. */
  | {
      readonly on: "announced";
      readonly peer: PublicKey;
      readonly scope: SharedLabel;
      readonly keys: readonly string[];
      readonly reply: boolean;
    }
  | {
      readonly on: "card";
      readonly peer: PublicKey;
      readonly operator: PublicKey;
      readonly network: string;
      readonly callable: boolean;
      readonly cardAt: number;
      /** It cannot call this spore, so its news are listened for. */
      readonly deaf?: boolean;
    }
  | { readonly on: "gone" | "heard" | "strike" | "listen_ended"; readonly peer: PublicKey }
  | { readonly on: "flushed"; readonly peer: PublicKey; readonly verb: Flushing }
  | { readonly on: "listening"; readonly peer: PublicKey }
  | { readonly on: "reached"; readonly peer: PublicKey; readonly latencyMs: number | null }
  | { readonly on: "failed"; readonly peer: PublicKey; readonly retryAfterMs: number | null }
  | {
      readonly on: "synced";
      readonly peer: PublicKey;
      readonly scope: Scope;
      readonly outcome: "equal" | "changed" | "failed";
    }
  | { readonly on: "greeted"; readonly url: string; readonly peer: PublicKey | null };

export type GossipEffect =
  | PushEffect
  /** Call a URL whose key is unknown or unproven. */
  | { readonly do: "hello"; readonly url: string }
  | { readonly do: "sync"; readonly peer: PublicKey; readonly scope: Scope; readonly looksEqual: boolean }
  /** Keep a `listen` open at this peer. */
  | { readonly do: "listen"; readonly peer: PublicKey }
  | { readonly do: "renew_card" }
  | { readonly do: "wake"; readonly at: number };

export interface ProtocolConfig {
  readonly operator: PublicKey;
  readonly seeds: readonly string[];
  readonly intervalMs: number;
  /** False for a spore that nobody can call: it listens at others instead. Otherwise it listens at the deaf ones. */
  readonly callable: boolean;
}

const EQUAL_ROUNDS_TO_REST = 6;
const REST_FACTOR = 6;
const HURRY_FACTOR = 0.2;
export const SYNCS_MAX = 6;
const REFRESH_MS = 60_000;
/** Whoever listens asks again within one `listen` and the time to deliver; who does not has gone. */
const LISTENING_MS = 2 * LISTEN_MS;
export const LISTENS = 3;
/** Every card in the network is renewed once in max(30 s, this × their number), so cards cost each spore one a second. */
const CARD_MS_PER_PEER = 1_000;
const CARD_MS_MIN = 30_000;
/** A spore that has just met others says so this soon, so that the network can be seen as it forms. */
const CARD_NEWS_MS = 1_000;
/** In a network beyond this, a card at each first contact would be a storm of cards, and nobody watches it form. */
const YOUNG_NETWORK = 50;
const SEED_RETRY_FIRST_MS = 500;
const SEED_RETRY_MAX_MS = 30_000;
/** Networks up to this size are compared with whole on first contact; larger ones only with the active view. */
const SMALL_NETWORK = 8;

interface Seed {
  peer: PublicKey | null;
  failures: number;
  retryAt: number;
  calling: boolean;
}

export class GossipProtocol {
  readonly peers: PeerSampling;
  readonly push = new Push();
  rounds = 0;
  private readonly config: ProtocolConfig;
  private readonly random: () => number;
  private readonly seeds = new Map<string, Seed>();
  private readonly syncing = new Set<string>();
  private readonly equalLast = new Set<string>();
  private readonly listens = new Set<PublicKey>();
  /** Peers that cannot call this spore. */
  private readonly deaf = new Set<PublicKey>();
  private equalRounds = 0;
  private pullAt = 0;
  private refreshAt = 0;
  private cardAt = 0;
  private started = false;
  /** First contacts that are still worth a new card at once. */
  private earlyCards = ACTIVE_VIEW_SIZE;
  private cardIsNews = false;

  constructor(config: ProtocolConfig, random: () => number) {
    this.config = config;
    this.random = random;
    this.peers = new PeerSampling(config.operator);
    for (const url of config.seeds)
      this.seeds.set(url, { peer: null, failures: 0, retryAt: 0, calling: false });
  }

  /** Adds seeds that became known later (bootstrap list, join). */
  addSeeds(urls: readonly string[]): void {
    for (const url of urls) {
      if (!this.seeds.has(url)) this.seeds.set(url, { peer: null, failures: 0, retryAt: 0, calling: false });
    }
  }

  step(event: GossipEvent, now: number): GossipEffect[] {
    const effects = this.handle(event, now);
    if (this.started) effects.push(...this.timely(now));
    effects.push(...this.push.due(now));
    if (this.started) effects.push({ do: "wake", at: this.nextWake(now) });
    return effects;
  }

  private handle(event: GossipEvent, now: number): GossipEffect[] {
    switch (event.on) {
      case "start":
        this.started = true;
        this.pullAt = now;
        // The card in hand was made a moment ago.
        this.cardAt = now + this.cardLife();
        return [];
      case "wake":
        return [];
      case "fresh": {
        const active = this.peers.active(now, event.scope === "cluster");
        this.push.fresh(event.scope, event.ids, event.from, event.whole, active, this.random);
        if (event.from !== null) this.push.has(event.from, event.ids);
        return [];
      }
      case "announced": {
        const { peer, scope, reply } = event;
        const keys = this.push.announced(peer, scope, event.keys, now, reply);
        return keys.length > 0 ? [{ do: "ask", peer, scope, keys, now: reply }] : [];
      }
      case "card":
        return this.learn(event, now);
      case "gone":
        this.peers.forget(event.peer);
        this.deaf.delete(event.peer);
        this.push.forget(event.peer);
        for (const scope of SCOPES) this.equalLast.delete(`${scope} ${event.peer}`);
        // Whoever answers at its address now, or comes back there, is greeted anew.
        for (const seed of this.seeds.values())
          if (seed.peer === event.peer) Object.assign(seed, { peer: null, retryAt: now });
        return [];
      case "heard":
        this.peers.called(event.peer);
        return this.reach(event.peer, null, now);
      case "reached":
        return this.reach(event.peer, event.latencyMs, now);
      case "failed":
        this.peers.failed(event.peer, now, this.random, event.retryAfterMs);
        return [];
      case "strike":
        if (this.peers.strike(event.peer, now)) this.push.forget(event.peer);
        return [];
      case "flushed":
        this.push.flushed(event.peer, event.verb);
        return [];
      case "listening":
        this.peers.listening(event.peer, now + LISTENING_MS);
        this.peers.refresh(now, this.random, false);
        return [];
      case "listen_ended":
        this.listens.delete(event.peer);
        return [];
      case "synced":
        this.synced(event, now);
        return [];
      case "greeted":
        this.greeted(event, now);
        return [];
    }
  }

  private learn(event: GossipEvent & { on: "card" }, now: number): GossipEffect[] {
    const { peer, operator, network, callable, cardAt } = event;
    if (event.deaf === true) this.deaf.add(peer);
    else this.deaf.delete(peer);
    const isNew = this.peers.learn(peer, { operator, network, callable, cardAt }, now);
    if (!isNew || !callable) return [];
    if (this.peers.size <= SMALL_NETWORK) {
      this.peers.refresh(now, this.random, false);
      return this.started ? this.syncAll(peer) : [];
    }
    return [];
  }

  private reach(peer: PublicKey, latencyMs: number | null, now: number): GossipEffect[] {
    if (!this.peers.reached(peer, now, latencyMs, this.random)) return [];
    this.peers.refresh(now, this.random, false);
    if (this.earlyCards > 0 && this.peers.size <= YOUNG_NETWORK) {
      this.earlyCards--;
      this.cardAt = Math.min(this.cardAt, now + CARD_NEWS_MS);
      this.cardIsNews = true;
    }
    const near =
      this.peers.size <= SMALL_NETWORK || this.peers.active(now, false).some(({ key }) => key === peer);
    return this.started && near ? this.syncAll(peer) : [];
  }

  private synced(event: GossipEvent & { on: "synced" }, now: number): void {
    const name = `${event.scope} ${event.peer}`;
    this.syncing.delete(name);
    if (event.outcome === "equal" && this.peers.get(event.peer) !== undefined) this.equalLast.add(name);
    else this.equalLast.delete(name);
    // Cards differ all the time; only entries say whether this spore is behind.
    if (event.scope === "card" || event.outcome === "failed") return;
    if (event.outcome === "changed") {
      this.equalRounds = 0;
      this.pullAt = Math.min(
        this.pullAt,
        now + this.config.intervalMs * HURRY_FACTOR * (0.5 + this.random()),
      );
    } else this.equalRounds++;
  }

  private greeted(event: GossipEvent & { on: "greeted" }, now: number): void {
    const seed = this.seeds.get(event.url);
    if (seed === undefined) return;
    seed.calling = false;
    if (event.peer !== null) {
      seed.peer = event.peer;
      seed.failures = 0;
      this.peers.pin(event.peer);
      return;
    }
    seed.failures++;
    const backoff = Math.min(SEED_RETRY_MAX_MS, SEED_RETRY_FIRST_MS * 2 ** Math.min(seed.failures - 1, 10));
    seed.retryAt = now + backoff * (0.5 + this.random());
  }

  /** What is due by the clock. */
  private timely(now: number): GossipEffect[] {
    const effects: GossipEffect[] = [];
    if (now >= this.cardAt) {
      effects.push({ do: "renew_card" });
      if (this.cardIsNews) {
        for (const { key } of this.peers.active(now, false)) effects.push(...this.sync(key, "card"));
        this.cardIsNews = false;
      }
      this.cardAt = now + this.cardLife();
    }
    if (now >= this.refreshAt) {
      this.peers.refresh(now, this.random, true);
      this.refreshAt = now + REFRESH_MS;
    }
    for (const [url, seed] of this.seeds) {
      if (seed.peer !== null || seed.calling || seed.retryAt > now) continue;
      seed.calling = true;
      effects.push({ do: "hello", url });
    }
    if (now >= this.pullAt) effects.push(...this.round(now));
    if (!this.config.callable || this.deaf.size > 0) effects.push(...this.keepListening(now));
    return effects;
  }

  private cardLife(): number {
    return Math.max(CARD_MS_MIN, this.peers.size * CARD_MS_PER_PEER) * (0.75 + this.random() / 2);
  }

  private round(now: number): GossipEffect[] {
    this.rounds++;
    const resting = this.equalRounds >= EQUAL_ROUNDS_TO_REST;
    this.pullAt = now + this.config.intervalMs * (resting ? REST_FACTOR : 1) * (0.5 + this.random());
    const peer = this.peers.pick(now, false, this.rounds, this.random);
    if (peer === undefined) return [];
    const effects = this.syncAll(peer.key);
    if (peer.operator !== this.config.operator) {
      const own = this.peers.pick(now, true, this.rounds, this.random);
      if (own !== undefined) effects.push(...this.sync(own.key, "cluster"));
    }
    return effects;
  }

  private syncAll(peer: PublicKey): GossipEffect[] {
    const own = this.peers.get(peer)?.operator === this.config.operator;
    const scopes: Scope[] = own ? ["cluster", "public", "card"] : ["public", "card"];
    return scopes.flatMap((scope) => this.sync(peer, scope));
  }

  private sync(peer: PublicKey, scope: Scope): GossipEffect[] {
    const name = `${scope} ${peer}`;
    if (!this.peers.get(peer)?.callable || this.syncing.size >= SYNCS_MAX || this.syncing.has(name))
      return [];
    this.syncing.add(name);
    return [{ do: "sync", peer, scope, looksEqual: this.equalLast.has(name) }];
  }

  private keepListening(now: number): GossipEffect[] {
    const effects: GossipEffect[] = [];
    const candidates = this.peers
      .callable(now, false)
      .filter(({ key }) => !this.listens.has(key) && (!this.config.callable || this.deaf.has(key)));
    while (this.listens.size < LISTENS && candidates.length > 0) {
      const [peer] = candidates.splice(Math.floor(this.random() * candidates.length), 1);
      if (peer === undefined) break;
      this.listens.add(peer.key);
      effects.push({ do: "listen", peer: peer.key });
    }
    return effects;
  }

  private nextWake(now: number): number {
    let at = Math.min(this.pullAt, this.refreshAt, this.cardAt);
    for (const { peer, calling, retryAt } of this.seeds.values()) {
      if (peer === null && !calling) at = Math.min(at, retryAt);
    }
    const push = this.push.nextAt();
    return Math.max(now, push === null ? at : Math.min(at, push));
  }
}
