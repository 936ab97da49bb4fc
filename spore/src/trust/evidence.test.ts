/** The book of observations: a stranger's are kept up to a number, the newest of them, in whatever order they came. */
import { expect, test } from "bun:test";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import fc from "fast-check";
import { type Evidence, EvidenceBook } from "./evidence.ts";

const MOST = 40;
const keyNamed = (name: string): PublicKey => name.padEnd(43, "x") as PublicKey;

function observation(number: number, observer = "stranger"): Evidence {
  return {
    id: number.toString(16).padStart(64, "0") as EntryId,
    observer: keyNamed(observer),
    subject: keyNamed(`subject ${number % 7}`),
    topic: "general",
    dimension: "integrity",
    positive: false,
    weight: 1,
    source: "protocol",
    restsOn: [],
    label: "public",
    note: "",
    at: number,
  };
}

test("of one stranger the newest are kept, whatever comes in whatever order, and others lose nothing", () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(
        Array.from({ length: 400 }, (_, at) => at),
        { minLength: 200 },
      ),
      (order) => {
        const book = new EvidenceBook();
        const own = [1, 2, 3].map((number) => observation(number, "own"));
        for (const one of own) book.add(one);
        for (const number of order) book.add(observation(number), MOST);
        const kept = book.all().filter(({ observer }) => observer === keyNamed("stranger"));
        expect(kept.length).toBeLessThanOrEqual(MOST * 1.1);
        const newest = order.toSorted((a, b) => b - a).slice(0, MOST);
        expect(kept.map(({ at }) => at)).toEqual(expect.arrayContaining(newest));
        const about = Array.from({ length: 7 }, (_, at) => book.about(keyNamed(`subject ${at}`))).flat();
        expect(about.length).toBe(kept.length + own.length);
        for (const one of own) expect(book.isCurrent(one)).toBe(true);
      },
    ),
    { numRuns: 50 },
  );
});

test("what was forgotten changes nothing when it comes again", () => {
  const book = new EvidenceBook();
  for (let number = 0; number < 400; number++) book.add(observation(number), MOST);
  const before = book.all().length;
  for (let number = 0; number < 30; number++) book.add(observation(number), MOST);
  expect(book.all().length).toBeLessThanOrEqual(MOST * 1.1);
  expect(
    book
      .all()
      .slice(-MOST)
      .map(({ at }) => at),
  ).toEqual(Array.from({ length: MOST }, (_, at) => 360 + at));
  expect(before).toBeGreaterThanOrEqual(MOST);
});
