/**
 * One gossiping spore, without a network: runs the protocol, carries out its effects through ports, answers peers.
 * Over HTTP in production (gossip.ts), over a virtual network in the simulator: the code is the same.
 *
 * Invariant: whatever a peer sends, the loop goes on. An effect that fails unexpectedly is logged, and the protocol
 * still learns that it is over.
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { PeerCard } from "@synapse/shared/contract/peer-card.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { exhaustive, type Result } from "@synapse/shared/result.ts";
import type { CardReader, KnownCard, PeerRefusal, ReadCard } from "./card-reader.ts";
import { cardCollection } from "./collection.ts";
import { Exchanges, type LogCopying, type Network } from "./exchanges.ts";
import { Intake } from "./intake.ts";
import { type CardDraft, PeerCards } from "./peer-cards.ts";
import { networkOf } from "./peer-network.ts";
import type { PeerState } from "./peer-sampling.ts";
import { isLocalUrl } from "./peer-url.ts";
import { type GossipEffect, type GossipEvent, GossipProtocol } from "./protocol.ts";
import type { GossipReplica, UntrustedItem } from "./replica-port.ts";
import type { Signer } from "./request-signature.ts";
import { type Refusal, Responder } from "./responder.ts";
import type { Kind, Reply, Request_ } from "./wire.ts";

export interface NodeDeps {
  readonly replica: GossipReplica;
  readonly signer: Signer;
  /** Checks the signatures of many cards ahead on other threads, where it can. */
  readonly readCard: ReadCard & Partial<Pick<CardReader, "verifyAhead">>;
  readonly network: Network;
  readonly ownCard: () => CardDraft;
  readonly seeds: readonly string[];
  readonly intervalMs: number;
  /** The wall clock, for what is signed and compared with others' times. It may be set forward or back. */
  readonly now: () => number;
  /** Milliseconds that only ever go on, for everything this spore waits for: a clock that is set must not silence it. */
  readonly steady: () => number;
  readonly random: () => number;
  /** Runs the function at the steady time; the result cancels. */
  readonly schedule: (at: number, run: () => void) => () => void;
  readonly log: GossipLog;
  readonly onPeer: (peer: PeerView) => void;
  /** A peer delivered what no honest spore passes on. */
  readonly onStrike?: (peer: PublicKey) => void;
  /** Who is not talked with, and why; asked for every card. */
  readonly refusalOf: (card: PeerCard) => PeerRefusal | null;
  /** False for a URL that would certainly be refused; all may be where it is left out. */
  readonly mayBeCalled?: (url: string) => boolean;
  /** Other figures than the product's, for a simulation with small sets. */
  readonly logCopy?: LogCopying;
}

export type GossipLog = (
  level: "debug" | "info" | "warn",
  message: string,
  details: Readonly<Record<string, unknown>>,
) => void;

export interface PeerView {
  readonly key: PublicKey;
  readonly card: KnownCard["card"];
  /** Where this spore can call it, as far as is known; null where it cannot. */
  readonly url: string | null;
  readonly state: PeerState;
  /** Last authenticated exchange with this spore, or the issue of its card, ms. */
  readonly lastSeenAt: number;
  readonly latencyMs: number | null;
}

/** Exchanged with this lately, a peer is a neighbour on the card. */
const NEIGHBOUR_MS = 5 * 60_000;

export class GossipNode {
  readonly cards: PeerCards;
  readonly protocol: GossipProtocol;
  readonly intake: Intake;
  readonly exchanges: Exchanges;
  private readonly deps: NodeDeps;
  readonly responder: Responder;
  private readonly states = new Map<PublicKey, PeerState>();
  private cancelWake: () => void = () => undefined;
  private unsubscribe: () => void = () => undefined;
  private running = false;

