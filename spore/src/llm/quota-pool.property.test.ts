/** Whatever happens to a pool, what was stated as spent is not asked for again, and every lease comes back. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { PLAIN_DIALECT } from "./failure.ts";
import {
  answered,
  FRESH_POOL,
  leased,
  metered,
  type Pool,
  poolVerdict,
  refused,
  released,
} from "./quota-pool.ts";

const NOW = 1_800_000_000_000;

test("calls in flight never exceed what was stated as left", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), fc.array(fc.boolean(), { maxLength: 60 }), (left, steps) => {
      let pool: Pool = metered(
        FRESH_POOL,
        [{ unit: "requests", window: "minute", limit: 20, remaining: left, resetsAt: NOW + 60_000 }],
        { requests: 0, tokens: 0 },
        PLAIN_DIALECT,
        NOW,
      );
      let inFlight = 0;
      let made = 0;
      for (const take of steps) {
        if (take && poolVerdict(pool, 1, PLAIN_DIALECT, NOW).open) {
          pool = leased(pool, 1);
          inFlight += 1;
          made += 1;
        } else if (!take && inFlight > 0) {
          // A reply that states nothing: one request less.
          pool = metered(released(pool, 1), [], { requests: 1, tokens: 1 }, PLAIN_DIALECT, NOW);
          inFlight -= 1;
        }
      }
      return made <= left && pool.leases === inFlight;
    }),
  );
});

test("a refusal is kept to, whichever order replies arrive in", () => {
  const wait = fc.option(fc.integer({ min: 1, max: 86_400_000 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(wait, fc.boolean()), { minLength: 1, maxLength: 20 }), (events) => {
      let pool: Pool = FRESH_POOL;
      let longest = 0;
      for (const [ms, then] of events) {
        pool = refused(pool, "rate", ms === null ? null : NOW + ms, NOW, 0);
        longest = Math.max(longest, ms ?? 2_000);
        // An answer to a call that was made before says nothing.
        if (then) pool = answered(pool, NOW - 1);
      }
      const verdict = poolVerdict(pool, 1, PLAIN_DIALECT, NOW + longest - 1);
      return (
        !verdict.open && poolVerdict({ ...pool, misses: 0 }, 1, PLAIN_DIALECT, (pool.coolUntil ?? 0) + 1).open
      );
    }),
  );
});

test("what returns when the window ends is asked for again then, and not before", () => {
  const pool = metered(
    FRESH_POOL,
    [{ unit: "tokens", window: "minute", limit: 6_000, remaining: 100, resetsAt: NOW + 20_000 }],
    { requests: 1, tokens: 0 },
    PLAIN_DIALECT,
    NOW,
  );
  expect(poolVerdict(pool, 100, PLAIN_DIALECT, NOW).open).toBe(true);
  expect(poolVerdict(pool, 101, PLAIN_DIALECT, NOW)).toEqual({
    open: false,
    why: "rate",
    until: NOW + 20_000,
  });
  expect(poolVerdict(pool, 101, PLAIN_DIALECT, NOW + 20_000).open).toBe(true);
  expect(poolVerdict(pool, 6_001, PLAIN_DIALECT, NOW)).toMatchObject({ open: false, why: "too_large" });
});
