import { expect, test } from "bun:test";
import fc from "fast-check";
import { SCALE_MAX, SCALE_MIN, toDrawing, toPanel, wholeView, zoomAt } from "@/topology/viewport.ts";

const size = { width: 800, height: 500 };
const coordinate = fc.double({ min: -5_000, max: 5_000, noNaN: true });
const place = fc.record({ x: coordinate, y: coordinate });

test("everything is in view at first", () => {
  fc.assert(
    fc.property(fc.array(place), (places) => {
      const view = wholeView(places, size);
      for (const one of places) {
        const { x, y } = toPanel(one, view, size);
        expect(x).toBeWithin(0, size.width);
        expect(y).toBeWithin(0, size.height);
      }
    }),
  );
});

test("what is under the pointer stays under it, however far one zooms", () => {
  fc.assert(
    fc.property(
      fc.array(place),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      fc.record({ x: fc.integer({ min: 0, max: 800 }), y: fc.integer({ min: 0, max: 500 }) }),
      (places, factor, pixel) => {
        const before = wholeView(places, size);
        const after = zoomAt(before, factor, pixel, size);
        expect(after.scale).toBeWithin(SCALE_MIN, SCALE_MAX + 1e-9);
        const under = toPanel(toDrawing(pixel, before, size), after, size);
        expect(under.x).toBeCloseTo(pixel.x, 4);
        expect(under.y).toBeCloseTo(pixel.y, 4);
      },
    ),
  );
});
