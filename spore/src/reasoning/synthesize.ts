/**
 * From contributions to one answer, and the check of it by another spore.
 *
 * The synthesis names its inputs, the clusters, the weights as used and the rule; anybody can put the same inputs
 * through the same rule. A validator does exactly that before it signs, and also looks every quotation up.
 */

import type { Body, Citation } from "@synapse/shared/contract/entry.ts";
import { contentOf } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, isPublicKey, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { type Aggregate, tally } from "@synapse/shared/rule/aggregate.ts";
import { answerConfidence } from "@synapse/shared/rule/confidence.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Draft } from "../replica/replica.ts";
import type { ReasoningLimits } from "./limits.ts";
import { correlationOf } from "./rounds.ts";
import type { SynthesisEntry, TaskState } from "./task-state.ts";

/** What a model made of the winning cluster, or null: then the representative's own words stand. */
export interface Wording {
  readonly text: string;
  readonly provider: string;
  readonly model: string;
}

const CITATIONS_MAX = 12;
const PARENTS_MAX = 60;
const CLUSTER_TEXT_CHARS = 500;
/** A validator allows for the last bits of floating point, nothing more. */
const POSTERIOR_TOLERANCE = 1e-6;

export function toSynthesis(
  state: TaskState,
  cycle: number,
  result: Aggregate,
  limits: ReasoningLimits,
  wording: Wording | null,
): Draft<Label, "synthesis"> {
  const byId = new Map<string, TaskState["contributions"][number]>(
    state.contributions.map((one) => [one.id, one]),
  );
  const winner = result.winner;
  const representative = winner ? byId.get(winner.representative) : undefined;
  const members = winner?.members.flatMap((id) => byId.get(id) ?? []) ?? [];
  const citations = mergeCitations([
    ...(representative ? [representative.entry.body.citations] : []),
    ...members.map(({ entry }) => entry.body.citations),
  ]);
  const converged = winner !== null && result.posterior >= limits.acceptedPosterior;
  const body: Body<"synthesis"> = {
    task: state.task.id,
    cycle,
    text: wording?.text ?? representative?.entry.body.hypothesis ?? "",
    value: winner?.value ?? null,
    outcome: converged ? "converged" : "unresolved",
    posterior: result.posterior,
    confidence: confidenceOf(state, result),
    clusters: result.clusters.slice(0, 32).map((cluster) => ({
      members: cluster.members as EntryId[],
      value: cluster.value,
      mass: cluster.mass,
      posterior: cluster.posterior,
      text: cluster.text.slice(0, CLUSTER_TEXT_CHARS),
    })),
    weights: result.voices.slice(0, 64).map(({ id, weight }) => ({
      contribution: id as EntryId,
      weight,
      evidence: [],
    })),
    dissent: result.dissent.slice(0, 16).map(({ text, holders }) => ({
      text: text.slice(0, CLUSTER_TEXT_CHARS),
      holders: holders.filter(isPublicKey) as PublicKey[],
    })),
    citations,
    provider: wording?.provider ?? representative?.entry.body.provider ?? "none",
    model: wording?.model ?? representative?.entry.body.model ?? "none",
    rule: result.rule,
    embedder: "none",
  };
  const inputs = [...result.voices.map(({ id }) => id as EntryId), ...(result.abstained as EntryId[])];
  const parents = [...new Set([state.task.id, ...inputs, ...citations.map(({ id }) => id)])].slice(
    0,
    PARENTS_MAX,
  );
  return { label: state.task.entry.label, kind: "synthesis", body, parents };
}

/** What the winner's supporters stated, put together. */
export function confidenceOf(state: TaskState, result: Pick<Aggregate, "winner" | "voices">): number {
  const { winner } = result;
  if (winner === null) return 0;
  const members = state.contributions.filter(({ id }) => winner.members.includes(id));
  const weightOf = new Map(result.voices.map(({ id, weight }) => [id, weight]));
  const supporters = members.map(({ id, entry }) => ({
    author: replicaKey(entry.replica),
    weight: weightOf.get(id) ?? 0,
    confidence: entry.body.confidence,
  }));
  return answerConfidence(supporters, winner.mass, correlationOf(members));
}

/** Round robin over the lists, so that each contribution's best quotation comes before anybody's second one. */
function mergeCitations(lists: readonly (readonly Citation[])[]): Citation[] {
  const merged = new Map<EntryId, Citation>();
  const longest = Math.max(0, ...lists.map((list) => list.length));
  for (let rank = 0; rank < longest; rank++) {
    for (const list of lists) {
      const citation = list[rank];
      if (citation && !merged.has(citation.id)) merged.set(citation.id, citation);
    }
  }
  return [...merged.values()].slice(0, CITATIONS_MAX);
}

export interface Verdict {
  readonly verdict: "confirmed" | "disputed";
  readonly note: string;
}

/**
 * Checks a synthesis against its inputs. `sources` are the entries it cites, as far as this spore holds them; one it
 * lacks is a reason to wait, which the caller decides, so it is reported apart.
 */
export function checkSynthesis(
  synthesis: SynthesisEntry,
  state: TaskState,
  sources: ReadonlyMap<EntryId, StoredEntry>,
): Verdict | { readonly verdict: "incomplete"; readonly missing: readonly EntryId[] } {
  const { body } = synthesis.entry;
  const known = new Map(state.contributions.map((one) => [one.id, one]));
  const missing = [
    ...body.weights.flatMap(({ contribution }) => (known.has(contribution) ? [] : [contribution])),
    ...body.citations.flatMap(({ id }) => (sources.has(id) ? [] : [id])),
  ];
  if (missing.length > 0) return { verdict: "incomplete", missing };
  const problems: string[] = [];
  for (const { id, quote } of body.citations) {
    const source = sources.get(id);
    if (quote !== "" && source && !(contentOf(source.entry) ?? "").includes(quote)) {
      problems.push(`a quotation does not stand in memory ${id.slice(0, 12)}`);
    }
  }
  const voices = body.weights.map(({ contribution, weight }) => ({
    id: contribution,
    author: known.get(contribution)?.entry.replica.slice(0, 43) ?? "",
    weight,
  }));
  const recomputed = tally(
    body.clusters.map(({ members, value }) => ({ members, value })),
    voices,
  );
  const best = recomputed.clusters[0];
  if (Math.abs((best?.posterior ?? 0) - body.posterior) > POSTERIOR_TOLERANCE) {
    problems.push("the posterior does not follow from the weights and clusters");
  }
  const members = new Set(body.clusters.flatMap((cluster) => cluster.members));
  if (voices.some(({ id }) => !members.has(id))) problems.push("a voice belongs to no cluster");
  if (voices.length === 0 && body.outcome === "converged")
    problems.push("an answer without a voice behind it");
  return problems.length === 0
    ? { verdict: "confirmed", note: "inputs, clusters, posterior and quotations checked" }
    : { verdict: "disputed", note: problems.join("; ").slice(0, 1_000) };
}
