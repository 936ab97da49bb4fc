/**
 * One spore's word on a task in one cycle: recall, reason, draft.
 *
 * While the swarm diverges (the first cycle, and again after tunnelling) the spore sees memories only, never what others
 * said about the task: its vote is independent and its parents prove it. Later it also sees the newest word of each other
 * spore and the distribution over answers that all words together amount to.
 */

import type { Body, Citation, Phase, Role } from "@synapse/shared/contract/entry.ts";
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import { type ContributionEntry, latestByAuthor } from "@synapse/shared/rule/votes.ts";
import {
  EXTRACTIVE_MODEL,
  EXTRACTIVE_PROVIDER,
  type ExtractiveInput,
  type ExtractiveReply,
} from "../llm/extractive.ts";
import type { Anneal } from "../quantum/annealing.ts";
import { type Hypothesis, superpose } from "../quantum/superposition.ts";
import type { Draft } from "../replica/replica.ts";
import type { Recall, RecallHit } from "../retrieval/recall.ts";
import { fillWindow } from "../retrieval/window.ts";
import { OUTSIDE_FROM_CYCLE, type ReasoningLimits } from "./limits.ts";
import type { Progress } from "./rounds.ts";
import type { TaskState } from "./task-state.ts";

export interface Thought {
  readonly hypothesis: string;
  readonly hypotheses: readonly { readonly content: string; readonly weight: number }[];
  readonly claims: readonly string[];
  readonly citations: readonly Citation[];
  readonly confidence: number;
  readonly value: string | null;
  readonly abstain: boolean;
  readonly responseToPeers: string;
  readonly provider: string;
  readonly model: string;
  readonly temperature: number;
  /** The memories it was shown: what it rests on, quoted or not. */
  readonly shown: readonly EntryId[];
}

export interface Briefing {
  readonly state: TaskState;
  readonly role: Role;
  readonly cycle: number;
  readonly phase: Phase;
  readonly anneal: Anneal;
  /** What may inform this word, best first. A prompt's window is filled from it (retrieval/window.ts). */
  readonly passages: readonly RecallHit[];
  /** Found by looking beyond the best hits, while the task is hot; none when it is cold. */
  readonly explored: readonly RecallHit[];
  /** The newest word of each other spore; empty in a blind cycle. */
  readonly peers: readonly ContributionEntry[];
  /** Answers in the running as they stood after the last cycle; empty in a blind cycle. */
  readonly standing: readonly Hypothesis[];
}

/** A model's view of the briefing, or null when no model answered: the embedded reasoner then speaks. */
export type ModelReasoner = (briefing: Briefing) => Promise<Thought | null>;

export interface ContributeDeps {
  readonly self: PublicKey;
  readonly role: Role;
  /** Hits and no window: what may not inform this word is sifted out before a budget is filled. */
  readonly recall: Pick<Recall, "search">;
  readonly limits: ReasoningLimits;
  readonly reasonWithModel: ModelReasoner;
  /** The embedded reasoner: needs no model, and says so. */
  readonly extract: (input: ExtractiveInput) => ExtractiveReply;
  /**
   * Of these syntheses those that may inform a new answer: where trusted spores agreed. Absent, earlier answers are not
   * recalled: the embedded reasoner quotes sources, and an answer of its own is none.
   */
  readonly conclusions?: (ids: readonly EntryId[]) => Promise<ReadonlySet<EntryId>>;
  /** Whether an author is one of this commander's own spores. */
  readonly isOwn: (author: PublicKey) => boolean;
  /** Share of recall that looks beyond the best hits, 0 to 1. */
  readonly exploration: (anneal: Anneal) => number;
  /** Whether prompts show the distribution over answers. */
  readonly showsStanding: () => boolean;
}

/**
 * Memories recalled for one word, from which a window is filled. More gained nothing: with 40 a model saw more poison
 * (`bun run eval memory`: gain .6225 both, poison .0025 and .0075).
 */
const PASSAGES = 24;
/**
 * Tokens that the embedded reasoner reads. It pays nothing by the token, and still a window serves it as well as all
 * hits, whatever their length: citations hold all the evidence of LoCoMo for .734 and .735 of 996 questions, and 24 and 23
 * of 41 questions about documents are answered first.
 */
const READ_TOKENS = 2_400;
/** What a contribution rests on: what it was shown. The rest of the parents are peers' contributions. */
const SOURCES_MAX = 40;

/** Which layers may inform a task: never a more restricted one, or the answer could not be shared. */
export function readableLabels(label: Label): Label[] {
  return LABELS.filter((one) => LABELS.indexOf(one) >= LABELS.indexOf(label));
}

