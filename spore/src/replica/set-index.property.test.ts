/** The set index against the obvious model: a set of ids, rehashed from nothing. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import type { EntryId } from "@synapse/shared/ids.ts";
import fc from "fast-check";
import { digestOfIds, LEAF_IDS_MAX } from "./merkle-index.ts";
import { SetIndex, type SetIndexShape } from "./set-index.ts";
import { Sketch } from "./sketch.ts";

setDefaultTimeout(60_000);

function idOf(n: number): EntryId {
  return createHash("sha256").update(String(n)).digest("hex") as EntryId;
}

/** Ids that crowd under few prefixes, as a hostile author could choose them. */
function crowdedId(n: number): EntryId {
  return (["", "abcde", "abcdef0", "0000"][n % 4] + idOf(n)).slice(0, 64) as EntryId;
}

function modelOf(shape: SetIndexShape) {
  const ids = new Set<EntryId>();
  /** Reads that are answered before all fail. */
  const reads = { left: Number.POSITIVE_INFINITY };
  const index = new SetIndex(async (p) => {
    if (reads.left-- <= 0) throw new Error("disk I/O error");
    return [...ids].filter((id) => id.startsWith(p)).sort();
  }, shape);
  return {
    ids,
    index,
    reads,
    insert(id: EntryId) {
      if (ids.has(id)) return;
      ids.add(id);
      index.insert(id);
    },
    remove(id: EntryId) {
      if (ids.delete(id)) index.remove(id);
    },
    naiveRoot: () => Buffer.from(digestOfIds([...ids].sort(), 0)).toString("hex"),
  };
}

const SMALL = { cacheNibbles: 2, symbols: 1_024 };
const numbers = fc.array(fc.nat(3_000), { maxLength: 300 });

describe("merkle root", () => {
  test("equals the naive root after any interleaving of inserts, removals and reads", async () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("insert", "remove", "root"), fc.nat(400)), {
      maxLength: 200,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (script, cacheNibbles) => {
        const model = modelOf({ cacheNibbles, symbols: 16 });
        for (const [verb, n] of script) {
          if (verb === "root") expect(await model.index.root()).toBe(model.naiveRoot());
          else if (verb === "insert") model.insert(crowdedId(n));
          else model.remove(crowdedId(n));
        }
        expect(await model.index.root()).toBe(model.naiveRoot());
        expect(model.index.count).toBe(model.ids.size);
      }),
      { numRuns: 150 },
    );
  });

  test("does not depend on order, and differs for different sets", async () => {
    await fc.assert(
      fc.asyncProperty(numbers, numbers, async (a, b) => {
        const [one, two] = [modelOf(SMALL), modelOf({ cacheNibbles: 1, symbols: 8 })];
        for (const n of a) one.insert(idOf(n));
        for (const n of b) two.insert(idOf(n));
        const same = one.ids.size === two.ids.size && [...one.ids].every((id) => two.ids.has(id));
        expect((await one.index.root()) === (await two.index.root())).toBe(same);
        for (const n of b.toReversed()) one.insert(idOf(n));
        for (const n of a.toReversed()) two.insert(idOf(n));
        expect(await one.index.root()).toBe(await two.index.root());
      }),
      { numRuns: 100 },
    );
  });

  test("every node and its children agree with the model, above and below the cached levels", async () => {
    const model = modelOf({ cacheNibbles: 2, symbols: 8 });
    for (let n = 0; n < 1_500; n++) model.insert(crowdedId(n));
    for (const prefix of ["", "a", "ab", "abc", "abcde", "abcdef0", "0000", "7", "7f3"]) {
      const ids = [...model.ids].filter((id) => id.startsWith(prefix)).sort();
      const node = await model.index.node(prefix);
      expect(node.count).toBe(ids.length);
      expect(node.digest).toEqual(new Uint8Array(digestOfIds(ids, prefix.length)));
      const children = await model.index.children(prefix);
      children.forEach((child, nibble) => {
        const below = ids.filter((id) => id.startsWith(prefix + nibble.toString(16)));
        expect(child.count).toBe(below.length);
        expect(new Uint8Array(child.digest)).toEqual(new Uint8Array(digestOfIds(below, prefix.length + 1)));
      });
    }
  });

  test("an insert while a read is under way is not lost", async () => {
    const model = modelOf(SMALL);
    for (let n = 0; n < 200; n++) model.insert(idOf(n));
    const during = model.index.root();
    for (let n = 200; n < 400; n++) {
      await Promise.resolve();
      model.insert(idOf(n));
    }
    await during;
    expect(await model.index.root()).toBe(model.naiveRoot());
  });

  test("equals the naive root after reads that failed, wherever and whenever they did", async () => {
    const verbs = ["insert", "insert", "insert", "remove", "root", "fail", "scrub"] as const;
    const steps = fc.array(
      fc.tuple(fc.constantFrom(...verbs), fc.nat(2_000), fc.constantFrom("", "a", "ab", "0000", "abcdef0")),
      { minLength: 20, maxLength: 150 },
    );
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.constantFrom(0, 40, 1_000),
        fc.integer({ min: 1, max: 3 }),
        async (script, first, cacheNibbles) => {
          const model = modelOf({ cacheNibbles, symbols: 16 });
          for (let n = 0; n < first; n++) model.insert(crowdedId(n));
          for (const [verb, n, prefix] of script) {
            if (verb === "insert") model.insert(crowdedId(n));
            else if (verb === "remove") model.remove(crowdedId(n));
            else if (verb === "root") expect(await model.index.root()).toBe(model.naiveRoot());
            else {
              model.reads.left = n % 8;
              const reading = {
                fail: [
                  () => model.index.root(),
                  () => model.index.node(prefix),
                  () => model.index.children(prefix),
                ],
                scrub: [() => model.index.scrub(20)],
              }[verb];
              await reading[n % reading.length]?.().catch((cause: Error) =>
                expect(cause.message).toContain("I/O"),
              );
              model.reads.left = Number.POSITIVE_INFINITY;
            }
          }
          expect(await model.index.root()).toBe(model.naiveRoot());
        },
      ),
      { numRuns: 150 },
    );
  });

  test("the empty set has the zero root, and known vectors hold", async () => {
    const model = modelOf(SMALL);
    expect(await model.index.root()).toBe("0".repeat(64));
    model.insert(idOf(1));
    const leaf = createHash("sha256")
      .update(new Uint8Array([0]))
      .update(Buffer.from(idOf(1), "hex"))
      .digest("hex");
    expect(await model.index.root()).toBe(leaf);
    expect(LEAF_IDS_MAX).toBe(32);
  });
});

