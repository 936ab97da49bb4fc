/**
 * Lets a model speak for the spore: prompt, call, reading of the reply. A failure of any kind is null, and the caller
 * falls back to the embedded reasoner; an error text can never become a hypothesis.
 *
 * What is private stays on this machine: for a private task only models that run on it are asked.
 */

import type { PublicKey } from "@synapse/shared/ids.ts";
import type { Result } from "@synapse/shared/result.ts";
import { isOwnWords } from "@synapse/shared/rule/synthesis-check.ts";
import type { ContributionEntry } from "@synapse/shared/rule/votes.ts";
import type { ChatModel } from "../llm/provider.ts";
import type { Anneal } from "../quantum/annealing.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { namedHit } from "../retrieval/hit.ts";
import type { RecallHit } from "../retrieval/recall.ts";
import { fillWindow } from "../retrieval/window.ts";
import type { Briefing, ModelReasoner, Thought } from "./contribute.ts";
import {
  type Alternative,
  contributionPrompt,
  type PeerSource,
  synthesisPrompt,
  TOKEN_BUDGETS,
  validationPrompt,
} from "./prompts.ts";
import {
  contributionReplySchema,
  type ReplyFailure,
  readContribution,
  readSynthesis,
  readValidation,
  synthesisReplySchema,
  validationReplySchema,
} from "./reply.ts";
import type { Progress } from "./rounds.ts";
import type { Verdict, Wording } from "./synthesize.ts";
import type { ModelValidator } from "./task-board.ts";
import type { SynthesisEntry, TaskState } from "./task-state.ts";

export interface ModelReasonerDeps {
  readonly model: ChatModel;
  readonly temperature: (anneal: Anneal) => number;
  /** Share of the memory budget for what was found beyond the best hits. */
  readonly exploration: (anneal: Anneal) => number;
  /** The commander's own reasoning protocol, null for the usual one. */
  readonly protocol: () => string | null;
  /** Below this posterior a synthesis says that the swarm did not agree. */
  readonly acceptedPosterior: () => number;
  /** Whether an author is one of this commander's own spores. */
  readonly isOwn: (author: PublicKey) => boolean;
  readonly sourcesOf: (ids: readonly string[]) => Promise<readonly StoredEntry[]>;
  readonly debug: (message: string, details: Record<string, unknown>) => void;
}

/** A synthesis puts decided things into words: little variation is wanted. */
const SYNTHESIS_TEMPERATURE = 0.3;
/** A check should come out the same twice. */
const VALIDATION_TEMPERATURE = 0;

