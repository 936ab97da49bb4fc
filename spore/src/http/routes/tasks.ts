/** Tasks: ask, list, look, receipt. */

import { entryIdSchema } from "@synapse/shared/contract/entry.ts";
import { taskDetailSchema, taskListSchema, taskStatusSchema } from "@synapse/shared/contract/status.ts";
import { receiptSchema } from "@synapse/shared/receipt.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import { SEARCHED_MAX } from "../../reasoning/task-index.ts";
import { type Ask, newTaskSchema } from "../asking.ts";
import { shareOf } from "../caller-share.ts";
import type { HttpDeps } from "../deps.ts";
import { documented, IDEMPOTENT } from "../documented.ts";
import { taskCursor } from "../parameters.ts";
import { receiptOf, taskDetail } from "../reading.ts";
import type { TaskSearches } from "../task-searches.ts";

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: taskCursor.optional(),
  status: taskStatusSchema.optional(),
  q: z.string().max(500).optional().describe("Words that the question or the answer holds"),
});

export function taskRoutes(deps: HttpDeps, ask: Ask, searches: TaskSearches) {
  const { access } = deps;
  return new Elysia()
    .post(
      "/api/task",
      async ({ body, request, set }) => {
        const reply = await ask(body, request.headers.get("idempotency-key"));
        set.status = 201;
        return reply;
      },
      {
        body: newTaskSchema,
        detail: documented(
          {
            summary: "Ask the swarm",
            authorised: true,
            status: 201,
            description: "The same Idempotency-Key twice gives the same task.",
            headers: IDEMPOTENT,
          },
          z.object({ task_id: entryIdSchema }),
        ),
      },
    )
    .get(
      "/api/tasks",
      ({ query: { q, ...query }, request, server }) =>
        searches.list(
          { ...query, text: q },
          { authorised: access.isAuthorised(request), caller: shareOf(request, server) },
        ),
      {
        query: listQuery,
        detail: documented(
          {
            summary: "Tasks, newest first",
            authorised: "for more",
            description: `With \`q\` those whose question or answer holds every word. Without authority one request searches ${SEARCHED_MAX} tasks, and \`next\` goes on from there; 429 for whoever searches too fast.`,
          },
          taskListSchema,
        ),
      },
    )
    .get(
      "/api/task/:id",
      ({ params, request }) => taskDetail(deps, params.id, access.isAuthorised(request)),
      {
        detail: documented(
          {
            summary: "A task with all that was said about it",
            authorised: "for more",
            path: { id: "Id of the task" },
          },
          taskDetailSchema,
        ),
      },
    )
    .get(
      "/api/task/:id/receipt",
      ({ params, request }) => receiptOf(deps, params.id, access.isAuthorised(request)),
      {
        detail: documented(
          {
            summary: "Everything the answer rests on, signed",
            authorised: "for more",
            path: { id: "Id of the task" },
          },
          receiptSchema,
        ),
      },
    );
}
