/**
 * `bun run eval [panel…] [--data DIR] [--json] [--seeds N] [--write]`: the researcher's questions, answered offline.
 *
 * Thresholds stand in thresholds.json before a run; a goal that is missed is printed as FAIL and makes the exit code 1,
 * and so does a run that measured nothing. What cannot be measured here is named beside what was, and is neither reached
 * nor missed. A wrong call, or answers of a wrong shape, end with 2 and one line. "pass?" is a goal reached by the value, but not by its whole 95 % interval. No model judges another.
 */
import { join } from "node:path";
import { type EvalArguments, readArguments, usage } from "./arguments.ts";
import { EFFECTS_FILE, whyNotWritten, writeEffects } from "./effects.ts";
import {
  isMeasured,
  judge,
  type NotMeasurable,
  type Outcome,
  type Panel,
  type PanelResult,
} from "./panel.ts";
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
import { json, summary, table } from "./report.ts";

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

/** What no arm here can show. An outcome of its own: never a pass, and never left out where its panel is run. */
const NOT_MEASURABLE: readonly (NotMeasurable & { readonly panel: string })[] = [
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

const names = PANELS.map(({ name }) => name);
const read = readArguments(process.argv.slice(2), names);
if (!read.ok) refuse(read.error);
const options: EvalArguments = read.value;
if (options.help) {
  process.stdout.write(`${usage(names)}\n`);
  process.exit(0);
}
const folder = options.data ?? join(import.meta.dir, "../../../shared/data/answers");
const found = await loadRecorded(folder);
if (!found.ok && found.error.kind === "wrong") refuse(found.error.message);
const recorded = found.ok ? found.value : null;
const lacking = found.ok ? "" : `no recorded answers: ${found.error.message}`;
if (!found.ok) {
  say(
    `No recorded answers in ${folder}: what needs them cannot be measured here. Public sources (Apache-2.0): WildEval/ZeroEval (GSM8K), TIGER-AI-Lab/MMLU-Pro eval_results; --data names a folder that holds gsm8k.json and mmlu-pro.json.`,
  );
}
const { quick } = options;
const seeds = Array.from({ length: options.seeds }, (_, index) => index + 1);
const results: PanelResult[] = [];
const elsewhere: NotMeasurable[] = [];
const isRun = (name: string): boolean => options.panels.length === 0 || options.panels.includes(name);
for (const panel of PANELS.filter(({ name }) => isRun(name))) {
  const started = performance.now();
  const outcomes = await panel.run({ recorded, lacking, seeds, quick });
  const measured = outcomes.filter(isMeasured).map(judge);
  results.push(...measured);
  elsewhere.push(...outcomes.filter((outcome) => !isMeasured(outcome)).map(reasoned));
  say(
    `\n${panel.question}  (${panel.name}, seeds ${seeds[0]}–${seeds.at(-1)}, ${((performance.now() - started) / 1_000).toFixed(1)} s)`,
  );
  say(measured.length === 0 ? "not measurable here" : table(measured));
}
elsewhere.push(
  ...NOT_MEASURABLE.filter(({ panel }) => isRun(panel)).map(({ id, reason }) => ({ id, reason })),
);
say(summary(results, elsewhere));
if (options.json) process.stdout.write(`${json(results, elsewhere)}\n`);
if (options.write) {
  const run = {
    results,
    notMeasurable: NOT_MEASURABLE,
    measuredOn: new Date().toISOString().slice(0, 10),
    seeds: seeds.length,
    quick,
    hasRecorded: recorded !== null,
  };
  const problem = whyNotWritten(run);
  if (problem !== null) refuse(problem);
  await writeEffects(run);
  say(`written to ${EFFECTS_FILE}`);
}
process.exit(results.length > 0 && results.every(({ passed }) => passed) ? 0 : 1);

function say(line: string): void {
  if (options.json) process.stderr.write(`${line}\n`);
  else process.stdout.write(`${line}\n`);
}

function refuse(problem: string): never {
  process.stderr.write(`${problem}\n`);
  process.exit(2);
}

function reasoned(outcome: Outcome): NotMeasurable {
  return "reason" in outcome ? outcome : { id: outcome.id, reason: "these answers give no value" };
}
