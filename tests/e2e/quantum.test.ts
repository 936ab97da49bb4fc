/** The Quantum page: beside each mechanism what was measured of it, in words that need no formula. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { cognition, quantum } from "./support/mind-fixtures.ts";
import { json } from "./support/replies.ts";
import { ready, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

const effect = {
  id: "ablation.one",
  value: 0.004,
  low: -0.001,
  high: 0.009,
  unit: "share",
  measure: "right answers",
  n: 1_200,
  counted: "questions",
  arm: "recorded answers",
  measured_on: "2026-11-26",
};
const one = (name: string, more: object) => ({
  name,
  enabled: false,
  setting: `quantum.${name}`,
  meaning: `what ${name} changes`,
  ...more,
});

async function open(mechanisms: readonly object[], parts: readonly object[] = []) {
  const spore = world.spore({
    complete: true,
    overrides: {
      "/api/quantum": () => json({ ...quantum(), mechanisms }),
      "/api/cognition": () => json({ ...cognition(), mechanisms: parts }),
    },
  });
  const { page } = await world.open(`${world.site([spore]).url}/quantum`);
  return async (panel: string, name: string) => {
    const item = page
      .getByRole("region", { name: panel })
      .getByRole("listitem")
      .filter({ hasText: `what ${name} changes` });
    await item.waitFor();
    return (await item.allInnerTexts()).join(" ").replaceAll(/\s+/g, " ");
  };
}

describe.skipIf(!ready)("a mechanism", () => {
  test("has its effect with interval, number, arm and day, and says why it ships as it does", async () => {
    const read = await open(
      [
        one("unclear", { ships: false, effect, effect_missing: null }),
        one("helpful", {
          enabled: true,
          ships: true,
          effect: { ...effect, low: 0.002 },
          effect_missing: null,
        }),
        one("harmful", {
          enabled: true,
          ships: false,
          effect: { ...effect, value: -0.03, low: -0.05, high: -0.01 },
        }),
      ],
      [
        one("dreaming", {
          enabled: true,
          ships: true,
          effect: { ...effect, unit: "count", value: 3.16, low: 2.5, high: 3.86 },
        }),
      ],
    );
    const unclear = await read("Quantum layer", "unclear");
    expect(unclear).toContain(
      "+0.4 points [−0.1, +0.9] right answers 1,200 questions, Nov 26, 2026; recorded answers",
    );
    expect(unclear).toContain("Ships off: the interval does not clear zero.");
    expect(await read("Quantum layer", "helpful")).toContain("Ships on: the whole interval lies above zero.");
    const harmful = await read("Quantum layer", "harmful");
    expect(harmful).toContain("−3.0 points [−5.0, −1.0]");
    expect(harmful).toContain("it does harm. Switched on here by its commander.");
    expect(await read("Spontaneous cognition", "dreaming")).toContain("+3.2 [+2.5, +3.9]");
  });

  test("without one says so, and one of an older spore says nothing of it", async () => {
    const read = await open([
      one("unseen", { ships: false, effect: null, effect_missing: "no arm can show it" }),
      one("never", { ships: false, effect: null, effect_missing: "not measured" }),
      one("old", {}),
    ]);
    expect(await read("Quantum layer", "unseen")).toContain("Not measured: no arm can show it Ships off.");
    expect(await read("Quantum layer", "never")).toContain("Not measured Ships off.");
    expect(await read("Quantum layer", "old")).toBe("old off what old changes");
  });
});
