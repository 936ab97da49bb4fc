/**
 * The OpenAI chat completions format, as far as a swarm can honour it. Pure.
 *
 * What a client sends becomes one task: the last user message is the question, what came before is context. Sampling
 * members are accepted and have no effect, because many models answer. Reference: the OpenAI API reference,
 * "Chat Completions".
 */
import { CONTENT_CHARS_MAX } from "@synapse/shared/contract/entry.ts";
import { labelSchema } from "@synapse/shared/contract/label.ts";
import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { z } from "zod";
import type { NewTask } from "./asking.ts";

export const SWARM_MODEL = "synapse";

const contentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
]);

export const chatRequestSchema = z.looseObject({
  model: z.string(),
  messages: z
    .array(z.looseObject({ role: z.string(), content: contentSchema.nullish() }))
    .min(1, "say at least one message")
    .max(1_000),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.literal(1, "the swarm gives one answer: leave n out").nullish(),
  response_format: z.looseObject({ type: z.string() }).nullish(),
  /** `{"label": "public"}` consents to sharing question and answer with everyone. */
  metadata: z.looseObject({ label: labelSchema.optional() }).nullish(),
});
export type ChatCompletionRequest = z.infer<typeof chatRequestSchema>;

/** Four characters a token, as models count on average: a swarm of many models has no count of its own. */
const CHARS_PER_TOKEN = 4;
/** Pieces of a streamed answer, so that a client shows it growing. */
const PIECE_CHARS = 60;

/** @returns the task, or what cannot be asked of a swarm */
export function toTask(request: ChatCompletionRequest): Result<NewTask, string> {
  const messages = request.messages.map(({ role, content }) => ({ role, text: textOf(content) }));
  const last = messages.findLastIndex(({ role }) => role === "user");
  const question = messages[last]?.text.trim() ?? "";
  if (question === "") return err("messages: the last user message holds no text to answer");
  if (question.length > CONTENT_CHARS_MAX)
    return err(
      `messages: the question has ${question.length} characters, at most ${CONTENT_CHARS_MAX} are taken; remember long texts (POST /api/memory) and ask about them`,
    );
  const context = messages
    .slice(0, last)
    .filter(({ text }) => text.trim() !== "")
    .map(({ role, text }) => `${role}: ${text.trim()}`)
    .join("\n");
  const json = /^json/.test(request.response_format?.type ?? "");
  return ok({
    task: withContext(question, context),
    priority: "normal",
    label: request.metadata?.label ?? "cluster",
    ...(json ? { answer: { type: "json" } } : {}),
  });
}

/** The question whole; of what came before, the newest part that fits. */
function withContext(question: string, context: string): string {
  const head = "\n\nWhat was said before:\n";
  const room = CONTENT_CHARS_MAX - question.length - head.length;
  if (context === "" || room < 100) return question;
  return `${question}${head}${context.slice(-room).toWellFormed()}`;
}

function textOf(content: z.infer<typeof contentSchema> | null | undefined): string {
  if (typeof content === "string") return content;
  return (content ?? []).flatMap(({ type, text }) => (type === "text" && text ? [text] : [])).join("\n");
}

/** What the swarm says, for a client that knows nothing of swarms. */
function answerText({ final_answer, value, reason, answer_form }: TaskDetail): string {
  if (answer_form?.type === "json" && value !== null) return value;
  return final_answer ?? `The swarm has no answer. ${reason ?? ""}`.trim();
}

/** Where the answer comes from, beside the members that OpenAI clients read. */
export function provenance(task: TaskDetail) {
  return {
    task_id: task.task_id,
    receipt_id: task.answer_id,
    receipt: `/api/task/${task.task_id}/receipt`,
    status: task.status,
    confidence: task.confidence,
    validation: task.validation,
    contributors: task.contributors,
  };
}

export function toCompletion(task: TaskDetail, createdMs: number, promptChars: number) {
  return {
    ...frameOf(task.task_id, "chat.completion", createdMs),
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: answerText(task), refusal: null },
        finish_reason: "stop",
        logprobs: null,
      },
    ],
    usage: usageOf(promptChars, answerText(task).length),
    synapse: provenance(task),
  };
}

/** The same as the chunks of a stream, in order. */
export function toChunks(
  task: TaskDetail,
  createdMs: number,
  promptChars: number,
  includeUsage: boolean,
): readonly object[] {
  const frame = frameOf(task.task_id, "chat.completion.chunk", createdMs);
  const usage = includeUsage ? { usage: null } : {};
  const chunk = (delta: object, finish: string | null = null, extra: object = {}) => ({
    ...frame,
    choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
    ...usage,
    ...extra,
  });
  const text = answerText(task);
  return [
    chunk({ role: "assistant", content: "" }),
    ...piecesOf(text).map((content) => chunk({ content })),
    chunk({}, "stop", { synapse: provenance(task) }),
    ...(includeUsage ? [{ ...frame, choices: [], usage: usageOf(promptChars, text.length) }] : []),
  ];
}

function frameOf(taskId: string, object: string, createdMs: number) {
  return { id: `chatcmpl-${taskId}`, object, created: Math.floor(createdMs / 1_000), model: SWARM_MODEL };
}

function usageOf(promptChars: number, answerChars: number) {
  const prompt_tokens = Math.ceil(promptChars / CHARS_PER_TOKEN);
  const completion_tokens = Math.ceil(answerChars / CHARS_PER_TOKEN);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

/** Cut at spaces, so that no word and no character is torn. */
function piecesOf(text: string): readonly string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${PIECE_CHARS}}(?=\\s|$)|[\\s\\S]{1,${PIECE_CHARS}}`, "gu")) ?? [];
}
