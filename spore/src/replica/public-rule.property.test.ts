/** The public rate: what it allows, that waiting as told is enough, and what a flood costs. */
import { describe, expect, test } from "bun:test";
import type { ReplicaId } from "@synapse/shared/ids.ts";
import fc from "fast-check";
import {
  allowance,
  birthOf,
  findPaidReplica,
  HOUR_MS,
  PUBLIC_RULE,
  type PublicRule,
  publicBreach,
  replicaPrefix,
  waitFor,
} from "./public-rule.ts";

const KEY = "A".repeat(43);
const NOW = Date.UTC(2026, 10, 26, 12, 30);
const free: PublicRule = { ...PUBLIC_RULE, workBits: 0 };
const replicaBornAt = (now: number) => `${replicaPrefix(KEY, now)}0123456789` as ReplicaId;

test("a sequence that was paid for is admitted from any clock, an unpaid one from none", () => {
  const rule = { ...PUBLIC_RULE, workBits: 12 };
  const paid = findPaidReplica(replicaPrefix(KEY, NOW), rule.workBits, 2 ** 40 - 10, 200_000);
  expect(paid).not.toBeNull();
  const entry = { counter: 1, clockMs: NOW };
  expect(publicBreach({ ...entry, replica: paid as ReplicaId }, rule)).toBeNull();
  // One in 4,096 of the others pays by luck; this one does not.
  const unpaid = replicaBornAt(NOW);
  expect(publicBreach({ ...entry, replica: unpaid }, rule)).toBe("unpaid");
});

describe("rate", () => {
  test("grows by the hour from a burst, and is nothing outside the life of the sequence", () => {
    const replica = replicaBornAt(NOW);
    const birth = birthOf(replica);
    expect(birth).toBe(Math.floor(NOW / HOUR_MS) * HOUR_MS);
    expect(allowance(replica, birth - 1, free)).toBe(0);
    expect(allowance(replica, birth, free)).toBe(free.burst);
    expect(allowance(replica, birth + 10 * HOUR_MS, free)).toBe(free.burst + 10 * free.perHour);
    expect(allowance(replica, birth + free.lifeHours * HOUR_MS, free)).toBe(0);
  });

  test("who waits as told may write, and not before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70_000 }), fc.integer({ min: 0, max: 719 }), (counter, hours) => {
        const replica = replicaBornAt(NOW);
        const now = birthOf(replica) + hours * HOUR_MS + 1_234;
        const wait = waitFor(replica, counter, now, free);
        const breachAt = (clockMs: number) => publicBreach({ replica, counter, clockMs }, free);
        if (wait === null)
          expect(breachAt(birthOf(replica) + (free.lifeHours - 1) * HOUR_MS)).toBe("over_rate");
        else {
          expect(breachAt(now + wait)).toBeNull();
          if (wait > 0) expect(breachAt(now + wait - 1)).toBe("over_rate");
        }
      }),
    );
  });

  test("flood: whatever times an author claims, a sequence holds no more than the stated bound", () => {
    const bound = free.burst + free.perHour * (free.lifeHours - 1);
    fc.assert(
      fc.property(fc.nat(2 ** 24 - 1), fc.integer({ min: 0, max: 2 ** 46 }), (birthHour, clockMs) => {
        const replica = replicaBornAt(birthHour * HOUR_MS);
        expect(allowance(replica, clockMs, free)).toBeLessThanOrEqual(bound);
        expect(publicBreach({ replica, counter: bound + 1, clockMs }, free)).not.toBeNull();
      }),
    );
  });
});
