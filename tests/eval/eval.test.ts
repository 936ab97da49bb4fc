/** The harness runs in its small form, says what it promises to machines, and the defaults follow what was measured. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { RULE_OPTIONS } from "@synapse/shared/rule/options.ts";
import { DECLARED, type SettingKey } from "@synapse/spore/settings/declared.ts";
import { z } from "zod";
import { outputOf } from "../support/command-output.ts";
import { ROOT } from "../support/source-tree.ts";
import thresholds from "./thresholds.json" with { type: "json" };

const report = z.object({
  panels: z
    .array(
      z.object({
        id: z.string(),
        value: z.number(),
        low: z.number(),
        high: z.number(),
        goal: z.number(),
        baseline: z.number().nullable(),
        n: z.number().min(1),
      }),
    )
    .min(5),
  not_measurable: z.array(z.object({ id: z.string(), reason: z.string() })),
});

/** Which setting switches what an ablation measured. */
const SWITCHES: Readonly<Record<string, SettingKey>> = {
  "ablation.annealing": "quantum.annealing",
  "ablation.superposition.shown": "quantum.superposition",
  "ablation.tunnelling": "quantum.tunnelling",
  "ablation.interference": "quantum.interference",
  "ablation.entanglement": "quantum.entanglement",
  "ablation.entanglement.prior": "quantum.entanglement_prior",
  "ablation.decoherence": "quantum.decoherence",
  "ablation.decoherence.corroboration": "quantum.decoherence_corroboration",
};

test("every mechanism ships as its threshold says", () => {
  const ships = thresholds as Readonly<Record<string, { readonly goal: number; readonly ships?: string }>>;
  for (const [id, setting] of Object.entries(SWITCHES)) {
    expect(`${id} ${ships[id]?.ships}`).toBe(`${id} ${DECLARED[setting].default ? "on" : "off"}`);
  }
  expect(RULE_OPTIONS.interference).toBe(DECLARED["quantum.interference"].default);
});

test("the small form runs without recorded answers, one JSON object on stdout", async () => {
  const { stdout, stderr, code } = await outputOf(
    [
      "bun",
      "tests/eval/main.ts",
      "memory",
      "separation",
      "--quick",
      "--seeds",
      "1",
      "--json",
      "--data",
      "/nowhere",
    ],
    { cwd: ROOT },
  );
  expect([0, 1]).toContain(code);
  const { panels } = report.parse(JSON.parse(stdout));
  expect(panels.map(({ id }) => id)).toContain("memory.gain");
  for (const { low, value, high } of panels) {
    expect(low).toBeLessThanOrEqual(value + 1e-9);
    expect(high).toBeGreaterThanOrEqual(value - 1e-9);
  }
  expect(stderr).toContain("No recorded answers");
}, 170_000);

test("an unknown panel is refused with the ones there are", async () => {
  const child = Bun.spawn(["bun", join("tests", "eval", "main.ts"), "luck"], { cwd: ROOT, stderr: "pipe" });
  expect(await new Response(child.stderr).text()).toContain("memory, experience");
  expect(await child.exited).toBe(2);
});
