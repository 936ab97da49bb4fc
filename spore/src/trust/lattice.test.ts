import { describe, expect, test } from "bun:test";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import fc from "fast-check";
import type { Dimension, Evidence } from "./evidence.ts";
import { FOREIGN_ITEMS_MAX, viewTrust } from "./lattice.ts";

const ME = "me" as PublicKey;
const NOW = 1_800_000_000_000;
const DAY = 86_400_000;
let serial = 0;

function said(observer: string, subject: string, positive: boolean, extra: Partial<Evidence> = {}): Evidence {
  serial += 1;
  const id = serial.toString(16).padStart(64, "0") as EntryId;
  return {
    id,
    observer: observer as PublicKey,
    subject: subject as PublicKey,
    topic: "math",
    dimension: "competence",
    positive,
    weight: 1,
    source: "probe",
    restsOn: [id],
    label: "cluster",
    note: "",
    at: NOW - DAY + serial,
    ...extra,
  };
}

function repeat<T>(n: number, make: (index: number) => T): T[] {
  return Array.from({ length: n }, (_, index) => make(index));
}

function view(evidence: readonly Evidence[], now = NOW) {
  return viewTrust({
    evidence,
    anchors: new Set([ME]),
    operatorOf: (spore) => spore.split(":")[0] ?? spore,
    now,
  });
}

const score = (evidence: readonly Evidence[], subject: string) =>
  view(evidence).score(subject as PublicKey, null);

