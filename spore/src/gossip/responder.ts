/**
 * Answers the messages of peers whose signature has been checked.
 *
 * Invariants:
 * 1. `cluster` is answered only to spores of the same operator.
 * 2. An answer depends on this spore's sets and the message alone; what a caller said before changes nothing, but for
 *    the news kept for a listener.
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { answerCompare, answerDescend, answerSketch, answerWant, takeWithin } from "./anti-entropy.ts";
import type { Collection } from "./collection.ts";
import type { Intake } from "./intake.ts";
import type { GossipEffect, GossipEvent } from "./protocol.ts";
import type { GossipReplica } from "./replica-port.ts";
import {
  bytesToHexList,
  hexListToBytes,
  ITEMS_MAX,
  KEY_BYTES,
  type Kind,
  LISTEN_MS,
  REPLY_PAYLOAD_BYTES_MAX,
  type Reply,
  type Request_,
  SCOPES,
  type Scope,
  scopeFromWire,
  scopeToWire,
  toItem,
} from "./wire.ts";

export interface ResponderDeps {
  readonly replica: GossipReplica;
  readonly collections: Readonly<Record<Scope, Collection>>;
  readonly intake: Intake;
  readonly steady: () => number;
  readonly schedule: (at: number, run: () => void) => () => void;
  readonly step: (event: GossipEvent) => readonly GossipEffect[];
}

export interface Refusal {
  readonly kind: "forbidden" | "invalid" | "busy";
  readonly message: string;
}

type Answers = { [K in Kind]: (message: Request_<K>, caller: Certificate) => Promise<Reply<K> | null> };

/** What a signature and the framing add to an item's text, at most. */
const ITEM_FRAME_BYTES = 100;
/** News kept for a listener between two of its calls. */
const NEWS_MAX = 1_000;
/** Whoever copies a log asks for its next page within this: a page is stored in a fraction of it, over any link. */
const COPYING_MS = 15_000;
/** Copying peers remembered; beyond it all are forgotten, and may be sent a few entries twice. */
const COPYING_MAX = 1_000;
/** Other operators' spores that nobody can call, listening here at the same time; one's own always find a place. */
const LISTENERS_MAX = 64;
/** Of one other operator: more laptops than a house has, and no house can take every place. */
const LISTENERS_OF_OPERATOR_MAX = 8;

interface Listener {
  readonly operator: PublicKey;
  readonly end: () => void;
}

export class Responder {
  private readonly deps: ResponderDeps;
  private readonly listeners = new Map<PublicKey, Listener>();
  private readonly news = new Map<PublicKey, Map<string, SharedLabel>>();
  /** When a peer last read the log of a scope, steady ms. */
  private readonly copying = new Map<string, number>();
  private readonly answers: Answers;

  constructor(deps: ResponderDeps) {
    this.deps = deps;
    const own = (message: { in: number }) => deps.collections[scopeFromWire(message.in)];
    this.answers = {
      // A greeting proves a URL, so it is answered where URLs exist: in the HTTP handler.
      hello: async () => null,
      compare: (message) => answerCompare(own(message), message),
      sketch: async (message) => answerSketch(own(message), message),
      descend: (message) => answerDescend(own(message), message),
      want: (message) => answerWant(own(message), message),
      put: (message, { spore }) => this.put(message, spore),
      announce: (message, { spore }) => this.announce(message, spore),
      log: (message, { spore }) => this.log(message, spore),
      certificates: async ({ keys }) => ({ certs: [...(await deps.replica.certificates(keys))] }),
      listen: (_, caller) => this.listen(caller),
    };
  }

  async answer<K extends Kind>(
    caller: Certificate,
    kind: K,
    message: Request_<K>,
  ): Promise<Result<Reply<K>, Refusal>> {
    const isCluster = "in" in message && scopeFromWire(message.in) === "cluster";
    if (isCluster && caller.operator !== this.deps.replica.self.operator) {
      return err({ kind: "forbidden", message: "cluster entries stay with their operator's spores" });
    }
    if (kind === "listen" && this.isFull(caller))
      return err({ kind: "busy", message: "as many spores listen here as may" });
    const reply = await this.answers[kind](message, caller);
    return reply === null
      ? err({ kind: "invalid", message: `${kind}: there is nothing to answer` })
      : ok(reply);
  }

  /** Keeps news for a spore that cannot be called and ends its open `listen`. */
  tell(peer: PublicKey, scope: SharedLabel, keys: readonly string[]): void {
    const waiting = this.news.get(peer) ?? new Map<string, SharedLabel>();
    this.news.set(peer, waiting);
    for (const key of keys) if (waiting.size < NEWS_MAX) waiting.set(key, scope);
    this.listeners.get(peer)?.end();
  }

