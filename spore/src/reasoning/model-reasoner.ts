/**
 * Lets a model speak for the spore: prompt, call, reading of the reply. A failure of any kind is null, and the caller
 * falls back to the embedded reasoner; an error text can never become a hypothesis.
 */

import { contentOf } from "@synapse/shared/contract/entry.ts";
import type { Result } from "@synapse/shared/result.ts";
import type { ChatModel } from "../llm/provider.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { RecallHit } from "../retrieval/recall.ts";
import type { Briefing, ModelReasoner, Thought } from "./contribute.ts";
import {
  type Alternative,
  contributionPrompt,
  type PeerSource,
  synthesisPrompt,
  TOKEN_BUDGETS,
} from "./prompts.ts";
import {
  contributionReplySchema,
  type ReplyFailure,
  readContribution,
  readSynthesis,
  synthesisReplySchema,
} from "./reply.ts";
import type { Progress } from "./rounds.ts";
import type { Wording } from "./synthesize.ts";
import type { ContributionEntry, TaskState } from "./task-state.ts";

export interface ModelReasonerDeps {
  readonly model: ChatModel;
  /** Sampling temperature for a cycle. */
  readonly temperature: (cycle: number) => number;
  readonly sourcesOf: (ids: readonly string[]) => Promise<readonly StoredEntry[]>;
  readonly debug: (message: string, details: Record<string, unknown>) => void;
}

/** A synthesis puts decided things into words: little variation is wanted. */
const SYNTHESIS_TEMPERATURE = 0.3;

export function createModelReasoner(deps: ModelReasonerDeps): {
  readonly reason: ModelReasoner;
  readonly synthesise: (state: TaskState, progress: Progress) => Promise<Wording | null>;
} {
  const { model, debug } = deps;

  async function reason(briefing: Briefing): Promise<Thought | null> {
    const { state, role, phase, cycle, passages, peers } = briefing;
    const { description, answer } = state.task.entry.body;
    const temperature = deps.temperature(cycle);
    const memories = withinBudget(passages);
    const reply = await model.ask({
      messages: contributionPrompt({
        task: description,
        form: answer ?? null,
        role,
        phase,
        cycle,
        memories,
        peers: peers.map(toPeerSource),
        alternatives: [],
      }),
      purpose: "reason",
      task: state.task.id,
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
    };
  }

  async function synthesise(state: TaskState, progress: Progress): Promise<Wording | null> {
    const result = progress.rounds.at(-1)?.aggregate;
    if (!result?.winner) return null;
    const { description, answer } = state.task.entry.body;
    const winner = result.winner;
    const contributions = state.contributions.filter(({ id }) =>
      result.voices.some((voice) => voice.id === id),
    );
    const cited = contributions.flatMap(({ entry }) => entry.body.citations.map(({ id }) => id));
    const memories = (await deps.sourcesOf([...new Set(cited)])).map(({ id, entry }) => ({
      id,
      content: contentOf(entry) ?? "",
    }));
    const alternatives: Alternative[] = result.clusters.map(({ text, posterior }) => ({
      text,
      share: posterior,
    }));
    const reply = await model.ask({
      messages: synthesisPrompt({
        task: description,
        form: answer ?? null,
        outcome: "converged",
        winner: winner.text,
        alternatives,
        contributions: contributions.map(toPeerSource),
        memories,
      }),
      purpose: "synthesize",
      task: state.task.id,
      temperature: SYNTHESIS_TEMPERATURE,
      maxTokens: TOKEN_BUDGETS.synthesisReply,
      schema: synthesisReplySchema,
    });
    if (!reply.ok) {
      debug("no model worded the synthesis", { kind: reply.error.kind });
      return null;
    }
    const read = settled(readSynthesis(reply.value.text, answer ?? null, memories));
    return read === null
      ? null
      : { text: read.text, provider: reply.value.provider, model: reply.value.model };
  }

  function settled<T>(result: Result<T, ReplyFailure>): T | null {
    if (result.ok) return result.value;
    debug("a model's reply was of no use", { kind: result.error.kind });
    return null;
  }

  return { reason, synthesise };
}

/** The best hits that fit the memory budget whole; the first is kept however long it is. */
function withinBudget(passages: readonly RecallHit[]): { id: string; content: string }[] {
  let left = TOKEN_BUDGETS.memories * 4;
  return passages
    .filter(({ content }, index) => {
      left -= content.length;
      return index === 0 || left >= 0;
    })
    .map(({ id, content }) => ({ id, content }));
}

function toPeerSource({ id, entry }: ContributionEntry): PeerSource {
  const { role, hypothesis, claims, confidence } = entry.body;
  return { id, role, hypothesis, claims, confidence };
}
