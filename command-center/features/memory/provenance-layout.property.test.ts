import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Kin, lineageOf, type Relations } from "@/features/memory/provenance-layout.ts";

const kin = (id: string): Kin => ({ id, kind: "memory", text: id, author: "a" });

/** A random acyclic graph: an entry's parents have smaller numbers. */
const graph = fc
  .array(fc.array(fc.nat({ max: 30 }), { maxLength: 5 }), { minLength: 1, maxLength: 30 })
  .map((parents) => parents.map((list, index) => [...new Set(list.filter((parent) => parent < index))]));

test("each entry stands once, no two on one place, and every line joins entries that are shown", () => {
  fc.assert(
    fc.property(graph, fc.nat(), (parents, start) => {
      const root = start % parents.length;
      const relationsOf = (id: string): Relations => ({
        parents: (parents[Number(id)] ?? []).map((parent) => kin(String(parent))),
        children: parents.flatMap((list, index) => (list.includes(Number(id)) ? [kin(String(index))] : [])),
        missing: 0,
      });
      const { kin: shown, links, left } = lineageOf(kin(String(root)), relationsOf);
      const ids = shown.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const places = shown.map(({ generation, row }) => `${generation} ${row}`);
      expect(new Set(places).size).toBe(places.length);
      for (const { from, to } of links) expect(ids.includes(from) && ids.includes(to)).toBe(true);
      const generationOf = new Map(shown.map(({ id, generation }) => [id, generation]));
      for (const { from, to } of links) {
        expect(generationOf.get(from) as number).toBeLessThan(generationOf.get(to) as number);
      }
      if (left === 0) {
        for (const parent of parents[root] ?? []) expect(ids).toContain(String(parent));
      }
    }),
  );
});
