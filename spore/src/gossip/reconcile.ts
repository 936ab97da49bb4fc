/**
 * The asking half of anti-entropy: one session with one peer over one set, until equal or out of calls.
 *
 *   compare ─ equal ─▶ done
 *           ├ diff ──▶ take the items, ask for those that did not fit, give what the peer wants
 *           ├ sketch ▶ decode here (asking for more symbols where needed), then ask and give
 *           └ split ─▶ descend the trie, leaf by leaf, then ask and give
 *
 * Invariants:
 * 1. At most COMPARE_CALLS_MAX comparing and TRANSFER_CALLS_MAX carrying calls; what is left goes on next round,
 *    from sets that are nearer to each other.
 * 2. Whatever the peer answers, nothing is stored but what `Collection.take` accepts.
 */
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { ok, type Result } from "@synapse/shared/result.ts";
import { sameBytes } from "../replica/merkle-index.ts";
import { type Decoded, SYMBOL_BYTES } from "../replica/sketch.ts";
import {
  decodeWith,
  FIRST_SYMBOLS,
  idOf,
  idsOfKeys,
  printOf,
  symbolsFor,
  takeWithin,
} from "./anti-entropy.ts";
import type { Collection } from "./collection.ts";
import type { UntrustedItem } from "./replica-port.ts";
import {
  bytesToHexList,
  CERTIFICATES_MAX,
  hexListToBytes,
  ID_BYTES,
  ITEMS_MAX,
  type Item,
  KEY_BYTES,
  type Kind,
  NODES_MAX,
  PRINT_BYTES,
  REQUEST_BYTES_MAX,
  type Reply,
  type Request_,
  scopeToWire,
  toItem,
  WIRE_VERSION,
} from "./wire.ts";

const COMPARE_CALLS_MAX = 12;
/** 64 replies of 1 MiB: what one session may move before others get their turn. */
const TRANSFER_CALLS_MAX = 64;
/** Items of one `put`, leaving room for certificates and framing in a request. */
export const PUT_BYTES_MAX = REQUEST_BYTES_MAX - 128 * 1024;
/** Certificates of one `put`: 256 of them at 400 bytes fit into the room left. */
const PUT_CERTIFICATES_MAX = 200;
/** A set this much larger than ours is copied from its log, which costs no comparing at all. */
export const BEHIND_COUNT_MIN = 1_000;
const BEHIND_RATIO = 1.25;
/** When a sketch does not decode, a quarter more symbols; rateless, so only the new ones travel. */
const EXTEND_RATIO = 1.25;

export type Call<E> = <K extends Kind>(kind: K, message: Request_<K>) => Promise<Result<Reply<K>, E>>;

export interface SessionReport {
  readonly status: "equal" | "exchanged" | "behind" | "ahead";
  readonly received: number;
  readonly sent: number;
  /** Items that no honest spore could have sent. */
  readonly hostile: number;
  readonly theirCount: number;
}

export interface SessionOptions {
  /** The sets were equal last time: ask with the root alone. */
  readonly looksEqual: boolean;
  /** Is the peer reading this spore's log just now? What it lacks is on its way then, and would be sent twice. */
  readonly peerCopies?: () => boolean;
  /** 8 fresh random bytes for each call that sends prints. */
  readonly nonce: () => Uint8Array;
  /** By how many entries the peer has to be ahead for its log to be copied. */
  readonly behindMin?: number;
  /** And how many it has to have at least; `Infinity`: compare whatever it takes. */
  readonly copyFrom?: number;
}

export function reconcile<E>(
  own: Collection,
  call: Call<E>,
  options: SessionOptions,
): Promise<Result<SessionReport, E>> {
  return new Session(own, call, options).run();
}

/** Takes items and fetches the certificates their authors need. @returns the report of everything taken. */
export async function takeCertified<E>(own: Collection, call: Call<E>, items: readonly UntrustedItem[]) {
  const first = await own.take(items, []);
  if (first.missing.length === 0) return ok(first);
  const reply = await call("certificates", {
    v: WIRE_VERSION,
    keys: first.missing.slice(0, CERTIFICATES_MAX),
  });
  if (!reply.ok) return reply;
  const again = await own.take(items, reply.value.certs);
  return ok({ ...again, stored: first.stored + again.stored });
}

class Session<E> {
  private received = 0;
  private sent = 0;
  private hostile = 0;
  private theirCount = 0;
  private comparesLeft = COMPARE_CALLS_MAX;
  private transfersLeft = TRANSFER_CALLS_MAX;
  private readonly in: number;
  private readonly own: Collection;
  private readonly call: Call<E>;
  private readonly options: SessionOptions;

