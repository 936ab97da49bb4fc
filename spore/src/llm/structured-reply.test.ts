import { expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import { readStructured } from "./structured-reply.ts";

const schema = z.object({
  hypothesis: z.string().max(20),
  confidence: z.number().min(0).max(1),
  claims: z.array(z.string().max(5)).max(2),
  stance: z.enum(["for", "against"]).catch("for"),
  note: z.string().nullable(),
});
const good = { hypothesis: "h", confidence: 0.5, claims: ["a"], stance: "against", note: null } as const;

test.each([
  ["bare", JSON.stringify(good)],
  [
    "fenced, with prose around",
    `Sure! Here it is:\n\`\`\`json\n${JSON.stringify(good)}\n\`\`\`\nHope it helps }`,
  ],
  ["trailing comma", `${JSON.stringify(good).slice(0, -1)},}`],
  [
    "Python words and single quotes",
    "{'hypothesis':'h','confidence':0.5,'claims':['a'],'stance':'against','note':None}",
  ],
  ["unknown member kept out", JSON.stringify({ ...good, extra: 1 })],
])("reads %s", (_, text) => {
  expect(readStructured(text, schema)).toEqual({ ok: true, value: { ...good, claims: ["a"] } });
});

test("one bad field is mended and the rest kept", () => {
  const text = JSON.stringify({
    hypothesis: "x".repeat(50),
    confidence: "85 %",
    claims: ["fits", "much too long", "third"],
    stance: "AGAINST",
    note: 3,
  });
  expect(readStructured(text, schema)).toEqual({
    ok: true,
    value: {
      hypothesis: "x".repeat(20),
      confidence: 0.85,
      claims: ["fits", "much "],
      stance: "for",
      note: "3",
    },
  });
});

test("numbers out of range are clamped", () => {
  for (const [given, expected] of [
    [7, 1],
    [-1, 0],
  ]) {
    const read = readStructured(JSON.stringify({ ...good, confidence: given }), schema);
    expect(read.ok && read.value.confidence).toBe(expected as number);
  }
});

test("missing texts and lists become empty, bad list elements go", () => {
  const read = readStructured('{"confidence": 0.2, "claims": ["a", {"b": 1}], "note": "n"}', schema);
  expect(read).toMatchObject({ ok: true, value: { hypothesis: "", stance: "for", note: "n" } });
});

test("a reply cut off in the middle keeps what was said", () => {
  const read = readStructured('{"confidence": 0.4, "note": null, "hypothesis": "the bri', schema);
  expect(read).toMatchObject({ ok: true, value: { confidence: 0.4, hypothesis: "the bri", claims: [] } });
});

test("nothing is invented: a missing number refuses the reply, and so does text without JSON", () => {
  const { confidence: _, ...without } = good;
  expect(readStructured(JSON.stringify(without), schema)).toMatchObject({
    ok: false,
    error: { kind: "wrong_shape", message: expect.stringContaining("confidence") },
  });
  expect(readStructured("I cannot answer that.", schema)).toMatchObject({
    ok: false,
    error: { kind: "no_json" },
  });
});

test("strict objects lose the members they do not know", () => {
  const strict = z.strictObject({ a: z.int().min(1) });
  expect(readStructured('{"a": 2.0, "b": 1}', strict)).toEqual({ ok: true, value: { a: 2 } });
});

test("whatever the text, a value that is returned fits the schema, and nothing is thrown", () => {
  const texts = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.json(),
    fc
      .record({ hypothesis: fc.anything(), confidence: fc.anything(), claims: fc.anything() })
      .map((value) => {
        try {
          return JSON.stringify(value) ?? "";
        } catch {
          return "{";
        }
      }),
    fc.tuple(fc.json(), fc.nat(40)).map(([json, cut]) => json.slice(0, cut)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const read = readStructured(text, schema);
      if (read.ok) expect(schema.safeParse(read.value).success).toBe(true);
    }),
  );
});
