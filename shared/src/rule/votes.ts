/**
 * From contributions as they stand in the replicated set to an aggregate: the one way, live and offline.
 *
 * Each author counts once, with the newest word up to a cycle. A vote is independent when no contribution to the same
 * task is among its parents, or when it is still what its author said blind: who was not moved repeats nobody.
 */
import type { AnswerForm, Body, SignedEntry } from "../contract/entry.ts";
import type { Label } from "../contract/label.ts";
import { type EntryId, type PublicKey, replicaKey } from "../ids.ts";
import { type Aggregate, aggregate } from "./aggregate.ts";
import { clusterAnswers } from "./agreement.ts";
import { answerConfidence } from "./confidence.ts";
import { calibrated, FRESH_PANEL, type PanelRecord, panelCorrelation } from "./panel.ts";

export type ContributionEntry = SignedEntry<Label, "contribution">;

export interface VotedTask {
  readonly question: string;
  readonly form: AnswerForm | undefined;
  /** What may be counted. */
  readonly contributions: readonly ContributionEntry[];
  /** All contributions to the task that are known, by which independence is told; absent: those above. */
  readonly known?: readonly ContributionEntry[];
}

/** Voices that fit into one synthesis with clusters, parents and text. The effective number never comes near it. */
export const VOICES_MAX = 32;

/** Each author's newest contribution up to and including a cycle. */
export function latestByAuthor(
  contributions: readonly ContributionEntry[],
  cycle: number,
): Map<PublicKey, ContributionEntry> {
  const latest = new Map<PublicKey, ContributionEntry>();
  for (const one of contributions) {
    const author = replicaKey(one.entry.replica);
    const known = latest.get(author);
    if (one.entry.body.cycle > cycle) continue;
    if (known === undefined || known.entry.body.cycle < one.entry.body.cycle) latest.set(author, one);
  }
  return latest;
}

/** Blind: none of its parents is a contribution to the same task. */
export function isIndependent(one: ContributionEntry, ids: ReadonlySet<EntryId>): boolean {
  return !one.entry.parents.some((parent) => ids.has(parent));
}

/** Whether a vote is in other words what the same author said before reading anybody. */
function isUnmoved(
  one: ContributionEntry,
  known: readonly ContributionEntry[],
  ids: ReadonlySet<EntryId>,
  { form, question }: VotedTask,
): boolean {
  const author = replicaKey(one.entry.replica);
  const blind = known
    .filter(
      (other) =>
        replicaKey(other.entry.replica) === author &&
        other.entry.body.cycle < one.entry.body.cycle &&
        !other.entry.body.abstain &&
        isIndependent(other, ids),
    )
    .sort((a, b) => a.entry.body.cycle - b.entry.body.cycle || (a.id < b.id ? -1 : 1))[0];
  if (blind === undefined) return false;
  const items = [blind, one].map(({ id, entry }) => ({
    id,
    text: entry.body.hypothesis,
    value: entry.body.value,
    citations: entry.body.citations.map((citation) => citation.id),
  }));
  const { clusters, silent } = clusterAnswers(items, { form, question });
  return clusters.length === 1 && silent.length === 0;
}

export function aggregateVotes(task: VotedTask, cycle: number, panel: PanelRecord): Aggregate {
  const latest = votesOf(task, cycle, panel);
  const known = task.known ?? task.contributions;
  const ids = new Set(known.map(({ id }) => id));
  return aggregate({
    form: task.form,
    question: task.question,
    correlation: panelCorrelation(latest.map(statedSource), panel),
    damping: panel.damping,
    interference: panel.interference,
    contributions: latest.map((one) => {
      const { body } = one.entry;
      const author = replicaKey(one.entry.replica);
      return {
        id: one.id,
        author,
        text: body.hypothesis,
        value: body.value,
        confidence: body.confidence,
        abstain: body.abstain,
        weight: panel.trust.get(author) ?? 1,
        independent: isIndependent(one, ids) || isUnmoved(one, known, ids, task),
        citations: body.citations.map(({ id }) => id),
      };
    }),
  });
}

/** The beliefs that a synthesis says it was weighed with. */
export function recordedPanel(
  { panel, weights }: Pick<Body<"synthesis">, "panel" | "weights">,
  contributions: readonly ContributionEntry[],
): PanelRecord {
  const authors = new Map<string, string>(
    contributions.map(({ id, entry }) => [id, replicaKey(entry.replica)]),
  );
  const voices = weights.map(({ contribution, ...rest }) => ({
    ...rest,
    author: authors.get(contribution) ?? "",
  }));
  return {
    trust: new Map(
      voices.flatMap(({ author, trust }) => (trust === undefined ? [] : [[author, trust] as const])),
    ),
    pairs: (panel?.pairs ?? []).map(([a, b, errors]) => ({
      a: voices[a]?.author ?? "",
      b: voices[b]?.author ?? "",
      errors,
    })),
    damping: panel?.damping ?? FRESH_PANEL.damping,
    interference: panel?.interference ?? FRESH_PANEL.interference,
    calibration: panel?.calibration ?? FRESH_PANEL.calibration,
    grounds: new Map(voices.map(({ author, evidence }) => [author, evidence])),
  };
}

/** Each author's newest word; of more authors than a synthesis can hold, the most trusted that say anything. */
function votesOf({ contributions }: VotedTask, cycle: number, { trust }: PanelRecord): ContributionEntry[] {
  const latest = [...latestByAuthor(contributions, cycle)];
  const weightOf = (author: string, one: ContributionEntry): number =>
    one.entry.body.abstain ? -1 : (trust.get(author) ?? 1);
  return latest
    .sort(([a, one], [b, other]) => weightOf(b, other) - weightOf(a, one) || (a < b ? -1 : 1))
    .slice(0, VOICES_MAX)
    .map(([, one]) => one);
}

/** What the winner's supporters stated, put together and read as graded answers have taught to read it. */
export function confidenceOf(
  contributions: readonly ContributionEntry[],
  { winner, voices }: Pick<Aggregate, "winner" | "voices">,
  panel: PanelRecord,
): { readonly stated: number; readonly calibrated: number } {
  if (winner === null) return { stated: 0, calibrated: 0 };
  const members = contributions.filter(({ id }) => winner.members.includes(id));
  const weightOf = new Map(voices.map(({ id, weight }) => [id, weight]));
  const supporters = members.map(({ id, entry }) => ({
    author: replicaKey(entry.replica),
    weight: weightOf.get(id) ?? 0,
    confidence: entry.body.confidence,
  }));
  const stated = answerConfidence(
    supporters,
    winner.mass,
    panelCorrelation(members.map(statedSource), panel),
  );
  return { stated, calibrated: calibrated(stated, panel.calibration) };
}

function statedSource({ entry }: ContributionEntry) {
  return {
    author: replicaKey(entry.replica),
    provider: entry.body.provider,
    model: entry.body.model,
  };
}
