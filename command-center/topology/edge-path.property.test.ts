import { expect, test } from "bun:test";
import fc from "fast-check";
import { bendOf, edgePath, linksOf } from "@/topology/edge-path.ts";

const place = fc.record({
  x: fc.integer({ min: -2_000, max: 2_000 }),
  y: fc.integer({ min: -2_000, max: 2_000 }),
});

/** The middle of the curve: halfway between the straight line's middle and the bend. */
function middle(from: { x: number; y: number }, to: { x: number; y: number }) {
  const bend = bendOf(from, to);
  return { x: (from.x + to.x) / 4 + bend.x / 2, y: (from.y + to.y) / 4 + bend.y / 2 };
}

test("trust leaves the straight line by what can be seen, and its way back by the other side", () => {
  fc.assert(
    fc.property(place, place, (from, to) => {
      fc.pre(from.x !== to.x || from.y !== to.y);
      const straight = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
      const [there, back] = [middle(from, to), middle(to, from)];
      const away = Math.hypot(there.x - straight.x, there.y - straight.y);
      expect(away).toBeGreaterThanOrEqual(11.99);
      expect(away).toBeLessThanOrEqual(40.01);
      expect(there.x + back.x).toBeCloseTo(2 * straight.x, 6);
      expect(there.y + back.y).toBeCloseTo(2 * straight.y, 6);
    }),
  );
});

test("gossip goes straight; each kind can be looked at alone, and nothing is lost in both together", () => {
  const [a, b] = [
    { x: 0, y: 0 },
    { x: 100, y: 0 },
  ];
  expect(edgePath("gossip", a, b)).toBe("M0 0L100 0");
  expect(edgePath("trust", a, b)).toMatch(/^M0 0Q50 -28 100 0$/);
  const edges = [{ kind: "gossip" }, { kind: "trust" }, { kind: "of a later version" }];
  expect(linksOf(edges, "all")).toBe(edges);
  expect(linksOf(edges, "trust")).toEqual([{ kind: "trust" }]);
  expect([...linksOf(edges, "gossip"), ...linksOf(edges, "trust")]).toHaveLength(edges.length);
});
