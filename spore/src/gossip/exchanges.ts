/**
 * The calls a spore makes: comparing, copying a log, pushing, announcing, asking, listening. Each tells the protocol
 * how it went, and each ends, whatever the peer does.
 */
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { err, type Result } from "@synapse/shared/result.ts";
import { KEY_CHARS } from "../replica/sketch.ts";
import { idsOfKeys, takeWithin } from "./anti-entropy.ts";
import type { Collection } from "./collection.ts";
import type { Intake } from "./intake.ts";
import type { GossipEvent } from "./protocol.ts";
import { BEHIND_COUNT_MIN, type Call, PUT_BYTES_MAX, put, reconcile, takeCertified } from "./reconcile.ts";
import type { GossipReplica } from "./replica-port.ts";
import {
  bytesToHexList,
  hexListToBytes,
  ITEMS_MAX,
  type Item,
  KEY_BYTES,
  type Kind,
  type Reply,
  type Request_,
  SCOPES,
  type Scope,
  scopeFromWire,
  scopeToWire,
  toItem,
  WIRE_VERSION,
} from "./wire.ts";

export interface CallError {
  readonly kind: "unreachable" | "refused" | "invalid_reply" | "not_admitted" | "wrong_key" | "not_welcome";
  readonly message: string;
  readonly retryAfterMs: number | null;
}

/** What gossip needs of the network. Every promise settles: a call has its own time limit. */
export interface Network {
  call<K extends Kind>(
    peer: PublicKey,
    url: string,
    kind: K,
    message: Request_<K>,
  ): Promise<Result<Reply<K>, CallError>>;
  /** Greets whoever answers at the URL, hands over its card, and says its key. */
  hello(url: string): Promise<Result<PublicKey, CallError>>;
}

/** When a log is copied instead of compared, and in which steps. */
export interface LogCopying {
  /** By how many entries the peer has to be ahead. */
  readonly behindMin: number;
  /** Entries in one page, ITEMS_MAX at most. */
  readonly pageItems: number;
}

/** A page of a peer's log, and where it was asked to begin; null once the log is not read any further. */
type LogPage = {
  readonly after: number;
  readonly reply: Result<Reply<"log">, CallError>;
} | null;

/** What has come of copying a log so far. */
interface LogCopy {
  stored: number;
  isBroken: boolean;
}

const LOG_COPYING: LogCopying = { behindMin: BEHIND_COUNT_MIN, pageItems: ITEMS_MAX };

export interface ExchangeDeps {
  readonly replica: GossipReplica;
  readonly cards: Collection;
  readonly intake: Intake;
  readonly network: Network;
  readonly urlOf: (peer: PublicKey) => string | null;
  /** Keeps news for a peer that cannot be called. */
  readonly tell: (peer: PublicKey, scope: SharedLabel, keys: readonly string[]) => void;
  /** Has the peer read this spore's log of the scope a moment ago? */
  readonly isCopying: (peer: PublicKey, scope: Scope) => boolean;
  readonly emit: (event: GossipEvent) => void;
  readonly logCopy?: LogCopying;
  readonly steady: () => number;
  readonly random: () => number;
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

const v = WIRE_VERSION;
/** Batches of pages of a log in hand: one is written, one checked, and one waits, so that the threads that check never do. */
const BATCHES_IN_HAND = 3;
/** Pages on their way or waiting to be taken, a megabyte each: this spore never waits for the peer, nor the peer for it. */
const PAGES_AHEAD = 3;
/** Pages stored together: the more entries in one durable batch, the less each of them writes. */
const PAGES_PER_BATCH = 2;
/** A page without an entry of the scope is part of somebody's private work, or of a trick to keep us busy. */
const EMPTY_PAGE_COST = 100;
/** A difference that stays as it is so often is settled: what one side refuses or hides, hurrying does not bring. */
const IDLE_SYNCS_MAX = 5;

export class Exchanges {
  readonly counters = { sent: 0, syncs: 0, failures: 0 };
  private readonly deps: ExchangeDeps;
  private readonly logCopy: LogCopying;
  /** Up to where a peer's log was taken, by scope and peer. */
  private readonly logPositions = new Map<string, number>();
  /** How much a peer counted when its log had nothing new: what it hides or this spore refuses is not asked for again. */
  private readonly exhaustedLogs = new Map<string, number>();
  /** Comparisons in a row that found a difference and moved nothing, by scope and peer. */
  private readonly idleSyncs = new Map<string, number>();

