/** Tasks: ask, list, look, receipt. */

import { answerFormSchema, CONTENT_CHARS_MAX, entryIdSchema } from "@synapse/shared/contract/entry.ts";
import { labelSchema } from "@synapse/shared/contract/label.ts";
import { taskDetailSchema, taskListSchema, taskStatusSchema } from "@synapse/shared/contract/status.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { receiptSchema } from "@synapse/shared/receipt.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import { toReceipt } from "../../reasoning/receipt.ts";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";
import { HttpError } from "../errors.ts";
import { createIdempotency } from "../idempotency.ts";
import { lookForTask, taskDetail } from "../reading.ts";
import { append, requireAuthority } from "../writing.ts";

const newTask = z.strictObject({
  task: z.string(),
  priority: z.enum(["low", "normal", "high"]).default("normal"),
  label: labelSchema.default("cluster"),
  answer: answerFormSchema.optional(),
});

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(100).optional(),
  status: taskStatusSchema.optional(),
  q: z.string().max(500).optional(),
});

export function taskRoutes(deps: HttpDeps) {
  const { access, store } = deps;
  const once = createIdempotency(store, deps.now);

  return new Elysia()
    .post(
      "/api/task",
      async ({ body, request, set }) => {
        requireAuthority(deps, request);
        const description = body.task.trim();
        if (description === "") throw new HttpError("invalid", "task: say what is to be answered");
        if (description.length > CONTENT_CHARS_MAX) {
          throw new HttpError(
            "too_large",
            `task: at most ${CONTENT_CHARS_MAX} characters; remember the long text (POST /api/memory) and ask about it`,
          );
        }
        const reply = await once("task", request.headers.get("idempotency-key"), body, async () => {
          const { priority, label, answer } = body;
          const [stored] = await append(deps, [
            { label, kind: "task", body: { description, priority, ...(answer ? { answer } : {}) } },
          ]);
          return { task_id: stored?.id as EntryId };
        });
        set.status = 201;
        return reply;
      },
      {
        body: newTask,
        detail: documented(
          {
            summary: "Ask the swarm",
            authorised: true,
            status: 201,
            description: "The same Idempotency-Key twice gives the same task.",
          },
          z.object({ task_id: entryIdSchema }),
        ),
      },
    )
    .get(
      "/api/tasks",
      ({ query, request }) =>
        deps.tasks.list({
          limit: query.limit,
          cursor: query.cursor ?? null,
          status: query.status ?? null,
          text: query.q ?? null,
          publicOnly: !access.isAuthorised(request),
        }),
      { query: listQuery, detail: documented({ summary: "Tasks, newest first" }, taskListSchema) },
    )
    .get(
      "/api/task/:id",
      ({ params, request }) => taskDetail(deps, params.id, access.isAuthorised(request)),
      { detail: documented({ summary: "A task with all that was said about it" }, taskDetailSchema) },
    )
    .get(
      "/api/task/:id/receipt",
      async ({ params, request }) => {
        const { state, sources } = await lookForTask(deps, params.id, access.isAuthorised(request));
        const receipt = toReceipt(state, sources, {
          key: deps.key,
          certificateOf: deps.replica.certificateOf,
          now: deps.now(),
        });
        if (receipt === null)
          throw new HttpError("conflict", "the task has no answer yet, so there is no receipt");
        return receipt;
      },
      { detail: documented({ summary: "Everything the answer rests on, signed" }, receiptSchema) },
    );
}
