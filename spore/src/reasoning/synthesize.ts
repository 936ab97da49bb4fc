/**
 * From contributions to one answer, and the check of it by another spore.
 *
 * The synthesis names its inputs, the clusters, the weights as used and the rule; anybody can put the same inputs
 * through the same rule. A validator does exactly that before it signs, and also looks every quotation up.
 */

import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Body, Citation } from "@synapse/shared/contract/entry.ts";
import { ENTRY_BYTES_MAX } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, isPublicKey, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import type { Aggregate } from "@synapse/shared/rule/aggregate.ts";
import { FRESH_PANEL, type PanelRecord } from "@synapse/shared/rule/panel.ts";
import { CUTS, cutText, isOwnWords, synthesisProblems } from "@synapse/shared/rule/synthesis-check.ts";
import { confidenceOf } from "@synapse/shared/rule/votes.ts";
import { cutWhole } from "@synapse/shared/whole-characters.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Draft } from "../replica/replica.ts";
import type { ReasoningLimits } from "./limits.ts";
import { standsIn } from "./quotations.ts";
import type { Round } from "./rounds.ts";
import type { SynthesisEntry, TaskState } from "./task-state.ts";

/** What a model made of the winning cluster, or null: then the representative's own words stand. */
export interface Wording {
  readonly text: string;
  /** Claims that a contribution of weight denies, with who holds them. */
  readonly contested: readonly { readonly text: string; readonly holders: readonly string[] }[];
  readonly provider: string;
  readonly model: string;
}

const CITATIONS_MAX = 12;
const PARENTS_MAX = 60;
const DISSENT_MAX = 16;
/** Abstentions named among the inputs; they carry no vote. */
const ABSTAINED_MAX = 12;
const [CLUSTER_TEXT_CHARS = 500] = CUTS;
/** Evidence ids named in one synthesis, shared by its voices. */
const EVIDENCE_MAX = 40;
/** Envelope and parents of an entry, as the replica counts them. */
const ENVELOPE_BYTES = 500;
const PARENT_BYTES = 67;
/** Below this there is no room for more than the best quotations either. */
const SHORT_CHARS = 100;
const NOTE_CHARS_MAX = 1_000;

/** @param stands whether a quotation may be passed on: one bad one of a single voice would have the whole answer disputed. */
export function toSynthesis(
  state: TaskState,
  round: Pick<Round, "cycle" | "aggregate" | "panel">,
  limits: ReasoningLimits,
  wording: Wording | null,
  stands: (citation: Citation, author: PublicKey) => boolean,
): Draft<Label, "synthesis"> {
  const { cycle, aggregate: result, panel } = round;
  const byId = new Map<string, TaskState["contributions"][number]>(
    state.contributions.map((one) => [one.id, one]),
  );
  const winner = result.winner;
  const representative = winner ? byId.get(winner.representative) : undefined;
  const members = winner?.members.flatMap((id) => byId.get(id) ?? []) ?? [];
  const quoted = [...(representative ? [representative] : []), ...members];
  const citations = mergeCitations(
    quoted.map(({ entry }) => entry.body.citations.filter((one) => stands(one, replicaKey(entry.replica)))),
  );
  const converged = winner !== null && result.posterior >= limits.acceptedPosterior;
  const body: Body<"synthesis"> = {
    task: state.task.id,
    cycle,
    text: wording?.text ?? representative?.entry.body.hypothesis ?? "",
    value: winner?.value ?? null,
    outcome: converged ? "converged" : "unresolved",
    posterior: result.posterior,
    confidence: confidenceOf(state.contributions, result, panel).calibrated,
    clusters: result.clusters.map((cluster) => ({
      members: cluster.members as EntryId[],
      value: cluster.value,
      mass: cluster.mass,
      posterior: cluster.posterior,
      text: cluster.text,
    })),
    ...weightsOf(result, panel),
    dissent: [...result.dissent, ...(wording?.contested ?? [])]
      .slice(0, DISSENT_MAX)
      .map(({ text, holders }) => ({
        text,
        holders: holders.filter(isPublicKey) as PublicKey[],
      })),
    citations,
    provider: wording?.provider ?? representative?.entry.body.provider ?? "none",
    model: wording?.model ?? representative?.entry.body.model ?? "none",
    rule: result.rule,
    embedder: "none",
  };
  const inputs = [
    ...result.voices.map(({ id }) => id as EntryId),
    ...(result.abstained.slice(0, ABSTAINED_MAX) as EntryId[]),
  ];
  const parents = [...new Set([state.task.id, ...inputs, ...citations.map(({ id }) => id)])].slice(
    0,
    PARENTS_MAX,
  );
  return { label: state.task.entry.label, kind: "synthesis", body: fitted(body, parents.length), parents };
}

