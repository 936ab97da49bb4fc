/** A real spore tells beside each mechanism what was measured of it, whether it ships on, and whether it is on now. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { measuredEffectsSchema, mechanismSchema } from "@synapse/shared/contract/measured-effect.ts";
import { quantumSchema } from "@synapse/shared/contract/quantum-status.ts";
import { z } from "zod";
import { EFFECTS_FILE, MECHANISMS } from "../eval/effects.ts";
import { cleanUp, startTestSpore, type TestSpore } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "the-token-of-who-measures";
const auth = { authorization: `Bearer ${TOKEN}` };
const cognitionSchema = z.looseObject({ mechanisms: z.array(mechanismSchema) });

let spore: TestSpore;
beforeAll(async () => {
  spore = await startTestSpore({ env: { SPORE_TOKEN: TOKEN } });
});
afterAll(cleanUp);

const told = async () => {
  const quantum = quantumSchema.parse(await spore.json("/api/quantum"));
  const cognition = cognitionSchema.parse(await spore.json("/api/cognition"));
  return [...quantum.mechanisms, ...cognition.mechanisms];
};

test("anybody reads the effect of each with its interval, or why there is none", async () => {
  const kept = measuredEffectsSchema.parse(await Bun.file(EFFECTS_FILE).json());
  const mechanisms = await told();
  expect(mechanisms.map(({ setting }) => setting).sort()).toEqual([...MECHANISMS].sort());
  for (const { setting, ships, enabled, effect, effect_missing } of mechanisms) {
    const known = kept.mechanisms[setting];
    expect({ setting, ships, enabled }).toEqual({
      setting,
      ships: known?.ships,
      enabled: known?.ships as boolean,
    });
    if (known?.effect == null) {
      expect({ setting, effect }).toEqual({ setting, effect: null });
      expect(effect_missing).toBeTruthy();
    } else {
      expect({ setting, effect }).toEqual({
        setting,
        effect: { ...known.effect, measured_on: kept.measured_on },
      });
    }
  }
});

test("what its commander switches is on or off, and what it ships with stays told", async () => {
  const settings = { "quantum.annealing": true, "cognition.dream": false };
  expect((await spore.put("/api/settings", { settings }, auth)).status).toBe(200);
  const mechanisms = await told();
  const of = (name: string) => mechanisms.find(({ setting }) => setting === name);
  expect(of("quantum.annealing")).toMatchObject({ enabled: true, ships: false });
  expect(of("cognition.dream")).toMatchObject({ enabled: false, ships: true });
});

test("health, which every page asks for often, does not carry what never changes", async () => {
  expect(JSON.stringify(await spore.health())).not.toContain("measured_on");
});