  constructor(own: Collection, call: Call<E>, options: SessionOptions) {
    this.own = own;
    this.call = call;
    this.options = options;
    this.in = scopeToWire(own.scope);
  }

  async run(): Promise<Result<SessionReport, E>> {
    const { index } = this.own;
    const root = Buffer.from(await index.root(), "hex");
    const sym = index.sketch.encode(0, Math.min(FIRST_SYMBOLS, index.sketch.length));
    this.comparesLeft--;
    const request = { v: WIRE_VERSION, in: this.in, root, n: index.count } as const;
    const reply = await this.call("compare", this.options.looksEqual ? request : { ...request, sym });
    if (!reply.ok) return reply;
    const found = reply.value;
    if (found.is === "equal") return ok(this.report("equal"));
    this.theirCount = found.n;
    if (found.is === "diff") return this.finish(await this.exchangeDiff(found));
    if (this.own.scope !== "card" && this.isFarBehind(found.n)) return ok(this.report("behind"));
    if (this.isFetchedAnyway()) return ok(this.report("ahead"));
    if (found.is === "split") return this.finish(await this.descend());
    const decoded = await this.decode(found.sym);
    if (!decoded.ok) return decoded;
    // Roots differ, yet the sketches agree or never decode: the trie finds what they hide.
    if (decoded.value === null || decoded.value.mine.length + decoded.value.theirs.length === 0) {
      return this.finish(await this.descend());
    }
    const fetched = await this.fetch(decoded.value.theirs, []);
    if (!fetched.ok) return fetched;
    return this.finish(await this.give(await idsOfKeys(this.own, decoded.value.mine)));
  }

  private isFarBehind(theirCount: number): boolean {
    if (theirCount <= (this.options.copyFrom ?? 0)) return false;
    return isFarBehind(this.own.index.count, theirCount, this.options.behindMin);
  }

  /** Asked again before each transfer: both sides begin at once when they meet, and the copying starts meanwhile. */
  private isFetchedAnyway(): boolean {
    if (this.options.peerCopies?.() !== true) return false;
    return isFarBehind(this.theirCount, this.own.index.count, this.options.behindMin);
  }

  private report(status: SessionReport["status"]): SessionReport {
    return {
      status,
      received: this.received,
      sent: this.sent,
      hostile: this.hostile,
      theirCount: this.theirCount,
    };
  }

  private finish(result: Result<unknown, E>): Result<SessionReport, E> {
    return result.ok ? ok(this.report(this.isFetchedAnyway() ? "ahead" : "exchanged")) : result;
  }

  private async exchangeDiff(diff: Reply<"compare"> & { is: "diff" }): Promise<Result<unknown, E>> {
    const taken = await this.take(diff.items);
    if (!taken.ok) return taken;
    const fetched = await this.fetch(bytesToHexList(diff.have, KEY_BYTES), []);
    if (!fetched.ok) return fetched;
    return this.give(await idsOfKeys(this.own, bytesToHexList(diff.want, KEY_BYTES)));
  }

  /** Decodes the peer's symbols against ours, asking for more while that may help. Null where it does not. */
  private async decode(first: Uint8Array): Promise<Result<Decoded | null, E>> {
    const { sketch } = this.own.index;
    let theirs = first;
    for (;;) {
      const decoded = decodeWith(sketch, theirs);
      if (decoded !== null) return ok(decoded);
      const from = theirs.byteLength / SYMBOL_BYTES;
      const estimate = sketch.minus(theirs.subarray(0, sketch.length * SYMBOL_BYTES)).estimate();
      const needed = Math.max(symbolsFor(estimate), Math.ceil(from * EXTEND_RATIO));
      const to = Math.min(needed, sketch.length);
      if (to <= from || needed > 1.5 * sketch.length || this.comparesLeft-- <= 0) return ok(null);
      const reply = await this.call("sketch", { v: WIRE_VERSION, in: this.in, from, to });
      if (!reply.ok) return reply;
      if (reply.value.sym.byteLength !== (to - from) * SYMBOL_BYTES) return ok(null);
      theirs = Buffer.concat([theirs, reply.value.sym]);
    }
  }

