/**
 * `bun run eval [panel…] [--data DIR] [--json] [--seeds N] [--write]`: the researcher's questions, answered offline.
 *
 * Thresholds stand in thresholds.json before a run; a goal that is missed is printed as FAIL and makes the exit code 1.
 * "pass?" is a goal reached by the value, but not by its whole 95 % interval. No model judges another.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { EFFECTS_FILE, whyNotWritten, writeEffects } from "./effects.ts";
import { judge, type Panel, type PanelResult } from "./panel.ts";
import { ablation } from "./panels/ablation.ts";
import { cognition } from "./panels/cognition.ts";
import { diversity } from "./panels/diversity.ts";
import { experience } from "./panels/experience.ts";
import { mechanisms } from "./panels/mechanisms.ts";
import { memory } from "./panels/memory.ts";
import { robustness } from "./panels/robustness.ts";
import { scale } from "./panels/scale.ts";
import { separation } from "./panels/separation.ts";
import { loadRecorded } from "./questions.ts";
import { json, table } from "./report.ts";

const PANELS: readonly Panel[] = [
  memory,
  experience,
  diversity,
  separation,
  robustness,
  scale,
  ablation,
  mechanisms,
  cognition,
];
const SEEDS_DEFAULT = 5;

/** What no arm here can show. An outcome of its own: never a pass, and never left out where its panel is run. */
const NOT_MEASURABLE: readonly { readonly panel: string; readonly id: string; readonly reason: string }[] = [
  {
    panel: scale.name,
    id: "scale.thousand",
    reason:
      "this panel ends at 100 spores. 1,000 are judged by the same goals in `bun run bench sim` (docs/replication.md has the figures)",
  },
  {
    panel: ablation.name,
    id: "ablation.exploration",
    reason: "in both worlds all that recall finds fits the context, so there is no beyond",
  },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string" },
    json: { type: "boolean", default: false },
    seeds: { type: "string", default: String(SEEDS_DEFAULT) },
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

const say = (line: string): void => {
  if (values.json) process.stderr.write(`${line}\n`);
  else process.stdout.write(`${line}\n`);
};

const unknown = positionals.filter((name) => !PANELS.some((panel) => panel.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `no such panel: ${unknown.join(", ")}. There are: ${PANELS.map(({ name }) => name).join(", ")}\n`,
  );
  process.exit(2);
}

const folder = values.data ?? join(import.meta.dir, "../../../shared/data/answers");
const recorded = await loadRecorded(folder);
if (recorded === null) {
  say(
    `No recorded answers in ${folder}: panels that need them are left out. Public sources (Apache-2.0): WildEval/ZeroEval (GSM8K), TIGER-AI-Lab/MMLU-Pro eval_results; --data names a folder that holds gsm8k.json and mmlu-pro.json.`,
  );
}
const seeds = Array.from(
  { length: Math.max(1, Number(values.seeds) || SEEDS_DEFAULT) },
  (_, index) => index + 1,
);
const results: PanelResult[] = [];
const isRun = (name: string): boolean => positionals.length === 0 || positionals.includes(name);
for (const panel of PANELS.filter(({ name }) => isRun(name))) {
  const started = performance.now();
  const measured = (await panel.run({ recorded, seeds, quick: values.quick })).map(judge);
  results.push(...measured);
  say(
    `\n${panel.question}  (${panel.name}, seeds ${seeds[0]}–${seeds.at(-1)}, ${((performance.now() - started) / 1_000).toFixed(1)} s)`,
  );
  say(measured.length === 0 ? "not measurable here: no recorded answers" : table(measured));
}
const elsewhere = NOT_MEASURABLE.filter(({ panel }) => isRun(panel));
if (elsewhere.length > 0) {
  say(`\nNot measurable here:\n${elsewhere.map(({ id, reason }) => `  ${id}: ${reason}`).join("\n")}`);
}
const failed = results.filter(({ passed }) => !passed);
say(
  `\n${results.length - failed.length} of ${results.length} goals reached${failed.length === 0 ? "" : `; missed: ${failed.map(({ id }) => id).join(", ")}`}`,
);
if (values.json) process.stdout.write(`${json(results, elsewhere)}\n`);
if (values.write) {
  const run = {
    results,
    notMeasurable: NOT_MEASURABLE,
    measuredOn: new Date().toISOString().slice(0, 10),
    seeds: seeds.length,
    quick: values.quick,
    hasRecorded: recorded !== null,
  };
  const problem = whyNotWritten(run);
  if (problem !== null) {
    process.stderr.write(`${problem}\n`);
    process.exit(2);
  }
  await writeEffects(run);
  say(`written to ${EFFECTS_FILE}`);
}
process.exit(failed.length === 0 ? 0 : 1);