describe("checkpoint", () => {
  test("restores to the same root and sketch, and refuses other lengths and shapes", async () => {
    const model = modelOf(SMALL);
    for (let n = 0; n < 500; n++) model.insert(idOf(n));
    await model.index.root();
    const { bytes, seq } = await model.index.snapshot(() => 500);
    expect(seq).toBe(500);
    let scans = 0;
    const restored = new SetIndex(async (p) => {
      scans++;
      return [...model.ids].filter((id) => id.startsWith(p)).sort();
    }, SMALL);
    expect(restored.restore(bytes)).toBe(true);
    expect(await restored.root()).toBe(model.naiveRoot());
    // Leaves above the cached buckets are read again; the buckets themselves are not.
    expect(scans).toBeLessThanOrEqual(256);
    expect(restored.sketch.encode(0, 100)).toEqual(model.index.sketch.encode(0, 100));
    for (const end of [3, 20, bytes.byteLength - 1])
      expect(restored.restore(bytes.subarray(0, end))).toBe(false);
    expect(new SetIndex(async () => [], { cacheNibbles: 3, symbols: 1_024 }).restore(bytes)).toBe(false);
  });

  test("scrub heals a bucket whose cached digest or count went wrong", async () => {
    const model = modelOf(SMALL);
    for (let n = 0; n < 20_000; n++) model.insert(idOf(n));
    await model.index.root();
    const stray = idOf(1_000_000);
    model.ids.add(stray); // committed, but never told to the index
    const wrong = await model.index.root();
    let healed = 0;
    for (let round = 0; round < 2; round++) healed += await model.index.scrub(256);
    expect(healed).toBe(1);
    expect(await model.index.root()).not.toBe(wrong);
    expect(await model.index.root()).toBe(model.naiveRoot());
  });
});

