/**
 * How a request is written for one model, and what has been learnt about what it does not take. Pure.
 *
 * Servers that "speak OpenAI" differ in members they refuse. A refusal names the member; the call is written again
 * without it, once for each member, and remembered for the model, so that a person never has to configure this.
 */
import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { z } from "zod";
import { thinksFirst } from "./model-family.ts";
import type { RawReply } from "./model-server.ts";
import type { ChatRequest } from "./provider.ts";
import { stripThinking } from "./thinking.ts";

/**
 * What a model refused. `schema`: JSON by schema; `json`: JSON at all; `max_tokens`: wants max_completion_tokens;
 * `brevity`: it thinks before it answers, and spent all the tokens of a short reply on that.
 */
export const REFUSALS = ["schema", "json", "max_tokens", "temperature", "stream_options", "brevity"] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Tokens for thinking, beside those of the reply: what mid-sized models need for a question of ordinary depth. */
export const THINKING_ROOM_TOKENS = 4_096;

/** What is known of a model before it was asked. */
export function knownRefusals(model: string): Set<Refusal> {
  return new Set(thinksFirst(model) ? ["brevity"] : []);
}

/** True where a reply is nothing but thinking that was cut off, and more room has not been given yet. */
export function wantsRoom({ text, cut }: RawReply, refused: ReadonlySet<Refusal>): boolean {
  return cut && !refused.has("brevity") && stripThinking(text) === "";
}

/** The second reply, with the tokens of the first added: both were used. */
export function withTokensOf(first: RawReply | null, second: RawReply): RawReply {
  if (first === null) return second;
  return {
    ...second,
    tokensIn: first.tokensIn + second.tokensIn,
    tokensOut: first.tokensOut + second.tokensOut,
  };
}

export function replyTokens({ maxTokens }: ChatRequest, refused: ReadonlySet<Refusal>): number {
  return maxTokens + (refused.has("brevity") ? THINKING_ROOM_TOKENS : 0);
}

const SIGNS: readonly (readonly [Refusal, RegExp])[] = [
  ["max_tokens", /max_completion_tokens/i],
  ["stream_options", /stream_options/i],
  ["temperature", /temperature/i],
  ["schema", /response_?format|json_?schema|structured|grammar|schema/i],
];

/** The member that an error body complains about; null where it complains about nothing that can be left out. */
export function refusalIn(status: number, body: string, known: ReadonlySet<Refusal>): Refusal | null {
  if (status !== 400 && status !== 422 && status !== 501) return null;
  for (const [refusal, sign] of SIGNS) {
    if (!sign.test(body)) continue;
    if (!known.has(refusal)) return refusal;
    if (refusal === "schema" && !known.has("json")) return "json";
  }
  return null;
}

export function toCallOptions(
  request: ChatRequest,
  refused: ReadonlySet<Refusal>,
  signal: AbortSignal,
): LanguageModelV4CallOptions {
  const schema = request.schema === undefined ? null : toJsonSchema(request.schema);
  const described = schema !== null && refused.has("schema") ? [describeSchema(schema)] : [];
  return {
    prompt: [
      ...described.map((content) => ({ role: "system" as const, content })),
      ...request.messages.map(({ role, content }) =>
        role === "system" ? { role, content } : { role, content: [{ type: "text" as const, text: content }] },
      ),
    ],
    ...(refused.has("temperature") ? {} : { temperature: request.temperature }),
    maxOutputTokens: replyTokens(request, refused),
    abortSignal: signal,
    ...(schema === null || refused.has("json")
      ? {}
      : {
          responseFormat: refused.has("schema")
            ? { type: "json" as const }
            : { type: "json" as const, schema, name: "reply" },
        }),
  };
}

/** The same for what the AI SDK writes itself. */
export function toBody(
  body: Readonly<Record<string, unknown>>,
  refused: ReadonlySet<Refusal>,
): Record<string, unknown> {
  const { max_tokens, stream_options, ...rest } = body;
  return {
    ...rest,
    ...(max_tokens === undefined
      ? {}
      : refused.has("max_tokens")
        ? { max_completion_tokens: max_tokens }
        : { max_tokens }),
    ...(stream_options === undefined || refused.has("stream_options") ? {} : { stream_options }),
  };
}

export function describeSchema(schema: object): string {
  return `Reply with one JSON value of this JSON schema:\n${JSON.stringify(schema)}`;
}

export function toJsonSchema(schema: z.ZodType): object {
  // `$schema` names the dialect; some servers refuse members they do not know.
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { unrepresentable: "any" });
  return rest;
}
