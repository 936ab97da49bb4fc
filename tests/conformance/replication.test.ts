/** The published vectors of replication hold for this implementation: for the functions, and for the index that is used. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { decodeBody } from "@synapse/spore/gossip/body.ts";
import { requestSchemas } from "@synapse/spore/gossip/wire.ts";
import { SetIndex } from "@synapse/spore/replica/set-index.ts";
import { Sketch } from "@synapse/spore/replica/sketch.ts";
import { replicationSamples, sampleId, VECTORS_FILE } from "./replication-samples.ts";

const vectors = JSON.parse(readFileSync(VECTORS_FILE, "utf8")) as ReturnType<typeof replicationSamples>;
const members = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => sampleId(from + i));

test("what is computed today is what was published", () => {
  expect(JSON.parse(JSON.stringify(replicationSamples()))).toEqual(vectors);
});

test("the index in use, incremental and cached, has the published roots", async () => {
  for (const one of vectors.merkle) {
    const replaced = "first_hex_replaced_by" in one ? String(one.first_hex_replaced_by) : "";
    const ids = members(one.from, one.to).map((id) => (replaced + id.slice(replaced.length)) as typeof id);
    const sorted = [...ids].sort();
    const index = new SetIndex(async (prefix) => sorted.filter((id) => id.startsWith(prefix)));
    for (const id of ids) index.insert(id);
    expect(await index.root()).toBe(one.root);
  }
});

test("the published symbols decode to the published difference", () => {
  const { mine, symbols, theirs_symbols, only_mine, only_theirs } = vectors.difference;
  const sketch = new Sketch(symbols);
  for (const id of members(mine.from, mine.to)) sketch.insert(id);
  const decoded = sketch.minus(new Uint8Array(Buffer.from(theirs_symbols, "hex"))).peel();
  expect([decoded?.mine.toSorted(), decoded?.theirs.toSorted()]).toEqual([only_mine, only_theirs]);
});

test("the published messages are read by their schemas", () => {
  const [compare, descend] = vectors.messages;
  const read = (cbor: string | undefined, kind: "compare" | "descend") =>
    decodeBody(new Uint8Array(Buffer.from(cbor ?? "", "hex")), null, 10_000, requestSchemas[kind]).ok;
  expect([read(compare?.cbor, "compare"), read(descend?.cbor, "descend")]).toEqual([true, true]);
  expect(read(compare?.cbor, "descend")).toBe(false);
});
