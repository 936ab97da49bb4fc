/** Whose bucket is forgotten when there are too many: the one used longest ago, never one that was spent from lately. */
import { describe, expect, test } from "bun:test";
import { RateLimit } from "./rate-limit.ts";

/** As many as one limiter keeps. */
const KEPT = 10_000;
/** Refills so slowly that only being forgotten makes an empty bucket full again. */
const LIMITS = { burst: 1, perSecond: 1e-9 };

/** All buckets there can be, each empty: that of `name 0` was used longest ago. */
function full(): RateLimit {
  const limit = new RateLimit(LIMITS);
  for (let index = 0; index < KEPT; index++) limit.spend(`name ${index}`, 1, 0);
  return limit;
}
const isEmpty = (limit: RateLimit, name: string): boolean => limit.waitS(name, 0) > 0;

describe("a limiter with all the buckets it keeps", () => {
  test("forgets the one used longest ago for a new one, and no other", () => {
    const limit = full();
    limit.spend("newcomer", 1, 0);
    expect(isEmpty(limit, "name 0")).toBe(false);
    for (const name of ["name 1", `name ${KEPT - 1}`, "newcomer"]) expect(isEmpty(limit, name)).toBe(true);
  });

  test("keeps the one that was begun first and spent from last: a flood of names frees nobody who goes on", () => {
    const limit = full();
    limit.spend("name 0", 1, 0);
    for (let index = 0; index < KEPT - 1; index++) limit.spend(`newcomer ${index}`, 1, 0);
    expect(isEmpty(limit, "name 0")).toBe(true);
    expect(isEmpty(limit, `name ${KEPT - 1}`)).toBe(false);
  });

  test("counts a refused try as use, so that who keeps trying is not forgotten either", () => {
    const limit = full();
    expect(isEmpty(limit, "name 0")).toBe(true);
    limit.spend("newcomer", 1, 0);
    expect(isEmpty(limit, "name 0")).toBe(true);
    expect(isEmpty(limit, "name 1")).toBe(false);
  });

  test("keeps nothing for a look at a name that never spent", () => {
    const limit = full();
    for (let index = 0; index < KEPT; index++) expect(isEmpty(limit, `stranger ${index}`)).toBe(false);
    expect(isEmpty(limit, "name 0")).toBe(true);
  });
});

test("a bucket is in debt by what was spent beyond it, and says when it may be used again", () => {
  const limit = new RateLimit({ burst: 10, perSecond: 2 });
  limit.spend("a", 15, 0);
  expect(limit.waitS("a", 0)).toBe(3);
  expect(limit.waitS("a", 2_000)).toBe(1);
  expect(limit.waitS("a", 3_000)).toBe(0);
  expect(limit.waitS("b", 0)).toBe(0);
});
