/** Places for event streams: strangers share some of them by address, the rest is the commander's. */
import { expect, test } from "bun:test";
import { ADDRESS_MAX, STRANGERS_MAX, STREAMS_MAX, StreamPlaces } from "./stream-places.ts";

test("one address gets its share, all strangers together theirs, and the commander still gets in", () => {
  const places = new StreamPlaces();
  const taken = Array.from({ length: 5_000 }, (_, at) => places.take(`10.0.${at % 100}.1`)).filter(
    (one) => one !== null,
  );
  expect(taken.length).toBe(STRANGERS_MAX);
  const own = Array.from({ length: STREAMS_MAX }, () => places.take(null)).filter((one) => one !== null);
  expect(own.length).toBe(STREAMS_MAX - STRANGERS_MAX);
  expect(new StreamPlaces().take("10.0.0.1")).not.toBeNull();
});

test("one address alone gets no more than its share, and gives back what it leaves once", () => {
  const places = new StreamPlaces();
  const taken = Array.from({ length: 200 }, () => places.take("10.0.0.1")).filter((one) => one !== null);
  expect(taken.length).toBe(ADDRESS_MAX);
  const [first] = taken;
  first?.();
  first?.();
  expect([places.take("10.0.0.1"), places.take("10.0.0.1")].filter((one) => one !== null).length).toBe(1);
  expect(places.take("10.0.0.2")).not.toBeNull();
});
