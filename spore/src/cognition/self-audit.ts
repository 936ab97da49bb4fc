/** The delta band: audits calibration, asks itself at most one question a day, and looks for what nobody was told. */
import { contentOf, isKind } from "@synapse/shared/contract/entry.ts";
import { mostRestricted } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { isIndependent } from "@synapse/shared/rule/votes.ts";
import { foldTask } from "../reasoning/task-state.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { analyze } from "../retrieval/analyzer.ts";
import { topicOf } from "../trust/topic.ts";
import type { CognitionDeps } from "./cognition-port.ts";
import {
  type Convergence,
  findConvergence,
  findSynthesis,
  type SynthesisFound,
} from "./emergence-detector.ts";
import type { Intake } from "./intake.ts";
import {
  AUDIT_ITEMS_MIN,
  audit,
  type Calibration,
  chooseDoubt,
  type Doubt,
} from "./metacognitive-auditor.ts";
import type { Thought } from "./thought-writer.ts";

export const DAY_MS = 24 * 3_600_000;
/** Entries followed up the provenance DAG for one claim; more than any task has. */
const ANCESTORS_MAX = 400;
/** Syntheses looked at in one band. */
const SYNTHESES_MAX = 20;

export function report(intake: Intake): readonly Calibration[] {
  return audit(intake.graded);
}

/** The audit as a thought, where enough was graded to say something. */
export function auditThought(calibrations: readonly Calibration[]): Thought | null {
  const [all, ...topics] = calibrations;
  if (all === undefined || all.items < AUDIT_ITEMS_MIN) return null;
  const worst = topics.find(({ mode }) => mode !== "sound");
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const text = [
    `Of ${all.items} graded answers ${percent(all.accuracy)} were right, while ${percent(all.confidence)} was claimed (Brier ${all.brier.toFixed(3)}, calibration error ${all.ece.toFixed(3)}).`,
    worst === undefined
      ? "No topic stands out."
      : `Weakest topic: ${worst.topic}, ${worst.mode}: ${percent(worst.accuracy)} right at ${percent(worst.confidence)} claimed.`,
  ].join(" ");
  return {
    part: "metacognition",
    form: "audit",
    content: text,
    novelty: 1,
    noveltyMin: 0,
    sources: [],
    details: { items: all.items, brier: all.brier, ece: all.ece, mode: worst?.mode ?? "sound" },
    salience: null,
  };
}

/**
 * Asks the swarm one of the open doubts, if today's question was not asked yet. One that rests on private memories
 * becomes a private task, which no model elsewhere is shown (reasoning/model-reasoner.ts).
 *
 * @returns the doubt that is settled with that, and the thought that says so, or null where it was not worth asking.
 */
export async function askItself(
  deps: CognitionDeps,
  intake: Intake,
  doubts: readonly Doubt[],
): Promise<{ readonly thought: Thought | null; readonly doubt: Doubt } | null> {
  if (intake.questionsSince(deps.now() - DAY_MS) >= deps.settings.questionsPerDay()) return null;
  const ordered = deps.settings.isOn("curiosity")
    ? intake.curiosity.order(doubts, ({ question }) => analyze(question).terms)
    : doubts;
  const doubt = chooseDoubt(ordered, report(intake));
  if (doubt === null) return null;
  const sources = await deps.store.get(doubt.sources as EntryId[]);
  // The question quotes every source, so the label comes from all of them; of what was hidden since nothing is asked.
  if (sources.length < doubt.sources.length || !sources.every(deps.replica.isVisible)) {
    return { thought: null, doubt };
  }
  const label = mostRestricted(sources.map(({ entry }) => entry.label));
  // Asked among the commander's own spores at most: nobody's network is for our doubts.
  const asked = await deps.replica.append([
    {
      label: label === "public" ? "cluster" : label,
      kind: "task",
      body: { description: doubt.question, priority: "low" },
      parents: sources.map(({ id }) => id),
    },
  ]);
  if (!asked.ok) return null;
  const task = asked.value[0]?.id ?? "";
  const thought: Thought = {
    part: "metacognition",
    form: "question",
    content: doubt.question,
    novelty: 1,
    noveltyMin: 0,
    sources,
    details: { task, topic: topicOf(doubt.question) },
    salience: null,
  };
  return { thought, doubt };
}

