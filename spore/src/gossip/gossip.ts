/**
 * Gossip over HTTP, assembled: the node (protocol and sets), the transport that calls peers, the handler that answers
 * them. The only file of this folder that meets timers, names and sockets together.
 */

import { lookup } from "node:dns/promises";
import { present } from "@synapse/shared/assert.ts";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { PeerCard } from "@synapse/shared/contract/peer-card.ts";
import type { ClockVerdict } from "@synapse/shared/contract/status.ts";
import { negotiate } from "@synapse/shared/dialects.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { isLoopbackHost, isLoopbackUrl } from "@synapse/shared/loopback.ts";
import type { Result } from "@synapse/shared/result.ts";
import type { CardError, KnownCard, PeerRefusal, RefusedGreeting, WireCard } from "./card-reader.ts";
import { createCardReader } from "./card-reader.ts";
import { CLOCK_OFF_MS, ClockWatch } from "./clock-watch.ts";
import type { CallError } from "./exchanges.ts";
import { createGossipHandler, isSameOrigin } from "./handler.ts";
import { type GossipLog, GossipNode, type PeerView } from "./node.ts";
import type { CardDraft } from "./peer-cards.ts";
import { networkOf } from "./peer-network.ts";
import { mayBeCalled, type PeerUrlPolicy, type Resolve } from "./peer-url.ts";
import type { GossipReplica, UntrustedItem } from "./replica-port.ts";
import type { Signer, Verify } from "./request-signature.ts";
import { HttpTransport } from "./transport.ts";
import { WIRE_VERSION } from "./wire.ts";

export interface GossipOptions {
  readonly replica: GossipReplica;
  readonly signer: Signer;
  readonly verify: Verify;
  /** Asked at the start and whenever the card is renewed. A null `url`: nobody can call this spore. */
  readonly ownCard: () => CardDraft;
  /** URLs to greet: SPORE_PEERS and the bootstrap list. */
  readonly seeds: readonly string[];
  /** Mean time between comparisons, SPORE_GOSSIP_INTERVAL_MS. */
  readonly intervalMs: number;
  readonly peerUrls: PeerUrlPolicy;
  readonly log: GossipLog;
  /** A peer appeared, or its state changed. */
  readonly onPeer?: (peer: PeerView) => void;
  /** A peer delivered what no honest spore passes on. */
  readonly onStrike?: (peer: PublicKey) => void;
  /** Who is not talked with, and why; nobody where it is left out. */
  readonly refusalOf?: (card: PeerCard) => PeerRefusal | null;
  /** A greeting was refused, here or there. */
  readonly onRefusal?: (refusal: RefusedGreeting) => void;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly resolve?: Resolve;
}

export interface SeedUrl {
  readonly url: string;
  /** The operator that must stand behind the spore there; null for whoever answers. */
  readonly operator: PublicKey | null;
}

export interface GossipStatus {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly rounds: number;
  readonly syncs: number;
  readonly failures: number;
  readonly entriesReceived: number;
  readonly entriesSent: number;
  readonly entriesRejected: number;
  /** Ids waiting to be pushed, announced or asked for. */
  readonly backlog: number;
  /** Median age of the last rumours at arrival, ms, by their authors' clocks; null before the first. */
  readonly lagMs: number | null;
}

export interface Gossip {
  start(): void;
  stop(): Promise<void>;
  /** Mount at `POST /gossip/*`, body unread. `from`: whose share a greeting is, an address. */
  handle(request: Request, from?: string): Promise<Response>;
  /** Every spore with a valid card but this one. */
  peers(): readonly PeerView[];
  peer(spore: PublicKey): PeerView | null;
  ownCard(): PeerCard;
  addSeeds(seeds: readonly SeedUrl[]): void;
  /** Greets a URL and says which key answers there, welcome or not. */
  proveUrl(url: string): Promise<Result<PublicKey, CallError>>;
  /** Reads a card: genuine, and of whom; and keeps it where it is news and its spore is welcome. */
  readCard(item: UntrustedItem): Result<KnownCard, CardError>;
  admitCard(item: UntrustedItem): void;
  ownWireCard(): WireCard;
  ownKnownCard(): KnownCard;
  /** Makes a new card now: something it says has changed. */
  renewCard(): void;
  /** To be called when `refusalOf` changed its mind. */
  dropRefused(): void;
  /** What peers say of this machine's clock. */
  clockVerdict(): ClockVerdict;
  status(): GossipStatus;
}