describe("a view", () => {
  test("without evidence is a stranger, whatever strangers say of him", () => {
    const gossip = repeat(1_000, (i) => said(`liar${i}`, "friend", true));
    expect(score([], "friend").tier).toBe("stranger");
    expect(score(gossip, "friend").lower).toBe(score([], "friend").lower);
    const smear = repeat(1_000, (i) => said(`liar${i}`, "good", false));
    const own = repeat(30, () => said("me", "good", true));
    expect(score([...own, ...smear], "good").lower).toBe(score(own, "good").lower);
  });

  test("a ring of liars who praise each other earns exactly nothing", () => {
    const ring = repeat(2_000, (i) => said(`liar${i % 20}`, `liar${(i * 7 + 1) % 20}`, true));
    const seen = view(ring);
    for (let i = 0; i < 20; i += 1) expect(seen.observerTrust(`liar${i}` as PublicKey)).toBe(0);
  });

  test("hears an observer as far as he has earned it, and one house only up to its cap", () => {
    const trusted = repeat(50, () => said("me", "judge", true));
    const verdicts = repeat(500, () => said("judge", "peer", true));
    const seen = view([...trusted, ...verdicts]);
    const { positive } = seen.score("peer" as PublicKey, null).dimensions.competence;
    expect(positive).toBeGreaterThan(1);
    expect(positive).toBeLessThanOrEqual(FOREIGN_ITEMS_MAX);
    expect(seen.observerTrust("judge" as PublicKey)).toBeLessThan(1);
  });

  test("does not hear praise within one house", () => {
    const trusted = repeat(50, () => said("me", "acme:1", true));
    const praise = repeat(50, () => said("acme:1", "acme:2", true));
    expect(score([...trusted, ...praise], "acme:2").tier).toBe("stranger");
    const blame = repeat(5, () => said("acme:1", "acme:2", false));
    expect(score([...trusted, ...blame], "acme:2").dimensions.competence.negative).toBeGreaterThan(0);
  });

  test("ranks by what is proven: tiers rise with graded items and fall with errors", () => {
    const right = repeat(60, () => said("me", "p", true));
    expect([3, 5, 12, 60].map((n) => score(right.slice(0, n), "p").tier)).toEqual([
      "contributor",
      "peer",
      "commander",
      "commander",
    ]);
    const wrong = repeat(60, () => said("me", "p", false));
    expect(score(wrong, "p").tier).toBe("stranger");
  });

  test("a proven breach of conduct halves the score and never raises it", () => {
    const good = repeat(40, () => said("me", "p", true));
    const dimensions: readonly Dimension[] = ["integrity", "causality", "consistency"];
    for (const dimension of dimensions) {
      const breach = said("me", "p", false, { dimension, source: "protocol", at: NOW });
      expect(score([...good, breach], "p").lower).toBeCloseTo(score(good, "p").lower / 2, 9);
    }
    const spotless = said("me", "q", true, { dimension: "integrity", source: "protocol" });
    expect(score([spotless], "q").lower).toBeLessThanOrEqual(score([], "q").lower);
  });

  test("evidence fades, half in sixty days", () => {
    const old = repeat(100, (i) => said("me", "p", true, { at: NOW - 60 * DAY + i }));
    const { positive } = score(old, "p").dimensions.competence;
    expect(positive).toBeCloseTo(50, 1);
  });

  test("knows a field apart from all fields", () => {
    const evidence = [
      ...repeat(30, () => said("me", "p", true, { topic: "math" })),
      ...repeat(30, () => said("me", "p", false, { topic: "law" })),
    ];
    const seen = view(evidence);
    expect(seen.changedAt("p" as PublicKey)).toBe(0);
    // Not "commander": errors elsewhere count for a few items.
    expect(seen.score("p" as PublicKey, "math").tier).toBe("peer");
    expect(seen.score("p" as PublicKey, "law").tier).toBe("stranger");
    expect(seen.topicsOf("p" as PublicKey)).toEqual(["law", "math"]);
  });

  test("demotes a peer that turned within twenty items, however long its record", () => {
    const loyal = repeat(500, (i) => said("me", "p", i % 5 !== 0));
    expect(score(loyal, "p").tier).toBe("peer");
    const turned = repeat(20, () => said("me", "p", false));
    const after = view([...loyal, ...turned]);
    expect(after.changedAt("p" as PublicKey)).toBeGreaterThan(0);
    expect(["observer", "stranger"]).toContain(after.score("p" as PublicKey, null).tier);
    // And it can be earned anew.
    const again = repeat(120, () => said("me", "p", true));
    expect(score([...loyal, ...turned, ...again], "p").tier).toBe("commander");
  });

  test("no foreign house makes one's own record worthless, nor hides that a peer with one turned", () => {
    const trusted = repeat(50, () => said("me", "judge", true));
    const loyal = repeat(200, (i) => said("me", "p", i % 5 !== 0));
    const lies = view([...trusted, ...loyal, ...repeat(FOREIGN_ITEMS_MAX, () => said("judge", "p", false))]);
    expect(lies.observerTrust("judge" as PublicKey)).toBeGreaterThan(0.5);
    expect(lies.changedAt("p" as PublicKey)).toBe(0);
    expect(["contributor", "peer"]).toContain(lies.score("p" as PublicKey, null).tier);
    const turned = repeat(20, () => [
      said("me", "p", false),
      ...repeat(6, () => said("judge", "p", true)),
    ]).flat();
    expect(view([...trusted, ...loyal, ...turned]).changedAt("p" as PublicKey)).toBeGreaterThan(0);
  });

  test("a change of a peer that others alone have graded is seen by their grades", () => {
    const trusted = repeat(50, () => said("me", "judge", true));
    const grades = repeat(230, (i) => said("judge", "p", i < 200 && i % 5 !== 0));
    expect(view([...trusted, ...grades]).changedAt("p" as PublicKey)).toBeGreaterThan(0);
  });

  test("praise within a house does not hide that one of it turned", () => {
    const trusted = repeat(50, () => [said("me", "judge", true), said("me", "acme:0", true)]).flat();
    const loyal = repeat(200, (i) => said("judge", "acme:1", i % 5 !== 0));
    const turned = repeat(20, () => [
      said("judge", "acme:1", false),
      ...repeat(6, () => said("acme:0", "acme:1", true)),
    ]).flat();
    expect(view([...trusted, ...loyal, ...turned]).changedAt("acme:1" as PublicKey)).toBeGreaterThan(0);
  });
});

