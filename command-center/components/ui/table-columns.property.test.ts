import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Column, csvOf, sortRows } from "@/components/ui/table-columns.ts";

type Row = string | number | null;
const columns: readonly Column<Row>[] = [{ name: "Value", value: (row) => row, cell: (row) => row }];

test("sorting keeps every row, orders the known ones, and leaves the unknown last", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer())), fc.boolean(), (rows, descending) => {
      const sorted = sortRows(rows, columns, { column: "Value", descending });
      expect([...sorted].sort()).toEqual([...rows].sort());
      const known = sorted.filter((row) => row !== null);
      expect(sorted.slice(0, known.length)).toEqual(known);
      for (const [index, value] of known.entries()) {
        const before = known[index - 1] ?? value;
        expect(descending ? before >= value : before <= value).toBe(true);
      }
    }),
  );
});

test("what a spore wrote comes back from the CSV unchanged, and never as a formula", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const body = csvOf([text], columns).slice("Value\r\n".length, -2);
      const cell = body.startsWith('"') ? body.slice(1, -1).replaceAll('""', '"') : body;
      expect(cell === text || cell === `'${text}`).toBe(true);
      expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    }),
  );
});