  constructor(deps: ExchangeDeps) {
    this.deps = deps;
    this.logCopy = deps.logCopy ?? LOG_COPYING;
  }

  async sync(peer: PublicKey, scope: Scope, looksEqual: boolean): Promise<void> {
    const { deps } = this;
    const name = `${scope} ${peer}`;
    let outcome: "equal" | "changed" | "failed" = "failed";
    try {
      // It lacks most of what is here and will compare when it has read the log. Every root asked for meanwhile, here or
      // there, would cost it the rehashing of all that has just arrived.
      if (deps.isCopying(peer, scope)) {
        outcome = "changed";
        return;
      }
      this.counters.syncs++;
      const own = scope === "card" ? deps.cards : deps.intake.collection(scope, { peer, rumour: false });
      const call = this.callerOf(peer);
      const nonce = () => Uint8Array.from({ length: 8 }, () => Math.floor(deps.random() * 256));
      const { behindMin } = this.logCopy;
      const peerCopies = () => deps.isCopying(peer, scope);
      const options = { nonce, peerCopies, behindMin };
      const copyFrom = (this.exhaustedLogs.get(name) ?? Number.NEGATIVE_INFINITY) + behindMin;
      let session = await reconcile(own, call, { looksEqual, ...options, copyFrom });
      if (!session.ok) return;
      if (session.value.status === "behind" && scope !== "card") {
        const { theirCount } = session.value;
        const copied = await this.copyLog(peer, own, call, theirCount);
        if (copied === "broken") return;
        if (copied === "some") {
          outcome = "changed";
          this.idleSyncs.delete(name);
          return;
        }
        // What it counts and does not list is its own affair; what is listed nowhere else may still be found and given.
        session = await reconcile(own, call, {
          looksEqual: false,
          ...options,
          copyFrom: Number.POSITIVE_INFINITY,
        });
        if (!session.ok) return;
        if (session.value.received > 0) this.logPositions.delete(name);
        else this.exhaustedLogs.set(name, theirCount);
      }
      const { status, hostile, sent, received } = session.value;
      this.counters.sent += sent;
      if (hostile > 0) deps.emit({ on: "strike", peer });
      const idle = status === "exchanged" && received + sent === 0 ? (this.idleSyncs.get(name) ?? 0) + 1 : 0;
      this.idleSyncs.set(name, idle);
      outcome = status === "equal" || idle >= IDLE_SYNCS_MAX ? "equal" : "changed";
    } finally {
      // It may have gone while it was compared with.
      if (deps.urlOf(peer) === null) this.forget(peer);
      deps.emit({ on: "synced", peer, scope, outcome });
    }
  }

  /** The peer is gone: nothing is remembered of it. */
  forget(peer: PublicKey): void {
    for (const remembered of [this.logPositions, this.exhaustedLogs, this.idleSyncs])
      for (const scope of SCOPES) remembered.delete(`${scope} ${peer}`);
  }

  /** How many peers' logs and fruitless comparisons are remembered. */
  get remembered(): number {
    return this.logPositions.size + this.exhaustedLogs.size + this.idleSyncs.size;
  }

  /** Fresh entries, whole. */
  async push(peer: PublicKey, scope: SharedLabel, ids: readonly EntryId[]): Promise<void> {
    try {
      await this.putAll(peer, scope, ids);
    } finally {
      this.deps.emit({ on: "flushed", peer, verb: "put" });
    }
  }

