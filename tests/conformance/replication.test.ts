/** The published vectors of replication hold for this implementation: for the functions, and for the index that is used. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { decodeBody, encodeBody } from "@synapse/spore/gossip/body.ts";
import { isKind, KINDS, REPLY_BYTES_MAX, replySchemas, requestSchemas } from "@synapse/spore/gossip/wire.ts";
import { SetIndex } from "@synapse/spore/replica/set-index.ts";
import { Sketch } from "@synapse/spore/replica/sketch.ts";
import wire from "../../shared/vectors/messages.json";
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

/** Where the file says `{"hex": …}` there is a byte string on the wire. */
function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes);
  if (value === null || typeof value !== "object") return value;
  if ("hex" in value) return new Uint8Array(Buffer.from(String(value.hex), "hex"));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withBytes(member)]));
}

describe("messages on the wire, byte for byte as they were written down", () => {
  test("every kind has a request and a reply", () => {
    const there = new Set(wire.messages.map((one) => `${one.kind} ${one.is}`));
    expect([...there].sort()).toEqual(KINDS.flatMap((kind) => [`${kind} reply`, `${kind} request`]).sort());
  });

  test.each(wire.messages)("$kind $is: $name", ({ kind, is, message, cbor }) => {
    if (!isKind(kind)) throw new Error(`no kind ${kind}`);
    const schema = is === "request" ? requestSchemas[kind] : replySchemas[kind];
    const value = withBytes(message) as object;
    const bytes = new Uint8Array(Buffer.from(cbor, "hex"));
    expect(decodeBody(bytes, null, REPLY_BYTES_MAX, schema)).toEqual({ ok: true, value } as never);
    expect(Buffer.from(encodeBody(value, false).bytes).toString("hex")).toBe(cbor);
    // A byte less, or one more, is no message.
    for (const wrong of [bytes.subarray(0, -1), new Uint8Array([...bytes, 0])]) {
      expect(decodeBody(wrong, null, REPLY_BYTES_MAX, schema).ok).toBe(false);
    }
  });
});
