/** Whom a spore believes about its machine's clock: the many, never the loud. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ClockWatch, spanText, type Voice } from "./clock-watch.ts";

const NOW = Date.UTC(2026, 10, 26, 12);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const stranger = (by: string | null, network: string, theirs: number): Voice => ({
  by,
  isOwn: false,
  network,
  isHere: false,
  theirs,
});
const own = (by: string, theirs: number, isHere = false): Voice => ({
  by,
  isOwn: true,
  network: "ipv4 10.0",
  isHere,
  theirs,
});

function watchOf(...voices: readonly Voice[]) {
  const watch = new ClockWatch();
  const said = voices.flatMap((voice) => watch.hear(voice, NOW, 0) ?? []);
  return { watch, said, verdict: watch.verdict(NOW, 0) };
}

describe("a clock that is an hour behind", () => {
  const later = NOW + HOUR_MS;

  test.each([
    ["two operators in two networks", [stranger("a", "one", later), stranger("b", "two", later)]],
    ["two unsigned refusals from two networks", [stranger(null, "one", later), stranger(null, "two", later)]],
    ["two of one's own spores", [own("x", later), own("y", later)]],
    [
      "two against one who has the same wrong clock",
      [
        stranger("c", "three", NOW),
        stranger("a", "one", later),
        stranger("b", "two", later),
        own("x", later),
      ],
    ],
    [
      "though a spore on this machine has the same clock",
      [own("here", NOW, true), own("x", later), own("y", later)],
    ],
  ])("is off: %s", (_, voices) => {
    const { verdict, said } = watchOf(...voices);
    expect(verdict).toMatchObject({ state: "off", ahead_ms: -HOUR_MS });
    expect(verdict.message).toContain("60 minutes behind");
    expect(verdict.message).toContain("timedatectl set-ntp true");
    const firm = said.filter(({ message }) => message.includes("independent peers"));
    expect(firm).toEqual([{ level: "warn", message: expect.stringContaining("60 minutes behind") }]);
  });

  test.each([
    ["one peer", [stranger("a", "one", later)]],
    ["two operators in one network", [stranger("a", "one", later), stranger("b", "one", later)]],
    ["one operator in two networks", [stranger("a", "one", later), stranger("a", "two", later)]],
    ["two who do not agree", [stranger("a", "one", later), stranger("b", "two", later + HOUR_MS)]],
  ])("is perhaps off: %s", (_, voices) => {
    const { verdict } = watchOf(...voices);
    expect(verdict).toMatchObject({ state: "unsure", agreeing: 1 });
    expect(verdict.message).toContain("one of the two is wrong");
  });

  test.each([
    ["one says so, another does not", [stranger("a", "one", later), stranger("b", "two", NOW)]],
    [
      "two say so, two do not",
      [stranger("a", "one", later), stranger("b", "two", later), stranger("c", "three", NOW), own("x", NOW)],
    ],
  ])("is right: %s", (_, voices) => {
    expect(watchOf(...voices).verdict).toMatchObject({ state: "right", message: null });
  });
});

test("nobody in one network makes a clock seem off, nor doubtful where anybody else contradicts it", () => {
  const liar = fc.record({
    by: fc.option(fc.string({ maxLength: 3 }), { nil: null }),
    offsetMs: fc.integer({ min: -100 * HOUR_MS, max: 100 * HOUR_MS }),
  });
  const lies = fc.array(liar, { maxLength: 200 });
  fc.assert(
    fc.property(lies, lies, fc.boolean(), (before, after, hasHonest) => {
      const heard = (some: typeof before) =>
        some.map(({ by, offsetMs }) => stranger(by, "theirs", NOW + offsetMs));
      const honest = hasHonest ? [stranger("honest", "elsewhere", NOW + 1_000)] : [];
      const { state } = watchOf(...heard(before), ...honest, ...heard(after)).verdict;
      expect(state).not.toBe("off");
      if (hasHonest) expect(state).toBe("right");
    }),
  );
});

test("what was heard before a clock was set, or the machine slept, has no say; what was warned of is taken back once", () => {
  const { watch, said } = watchOf(own("x", NOW + HOUR_MS), own("y", NOW + HOUR_MS));
  expect(said.map(({ level }) => level)).toEqual(["warn", "warn"]);
  // Heard again and again: said once.
  expect(watch.hear(own("x", NOW + HOUR_MS + 1_000), NOW + 1_000, 1_000)).toBeNull();
  const mended = NOW + HOUR_MS + 2_000;
  expect(watch.verdict(mended, 2_000)).toMatchObject({ state: "unknown", ahead_ms: null, message: null });
  expect(watch.hear(own("x", mended), mended, 2_000)).toMatchObject({ level: "info" });
  expect(watch.hear(own("y", mended), mended, 2_000)).toBeNull();
  expect(watch.verdict(mended, 2_000).state).toBe("right");
  // And a voice is forgotten with time.
  expect(watch.verdict(mended + HOUR_MS, HOUR_MS + 2_000).state).toBe("unknown");
});

test("peers that contradict each other in turn do not fill the log", () => {
  const { watch } = watchOf();
  let lines = 0;
  for (let n = 0; n < 1_000; n++) {
    const steady = n * 1_000;
    const theirs = NOW + steady + (n % 2) * HOUR_MS;
    if (watch.hear(stranger(`${n % 3}`, `${n % 5}`, theirs), NOW + steady, steady) !== null) lines++;
  }
  expect(lines).toBeLessThan(10);
});

test.each([
  [3 * MINUTE_MS, "3 minutes"],
  [90 * MINUTE_MS, "90 minutes"],
  [5 * HOUR_MS, "5 hours"],
  [24 * 400 * HOUR_MS, "400 days"],
])("%d ms is %s", (ms, text) => {
  expect(spanText(ms)).toBe(text);
});
