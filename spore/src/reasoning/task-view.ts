/** A task as the outside sees it: the shapes of shared/src/contract/status.ts, from a folded state. Pure. */

import { contentOf, type Phase } from "@synapse/shared/contract/entry.ts";
import type { Delta, TaskDetail, TaskStatus, TaskSummary } from "@synapse/shared/contract/status.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import { type ContributionEntry, isIndependent } from "@synapse/shared/rule/votes.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Progress } from "./rounds.ts";
import type { TaskState } from "./task-state.ts";

/** The display name of a spore key. */
export type NameOf = (key: PublicKey) => string;

export const toInstant = (ms: number): string => new Date(ms).toISOString();

/** By the phase, which says whether an answer is the end: a disputed one is none while somebody may still do better. */
export function statusOf({ contributions }: TaskState, phase: Phase): TaskStatus {
  if (phase === "done") return "converged";
  if (phase === "unresolved") return "unresolved";
  return contributions.length === 0 ? "queued" : "reasoning";
}

export function toTaskSummary(state: TaskState, progress: Progress, nameOf: NameOf): TaskSummary {
  const { entry } = state.task;
  const status = statusOf(state, progress.phase);
  const ended = status === "converged" || status === "unresolved";
  const answer = ended ? state.answer?.synthesis.entry.body : undefined;
  return {
    task_id: state.task.id,
    description: entry.body.description,
    label: entry.label,
    priority: entry.body.priority,
    status,
    phase: progress.phase,
    cycle: latestCycle(state),
    converged: status === "converged",
    final_answer: answer && answer.text !== "" ? answer.text : null,
    confidence: answer?.confidence ?? null,
    agreement: progress.rounds.at(-1)?.aggregate.agreement ?? null,
    contributors: contributors(state, nameOf),
    deltas: state.contributions.length,
    author: nameOf(replicaKey(entry.replica)),
    created_at: toInstant(entry.clock[0]),
    updated_at: toInstant(state.updatedAt),
  };
}

/** @param contributions ids of all of the task: who was shown one of them is not independent. */
export function toDelta(one: ContributionEntry, contributions: ReadonlySet<EntryId>, nameOf: NameOf): Delta {
  const { body } = one.entry;
  const author = replicaKey(one.entry.replica);
  return {
    id: one.id,
    author,
    spore: nameOf(author),
    role: body.role,
    provider: body.provider,
    model: body.model,
    cycle: body.cycle,
    phase: body.phase,
    temperature: body.temperature,
    hypothesis: body.hypothesis,
    hypotheses: body.hypotheses,
    claims: body.claims,
    citations: body.citations,
    confidence: body.confidence,
    value: body.value,
    abstain: body.abstain,
    independent: isIndependent(one, contributions),
    response_to_peers: body.response_to_peers,
    parents: [...one.entry.parents],
    created_at: toInstant(one.entry.clock[0]),
  };
}

/** `sources`: the cited entries, as far as this spore holds them. */
export function toTaskDetail(
  state: TaskState,
  progress: Progress,
  sources: ReadonlyMap<EntryId, StoredEntry>,
  nameOf: NameOf,
): TaskDetail {
  const summary = toTaskSummary(state, progress, nameOf);
  const answer = state.answer;
  const body = answer?.synthesis.entry.body;
  const last = progress.rounds.at(-1)?.aggregate;
  const contributions = new Set(state.contributions.map(({ id }) => id));
  return {
    task_id: summary.task_id,
    description: summary.description,
    label: summary.label,
    priority: summary.priority,
    answer_form: state.task.entry.body.answer ?? null,
    author: summary.author,
    status: summary.status,
    phase: summary.phase,
    cycle: summary.cycle,
    converged: summary.converged,
    final_answer: summary.final_answer,
    value: body?.value ?? null,
    confidence: summary.confidence,
    posterior: body?.posterior ?? null,
    validation: answer?.entry.entry.body.verdict ?? null,
    contributors: summary.contributors,
    citations: (body?.citations ?? []).map(({ id, quote }) => {
      const source = sources.get(id);
      return { id, quote, content: source ? contentOf(source.entry) : null };
    }),
    deltas: state.contributions.map((one) => toDelta(one, contributions, nameOf)),
    agreement_history: progress.rounds.map((round) => ({
      cycle: round.cycle,
      agreement: round.aggregate.agreement,
      velocity: round.velocity,
      clusters: round.aggregate.clusters.length,
      at: toInstant(round.at),
    })),
    hypotheses: (last?.clusters ?? []).map(({ text, posterior, authors }) => ({
      text,
      weight: posterior,
      holders: authors.map((author) => nameOf(author as PublicKey)),
    })),
    dissent: (body?.dissent ?? []).map(({ text, holders }) => ({ text, holders: holders.map(nameOf) })),
    synthesis_id: answer?.synthesis.id ?? null,
    answer_id: answer?.entry.id ?? null,
    reason: summary.status === "unresolved" ? reasonOf(state) : null,
    created_at: summary.created_at,
    updated_at: summary.updated_at,
  };
}

function reasonOf(state: TaskState): string | null {
  const body = state.answer?.synthesis.entry.body;
  if (body === undefined) return null;
  const { verdict, note } = state.answer?.entry.entry.body ?? {};
  if (verdict === "disputed") return `a second spore disputes the answer: ${note}`;
  if (body.weights.length === 0) return "no spore found anything relevant in what it may read";
  return `the best answer reached a posterior of ${body.posterior.toFixed(2)}; the spores did not agree`;
}

function latestCycle(state: TaskState): number {
  return state.contributions.reduce((latest, { entry }) => Math.max(latest, entry.body.cycle), 0);
}

function contributors(state: TaskState, nameOf: NameOf): string[] {
  return [...new Set(state.contributions.map(({ entry }) => nameOf(replicaKey(entry.replica))))].sort();
}
