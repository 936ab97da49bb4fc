/** Asking the swarm, for `POST /api/task` and the MCP tool alike: what a task may say, and how it becomes an entry. */
import { answerFormSchema, CONTENT_CHARS_MAX } from "@synapse/shared/contract/entry.ts";
import { labelSchema } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { normaliseAnswer } from "@synapse/shared/rule/normalise.ts";
import { z } from "zod";
import type { HttpDeps } from "./deps.ts";
import { HttpError } from "./errors.ts";
import { createIdempotency } from "./idempotency.ts";
import { append } from "./writing.ts";

const EXPECTED_CHARS_MAX = 2_000;

export const newTaskSchema = z.strictObject({
  task: z.string(),
  priority: z.enum(["low", "normal", "high"]).default("normal"),
  label: labelSchema.default("cluster"),
  answer: answerFormSchema.optional(),
  /** The right answer, where the asker knows it: kept on this spore, told to nobody, and grades everybody in the end. */
  expected: z.string().min(1).max(EXPECTED_CHARS_MAX).optional(),
});
export type NewTask = z.infer<typeof newTaskSchema>;

/** Stores a task and answers with its id once it is durable; the same key twice gives the same task. */
export type Ask = (body: NewTask, idempotencyKey: string | null) => Promise<{ task_id: EntryId }>;

/** Authority is the caller's to check, before this. */
export function createAsk(deps: HttpDeps): Ask {
  const once = createIdempotency(deps.store, deps.now);
  return async (body, idempotencyKey) => {
    const description = body.task.trim();
    if (description === "") throw new HttpError("invalid", "task: say what is to be answered");
    if (description.length > CONTENT_CHARS_MAX) {
      throw new HttpError(
        "too_large",
        `task: at most ${CONTENT_CHARS_MAX} characters; remember the long text (POST /api/memory) and ask about it`,
      );
    }
    const { priority, label, answer, expected } = body;
    const known = expected === undefined ? null : answer ? normaliseAnswer(expected, answer) : expected;
    if (expected !== undefined && known === null) {
      throw new HttpError("invalid", "expected: holds no answer of the form that answer asks for");
    }
    return await once("task", idempotencyKey, body, async () => {
      const [stored] = await append(deps, [
        { label, kind: "task", body: { description, priority, ...(answer ? { answer } : {}) } },
      ]);
      const task = stored?.id as EntryId;
      if (known !== null) await deps.trust.grader.expect({ task, value: known, source: "checkable" });
      return { task_id: task };
    });
  };
}
