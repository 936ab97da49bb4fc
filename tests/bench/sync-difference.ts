/**
 * What it costs two spores to find out how their sets differ: bytes both ways and calls, by the real protocol code and
 * the real encoder, without entry bodies. Exact and repeatable: ids are hashes of numbers, and nothing is timed but CPU.
 *
 * The bound is 32 bytes a difference: an id has to travel. Beside it the figures of negentropy (range-based set
 * reconciliation; its JavaScript, measured apart on sets of the same sizes, ids spread in time as ours are).
 */
import { createHash } from "node:crypto";
import type { EntryId } from "@synapse/shared/ids.ts";
import { ok } from "@synapse/shared/result.ts";
import {
  answerCompare,
  answerDescend,
  answerSketch,
  answerWant,
} from "@synapse/spore/gossip/anti-entropy.ts";
import { encodeBody } from "@synapse/spore/gossip/body.ts";
import type { Collection } from "@synapse/spore/gossip/collection.ts";
import { type Call, reconcile } from "@synapse/spore/gossip/reconcile.ts";
import type { Portable } from "@synapse/spore/gossip/wire.ts";
import { SetIndex } from "@synapse/spore/replica/set-index.ts";
import { insertSorted, prefixed } from "../support/sorted-ids.ts";

const SIGNATURE = "A".repeat(86);

const SESSIONS_MAX = 5;

/** Bytes both ways and round trips of negentropy's JavaScript at (n, d). */
const NEGENTROPY: Readonly<Record<string, readonly [bytes: number, trips: number]>> = {
  "100000/10": [13_600, 2],
  "100000/1000": [783_000, 2],
  "1000000/0": [338, 1],
  "1000000/1": [2_357, 3],
  "1000000/10": [18_960, 3],
  "1000000/100": [166_000, 3],
  "1000000/1000": [1_370_000, 3],
  "1000000/10000": [10_500_000, 3],
};

export interface DifferenceCost {
  readonly n: number;
  readonly d: number;
  /** Both ways, without items. */
  readonly bytes: number;
  /** Calls until everything that was lacking had arrived on both sides. */
  readonly calls: number;
  /** Of these, calls that compare; the others carry entries. */
  readonly comparing: number;
  readonly cpuMs: number;
  readonly negentropy: readonly [bytes: number, trips: number] | null;
}

/** A set in memory whose members are a shared, sorted list and a few of its own. */
class BenchSet implements Collection {
  readonly scope = "public";
  readonly index: SetIndex;
  private readonly common: readonly EntryId[];
  private readonly own: EntryId[] = [];
  private readonly texts = new Map<EntryId, string>();

  constructor(common: readonly EntryId[], checkpoint: Uint8Array | null) {
    this.common = common;
    this.index = new SetIndex((prefix) => this.idsByPrefix(prefix));
    if (checkpoint === null) for (const id of common) this.index.insert(id);
    else if (!this.index.restore(checkpoint)) throw new Error("the checkpoint does not fit");
  }

  add(text: string): void {
    const id = idOf(text);
    if (this.texts.has(id)) return;
    this.texts.set(id, text);
    insertSorted(this.own, id);
    this.index.insert(id);
  }

  async idsByPrefix(prefix: string): Promise<EntryId[]> {
    const own = prefixed(this.own, prefix);
    const common = prefixed(this.common, prefix);
    return own.length === 0 ? common : [...common, ...own].sort();
  }

  async items(ids: readonly EntryId[]): Promise<Portable[]> {
    return ids.flatMap((id) => {
      const text = this.texts.get(id);
      return text === undefined ? [] : [{ text, signature: SIGNATURE } as unknown as Portable];
    });
  }

  async take(items: readonly { readonly text: string }[]) {
    for (const { text } of items) this.add(text);
    return { stored: items.length, known: 0, rejected: 0, hostile: 0, unsettled: 0, missing: [] };
  }

  async certificates() {
    return [];
  }
}

/** Half of the differences on each side, so that what was found also has to be given back. */
export async function* measureDifferences(
  n: number,
  differences: readonly number[],
): AsyncGenerator<DifferenceCost> {
  const common = Array.from({ length: n }, (_, i) => idOf(`common ${i}`)).sort();
  const base = new BenchSet(common, null);
  await base.index.root();
  const { bytes } = await base.index.snapshot(() => 0);
  for (const d of differences) {
    const [one, other] = [new BenchSet(common, bytes), new BenchSet(common, bytes)];
    for (let i = 0; i < d; i++) (i % 2 === 0 ? one : other).add(`different ${i}`);
    yield await measure(one, other, n, d);
  }
}

async function measure(one: BenchSet, other: BenchSet, n: number, d: number): Promise<DifferenceCost> {
  const cost = { bytes: 0, calls: 0, comparing: 0 };
  const answers: Record<string, (message: never) => unknown> = {
    compare: (message) => answerCompare(other, message),
    sketch: (message) => answerSketch(other, message),
    descend: (message) => answerDescend(other, message),
    want: (message) => answerWant(other, message),
    async put({ items }: { items: [string, string][] }) {
      const { stored } = await other.take(items.map(([text]) => ({ text })));
      return { stored, known: 0, rejected: 0, missing: [] };
    },
  };
  const call = (async (kind: string, message: object) => {
    cost.calls++;
    if (kind === "compare" || kind === "sketch" || kind === "descend") cost.comparing++;
    const reply = (await answers[kind]?.(message as never)) as object;
    for (const part of [message, reply]) cost.bytes += bytesWithoutItems(part);
    return ok(reply);
  }) as Call<never>;
  // Both were rehashed when the entries came, not when the question does.
  await Promise.all([one.index.root(), other.index.root()]);
  const before = process.cpuUsage();
  let drawn = 0;
  const nonce = () => Uint8Array.from({ length: 8 }, () => drawn++ & 0xff);
  // One session moves so much and no more; what is left goes on in the next one, and counts too.
  for (let session = 0; session < SESSIONS_MAX; session++) {
    const result = await reconcile(one, call, { looksEqual: d === 0, nonce });
    if (!result.ok) throw new Error("a session failed");
    if ((await one.index.root()) === (await other.index.root())) break;
    if (session === SESSIONS_MAX - 1) throw new Error(`not equal at n ${n}, d ${d}`);
  }
  const { user, system } = process.cpuUsage(before);
  return { n, d, ...cost, cpuMs: (user + system) / 1_000, negentropy: NEGENTROPY[`${n}/${d}`] ?? null };
}

function bytesWithoutItems(message: object): number {
  const bare = "items" in message ? { ...message, items: [] } : message;
  return encodeBody(bare, false).bytes.byteLength;
}

function idOf(text: string): EntryId {
  return createHash("sha256").update(text).digest("hex") as EntryId;
}
