/**
 * Whether a synthesis follows from its contributions: what a validating spore and an offline verifier both check.
 *
 * The contributions are put through the rule once more with the beliefs that the synthesis recorded. Whether those
 * beliefs are right is another question, which only somebody with evidence of his own can ask.
 *
 * The text is bound as well: it is the words of the contribution that stands for the winner, or it was worded by a model,
 * which nothing here can check. `isOwnWords` tells the two apart.
 */
import type { Body, Entry } from "../contract/entry.ts";
import type { Label } from "../contract/label.ts";
import { type EntryId, replicaKey } from "../ids.ts";
import { type Aggregate, tally } from "./aggregate.ts";
import { EMBEDDED_PROVIDER } from "./model-correlation.ts";
import {
  aggregateVotes,
  type ContributionEntry,
  confidenceOf,
  recordedPanel,
  type VotedTask,
} from "./votes.ts";

/** Allows for the last bits of floating point on another machine, nothing more. */
const TOLERANCE = 1e-6;

/**
 * Lengths to which what explains a synthesis may be cut so that the entry fits, in UTF-16 code units of a cluster's text;
 * its own text may be TEXT_PER_CUT times as long.
 */
export const CUTS: readonly number[] = [500, 250, 125, 62, 31, 15, 7, 3, 1];
const TEXT_PER_CUT = 12;

/** The text of a synthesis after a cut to one of CUTS. */
export function cutText(text: string, cut: number): string {
  return text.slice(0, cut * TEXT_PER_CUT).toWellFormed();
}

type Stated = Pick<Body<"synthesis">, "text" | "clusters" | "weights">;

/** Whether the text is what the contribution that stands for the winner says, word for word, and no model's wording of it. */
export function isOwnWords(body: Stated, contributions: readonly ContributionEntry[]): boolean {
  return body.text === (winnersWords(body, contributions) ?? "");
}

/** What the contribution that stands for the winner says; null where nothing won. */
export function winnersWords(
  { clusters, weights }: Stated,
  contributions: readonly ContributionEntry[],
): string | null {
  const voices = weights.map(({ contribution, weight }) => ({ id: contribution, author: "", weight }));
  const best = tally(
    clusters.map(({ members, value }) => ({ members, value })),
    voices,
  ).clusters[0];
  const representative = contributions.find(({ id }) => id === best?.representative);
  return representative?.entry.body.hypothesis ?? null;
}

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
  problems.push(
    ...statementProblems(body, again, task.contributions),
    ...textProblems(body, task.contributions),
  );
  if (differ(confidenceOf(task.contributions, again, panel).calibrated, body.confidence)) {
    problems.push("the confidence does not follow from what the supporters stated");
  }
  return problems;
}

/** What is said of the clusters and the answer, beside who is in them. */
function statementProblems(
  body: Body<"synthesis">,
  again: Aggregate,
  contributions: readonly ContributionEntry[],
): readonly string[] {
  const problems: string[] = [];
  const said = new Map<string, string>(contributions.map(({ id, entry }) => [id, entry.body.hypothesis]));
  if (body.value !== (again.winner?.value ?? null)) problems.push("the value is not the winner's");
  const misstated = body.clusters.some(({ value, mass, posterior, text }, place) => {
    const cluster = again.clusters[place];
    return (
      cluster !== undefined &&
      (value !== cluster.value ||
        differ(mass, cluster.mass) ||
        differ(posterior, cluster.posterior) ||
        // Of members that weigh the same the last bit of a sum decides which stands for them: any will do.
        ![cluster.text, ...cluster.members.map((id) => said.get(id) ?? "")].some((words) =>
          CUTS.some((cut) => text === words.slice(0, cut).toWellFormed()),
        ))
    );
  });
  if (misstated) problems.push("what is said of a cluster does not follow from its members");
  return problems;
}

function textProblems(
  body: Body<"synthesis">,
  contributions: readonly ContributionEntry[],
): readonly string[] {
  if (isOwnWords(body, contributions)) return [];
  const words = winnersWords(body, contributions);
  if (words === null) return ["a text without a winner"];
  // Cut so that the entry fits: no fault, but a half sentence may say the contrary, so it is not the winner's word either.
  if (CUTS.some((cut) => body.text === cutText(words, cut))) return [];
  // The embedded reasoner words nothing: it quotes.
  return body.provider === EMBEDDED_PROVIDER || body.provider === "none"
    ? ["the text is not what the winner says"]
    : [];
}

function differ(a: number, b: number): boolean {
  return Math.abs(a - b) > TOLERANCE;
}

function shapeOf(clusters: readonly { readonly members: readonly string[] }[]): string {
  return clusters.map(({ members }) => [...members].sort().join()).join("|");
}
