/**
 * The replicated set against the obvious model: whatever the order, however often, in whatever portions the same entries
 * arrive, what is held, what is shown and what is known of each author are the same to the byte.
 *
 * Ten thousand orders go through the pure fold; some hundreds through real replicas with real signatures and libSQL.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { ENTRY_VERSION, type Entry, type SignedEntry } from "@synapse/shared/contract/entry.ts";
import { type EntryId, type PublicKey, type ReplicaId, replicaKey } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import fc from "fast-check";
import { entryIdOf } from "../identity/entry-signature.ts";
import { createKeyPair } from "../identity/keypair.ts";
import { createActor } from "../testing/actor.ts";
import { createCausalContext } from "./causal-context.ts";
import { restoreFolds } from "./checkpoints.ts";
import { digestOfIds } from "./merkle-index.ts";
import { openReplica } from "./open-replica.ts";
import { createVisibility, keptOnDot } from "./or-set.ts";
import { findPaidReplica, PUBLIC_RULE, replicaPrefix } from "./public-rule.ts";

const NOW = Date.UTC(2026, 10, 26, 12);
const RULE = { ...PUBLIC_RULE, workBits: 2 };

/** Two spores of one operator, one of another; the third also forks its history. */
const operators = [createKeyPair(), createKeyPair()] as const;
const actors = [
  createActor("spore-0", operators[0]),
  createActor("spore-1", operators[0]),
  createActor("spore-2", operators[1]),
] as const;
const operatorOf = (spore: PublicKey) =>
  actors.find(({ publicKey }) => publicKey === spore)?.certificate.operator ?? null;

const replicas = actors.map(
  ({ publicKey }) => findPaidReplica(replicaPrefix(publicKey, NOW), RULE.workBits, 0, 100_000) as ReplicaId,
);

/** What somebody wrote: a memory, or a retraction of earlier entries, possibly on a dot that is taken. */
const script = fc.array(
  fc.record({
    author: fc.nat(2),
    retracts: fc.option(fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }), { freq: 2 }),
    forks: fc.boolean(),
  }),
  { minLength: 1, maxLength: 16 },
);
/** Mostly the third one's, and mostly forks. */
const forger = fc.array(
  fc.record({
    author: fc.constantFrom(0, 2, 2, 2),
    retracts: fc.option(fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }), { freq: 1 }),
    forks: fc.constantFrom(true, true, true, false),
  }),
  { minLength: 1, maxLength: 24 },
);
type Script = typeof script extends fc.Arbitrary<infer T> ? T : never;

function write(steps: Script): SignedEntry[] {
  const counters = [0, 0, 0];
  const written: SignedEntry[] = [];
  for (const { author, retracts, forks } of steps) {
    const actor = actors[author] ?? actors[0];
    const isFork = author === 2 && forks && (counters[author] ?? 0) > 0;
    if (!isFork) counters[author] = (counters[author] ?? 0) + 1;
    const targets = [
      ...new Set((retracts ?? []).flatMap((at) => written[at % (written.length || 1)]?.id ?? [])),
    ];
    const body =
      targets.length > 0
        ? { kind: "retraction" as const, body: { targets, reason: "" } }
        : { kind: "memory" as const, body: { content: `note ${written.length}` } };
    const entry = {
      v: ENTRY_VERSION,
      label: "public",
      replica: replicas[author],
      counter: counters[author],
      clock: [NOW + written.length, 0],
      parents: [],
      ...body,
    } as Entry;
    const id = entryIdOf(canonicalJson(entry));
    written.push({ id, entry, signature: actor.key.sign(signingBytes("entry", id)) });
  }
  return written;
}

interface State {
  readonly held: readonly EntryId[];
  readonly visible: readonly EntryId[];
  readonly clock: Readonly<Record<string, number>>;
  readonly beyond: Readonly<Record<string, number>>;
}

