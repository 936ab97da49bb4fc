/**
 * What a model is to the rest of the spore: something that turns messages into text, or fails in a named way.
 *
 * A failure is never a reply. No error text can become a hypothesis, a claim or an answer, because it has another type.
 */
import type { Result } from "@synapse/shared/result.ts";
import type { z } from "zod";

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** What the call is for: the chain spends scarce quota on reasoning before it spends it on idle thought. */
export type ChatPurpose = "reason" | "synthesize" | "validate" | "triage" | "thought";

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly purpose: ChatPurpose;
  /** 0 to 2, as the chat completions API means it. */
  readonly temperature: number;
  readonly maxTokens: number;
  /** Asks for one JSON value of this shape; sent as JSON schema where the server supports it. */
  readonly schema?: z.ZodType;
  readonly signal?: AbortSignal;
  /** The whole call must be over by then; the adapter's own limit holds where it is shorter. */
  readonly timeoutMs?: number;
  /** How long to wait for a quota that returns soon or a call in flight; the default depends on the purpose. */
  readonly patienceMs?: number;
  /** Asks for a streamed reply and gets its text piece by piece, without thinking. */
  readonly onText?: (text: string) => void;
  /** The task the call is for: budgets and accounts are kept per task. */
  readonly task?: string;
  /** What is said must not leave this machine: only models that run on it are asked. */
  readonly onThisMachine?: boolean;
}

export interface ChatReply {
  /** Thinking stripped; never empty. */
  readonly text: string;
  /** Where the request had a schema: the value of that shape, mended and validated; absent where there is none. */
  readonly value?: unknown;
  readonly provider: string;
  /** The model that really answered, as the server names it. */
  readonly model: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** US dollars as the provider stated them, else by its list price; null where neither is known. */
  readonly costUsd: number | null;
  readonly latencyMs: number;
}

/** Moments are ms since the epoch; null where nobody said when. */
export type ChatFailure =
  | {
      readonly kind: "rate_limited";
      readonly retryable: true;
      readonly untilMs: number | null;
      readonly message: string;
    }
  | {
      readonly kind: "exhausted";
      /** A day's allowance returns by itself; a balance only when somebody pays. */
      readonly quota: "day" | "balance";
      readonly retryable: false;
      readonly untilMs: number | null;
      readonly message: string;
    }
  | { readonly kind: "unauthorised"; readonly retryable: false; readonly message: string }
  | { readonly kind: "model_gone"; readonly retryable: false; readonly message: string }
  | { readonly kind: "context_too_long"; readonly retryable: true; readonly message: string }
  | { readonly kind: "unreachable"; readonly retryable: true; readonly message: string }
  | { readonly kind: "invalid_reply"; readonly retryable: true; readonly message: string }
  | { readonly kind: "cancelled"; readonly retryable: false; readonly message: string }
  /** The commander's budget for the day or the task is spent. */
  | { readonly kind: "over_budget"; readonly retryable: false; readonly message: string }
  /** Nothing can be asked now; `untilMs` is when the first one can be again, as far as is known. */
  | {
      readonly kind: "no_provider";
      readonly retryable: false;
      readonly untilMs: number | null;
      readonly message: string;
    };

export interface ChatModel {
  ask(request: ChatRequest): Promise<Result<ChatReply, ChatFailure>>;
}
