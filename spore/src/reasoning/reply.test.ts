import { describe, expect, test } from "bun:test";
import { bodySchemas } from "@synapse/shared/contract/entry.ts";
import fc from "fast-check";
import { readContribution, readSynthesis, readValidation, UNSTATED_CONFIDENCE } from "./reply.ts";

const BRIDGE = { id: "a".repeat(64), content: "The bridge opened on 3 May 1932 after six years." };
const TOLLS = { id: "b".repeat(64), content: "Tolls were (finally) lifted in 1988." };
const MEMORIES = [BRIDGE, TOLLS].map((memory) => ({ content: memory.content, members: [memory] }));

function contribution(text: string) {
  const read = readContribution(text, null, MEMORIES);
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

describe("a contribution", () => {
  test("is read from fences, prose and a thinking model's preamble alike", () => {
    const json = '{"hypothesis": "Use {braces} carefully", "confidence": 0.8, "claims": ["one"]}';
    for (const text of [
      json,
      `\`\`\`json\n${json}\n\`\`\``,
      `Sure! Here it is: ${json} Hope {this} helps.`,
    ]) {
      expect(contribution(text)).toMatchObject({
        hypothesis: "Use {braces} carefully",
        confidence: 0.8,
        claims: ["one"],
      });
    }
  });

  test("cut off by its token limit keeps what is whole", () => {
    const reply = contribution('{"hypothesis": "It is 42", "confidence": 0.9, "claims": ["first", "sec');
    expect(reply.hypothesis).toBe("It is 42");
    expect(reply.confidence).toBe(0.9);
    expect(reply.claims[0]).toBe("first");
  });

  test("in plain prose is a position without claims", () => {
    expect(contribution("It is 42.")).toMatchObject({ hypothesis: "It is 42.", claims: [], confidence: 0.5 });
  });

  test("without a position is a failure, never an answer made of an error text", () => {
    for (const text of ["", "   ", "{}", '{"error": "rate limited"}', '{"hypothesis": ["x"]}']) {
      expect(readContribution(text, null, [])).toMatchObject({ ok: false, error: { kind: "empty_reply" } });
    }
  });

  test("may abstain", () => {
    expect(contribution('{"hypothesis": "", "abstain": true}').abstain).toBe(true);
  });

  test.each([
    ["0.8", 0.8],
    ['"85%"', 0.85],
    ["85", 0.85],
    ['"high"', 0.8],
    ['"pretty sure"', UNSTATED_CONFIDENCE],
    ["8", UNSTATED_CONFIDENCE],
    ["-1", UNSTATED_CONFIDENCE],
    ["1e999", UNSTATED_CONFIDENCE],
    ["null", UNSTATED_CONFIDENCE],
    ["[0.8]", UNSTATED_CONFIDENCE],
  ])("confidence %s is read as %p", (stated, confidence) => {
    expect(contribution(`{"hypothesis": "x", "confidence": ${stated}}`).confidence).toBe(confidence);
  });

  test("keeps a quotation only if the cited memory holds it, in the memory's own letters", () => {
    const citations = [
      { ref: "M1", quote: "opened on  3 may 1932" },
      { ref: "M2", quote: "(finally) lifted" },
      { ref: "M2", quote: "lifted in 1990" },
      { ref: "M9", quote: "opened" },
      { ref: "M1", quote: "" },
      "M1",
    ];
    expect(contribution(JSON.stringify({ hypothesis: "x", citations })).citations).toEqual([
      { id: BRIDGE.id, quote: "opened on 3 May 1932" } as never,
      { id: TOLLS.id, quote: "(finally) lifted" } as never,
    ]);
  });

  test("cites of a passage the memory that holds the words, and of words across two of each its own", () => {
    const passage = { content: `${BRIDGE.content}\n${TOLLS.content}`, members: [BRIDGE, TOLLS] };
    const quoting = (quote: string) => {
      const reply = JSON.stringify({ hypothesis: "x", citations: [{ ref: "M1", quote }] });
      const read = readContribution(reply, null, [passage]);
      return read.ok ? read.value.citations.map(({ id, quote: words }) => [String(id), words]) : "failed";
    };
    expect(quoting("lifted in 1988")).toEqual([[TOLLS.id, "lifted in 1988"]]);
    expect(quoting("after six years. tolls were")).toEqual([
      [BRIDGE.id, "after six years."],
      [TOLLS.id, "Tolls were"],
    ]);
    expect(quoting("six years. Ferries")).toEqual([]);
  });

  test("takes its value from the field, else from the text, in the form of the task", () => {
    const number = { type: "number" } as const;
    const value = (text: string) => {
      const read = readContribution(text, number, []);
      return read.ok ? read.value.value : "failed";
    };
    expect(value('{"hypothesis": "so it is 41", "value": "42 apples"}')).toBe("42");
    expect(value('{"hypothesis": "The answer is 42.", "value": null}')).toBe("42");
    expect(value('{"hypothesis": "nobody knows"}')).toBeNull();
  });

  test("of any bytes whatever fits the contract or is a failure", () => {
    const junk = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.json(),
      fc
        .dictionary(
          fc.constantFrom(
            "hypothesis",
            "hypotheses",
            "claims",
            "citations",
            "confidence",
            "value",
            "abstain",
            "response_to_peers",
            "__proto__",
          ),
          fc.jsonValue(),
        )
        .map((value) => `ok: ${JSON.stringify(value)}`),
    );
    const form = fc.constantFrom(null, { type: "number" } as const, { type: "json" } as const);
    fc.assert(
      fc.property(junk, form, (text, answer) => {
        const read = readContribution(text, answer, MEMORIES);
        if (!read.ok) return;
        bodySchemas.contribution.parse({
          ...read.value,
          task: "0".repeat(64),
          cycle: 1,
          phase: "diverge",
          role: "explorer",
          provider: "p",
          model: "m",
          temperature: 1,
        });
        expect(
          Object.values(read.value).every((part) => typeof part !== "string" || part.isWellFormed()),
        ).toBe(true);
      }),
    );
  });
});

test("a quotation that is cut to size ends in a whole character, so it still stands in its memory", () => {
  const memory = { id: "c".repeat(64), content: `${"x".repeat(999)}😀 and more` };
  const text = JSON.stringify({ hypothesis: "x", citations: [{ ref: "M1", quote: memory.content }] });
  const read = readContribution(text, null, [{ content: memory.content, members: [memory] }]);
  expect(read).toMatchObject({ ok: true, value: { citations: [{ id: memory.id, quote: "x".repeat(999) }] } });
});

test("a synthesis maps who contests what, and never empties out", () => {
  const reply = readSynthesis(
    '{"text": "It is 42.", "contested": [{"claim": "six times nine", "by": ["P2", "P0", "me"]}, {"by": ["P1"]}]}',
    null,
    [],
  );
  expect(reply).toMatchObject({
    ok: true,
    value: { text: "It is 42.", contested: [{ claim: "six times nine", by: [1] }] },
  });
  expect(readSynthesis('{"text": ""}', null, [])).toMatchObject({ ok: false });
});

test("a verdict is one of two, and nothing else counts as approval", () => {
  expect(readValidation('{"verdict": "Confirmed", "note": "holds"}')).toMatchObject({
    ok: true,
    value: { verdict: "confirmed" },
  });
  for (const text of ["I agree", '{"verdict": "not confirmed"}', '{"verdict": true}', ""]) {
    expect(readValidation(text)).toMatchObject({ ok: false, error: { kind: "no_verdict" } });
  }
});