export function createModelReasoner(deps: ModelReasonerDeps): {
  readonly reason: ModelReasoner;
  readonly synthesise: (state: TaskState, progress: Progress) => Promise<Wording | null>;
  readonly validate: ModelValidator;
} {
  const { model, debug } = deps;

  async function reason(briefing: Briefing): Promise<Thought | null> {
    const { state, role, phase, cycle, anneal, passages, explored, peers, standing } = briefing;
    const { description, answer } = state.task.entry.body;
    const temperature = deps.temperature(anneal);
    const far = explored.length === 0 ? 0 : TOKEN_BUDGETS.memories * deps.exploration(anneal);
    const memories = [...showing(passages, TOKEN_BUDGETS.memories - far), ...showing(explored, far)];
    const protocol = deps.protocol();
    const reply = await model.ask({
      messages: contributionPrompt({
        task: description,
        form: answer ?? null,
        role,
        phase,
        cycle,
        memories,
        peers: peers.map(toPeerSource),
        alternatives: standing.map(({ text, weight }) => ({ text, share: weight })),
        ...(protocol === null ? {} : { protocol }),
      }),
      purpose: "reason",
      task: state.task.id,
      onThisMachine: staysHere(state),
      temperature,
      maxTokens: TOKEN_BUDGETS.contributionReply,
      schema: contributionReplySchema,
    });
    if (!reply.ok) {
      debug("no model answered", { kind: reply.error.kind });
      return null;
    }
    const read = settled(readContribution(reply.value.text, answer ?? null, memories));
    if (read === null) return null;
    const { response_to_peers, ...rest } = read;
    return {
      ...rest,
      responseToPeers: response_to_peers,
      provider: reply.value.provider,
      model: reply.value.model,
      temperature,
      shown: memories.flatMap(({ members }) => members.map(({ id }) => id)),
    };
  }

  /** What a prompt shows of these hits: the passages of most value per token that fit the budget. */
  function showing(hits: readonly RecallHit[], budget: number) {
    return fillWindow(hits, budget).passages.map(({ content, members, author }) => ({
      content,
      members,
      outside: !deps.isOwn(author),
    }));
  }

  /** The memories that voices quote, the most quoted first; quoted by one voice is no noise beside quoted by all. */
  async function quotedBy(contributions: readonly ContributionEntry[]) {
    const quoted = contributions.map(({ entry }) => new Set(entry.body.citations.map(({ id }) => id)));
    const sources = await deps.sourcesOf([...new Set(quoted.flatMap((ids) => [...ids]))]);
    const hits = sources.map((one) =>
      namedHit(one, 1 + quoted.filter((ids) => ids.has(one.id)).length / quoted.length),
    );
    return showing(hits, TOKEN_BUDGETS.memories);
  }

  async function synthesise(state: TaskState, progress: Progress): Promise<Wording | null> {
    const result = progress.rounds.at(-1)?.aggregate;
    if (!result?.winner) return null;
    const { description, answer } = state.task.entry.body;
    const winner = result.winner;
    const contributions = state.contributions.filter(({ id }) =>
      result.voices.some((voice) => voice.id === id),
    );
    const memories = await quotedBy(contributions);
    const alternatives: Alternative[] = result.clusters.map(({ text, posterior }) => ({
      text,
      share: posterior,
    }));
    const reply = await model.ask({
      messages: synthesisPrompt({
        task: description,
        form: answer ?? null,
        outcome: result.posterior >= deps.acceptedPosterior() ? "converged" : "unresolved",
        winner: winner.text,
        alternatives,
        contributions: contributions.map(toPeerSource),
        memories,
      }),
      purpose: "synthesize",
      task: state.task.id,
      onThisMachine: staysHere(state),
      temperature: SYNTHESIS_TEMPERATURE,
      maxTokens: TOKEN_BUDGETS.synthesisReply,
      schema: synthesisReplySchema,
    });
    if (!reply.ok) {
      debug("no model worded the synthesis", { kind: reply.error.kind });
      return null;
    }
    const read = settled(readSynthesis(reply.value.text, answer ?? null, memories));
    if (read === null) return null;
    const holdersOf = (by: readonly number[]) =>
      by.flatMap((place) => contributions[place]?.entry.replica.split(".")[0] ?? []);
    return {
      text: read.text,
      contested: read.contested.map(({ claim, by }) => ({ text: claim, holders: holdersOf(by) })),
      provider: reply.value.provider,
      model: reply.value.model,
    };
  }

  /** Reads an answer that a model worded; what a representative said in its own words is checked by the rule already. */
  async function validate(
    state: TaskState,
    { entry }: SynthesisEntry,
    sources: readonly StoredEntry[],
  ): Promise<Verdict | null> {
    if (isOwnWords(entry.body, state.contributions)) return null;
    const named = new Set(entry.body.weights.map(({ contribution }) => contribution));
    const reply = await model.ask({
      messages: validationPrompt({
        task: state.task.entry.body.description,
        synthesis: entry.body.text,
        contributions: state.contributions.filter(({ id }) => named.has(id)).map(toPeerSource),
        // All were quoted by the answer, so none is worth more than another.
        memories: showing(
          sources.map((source) => namedHit(source, 1)),
          TOKEN_BUDGETS.memories,
        ),
      }),
      purpose: "validate",
      onThisMachine: staysHere(state),
      temperature: VALIDATION_TEMPERATURE,
      maxTokens: TOKEN_BUDGETS.validationReply,
      schema: validationReplySchema,
    });
    if (!reply.ok) {
      debug("no model checked the synthesis", { kind: reply.error.kind });
      return null;
    }
    const read = settled(readValidation(reply.value.text));
    return read === null ? null : { verdict: read.verdict, note: `${reply.value.model}: ${read.note}` };
  }

  function settled<T>(result: Result<T, ReplyFailure>): T | null {
    if (result.ok) return result.value;
    debug("a model's reply was of no use", { kind: result.error.kind });
    return null;
  }

  return { reason, synthesise, validate };
}

/** A private task may quote private memories, and is answered from them: no model elsewhere reads any of it. */
function staysHere({ task }: TaskState): boolean {
  return task.entry.label === "private";
}

function toPeerSource({ id, entry }: ContributionEntry): PeerSource {
  const { role, hypothesis, claims, confidence } = entry.body;
  return { id, role, hypothesis, claims, confidence };
}
