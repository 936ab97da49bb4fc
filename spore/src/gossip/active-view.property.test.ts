/** The active view: full, mixed, diverse, slow to change, and nobody in it who may not be. */
import { describe, expect, test } from "bun:test";
import type { PublicKey } from "@synapse/shared/ids.ts";
import fc from "fast-check";
import { ACTIVE_VIEW_SIZE, type ActiveView, nextView } from "./active-view.ts";
import type { Peer } from "./peer-sampling.ts";

const FILL = { rotate: false, oneOperator: false };
const ROTATE = { rotate: true, oneOperator: false };

function peer(index: number, changes: Partial<Peer> = {}): Peer {
  return {
    key: `key-${index}` as PublicKey,
    operator: `operator-${index}` as PublicKey,
    network: `network-${index}`,
    callable: true,
    pinned: false,
    knownSince: index,
    lastSeenAt: null,
    lastCardAt: 0,
    failures: 0,
    retryAt: 0,
    quarantinedUntil: 0,
    strikes: 0,
    latencyMs: null,
    listeningUntil: 0,
    ...changes,
  };
}

const crowd = (count: number, of: (index: number) => Partial<Peer> = () => ({})) =>
  Array.from({ length: count }, (_, index) => peer(index, of(index)));
const EMPTY: ActiveView = new Map();

describe("active view", () => {
  test("is full while there are enough, and holds known peers only, once each", () => {
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.nat(10),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        (n, d, chance) => {
          const random = () => chance.next().value ?? 0;
          const ready = crowd(n);
          const doubtful = crowd(d, () => ({ failures: 1 })).map((one, i) => ({
            ...one,
            key: `doubt-${i}` as PublicKey,
          }));
          let view = EMPTY;
          for (let i = 0; i < 5; i++) {
            view = nextView(view, ready, doubtful, i % 2 === 0 ? FILL : ROTATE, random);
            expect(view.size).toBe(Math.min(ACTIVE_VIEW_SIZE, n + d));
            const known = new Set([...ready, ...doubtful].map(({ key }) => key));
            for (const key of view.keys()) expect(known.has(key)).toBe(true);
          }
        },
      ),
    );
  });

  test("no operator and no network holds more than two of six while others are there", () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        fc.boolean(),
        (chance, byNetwork) => {
          const random = () => chance.next().value ?? 0;
          // Ninety of a hundred belong together.
          const ready = crowd(100, (index) => {
            if (index >= 90) return {};
            return byNetwork ? { network: "one block" } : { operator: "one house" as PublicKey };
          });
          const view = nextView(EMPTY, ready, [], FILL, random);
          const members = ready.filter(({ key }) => view.has(key));
          const together = members.filter(
            ({ operator, network }) => operator === "one house" || network === "one block",
          );
          expect(together.length).toBeLessThanOrEqual(2);
        },
      ),
    );
  });

  test("one near, one old, four at random", () => {
    const ready = crowd(80, (index) => ({ latencyMs: index === 50 ? 1 : 100 }));
    const view = nextView(EMPTY, ready, [], FILL, () => 0.5);
    const slots = [...view.values()].sort();
    expect(slots).toEqual(["near", "old", "random", "random", "random", "random"]);
    expect(view.get("key-50" as PublicKey)).toBe("near");
    const old = [...view].find(([, slot]) => slot === "old")?.[0] ?? "";
    expect(Number(old.slice(4))).toBeLessThan(20);
  });

  test("a turn exchanges one member, a failure only the one that failed", () => {
    const ready = crowd(50);
    let seed = 0;
    const random = () => (++seed * 0.618) % 1;
    const before = nextView(EMPTY, ready, [], FILL, random);
    const common = (after: ActiveView) => [...after.keys()].filter((key) => before.has(key)).length;
    expect(common(nextView(before, ready, [], FILL, random))).toBe(ACTIVE_VIEW_SIZE);
    expect(common(nextView(before, ready, [], ROTATE, random))).toBeGreaterThanOrEqual(ACTIVE_VIEW_SIZE - 1);
    const [failed] = before.keys();
    const without = nextView(
      before,
      ready.filter(({ key }) => key !== failed),
      [],
      FILL,
      random,
    );
    expect(without.size).toBe(ACTIVE_VIEW_SIZE);
    expect(without.has(failed as PublicKey)).toBe(false);
    expect(common(without)).toBe(ACTIVE_VIEW_SIZE - 1);
  });
});