/** As slow and as plain as it gets: everything at once, from the definition. */
function model(entries: readonly SignedEntry[]): State {
  const unique = [...new Map(entries.map((one) => [one.id, one])).values()];
  const held = unique.filter(({ id, entry }) => {
    const lower = unique.filter(
      (other) =>
        other.entry.replica === entry.replica && other.entry.counter === entry.counter && other.id < id,
    );
    return lower.length < 2;
  });
  const visible = held.filter(({ id, entry }) => {
    const author = replicaKey(entry.replica);
    return !held.some((other) => {
      if (other.entry.kind !== "retraction" || !other.entry.body.targets.includes(id)) return false;
      const retractor = replicaKey(other.entry.replica);
      return retractor === author || operatorOf(retractor) === operatorOf(author);
    });
  });
  const clock: Record<string, number> = {};
  const beyond: Record<string, number> = {};
  for (const { entry } of unique) {
    const counters = new Set(
      unique.filter((o) => o.entry.replica === entry.replica).map((o) => o.entry.counter),
    );
    let contiguous = 0;
    while (counters.has(contiguous + 1)) contiguous++;
    clock[entry.replica] = contiguous;
    if (counters.size > contiguous) beyond[entry.replica] = counters.size - contiguous;
  }
  return {
    held: held.map(({ id }) => id).sort(),
    visible: visible.map(({ id }) => id).sort(),
    clock,
    beyond,
  };
}

/** The parts that the replica is made of, one entry at a time. */
function fold(entries: readonly SignedEntry[]): State {
  const visibility = createVisibility(operatorOf);
  const context = createCausalContext();
  const kept = new Map<string, EntryId[]>();
  const authors = new Map<EntryId, PublicKey>();
  for (const { id, entry } of entries) {
    const dot = `${entry.replica} ${entry.counter}`;
    const before = [...(kept.get(dot) ?? []), id];
    const after = keptOnDot(before);
    kept.set(dot, after);
    for (const one of before) if (!after.includes(one)) visibility.displace(one);
    context.add(entry);
    authors.set(id, replicaKey(entry.replica));
    if (entry.kind === "retraction") visibility.retract(id, replicaKey(entry.replica), entry.body.targets);
  }
  const held = [...kept.values()].flat().sort();
  return {
    held,
    visible: held.filter((id) => visibility.isVisible(id, authors.get(id) as PublicKey)),
    clock: context.vector(),
    beyond: context.beyond(),
  };
}

/** Some permutation of the entries, with some of them again. */
function arrival(entries: readonly SignedEntry[], order: readonly number[]): SignedEntry[] {
  const keyed = entries.map((one, i) => ({ one, key: order[i % order.length] ?? 0 }));
  const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ one }) => one);
  const again = order.slice(0, 5).flatMap((n) => shuffled[n % shuffled.length] ?? []);
  const all = [...shuffled, ...again];
  const cut = (order[0] ?? 0) % all.length;
  return [...all.slice(cut), ...all.slice(0, cut)];
}

const orders = fc.array(fc.nat(1_000_000), { minLength: 20, maxLength: 20 });

describe("ten thousand orders", () => {
  test("give the same bytes", () => {
    let merged = 0;
    fc.assert(
      fc.property(script, fc.array(orders, { minLength: 100, maxLength: 100 }), (steps, many) => {
        const entries = write(steps);
        const expected = canonicalJson(model(entries));
        for (const order of many) {
          merged++;
          const arriving = arrival(entries, order);
          expect(canonicalJson(fold(arriving))).toBe(expected);
          // Halfway something is missing, and the clock says so.
          const half = arriving.slice(0, arriving.length / 2);
          expect(canonicalJson(fold(half))).toBe(canonicalJson(model(half)));
        }
      }),
      { numRuns: 100 },
    );
    expect(merged).toBeGreaterThanOrEqual(10_000);
  });
});

const open: { close(): void }[] = [];
afterAll(() => {
  for (const one of open) one.close();
});