test("strangers with any amount of evidence never move what is known first-hand", () => {
  const claim = fc.record({
    observer: fc.constantFrom("x1", "x2", "x3"),
    subject: fc.constantFrom("a", "b", "x1", "x2", "me"),
    positive: fc.boolean(),
    dimension: fc.constantFrom<Dimension>(
      "integrity",
      "causality",
      "consistency",
      "competence",
      "calibration",
    ),
  });
  const own = [...repeat(20, () => said("me", "a", true)), ...repeat(5, () => said("me", "b", false))];
  const before = view(own);
  fc.assert(
    fc.property(fc.array(claim, { maxLength: 60 }), (claims) => {
      const hostile = claims.map(({ observer, subject, positive, dimension }) =>
        said(observer, subject, positive, { dimension }),
      );
      const after = view([...own, ...hostile]);
      for (const subject of ["a", "b"] as PublicKey[]) {
        expect(after.score(subject, "math")).toEqual(before.score(subject, "math"));
      }
    }),
  );
});

test("the order in which evidence arrives changes nothing", () => {
  const pool = [
    ...repeat(30, (i) => said("me", "a", i % 4 !== 0)),
    ...repeat(30, (i) => said("a", "b", i % 3 !== 0)),
    ...repeat(30, (i) => said("b", "a", i % 2 === 0)),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(pool, { minLength: pool.length, maxLength: pool.length }), (shuffled) => {
      const sorted = shuffled.toSorted((x, y) => x.at - y.at);
      for (const subject of ["a", "b"] as PublicKey[]) {
        expect(view(sorted).score(subject, null)).toEqual(view(pool).score(subject, null));
      }
    }),
    { numRuns: 20 },
  );
});

test("what each observation counts for sums to the score, and what takes the rest has a name", () => {
  const word = fc.record({
    observer: fc.constantFrom("me", "own:2", "friend:1", "friend:2", "other:1", "liar:1"),
    subject: fc.constantFrom("friend:1", "friend:2", "other:1", "good:1", "me"),
    positive: fc.boolean(),
    topic: fc.constantFrom("math", "law"),
    dimension: fc.constantFrom<Dimension>("competence", "integrity", "consistency"),
    weight: fc.constantFrom(0.5, 1),
    age: fc.integer({ min: 0, max: 200 }),
    about: fc.nat(20),
  });
  const trusted = ["friend:1", "other:1"].flatMap((peer) => repeat(60, () => said("me", peer, true)));
  const turned = [
    ...repeat(100, () => said("me", "good:1", true)),
    ...repeat(15, () => said("me", "good:1", false)),
  ];
  const capped = repeat(80, () => said("friend:1", "good:1", true));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      const evidence = [
        ...trusted,
        ...turned,
        ...capped,
        ...words.map(({ observer, subject, age, about, ...rest }) =>
          said(observer, subject, rest.positive, {
            ...rest,
            at: NOW - age * DAY,
            restsOn: [about.toString(16).padStart(64, "0") as EntryId],
          }),
        ),
      ].sort((a, b) => a.at - b.at);
      const seen = view(evidence);
      for (const subject of seen.subjects) {
        const { dimensions } = seen.score(subject, null);
        for (const [dimension, { positive, negative }] of Object.entries(dimensions)) {
          const about = evidence.filter((one) => one.subject === subject && one.dimension === dimension);
          const sum = (side: boolean) =>
            about
              .filter((one) => one.positive === side)
              .reduce((all, one) => all + seen.countOf(one).counts, 0);
          expect(sum(true)).toBeCloseTo(positive, 6);
          expect(sum(false)).toBeCloseTo(negative, 6);
        }
      }
    }),
  );
  const all = [...trusted, ...turned, ...capped];
  const praise = said("friend:1", "friend:2", true);
  const own = said("friend:1", "friend:1", true);
  const [old] = turned;
  const newer = said("me", "good:1", true, { restsOn: old?.restsOn ?? [] });
  const stranger = said("nobody", "good:1", true);
  const seen = view([...all, praise, own, newer, stranger]);
  const whys = [praise, own, old, stranger, turned[50], turned.at(-1), capped[0]].map(
    (one) => one && seen.countOf(one).why,
  );
  expect(whys).toEqual(["own_house", "own_word", "replaced", "unheard", "before_change", null, "capped"]);
});