describe("scrub", () => {
  const sizes = [1, 20, 33, 100, 600, 2_000];
  // Four levels are the same code; every look at all of their 65,536 buckets takes half a second here.
  const shapes = [1, 2, 3].map((cacheNibbles) => ({ cacheNibbles, symbols: 8 }));
  const cases = sizes.flatMap((size) => shapes.map((shape) => [size, shape] as const));

  test.each(cases)(
    "%i ids in %o: an id that was exchanged unseen is found, wherever its leaf is",
    async (size, shape) => {
      const model = modelOf(shape);
      for (let n = 0; n < size; n++) model.insert(idOf(n));
      await model.index.root();
      // The same prefix down to the buckets, so that no count is wrong.
      const gone = idOf(0);
      model.ids.delete(gone);
      model.ids.add(`${gone.slice(0, 8)}${idOf(size).slice(8)}` as EntryId);
      const wrong = await model.index.root();
      expect(await model.index.scrub(16 ** shape.cacheNibbles)).toBeGreaterThan(0);
      expect(await model.index.root()).not.toBe(wrong);
      expect(await model.index.root()).toBe(model.naiveRoot());
      expect(await model.index.scrub(16 ** shape.cacheNibbles)).toBe(0);
    },
  );

  test.each(cases)(
    "%i ids in %o: digests and counts that went wrong are found on every level",
    async (size, shape) => {
      const model = modelOf(shape);
      for (let n = 0; n < size; n++) model.insert(idOf(n));
      for (let depth = 0; depth <= shape.cacheNibbles; depth++) {
        for (const part of ["digests", "counts"] as const) {
          const sound = await model.index.root();
          // Past its face, as a worn memory would.
          const { levels } = (
            model.index as unknown as { trie: { levels: Record<typeof part, Uint8Array>[] } }
          ).trie;
          const at = Number.parseInt(idOf(0).slice(0, depth) || "0", 16);
          const damaged = levels[depth]?.[part];
          if (damaged === undefined) throw new Error("no such level");
          const index = part === "digests" ? at * 32 + 5 : at;
          damaged[index] = (damaged[index] ?? 0) ^ 1;
          // A wrong count is believed when it is seen twice.
          for (let round = 0; round < 2; round++) await model.index.scrub(16 ** shape.cacheNibbles);
          expect([depth, part, await model.index.root()]).toEqual([depth, part, sound]);
          expect(model.index.count).toBe(size);
        }
      }
    },
  );

  test("what goes on meanwhile is not taken for damage", async () => {
    const model = modelOf(SMALL);
    for (let n = 0; n < 500; n++) model.insert(idOf(n));
    await model.index.root();
    const scrubbing = model.index.scrub(256);
    for (let n = 500; n < 900; n++) {
      await Promise.resolve();
      model.insert(idOf(n));
    }
    expect(await scrubbing).toBe(0);
    expect(await model.index.scrub(256)).toBe(0);
    expect(await model.index.root()).toBe(model.naiveRoot());
  });
});

describe("sketch", () => {
  function sketchOf(ids: Iterable<EntryId>, length = 1_024): Sketch {
    const sketch = new Sketch(length);
    for (const id of ids) sketch.insert(id);
    return sketch;
  }

  test("peels to exactly the symmetric difference, or says that it cannot", () => {
    fc.assert(
      fc.property(numbers, numbers, fc.integer({ min: 1, max: 400 }), (a, b, m) => {
        const [mine, theirs] = [new Set(a.map(idOf)), new Set(b.map(idOf))];
        const decoded = sketchOf(mine).minus(sketchOf(theirs).encode(0, m)).peel();
        if (decoded === null) return;
        const only = (x: Set<EntryId>, y: Set<EntryId>) =>
          [...x].filter((id) => !y.has(id)).map((id) => id.slice(0, 16));
        expect([...decoded.mine].sort()).toEqual(only(mine, theirs).sort());
        expect([...decoded.theirs].sort()).toEqual(only(theirs, mine).sort());
      }),
      { numRuns: 300 },
    );
  });

  test("2 symbols a difference decode 1,000 differences; the estimate is near from 48 symbols", () => {
    for (let seed = 0; seed < 20; seed++) {
      const base = Array.from({ length: 2_000 }, (_, n) => idOf(seed * 10_000 + n));
      const extra = Array.from({ length: 1_000 }, (_, n) => idOf(seed * 10_000 + 5_000 + n));
      const theirs = sketchOf([...base, ...extra.slice(0, 600)], 4_096);
      const mine = sketchOf([...base, ...extra.slice(600)], 4_096);
      const estimate = mine.minus(theirs.encode(0, 48)).estimate();
      expect(estimate).toBeGreaterThan(400);
      expect(estimate).toBeLessThan(2_500);
      const decoded = mine.minus(theirs.encode(0, 2_000)).peel();
      expect(decoded?.mine.length).toBe(400);
      expect(decoded?.theirs.length).toBe(600);
    }
  });

  test("hostile symbols end, and never decode to a lie about what is zero", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 14, maxLength: 14 * 200 }), (bytes) => {
        const decoded = sketchOf([idOf(1), idOf(2)])
          .minus(bytes)
          .peel();
        if (decoded !== null)
          expect(decoded.mine.length + decoded.theirs.length).toBeLessThanOrEqual(4 * 200);
      }),
      { numRuns: 300 },
    );
  });

  test("removing undoes inserting, and order does not matter", () => {
    const ids = Array.from({ length: 50 }, (_, n) => idOf(n));
    const sketch = sketchOf([...ids.toReversed(), idOf(99)]);
    sketch.remove(idOf(99));
    expect(sketch.snapshot()).toEqual(sketchOf(ids).snapshot());
  });
});