/** What converged or was synthesised, as thoughts that name their evidence. */
export async function emergences(deps: CognitionDeps, intake: Intake): Promise<Thought[]> {
  const ancestors = await ancestorsOf(
    deps,
    intake.claims.map(({ id }) => id as EntryId),
  );
  const converged = findConvergence(intake.claims, (id) => ancestors.get(id as EntryId) ?? new Set());
  const found: (Convergence | SynthesisFound)[] = [...converged];
  const recent = await deps.store.recent({ kinds: ["synthesis"] }, SYNTHESES_MAX);
  for (const synthesis of recent) {
    const one = isKind(synthesis, "synthesis") ? await synthesisOf(deps, synthesis) : null;
    if (one !== null) found.push(one);
  }
  return await Promise.all(found.map((one) => emergenceThought(one, deps)));
}

async function emergenceThought(found: Convergence | SynthesisFound, deps: CognitionDeps): Promise<Thought> {
  const evidence =
    found.kind === "convergence" ? found.witnesses.map(({ id }) => id) : [found.id, ...found.inputs];
  const sources = await deps.store.get([...new Set(evidence)] as EntryId[]);
  const text =
    found.kind === "convergence"
      ? `${found.witnesses.length} authors who share no source say the same: “${found.text}”`
      : `An answer that none of ${found.inputs.length} independent contributions held: “${found.text}”`;
  return {
    part: "emergence",
    form: "emergence",
    content: text.slice(0, 2_000).toWellFormed(),
    novelty: 1,
    noveltyMin: 0,
    sources,
    details: { found: found.kind, evidence: evidence.slice(0, 32) },
    salience: 1,
  };
}

async function synthesisOf(
  deps: CognitionDeps,
  synthesis: StoredEntry & { entry: { kind: "synthesis" } },
): Promise<SynthesisFound | null> {
  const { body } = synthesis.entry;
  if (body.outcome !== "converged") return null;
  const state = foldTask(body.task, await deps.store.ofTask(body.task));
  if (state === null) return null;
  const ids = new Set(state.contributions.map(({ id }) => id));
  const independent = state.contributions.filter((one) => !one.entry.body.abstain && isIndependent(one, ids));
  const quoted = await deps.store.get(
    state.contributions.flatMap(({ entry }) => entry.body.citations.map(({ id }) => id)),
  );
  return findSynthesis({
    id: synthesis.id,
    text: body.text,
    value: body.value,
    form: state.task.entry.body.answer ?? null,
    independent: independent.map(({ id, entry }) => ({
      id,
      text: entry.body.hypothesis,
      value: entry.body.value,
    })),
    quoted: quoted.map(({ entry }) => contentOf(entry) ?? ""),
  });
}

async function ancestorsOf(
  deps: CognitionDeps,
  ids: readonly EntryId[],
): Promise<Map<EntryId, ReadonlySet<string>>> {
  const parents = new Map<EntryId, readonly EntryId[]>();
  let level = [...new Set(ids)];
  while (level.length > 0 && parents.size < ANCESTORS_MAX * 8) {
    const stored = await deps.store.get(level.slice(0, ANCESTORS_MAX));
    for (const { id, entry } of stored) parents.set(id, entry.parents);
    level = [...new Set(stored.flatMap(({ entry }) => entry.parents))].filter((id) => !parents.has(id));
  }
  const closure = (id: EntryId): ReadonlySet<string> => {
    const found = new Set<EntryId>();
    const open = [...(parents.get(id) ?? [])];
    while (open.length > 0 && found.size < ANCESTORS_MAX) {
      const next = open.pop() as EntryId;
      if (found.has(next)) continue;
      found.add(next);
      open.push(...(parents.get(next) ?? []));
    }
    return found;
  };
  return new Map([...new Set(ids)].map((id) => [id, closure(id)]));
}