  /** Fresh entries, by key; those that the answer asks for follow at once. */
  async announce(peer: PublicKey, scope: SharedLabel, ids: readonly EntryId[]): Promise<void> {
    try {
      const keys = ids.map((id) => id.slice(0, KEY_CHARS));
      if (this.deps.urlOf(peer) === null) {
        this.deps.tell(peer, scope, keys);
        return;
      }
      const message = { v, in: scopeToWire(scope), keys: hexListToBytes(keys) } as const;
      const reply = await this.callerOf(peer)("announce", message);
      if (!reply.ok) return;
      const announced = new Set(keys);
      const wanted = bytesToHexList(reply.value.want, KEY_BYTES).filter((key) => announced.delete(key));
      if (wanted.length > 0) {
        await this.putAll(peer, scope, await idsOfKeys(this.deps.intake.collection(scope, null), wanted));
      }
    } finally {
      this.deps.emit({ on: "flushed", peer, verb: "announce" });
    }
  }

  async ask(peer: PublicKey, scope: SharedLabel, keys: readonly string[]): Promise<void> {
    try {
      const call = this.callerOf(peer);
      const wanted = hexListToBytes(keys.slice(0, ITEMS_MAX));
      const reply = await call("want", { v, in: scopeToWire(scope), keys: wanted, ids: new Uint8Array(0) });
      if (!reply.ok) return;
      const items = reply.value.items.map(([text, signature]) => ({ text, signature }));
      const own = this.deps.intake.collection(scope, { peer, rumour: true });
      const taken = await takeCertified(own, call, items);
      if (taken.ok && taken.value.hostile > 0) this.deps.emit({ on: "strike", peer });
    } finally {
      this.deps.emit({ on: "flushed", peer, verb: "ask" });
    }
  }

  async listen(peer: PublicKey): Promise<void> {
    const { deps } = this;
    try {
      const reply = await this.callerOf(peer)("listen", { v });
      if (!reply.ok) return;
      for (const [wireScope, joined] of reply.value.news) {
        const scope = scopeFromWire(wireScope);
        if (scope === "card") continue;
        const keys = await deps.intake.unknown(scope, bytesToHexList(joined, KEY_BYTES));
        deps.emit({ on: "announced", peer, scope, keys, reply: false });
      }
    } finally {
      deps.emit({ on: "listen_ended", peer });
    }
  }

  async greet(url: string): Promise<void> {
    const result = await this.deps.network.hello(url);
    if (!result.ok) this.deps.log("a seed does not answer", { url, ...result.error });
    this.deps.emit({ on: "greeted", url, peer: result.ok ? result.value : null });
    if (result.ok) this.deps.emit({ on: "heard", peer: result.value });
  }

  /**
   * For a spore that has little: everything in the peer's order, the next pages on their way while one is stored.
   * @returns "broken" where nothing came of it for a reason that passes: the way, or this spore's own disk.
   */
  private async copyLog(
    peer: PublicKey,
    own: Collection,
    call: Call<CallError>,
    theirCount: number,
  ): Promise<"some" | "nothing" | "broken"> {
    const name = `${own.scope} ${peer}`;
    let after = this.logPositions.get(name) ?? 0;
    const pages = this.readAhead(own, call, after);
    /** Batches being checked and stored, in the order of the log. */
    const taking: Promise<boolean>[] = [];
    const copy: LogCopy = { stored: 0, isBroken: false };
    let batch: Item[][] = [];
    const takeBatch = () => {
      const upTo = after;
      const taken = this.takePages(peer, own, call, batch.flat(), copy, taking.at(-1)).then((isTaken) => {
        if (isTaken) this.logPositions.set(name, upTo);
        return isTaken;
      });
      taking.push(taken);
      batch = [];
    };
    // The peer said how much there is; one that never ends its log is left.
    for (let left = theirCount + ITEMS_MAX; left > 0; ) {
      const page = await pages.next();
      if (page === null) break;
      if (!page.reply.ok) copy.isBroken = true;
      // Sequence numbers count entries of every label, so a page may be empty and still lead on.
      if (!page.reply.ok || page.reply.value.seq <= after) break;
      const { items, seq } = page.reply.value;
      after = seq;
      batch.push(items);
      left -= Math.max(items.length, EMPTY_PAGE_COST);
      if (batch.length < PAGES_PER_BATCH) continue;
      takeBatch();
      if (taking.length === BATCHES_IN_HAND && !(await taking.shift())) break;
    }
    if (batch.length > 0) takeBatch();
    await Promise.all([...taking, pages.end()]);
    if (copy.stored > 0) return "some";
    return copy.isBroken ? "broken" : "nothing";
  }

