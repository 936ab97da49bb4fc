/**
 * Whether a synthesis follows from its contributions: what a validating spore and an offline verifier both check.
 *
 * The contributions are put through the rule once more with the beliefs that the synthesis recorded. Whether those
 * beliefs are right is another question, which only somebody with evidence of his own can ask.
 */
import type { Entry } from "../contract/entry.ts";
import type { Label } from "../contract/label.ts";
import { type EntryId, replicaKey } from "../ids.ts";
import { tally } from "./aggregate.ts";
import { aggregateVotes, confidenceOf, recordedPanel, type VotedTask } from "./votes.ts";

/** Allows for the last bits of floating point on another machine, nothing more. */
const TOLERANCE = 1e-6;

/** @returns what does not follow, in words; empty when all of it does. What came after the synthesis is no part of it. */
export function synthesisProblems(
  { body, parents }: Pick<Entry<Label, "synthesis">, "body" | "parents">,
  { question, form, contributions: known }: Omit<VotedTask, "known">,
): readonly string[] {
  const problems: string[] = [];
  const named = new Set<EntryId>(parents);
  const task = {
    question,
    form,
    contributions: known.filter(({ id }) => named.has(id)),
    known,
  };
  const authorOf = new Map<EntryId, string>(
    task.contributions.map(({ id, entry }) => [id, replicaKey(entry.replica)]),
  );
  const voices = body.weights.map(({ contribution, weight }) => ({
    id: contribution,
    author: authorOf.get(contribution) ?? "",
    weight,
  }));
  const best = tally(
    body.clusters.map(({ members, value }) => ({ members, value })),
    voices,
  ).clusters[0];
  const posterior = best?.posterior ?? 0;
  if (differ(posterior, body.posterior)) {
    problems.push(`the posterior is ${posterior.toFixed(4)}, not ${body.posterior.toFixed(4)}`);
  }
  if (body.outcome === "converged" && voices.length === 0) {
    problems.push("an answer without a voice behind it");
  }
  const panel = recordedPanel(body, task.contributions);
  const again = aggregateVotes(task, body.cycle, panel);
  const weightOf = new Map(again.voices.map(({ id, weight }) => [id, weight]));
  if (
    voices.length !== again.voices.length ||
    voices.some(({ id, weight }) => differ(weightOf.get(id) ?? -1, weight))
  ) {
    problems.push("a weight does not follow from the contributions");
  }
  if (shapeOf(again.clusters) !== shapeOf(body.clusters)) {
    problems.push("the clusters do not follow from the contributions");
  }
  if (differ(confidenceOf(task.contributions, again, panel).calibrated, body.confidence)) {
    problems.push("the confidence does not follow from what the supporters stated");
  }
  return problems;
}

function differ(a: number, b: number): boolean {
  return Math.abs(a - b) > TOLERANCE;
}

function shapeOf(clusters: readonly { readonly members: readonly string[] }[]): string {
  return clusters.map(({ members }) => [...members].sort().join()).join("|");
}