  constructor(deps: NodeDeps) {
    this.deps = deps;
    const { replica, now } = deps;
    const step = (event: GossipEvent) => this.step(event);
    this.cards = new PeerCards(replica.self.spore, deps.readCard, deps.refusalOf, {
      standingOf: ({ spore, operator }) => this.protocol.peers.standing(spore, operator),
      knownSince: (peer) => this.protocol.peers.get(peer)?.knownSince ?? Number.POSITIVE_INFINITY,
      random: deps.random,
      onPushedOut: (peer) => this.forget(peer),
    });
    this.protocol = new GossipProtocol(
      {
        operator: replica.self.operator,
        seeds: deps.seeds,
        intervalMs: deps.intervalMs,
        callable: deps.ownCard().url !== null,
      },
      deps.random,
    );
    this.intake = new Intake(replica, now, step, (key) => this.cards.get(key)?.card.certificate ?? null);
    const cards = cardCollection(this.cards, now, (known) => this.learn(known), deps.readCard.verifyAhead);
    const collections = {
      public: this.intake.collection("public", null),
      cluster: this.intake.collection("cluster", null),
      card: cards,
    };
    this.responder = new Responder({
      replica,
      collections,
      intake: this.intake,
      steady: deps.steady,
      schedule: deps.schedule,
      step,
    });
    this.exchanges = new Exchanges({
      ...deps,
      cards,
      intake: this.intake,
      urlOf: (peer) => this.cards.get(peer)?.card.url ?? null,
      tell: (peer, scope, keys) => {
        // A peer that was forgotten meanwhile would never fetch them.
        if (this.cards.get(peer) !== undefined) this.responder.tell(peer, scope, keys);
      },
      isCopying: (peer, scope) => this.responder.isCopying(peer, scope),
      emit: step,
      log: (message, details) => deps.log("debug", message, details),
    });
    this.issueCard();
  }

  start(): void {
    this.running = true;
    this.unsubscribe = this.intake.watch();
    this.step({ on: "start" });
  }

  stop(): void {
    this.running = false;
    this.cancelWake();
    this.unsubscribe();
    this.responder.close();
  }

  addSeeds(urls: readonly string[]): void {
    this.protocol.addSeeds(urls);
    this.step({ on: "wake" });
  }

  /** Keeps a card from a greeting, if it is news. */
  admitCard(item: UntrustedItem): void {
    const result = this.cards.admit(item, this.deps.now());
    if (result.ok) this.learn(result.value);
  }

  renewCard(): void {
    this.issueCard();
  }

  /** Lets go of peers that are no longer welcome. */
  dropRefused(): void {
    for (const peer of this.cards.dropRefused()) this.forget(peer);
  }

  /** A peer made a call that was authenticated. */
  heard(peer: PublicKey): void {
    this.step({ on: "heard", peer });
  }

  answer<K extends Kind>(
    caller: Certificate,
    kind: K,
    message: Request_<K>,
  ): Promise<Result<Reply<K>, Refusal>> {
    return this.responder.answer(caller, kind, message);
  }

  peers(): PeerView[] {
    const self = this.deps.replica.self.spore;
    return [...this.cards.all()].flatMap(({ card }) =>
      card.certificate.spore === self ? [] : [this.view(card.certificate.spore, card)],
    );
  }

  /** One of them, found by its key: asking for each of a thousand must not make a thousand lists. */
  peer(spore: PublicKey): PeerView | null {
    const known = spore === this.deps.replica.self.spore ? undefined : this.cards.get(spore);
    return known === undefined ? null : this.view(spore, known.card);
  }

  private step(event: GossipEvent): readonly GossipEffect[] {
    if (event.on === "strike") this.deps.onStrike?.(event.peer);
    const effects = this.protocol.step(event, this.deps.steady());
    for (const effect of effects) this.perform(effect);
    if ("peer" in event && event.peer !== null) this.reportState(event.peer);
    return effects;
  }