/** The voices with what they were weighed by, and the rest of the panel where it is not a fresh one. */
function weightsOf({ voices }: Aggregate, panel: PanelRecord): Pick<Body<"synthesis">, "weights" | "panel"> {
  const each = Math.floor(EVIDENCE_MAX / Math.max(1, voices.length));
  const placeOf = new Map(voices.map(({ author }, place) => [author, place]));
  const fresh =
    panel.trust.size === 0 &&
    panel.pairs.length === 0 &&
    panel.damping === FRESH_PANEL.damping &&
    panel.interference === FRESH_PANEL.interference &&
    panel.calibration.items === 0;
  return {
    weights: voices.map(({ id, author, weight }) => ({
      contribution: id as EntryId,
      weight,
      ...(panel.trust.has(author) ? { trust: panel.trust.get(author) ?? 1 } : {}),
      evidence: (panel.grounds.get(author) ?? []).slice(-each) as EntryId[],
    })),
    ...(fresh
      ? {}
      : {
          panel: {
            damping: panel.damping,
            interference: panel.interference,
            pairs: panel.pairs.flatMap(({ a, b, errors }): [number, number, number][] => {
              const [left, right] = [placeOf.get(a), placeOf.get(b)];
              return left === undefined || right === undefined ? [] : [[left, right, errors]];
            }),
            calibration: { ...panel.calibration },
          },
        }),
  };
}

/** What explains without deciding is shortened until the entry fits; clusters, weights and panel stay whole. */
function fitted(body: Body<"synthesis">, parents: number): Body<"synthesis"> {
  const room = ENTRY_BYTES_MAX - ENVELOPE_BYTES - PARENT_BYTES * parents;
  const fits = (candidate: Body<"synthesis">): boolean => Buffer.byteLength(canonicalJson(candidate)) <= room;
  const cut = (chars: number): Body<"synthesis"> => ({
    ...body,
    weights:
      chars < CLUSTER_TEXT_CHARS ? body.weights.map((one) => ({ ...one, evidence: [] })) : body.weights,
    text: cutText(body.text, chars),
    clusters: body.clusters.map((one) => ({ ...one, text: one.text.slice(0, chars).toWellFormed() })),
    dissent: body.dissent.map((one) => ({ ...one, text: one.text.slice(0, chars).toWellFormed() })),
    citations: chars < SHORT_CHARS ? body.citations.slice(0, 3) : body.citations,
  });
  for (const chars of CUTS) {
    const candidate = cut(chars);
    if (fits(candidate)) return candidate;
  }
  return cut(1);
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

/** @param note cut to what an answer may say */
export function toAnswer(
  synthesis: SynthesisEntry,
  verdict: "confirmed" | "disputed" | "unvalidated",
  note: string,
): Draft<Label, "answer"> {
  return {
    label: synthesis.entry.label,
    kind: "answer",
    body: {
      task: synthesis.entry.body.task,
      synthesis: synthesis.id,
      verdict,
      note: cutWhole(note, NOTE_CHARS_MAX),
    },
    parents: [synthesis.id],
  };
}

export interface Verdict {
  /** "unvalidated": a model worded the answer, or it was cut to fit, and no model was at hand to read it. */
  readonly verdict: "confirmed" | "disputed" | "unvalidated";
  readonly note: string;
}

/**
 * Checks a synthesis against its inputs. `sources` are the entries it cites, as far as this spore holds them; one it
 * lacks is a reason to wait, which the caller decides, so it is reported apart. `own` is what this spore makes of the
 * same contributions: weights that follow from somebody's beliefs are no proof that the beliefs are right.
 */
export function checkSynthesis(
  synthesis: SynthesisEntry,
  state: TaskState,
  sources: ReadonlyMap<EntryId, StoredEntry>,
  own?: { readonly aggregate: Aggregate; readonly acceptedPosterior: number },
): Verdict | { readonly verdict: "incomplete"; readonly missing: readonly EntryId[] } {
  const { body } = synthesis.entry;
  const known = new Set<EntryId>(state.contributions.map(({ id }) => id));
  const missing = [
    ...body.weights.flatMap(({ contribution }) => (known.has(contribution) ? [] : [contribution])),
    ...body.citations.flatMap(({ id }) => (sources.has(id) ? [] : [id])),
  ];
  if (missing.length > 0) return { verdict: "incomplete", missing };
  const { description: question, answer: form } = state.task.entry.body;
  const problems = [
    ...quotationProblems(body.citations, sources),
    ...synthesisProblems(synthesis.entry, { question, form, contributions: state.contributions }),
    ...otherWinner(body, own),
  ];
  if (problems.length > 0) return { verdict: "disputed", note: problems.join("; ") };
  const checked = "inputs, clusters, weights, posterior and quotations checked";
  return isOwnWords(body, state.contributions)
    ? { verdict: "confirmed", note: checked }
    : { verdict: "unvalidated", note: `${checked}; no model here could read its own wording` };
}

function quotationProblems(
  citations: readonly Citation[],
  sources: ReadonlyMap<EntryId, StoredEntry>,
): readonly string[] {
  return citations.flatMap((citation) => {
    const source = sources.get(citation.id);
    return source && standsIn(source, citation)
      ? []
      : [`a quotation does not stand in memory ${citation.id.slice(0, 12)}`];
  });
}

function otherWinner(
  body: Body<"synthesis">,
  own: { readonly aggregate: Aggregate; readonly acceptedPosterior: number } | undefined,
): readonly string[] {
  const winner = own?.aggregate.winner ?? null;
  if (own === undefined || winner === null || own.aggregate.posterior < own.acceptedPosterior) return [];
  const members = new Set<string>(body.clusters[0]?.members);
  if (winner.members.some((id) => members.has(id))) return [];
  return [
    `as far as this spore trusts the voices, another answer leads with ${own.aggregate.posterior.toFixed(2)}`,
  ];
}
