/**
 * Lets a model word an idle thought, inside the budget, and stops it the moment somebody asks something.
 *
 * The model sees memories as delimited data and nothing else: no tool, no address, no credential. Memories that are
 * private to this spore are never shown to a model for idle thought; the caller leaves them out.
 */
import { DATA_RULES, dataBlock } from "../reasoning/prompts.ts";
import { shareTokens } from "../retrieval/tokens.ts";
import type { Budget } from "./budget.ts";
import type { CognitionDeps } from "./cognition-port.ts";
import type { Remembered } from "./default-mode-network.ts";
import type { Band } from "./oscillator.ts";

/** Longest reply; a thought is a sentence or three. */
const REPLY_TOKENS = 160;
/** Worded freely, but not wildly (kept). */
const TEMPERATURE = 0.7;
/**
 * Tokens of all memories shown. They share it and do not compete for it as in a window: a thought names each of them as
 * what it rests on, so each must be seen.
 */
const MEMORIES_TOKENS = 600;
/** Prompt and reply together, at most; less than this left in the budget and the model is not asked. */
const TOKENS_MIN = 1_200;
/** How often a running call looks whether work has come. */
const YIELD_MS = 200;

export type IdlePurpose = "free_thought" | "summary";

const ORDERS: Readonly<Record<IdlePurpose, string>> = {
  free_thought:
    "The memories below were never put side by side. Say in one or two plain sentences what follows from them together that neither says alone. Each sentence must be understandable by itself: name the subject, no pronouns, no names of persons. If nothing follows, reply with the single word NOTHING.",
  summary:
    "The memories below are about one subject. Say in one to three plain sentences what they establish together, with the conditions and numbers that matter, nothing that is not in them. If they have nothing in common, reply with the single word NOTHING.",
};

export interface Worded {
  readonly text: string;
  readonly provider: string;
  readonly model: string;
}

export class IdleModel {
  readonly #deps: CognitionDeps;
  readonly #budget: Budget;
  readonly #hasRoom: () => boolean;

  /** @param hasRoom may a thought be stored at all? Tokens are not spent on one that must be thrown away. */
  constructor(deps: CognitionDeps, budget: Budget, hasRoom: () => boolean) {
    this.#deps = deps;
    this.#budget = budget;
    this.#hasRoom = hasRoom;
  }

  /** Null where there is no model, no budget, no answer, nothing to say, or work to do: the quotations then stand. */
  async word(purpose: IdlePurpose, memories: readonly Remembered[], band: Band): Promise<Worded | null> {
    const { model, busy, now } = this.#deps;
    const left = this.#budget.left(band, now());
    if (model === null || !this.#hasRoom() || busy() || left.tokens < TOKENS_MIN || left.ms <= 0) return null;
    const abort = new AbortController();
    const watch = setInterval(() => busy() && abort.abort(), YIELD_MS);
    try {
      const reply = await model.ask({
        messages: [
          { role: "system", content: `${ORDERS[purpose]}\n\n${DATA_RULES}` },
          {
            role: "user",
            content: dataBlock(
              "memories",
              shareTokens(
                memories.map(({ content }) => content),
                MEMORIES_TOKENS,
              ).map((text, at) => ({ ref: `M${at + 1}`, text })),
            ),
          },
        ],
        purpose: "thought",
        temperature: TEMPERATURE,
        maxTokens: REPLY_TOKENS,
        signal: abort.signal,
        timeoutMs: left.ms,
      });
      if (!reply.ok) return null;
      const { text, provider, model: name, tokensIn, tokensOut } = reply.value;
      this.#budget.spend({ band, at: now(), tokens: tokensIn + tokensOut, ms: 0 });
      const plain = text.replace(/\s+/gu, " ").trim();
      return /^nothing\b/i.test(plain) ? null : { text: plain, provider, model: name };
    } finally {
      clearInterval(watch);
    }
  }
}
