/** DNA: what is compatible, and that a refusal says why. */
import { describe, expect, test } from "bun:test";
import { speaksSchema } from "@synapse/shared/contract/federation.ts";
import { negotiate } from "@synapse/shared/dialects.ts";
import { DNA_HASH, SPEAKS } from "./dna.ts";

const reason = (theirs: Partial<typeof SPEAKS>, ours = SPEAKS): string => {
  const result = negotiate({ ...SPEAKS, ...theirs }, ours);
  return result.ok ? `agreed on ${JSON.stringify(result.value)}` : result.error.message;
};

describe("negotiation", () => {
  test("what this spore says of itself is well-formed and compatible with itself", () => {
    expect(speaksSchema.parse(SPEAKS)).toEqual(SPEAKS);
    expect(DNA_HASH).toMatch(/^[0-9a-f]{64}$/);
    expect(negotiate(SPEAKS, SPEAKS)).toEqual({ ok: true, value: { entry: 1, gossip: 2, admission: 1 } });
  });

  test("a spore that speaks the first version of gossip alone is spoken with in that", () => {
    const [first = ""] = SPEAKS.gossip;
    expect(first.startsWith("1:")).toBe(true);
    expect(negotiate({ ...SPEAKS, gossip: [first] }, SPEAKS)).toMatchObject({
      ok: true,
      value: { gossip: 1 },
    });
  });

  test("ranges that overlap agree on the highest version in common", () => {
    const theirs = { gossip: [...SPEAKS.gossip, "3:00000000000000aa", "4:00000000000000bb"] };
    const ours = { ...SPEAKS, gossip: [...SPEAKS.gossip, "3:00000000000000aa"] };
    expect(negotiate({ ...SPEAKS, ...theirs }, ours)).toMatchObject({ ok: true, value: { gossip: 3 } });
    expect(negotiate({ ...SPEAKS, ...theirs }, SPEAKS)).toMatchObject({ ok: true, value: { gossip: 2 } });
  });

  test("a refusal names the part and both sides", () => {
    expect(reason({ gossip: ["3:00000000000000aa"] })).toBe("gossip: version 3 there, 1, 2 here");
    expect(reason({ admission: ["1:00000000000000aa"] })).toContain(
      "admission: version 1 means something else there",
    );
    expect(reason({ network: "other" })).toBe('another network: "other" there, "synapse" here');
  });
});