/** A timer's delay is a 32-bit number; whatever is further off is looked at again then. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export function createGossip(options: GossipOptions): Gossip {
  const { replica, signer, verify, log } = options;
  const now = options.now ?? Date.now;
  const traffic = { sent: 0, received: 0 };
  const onTraffic = (sent: number, received: number) => {
    traffic.sent += sent;
    traffic.received += received;
  };
  const operatorByOrigin = new Map<string, PublicKey>();
  const own = () => present(node.cards.get(replica.self.spore), "a node issues its card when it is made");
  const clock = createClockReader(options, now);
  const shared = {
    signer,
    verify,
    now,
    onTraffic,
    ownCard: () => own().wire,
    checkCard: (item: UntrustedItem) => node.cards.checkWelcome(item, now()),
    onRefusal: options.onRefusal ?? (() => undefined),
    ...clock,
    admitCard: (item: UntrustedItem) => node.admitCard(item),
  };
  const transport = new HttpTransport({
    ...shared,
    readCard: (item) => node.cards.check(item, now()),
    agreedVersion({ speaks }) {
      const agreed = negotiate(speaks, options.ownCard().speaks);
      return agreed.ok ? agreed.value.gossip : WIRE_VERSION;
    },
    operatorAt: (origin) => operatorByOrigin.get(origin) ?? null,
    policy: options.peerUrls,
    resolve: options.resolve ?? resolveAll,
  });
  const node: GossipNode = new GossipNode({
    ...options,
    readCard: createCardReader(verify),
    network: transport,
    now,
    steady,
    random: options.random ?? Math.random,
    schedule(at, run) {
      const timer = setTimeout(run, Math.min(TIMER_MAX_MS, Math.max(0, at - steady())));
      return () => clearTimeout(timer);
    },
    onPeer: options.onPeer ?? (() => undefined),
    refusalOf: options.refusalOf ?? (() => null),
    mayBeCalled: (url) => mayBeCalled(url, options.peerUrls),
  });
  const handle = createGossipHandler({
    ...shared,
    operator: replica.self.operator,
    keyOf: (name) => node.cards.keyOf(name),
    certificateOf: (key) => node.cards.get(key)?.card.certificate ?? null,
    isQuarantined: (key) => node.protocol.peers.isQuarantined(key, steady()),
    cpuMs: threadCpuMs,
    isOwnUrl: (origin) => isSameOrigin(origin, own().card.url),
    heard: (peer) => node.heard(peer),
    answer: (caller, kind, message) => node.answer(caller, kind, message),
    log: (message, details) => log("debug", message, details),
  });
  return {
    handle,
    start: () => node.start(),
    async stop() {
      node.stop();
      transport.close();
    },
    peers: () => node.peers(),
    peer: (spore) => node.peer(spore),
    ownCard: () => own().card,
    addSeeds(seeds) {
      for (const { url, operator } of seeds)
        if (operator !== null && URL.canParse(url)) operatorByOrigin.set(new URL(url).origin, operator);
      node.addSeeds(seeds.map(({ url }) => url));
    },
    proveUrl: (url) => transport.prove(url),
    readCard: (item) => node.cards.check(item, now()),
    admitCard: (item) => node.admitCard(item),
    ownWireCard: () => own().wire,
    ownKnownCard: own,
    renewCard: () => node.renewCard(),
    dropRefused: () => node.dropRefused(),
    clockVerdict: clock.clockVerdict,
    status: () => statusOf(node, traffic),
  };
}

/** What greetings, made and received, say of the time. */
function createClockReader({ replica, log }: GossipOptions, now: () => number) {
  const watch = new ClockWatch();

  /** @param at an origin that was dialled, or an address that called */
  function onTime(certificate: Certificate | null, at: string, theirs: number): void {
    const isOwn = certificate?.operator === replica.self.operator;
    const by = (isOwn ? certificate?.spore : certificate?.operator) ?? null;
    const isHere = isLoopbackUrl(at) || isLoopbackHost(at);
    const voice = { by, isOwn, network: networkOf(at), isHere, theirs };
    const said = watch.hear(voice, now(), steady());
    if (said !== null) log(said.level, said.message, {});
  }

  return {
    onTime,
    /** @param from an address, or the /64 that stands for it */
    onGreetingTime(certificate: Certificate, from: string, theirs: number): void {
      // One from the past may be an old greeting that somebody repeats.
      if (theirs >= now() - CLOCK_OFF_MS) onTime(certificate, from.replace(/\/\d+$/, ""), theirs);
    },
    clockVerdict: () => watch.verdict(now(), steady()),
  };
}

function statusOf(
  node: GossipNode,
  traffic: { readonly sent: number; readonly received: number },
): GossipStatus {
  return {
    bytesSent: traffic.sent,
    bytesReceived: traffic.received,
    rounds: node.protocol.rounds,
    syncs: node.exchanges.counters.syncs,
    failures: node.exchanges.counters.failures,
    entriesReceived: node.intake.counters.received,
    entriesSent: node.exchanges.counters.sent,
    entriesRejected: node.intake.counters.rejected,
    backlog: node.protocol.push.backlog,
    lagMs: node.intake.lagMs(),
  };
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Goes on whatever the wall clock is set to, ms. */
function steady(): number {
  return performance.now();
}

/** The system's own resolver, every address of a name. */
export async function resolveAll(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}