  /** The pages of a peer's log in order, each asked for as soon as the one before it has come. */
  private readAhead(own: Collection, call: Call<CallError>, from: number) {
    let isOver = false;
    const read = async (after: number): Promise<LogPage> => {
      const request = { v, in: scopeToWire(own.scope), after, limit: this.logCopy.pageItems } as const;
      return { after, reply: await call("log", request) };
    };
    const follow = (page: LogPage): Promise<LogPage> | null =>
      isOver || !page?.reply.ok || page.reply.value.seq <= page.after ? null : read(page.reply.value.seq);
    let last = read(from);
    const ahead = [last];
    return {
      async next(): Promise<LogPage> {
        while (ahead.length < PAGES_AHEAD) {
          last = last.then(follow);
          ahead.push(last);
        }
        return (await ahead.shift()) ?? null;
      },
      /** Resolves when nothing is on its way any more. */
      async end(): Promise<void> {
        isOver = true;
        await Promise.all(ahead);
      },
    };
  }

  /**
   * @param before the batch before this one: where it failed, this one does not count as taken either.
   * @returns true where the batch need not be read again.
   */
  private async takePages(
    peer: PublicKey,
    own: Collection,
    call: Call<CallError>,
    items: readonly Item[],
    copy: LogCopy,
    before: Promise<boolean> | undefined,
  ): Promise<boolean> {
    const untrusted = items.map(([text, signature]) => ({ text, signature }));
    const taken = await takeCertified(own, call, untrusted);
    if (!taken.ok) {
      copy.isBroken = true;
      return false;
    }
    const { stored, hostile, unsettled } = taken.value;
    copy.stored += stored;
    if (unsettled > 0) copy.isBroken = true;
    if (hostile > 0) this.deps.emit({ on: "strike", peer });
    return hostile === 0 && unsettled === 0 && ((await before) ?? true);
  }

  private async putAll(peer: PublicKey, scope: SharedLabel, ids: readonly EntryId[]): Promise<void> {
    const own = this.deps.intake.collection(scope, null);
    const call = this.callerOf(peer);
    let rest = await own.items(ids);
    while (rest.length > 0) {
      const batch = takeWithin(rest, PUT_BYTES_MAX);
      const result = await put(own, call, batch.map(toItem), true);
      if (!result.ok) return;
      this.counters.sent += batch.length;
      rest = rest.slice(batch.length);
    }
  }

  private callerOf(peer: PublicKey): Call<CallError> {
    return async (kind, message) => {
      const { deps } = this;
      const url = deps.urlOf(peer);
      if (url === null)
        return err({ kind: "unreachable", message: "the peer has no URL", retryAfterMs: null });
      const startedAt = deps.steady();
      const reply = await deps.network.call(peer, url, kind, message);
      if (reply.ok) {
        // A `listen` is held open on purpose: its time says nothing about the way.
        deps.emit({ on: "reached", peer, latencyMs: kind === "listen" ? null : deps.steady() - startedAt });
      } else {
        this.counters.failures++;
        deps.emit({ on: "failed", peer, retryAfterMs: reply.error.retryAfterMs });
        deps.log("a call failed", { peer, call: kind, error: reply.error });
      }
      return reply;
    };
  }
}