  private async descend(): Promise<Result<unknown, E>> {
    const wanted: EntryId[] = [];
    const given: EntryId[] = [];
    // Deepest first, so that a session which runs out of calls has finished some leaves.
    const frontier: string[] = [""];
    while (frontier.length > 0 && !this.isFetchedAnyway() && this.comparesLeft-- > 0) {
      const asked = frontier.splice(-NODES_MAX);
      const open = new Set(asked);
      const nonce = this.options.nonce();
      const nodes: [string, Uint8Array][] = [];
      for (const prefix of asked)
        nodes.push([prefix, printOf(nonce, (await this.own.index.node(prefix)).digest)]);
      const reply = await this.call("descend", { v: WIRE_VERSION, in: this.in, nonce, nodes });
      if (!reply.ok) return reply;
      frontier.push(...asked.slice(reply.value.done));
      for (const [prefix, leaf, bytes] of reply.value.nodes) {
        if (!open.delete(prefix)) continue;
        if (leaf === 0) frontier.push(...(await this.differing(prefix, nonce, bytes)));
        else await this.compareLeaf(prefix, bytesToHexList(bytes, ID_BYTES) as EntryId[], wanted, given);
      }
    }
    const fetched = await this.fetch([], wanted);
    return fetched.ok ? this.give(given) : fetched;
  }

  private async differing(prefix: string, nonce: Uint8Array, prints: Uint8Array): Promise<string[]> {
    const children = await this.own.index.children(prefix);
    return children.flatMap((child, nibble) => {
      const theirs = prints.subarray(nibble * PRINT_BYTES, (nibble + 1) * PRINT_BYTES);
      return sameBytes(printOf(nonce, child.digest), theirs) ? [] : [prefix + nibble.toString(16)];
    });
  }

  private async compareLeaf(prefix: string, theirs: readonly EntryId[], wanted: EntryId[], given: EntryId[]) {
    const mine = new Set(await this.own.idsByPrefix(prefix));
    for (const id of theirs) if (!mine.delete(id) && id.startsWith(prefix)) wanted.push(id);
    given.push(...mine);
  }

  private async fetch(keys: readonly string[], ids: readonly EntryId[]): Promise<Result<unknown, E>> {
    const byKey = ids.length === 0;
    let pending: readonly string[] = byKey ? keys : ids;
    while (pending.length > 0 && this.transfersLeft-- > 0) {
      const batch = pending.slice(0, ITEMS_MAX);
      const joined = hexListToBytes(batch);
      const none = new Uint8Array(0);
      const ask = {
        v: WIRE_VERSION,
        in: this.in,
        keys: byKey ? joined : none,
        ids: byKey ? none : joined,
      } as const;
      const reply = await this.call("want", ask);
      if (!reply.ok) return reply;
      const { items, more } = reply.value;
      const taken = await this.take(items);
      if (!taken.ok) return taken;
      const arrived = new Set(
        items.map(([text]) => idOf({ text }).slice(0, byKey ? KEY_BYTES * 2 : undefined)),
      );
      // What the peer does not send although it could is not asked for again in this session.
      const rest = more && arrived.size > 0 ? batch.filter((id) => !arrived.has(id)) : [];
      pending = [...rest, ...pending.slice(ITEMS_MAX)];
    }
    return ok(undefined);
  }

  private async take(items: readonly Item[]): Promise<Result<unknown, E>> {
    if (items.length === 0) return ok(undefined);
    const untrusted = items.map(([text, signature]) => ({ text, signature }));
    const report = await takeCertified(this.own, this.call, untrusted);
    if (!report.ok) return report;
    this.received += report.value.stored;
    this.hostile += report.value.hostile;
    return ok(undefined);
  }

  private async give(ids: readonly EntryId[]): Promise<Result<unknown, E>> {
    for (let at = 0; at < ids.length && !this.isFetchedAnyway(); at += ITEMS_MAX) {
      let portables = await this.own.items(ids.slice(at, at + ITEMS_MAX));
      while (portables.length > 0 && !this.isFetchedAnyway() && this.transfersLeft-- > 0) {
        const batch = takeWithin(portables, PUT_BYTES_MAX);
        const result = await put(this.own, this.call, batch.map(toItem), false);
        if (!result.ok) return result;
        this.sent += batch.length;
        portables = portables.slice(batch.length);
      }
    }
    return ok(undefined);
  }
}

/** Cards have no log to copy: however many there are, comparing finds them. */
function isFarBehind(ownCount: number, theirCount: number, behindMin = BEHIND_COUNT_MIN): boolean {
  return theirCount > Math.max(ownCount * BEHIND_RATIO, ownCount + behindMin);
}

/** Puts items, and once more with certificates where the peer lacks their authors'. */
export async function put<E>(
  own: Collection,
  call: Call<E>,
  items: Item[],
  rumour: boolean,
): Promise<Result<Reply<"put">, E>> {
  const message = { v: WIRE_VERSION, in: scopeToWire(own.scope), items, rumour } as const;
  const first = await call("put", { ...message, certs: [] });
  if (!first.ok || first.value.missing.length === 0) return first;
  const keys = first.value.missing.slice(0, PUT_CERTIFICATES_MAX) as PublicKey[];
  return call("put", { ...message, certs: [...(await own.certificates(keys))] });
}