export async function contribute(
  state: TaskState,
  progress: Progress,
  deps: ContributeDeps,
): Promise<Draft<Label, "contribution">> {
  const { label, body } = state.task.entry;
  const { phase, cycle, reheatedAt } = progress;
  const anneal: Anneal = { cycle, budget: deps.limits.cyclesMax, reheatedAt };
  const query = {
    text: body.description,
    labels: readableLabels(label),
    kinds: deps.conclusions ? (["memory", "synthesis"] as const) : (["memory"] as const),
  };
  const far = Math.round(PASSAGES * deps.exploration(anneal));
  const passages = await agreedOnly(await deps.recall.search({ ...query, k: PASSAGES - far }), deps);
  const near = new Set(passages.map(({ id }) => id));
  const wider =
    far === 0
      ? []
      : await agreedOnly(await deps.recall.search({ ...query, k: PASSAGES, mode: "explore" }), deps);
  const blind = phase === "diverge";
  const last = progress.rounds.at(-1);
  const briefing: Briefing = {
    state,
    role: deps.role,
    cycle,
    phase,
    anneal,
    passages,
    explored: wider.filter(({ id }) => !near.has(id)).slice(0, far),
    peers: blind
      ? []
      : [...latestByAuthor(state.contributions, cycle - 1).values()].filter(
          ({ entry }) => replicaKey(entry.replica) !== deps.self,
        ),
    standing: blind || last === undefined || !deps.showsStanding() ? [] : superpose(last.aggregate),
  };
  const silent = last?.aggregate.voices.length === 0 && !claimedIn(state, cycle - 1, deps.self);
  const trusted = cycle < OUTSIDE_FROM_CYCLE && !silent ? ownFirst(briefing, deps.isOwn) : briefing;
  const thought = await deps.reasonWithModel(trusted);
  return toDraft(briefing, thought ?? reasonWithoutModel(briefing, deps.extract));
}

/** Whether another spore said in this cycle what could complete one's own answer. */
function claimedIn({ contributions }: TaskState, cycle: number, self: PublicKey): boolean {
  return contributions.some(
    ({ entry }) =>
      entry.body.cycle === cycle && entry.body.claims.length > 0 && replicaKey(entry.replica) !== self,
  );
}

function ownFirst(briefing: Briefing, isOwn: ContributeDeps["isOwn"]): Briefing {
  const [best] = briefing.passages;
  // Recall ranks strangers far below: where one of them still comes first, nothing of one's own is about this.
  if (best === undefined || !isOwn(best.author)) return briefing;
  const own = (hits: readonly RecallHit[]) => hits.filter(({ author }) => isOwn(author));
  return { ...briefing, passages: own(briefing.passages), explored: own(briefing.explored) };
}

/** Leaves out what the swarm once said without agreeing on it. */
async function agreedOnly(
  hits: readonly RecallHit[],
  { conclusions }: Pick<ContributeDeps, "conclusions">,
): Promise<readonly RecallHit[]> {
  const ids = hits.flatMap(({ kind, id }) => (kind === "synthesis" ? [id] : []));
  if (ids.length === 0 || conclusions === undefined) return hits;
  const agreed = await conclusions(ids);
  return hits.filter(({ kind, id }) => kind !== "synthesis" || agreed.has(id));
}

function reasonWithoutModel(
  { state, role, passages: best, explored, peers }: Briefing,
  extract: ContributeDeps["extract"],
): Thought {
  const { description, answer } = state.task.entry.body;
  const hits = [...best, ...explored].filter(({ kind }) => kind === "memory");
  // Each by itself: the reasoner quotes memories and weighs who says them.
  const passages = fillWindow(hits, READ_TOKENS).passages.flatMap(({ members }) => members);
  const reply = extract({ question: description, passages, role, ...(answer ? { answer } : {}) });
  const agreeing = peers.filter(({ entry }) =>
    entry.body.citations.some(({ id }) => reply.citations.some((citation) => citation.id === id)),
  );
  const overlap =
    peers.length === 0 ? "" : `${agreeing.length} of ${peers.length} others cite a memory that I cite. `;
  return {
    ...reply,
    responseToPeers: `${overlap}${reply.remark}`.trim(),
    provider: EXTRACTIVE_PROVIDER,
    model: EXTRACTIVE_MODEL,
    temperature: 0,
    shown: passages.map(({ id }) => id),
  };
}

function toDraft(briefing: Briefing, thought: Thought): Draft<Label, "contribution"> {
  const { state, cycle, phase, role, peers } = briefing;
  const cited = thought.citations.map(({ id }) => id);
  const sources = [...new Set<EntryId>([...cited, ...thought.shown])].slice(0, SOURCES_MAX);
  const body: Body<"contribution"> = {
    task: state.task.id,
    cycle,
    phase,
    role,
    provider: thought.provider,
    model: thought.model,
    temperature: thought.temperature,
    hypothesis: thought.hypothesis,
    hypotheses: [...thought.hypotheses],
    claims: [...thought.claims],
    citations: [...thought.citations],
    confidence: thought.confidence,
    value: thought.value,
    abstain: thought.abstain,
    response_to_peers: thought.responseToPeers,
  };
  const parents = [state.task.id, ...peers.map(({ id }) => id).slice(0, 16), ...sources];
  return { label: state.task.entry.label, kind: "contribution", body, parents };
}
