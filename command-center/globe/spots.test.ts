import { expect, test } from "bun:test";
import fc from "fast-check";
import { arcsBetween, type GlobeMark, gather, lineOf, spotDegrees } from "@/globe/spots.ts";

const mark = (key: string, longitude: number, latitude: number): GlobeMark => ({
  key,
  name: key,
  place: key,
  longitude,
  latitude,
  colour: 0,
  role: null,
  hollow: false,
});
const marksArbitrary = fc.uniqueArray(
  fc.record({
    key: fc.uuid(),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  }),
  { selector: ({ key }) => key, maxLength: 60 },
);

test("gathering loses no spore, shows none twice, and does not depend on the order", () => {
  fc.assert(
    fc.property(marksArbitrary, fc.double({ min: 0, max: 8, noNaN: true }), (places, zoom) => {
      const marks = places.map(({ key, longitude, latitude }) => mark(key, longitude, latitude));
      const spots = gather(marks, spotDegrees(zoom, 0));
      expect(spots.flatMap((spot) => spot.marks.map(({ key }) => key)).sort()).toEqual(
        marks.map(({ key }) => key).sort(),
      );
      expect(gather([...marks].reverse(), spotDegrees(zoom, 0))).toEqual(spots);
    }),
  );
});

test("what lies apart stays apart when one looks closer; the same place is one spot at any zoom", () => {
  const marks = [mark("a", 5.3, 60.4), mark("b", 4.8, 53), mark("c", 4.8, 53)];
  expect(gather(marks, spotDegrees(1, 0)).length).toBe(1);
  expect(gather(marks, spotDegrees(6, 0)).map((spot) => spot.marks.length)).toEqual([1, 2]);
  expect(gather(marks, spotDegrees(20, 0)).length).toBe(2);
});

test("neighbours across the antimeridian are near, and an arc between far ones never jumps", () => {
  expect(gather([mark("a", 179.9, 10), mark("b", -179.9, 10)], 5).length).toBe(1);
  const spots = gather([mark("a", 170, 10), mark("b", -170, 20)], 1);
  const [arc] = arcsBetween(spots, [
    ["a", "b"],
    ["b", "a"],
    ["a", "nobody"],
    ["a", "a"],
  ]);
  expect(arc?.links).toBe(2);
  const line = arc === undefined ? [] : lineOf(arc);
  for (const [index, [longitude]] of line.entries()) {
    const before = line[index - 1]?.[0] ?? longitude;
    expect(Math.abs(longitude - before)).toBeLessThan(20);
  }
});