  private perform(effect: GossipEffect): void {
    if (!this.running) return;
    const { exchanges } = this;
    switch (effect.do) {
      case "wake":
        this.cancelWake();
        this.cancelWake = this.deps.schedule(effect.at, () => this.step({ on: "wake" }));
        break;
      case "renew_card":
        for (const peer of this.cards.expire(this.deps.now())) this.forget(peer);
        this.issueCard();
        for (const { key } of this.protocol.peers.all()) this.reportState(key);
        break;
      case "hello":
        this.run(exchanges.greet(effect.url));
        break;
      case "sync":
        this.run(exchanges.sync(effect.peer, effect.scope, effect.looksEqual));
        break;
      case "put":
        this.run(exchanges.push(effect.peer, effect.scope, effect.ids));
        break;
      case "announce":
        this.run(exchanges.announce(effect.peer, effect.scope, effect.ids));
        break;
      case "ask":
        if (!effect.now) this.run(exchanges.ask(effect.peer, effect.scope, effect.keys));
        break;
      case "listen":
        this.run(exchanges.listen(effect.peer));
        break;
      default:
        exhaustive(effect);
    }
  }

  /** Expected failures are values; what is thrown is a bug, or the replica's disk, and must be seen. */
  private run(work: Promise<void>): void {
    work.catch((cause: unknown) => {
      const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      this.deps.log("warn", "a gossip exchange broke off", { error });
    });
  }

  private learn(known: KnownCard): void {
    const { certificate, url, issued_at } = known.card;
    const { spore: peer, operator } = certificate;
    const own = this.cards.get(this.deps.replica.self.spore)?.card.url ?? null;
    this.step({
      on: "card",
      peer,
      operator,
      network: url === null ? peer : networkOf(url),
      callable: url !== null && this.mayBeCalled(url),
      cardAt: this.deps.steady() - Math.max(0, this.deps.now() - issued_at),
      deaf: own === null || (isLocalUrl(own) && (url === null || !isLocalUrl(url))),
    });
  }

  private forget(peer: PublicKey): void {
    this.states.delete(peer);
    this.responder.forget(peer);
    this.exchanges.forget(peer);
    this.step({ on: "gone", peer });
  }

  private issueCard(): void {
    const since = this.deps.steady() - NEIGHBOUR_MS;
    const seen = [...this.protocol.peers.all()].filter(
      ({ lastSeenAt }) => lastSeenAt !== null && lastSeenAt > since,
    );
    const neighbours = seen.sort((a, b) => (b.lastSeenAt ?? 0) - (a.lastSeenAt ?? 0)).map(({ key }) => key);
    const { ownCard, replica, signer, now } = this.deps;
    this.cards.issueOwn(ownCard(), replica.self, neighbours, signer, now());
  }

  private mayBeCalled(url: string): boolean {
    return this.deps.mayBeCalled?.(url) ?? true;
  }

  private view(key: PublicKey, card: KnownCard["card"]): PeerView {
    const peer = this.protocol.peers.get(key);
    const { url } = card;
    const steady = this.deps.steady();
    const seenAt = peer?.lastSeenAt ?? null;
    // "127.0.0.1" on a stranger's card means the stranger's machine: a local address is believed once it has answered.
    const isBelieved = url !== null && (isLocalUrl(url) ? peer?.latencyMs != null : this.mayBeCalled(url));
    return {
      key,
      card,
      url: isBelieved ? url : null,
      state: this.protocol.peers.state(key, steady),
      lastSeenAt: Math.max(seenAt === null ? 0 : this.deps.now() - (steady - seenAt), card.issued_at),
      latencyMs: peer?.latencyMs ?? null,
    };
  }

  private reportState(key: PublicKey): void {
    const known = this.cards.get(key);
    if (known === undefined) return;
    const view = this.view(key, known.card);
    if (this.states.get(key) === view.state) return;
    this.states.set(key, view.state);
    this.deps.onPeer(view);
  }
}