async function replicaOf(observer: ReturnType<typeof createActor>) {
  const opened = await openReplica({
    url: ":memory:",
    key: observer.key,
    certificate: observer.certificate,
    rule: RULE,
    now: () => NOW + 60_000,
    warn: () => {},
  });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

describe("real replicas", () => {
  test("hold, show and know the same, in whatever portions entries come, also after they met each other", async () => {
    const observer = createActor("observer");
    const certificates = actors.map(({ certificate }) => certificate);
    await fc.assert(
      fc.asyncProperty(script, orders, fc.integer({ min: 1, max: 7 }), async (steps, order, portion) => {
        const entries = write(steps);
        const { replica, store, indexes } = await replicaOf(observer);
        const arriving = arrival(entries, order);
        for (let at = 0; at < arriving.length; at += portion) {
          const wire = arriving
            .slice(at, at + portion)
            .map(({ entry, signature }) => ({ text: canonicalJson(entry), signature }));
          const report = await replica.apply(wire, "public", certificates);
          expect(report.rejected).toEqual([]);
          const { clock, beyond } = model(arriving.slice(0, at + portion));
          expect({ clock: replica.clock.vector(), beyond: replica.clock.beyond() }).toEqual({
            clock,
            beyond,
          });
        }
        const expected = model(entries);
        const held = await store.idsByPrefix("public", "");
        const stored = await replica.after(0, 1_000);
        const visible = stored.filter(replica.isVisible);
        expect(held).toEqual([...expected.held]);
        expect(indexes.public.count).toBe(held.length);
        expect(visible.map(({ id }) => id).sort()).toEqual([...expected.visible]);
        store.close();
      }),
      { numRuns: 600 },
    );
  }, 60_000);
});

describe("who blocks the forger", () => {
  test("holds the same ids as who does not, in every order and portion, and however often it changes its mind", async () => {
    const observer = createActor("observer");
    const certificates = actors.map(({ certificate }) => certificate);
    const moods = fc.array(fc.constantFrom("block", "allow", "pardon"), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        forger,
        orders,
        moods,
        fc.integer({ min: 1, max: 7 }),
        async (steps, order, mood, portion) => {
          const entries = write(steps);
          const { replica, store, indexes } = await replicaOf(observer);
          const give = (some: readonly SignedEntry[]) =>
            replica.apply(
              some.map(({ entry, signature }) => ({ text: canonicalJson(entry), signature })),
              "public",
              certificates,
            );
          const blocking = (isBlocked: boolean) =>
            replica.refuseWhen((spore) => (isBlocked && spore === actors[2].publicKey ? "blocked" : null));
          const expected = model(entries);
          const expectEqual = async () => {
            const held = await store.idsByPrefix("public", "");
            expect(held).toEqual([...expected.held]);
            expect(indexes.public.count).toBe(held.length);
            expect(await indexes.public.root()).toBe(Buffer.from(digestOfIds(held, 0)).toString("hex"));
          };
          const arriving = arrival(entries, order);
          for (let at = 0; at < arriving.length; at += portion) {
            const now = mood[(at / portion) % mood.length];
            blocking(now === "block");
            if (now === "pardon") await replica.pardon("blocked");
            await give(arriving.slice(at, at + portion));
          }
          // What was pardoned is fetched again.
          blocking(true);
          await give(arriving);
          await expectEqual();
          expect(await store.refusedCount()).toBeLessThanOrEqual(expected.held.length);
          const restored = await restoreFolds(store, observer.publicKey, () => undefined);
          expect(await restored.indexes.public.root()).toBe(await indexes.public.root());
          blocking(false);
          await replica.pardon("blocked");
          await give(arriving.toReversed());
          await expectEqual();
          const visible = (await replica.after(0, 1_000)).filter(replica.isVisible);
          expect(visible.map(({ id }) => id).sort()).toEqual([...expected.visible]);
          store.close();
        },
      ),
      { numRuns: 200 },
    );
  }, 120_000);
});