  /** The peer is gone: nothing is kept for it. */
  forget(peer: PublicKey): void {
    this.news.delete(peer);
    for (const scope of SCOPES) this.copying.delete(`${scope} ${peer}`);
    this.listeners.get(peer)?.end();
  }

  /** For how many peers something is kept. */
  get remembered(): number {
    return this.news.size + this.copying.size;
  }

  /** Has the peer read the log of this scope a moment ago? */
  isCopying(peer: PublicKey, scope: Scope): boolean {
    const at = this.copying.get(`${scope} ${peer}`);
    return at !== undefined && this.deps.steady() - at < COPYING_MS;
  }

  close(): void {
    for (const { end } of this.listeners.values()) end();
  }

  private async put(message: Request_<"put">, caller: PublicKey): Promise<Reply<"put">> {
    const scope = scopeFromWire(message.in);
    const { collections, intake, step } = this.deps;
    const into =
      scope === "card"
        ? collections.card
        : intake.collection(scope, { peer: caller, rumour: message.rumour });
    const items = message.items.map(([text, signature]) => ({ text, signature }));
    const { stored, known, rejected, hostile, missing } = await into.take(items, message.certs);
    if (hostile > 0) step({ on: "strike", peer: caller });
    return { stored, known, rejected, missing: missing.slice(0, ITEMS_MAX) };
  }

  private async announce(
    message: Request_<"announce">,
    caller: PublicKey,
  ): Promise<Reply<"announce"> | null> {
    const scope = scopeFromWire(message.in);
    if (scope === "card") return null;
    const keys = await this.deps.intake.unknown(scope, bytesToHexList(message.keys, KEY_BYTES));
    const effects = this.deps.step({ on: "announced", peer: caller, scope, keys, reply: true });
    const wanted = effects.flatMap((effect) => (effect.do === "ask" && effect.now ? effect.keys : []));
    return { want: hexListToBytes(wanted) };
  }

  private async log(message: Request_<"log">, caller: PublicKey): Promise<Reply<"log"> | null> {
    const scope = scopeFromWire(message.in);
    if (scope === "card") return null;
    const { replica, steady } = this.deps;
    if (this.copying.size >= COPYING_MAX) this.copying.clear();
    this.copying.set(`${scope} ${caller}`, steady());
    const n = replica.index(scope).count;
    const bytesMax = REPLY_PAYLOAD_BYTES_MAX - ITEMS_MAX * ITEM_FRAME_BYTES;
    const page = await replica.log(scope, message.after, message.limit, bytesMax);
    const fitting = takeWithin(page.entries, REPLY_PAYLOAD_BYTES_MAX);
    if (fitting.length === page.entries.length) return { items: fitting.map(toItem), seq: page.seq, n };
    // A page knows the sequence number of its last entry only: read again exactly what fits.
    const cut = await replica.log(scope, message.after, fitting.length);
    return { items: cut.entries.map(toItem), seq: cut.seq, n };
  }

  private async listen(caller: Certificate): Promise<Reply<"listen"> | null> {
    const peer = caller.spore;
    this.listeners.get(peer)?.end();
    this.deps.step({ on: "listening", peer });
    if ((this.news.get(peer)?.size ?? 0) === 0) await this.untilNews(caller);
    const waiting = [...(this.news.get(peer) ?? [])];
    this.news.delete(peer);
    const news: Reply<"listen">["news"] = [];
    for (const scope of ["public", "cluster"] as const) {
      const keys = waiting.filter(([, of]) => of === scope).map(([key]) => key);
      if (keys.length > 0) news.push([scopeToWire(scope), hexListToBytes(keys)]);
    }
    return { news };
  }

  /** A newer call of a listener takes the place of its older one. */
  private isFull({ spore, operator }: Certificate): boolean {
    const own = this.deps.replica.self.operator;
    if (operator === own || this.listeners.has(spore)) return false;
    const foreign = [...this.listeners.values()].filter((one) => one.operator !== own);
    const siblings = foreign.filter((one) => one.operator === operator);
    return foreign.length >= LISTENERS_MAX || siblings.length >= LISTENERS_OF_OPERATOR_MAX;
  }

  private async untilNews({ spore, operator }: Certificate): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.deps.schedule(this.deps.steady() + LISTEN_MS, resolve);
    const listener = { operator, end: resolve };
    this.listeners.set(spore, listener);
    await promise;
    cancel();
    // A newer call of the same spore may have taken the place meanwhile.
    if (this.listeners.get(spore) === listener) this.listeners.delete(spore);
  }
}
