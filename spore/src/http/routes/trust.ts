/** What this spore holds of its peers' reliability, down to the evidence, and the commander's grade. */
import { trustSchema } from "@synapse/shared/contract/trust-status.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";
import { gradeRequestSchema, gradeTask } from "../grading.ts";
import { trustState } from "../reading.ts";

const query = z.object({
  subject: z.string().max(100).optional().describe("Key or name of one spore"),
  before: z
    .string()
    .max(64)
    .optional()
    .describe("Its observations before this one: `evidence_next` of a reply"),
});

const gradeReply = z.object({
  task_id: z.string(),
  graded: z.array(z.object({ spore: z.string(), id: z.string(), correct: z.boolean(), weight: z.number() })),
  evidence: z.array(z.string()),
});

export const trustRoutes = (deps: HttpDeps) =>
  new Elysia()
    .get(
      "/api/trust",
      ({ query: { subject = null, before }, request }) =>
        trustState(deps, { subject, before, authorised: deps.access.isAuthorised(request) }),
      {
        query,
        detail: documented(
          {
            summary: "Evidence and weights of each peer",
            authorised: "for more",
            description:
              "With `subject` (key or name) also every observation behind that spore's scores, 500 at a time, with what each adds to its dimension and what keeps it from adding more. Without authority: scores, counts, and public evidence.",
          },
          trustSchema,
        ),
      },
    )
    .post("/api/task/:id/grade", ({ params, body }) => gradeTask(deps, params.id, body), {
      body: gradeRequestSchema,
      detail: documented(
        {
          summary: "Grade the answer of a task",
          path: { id: "Id of the task" },
          description:
            "Evidence of competence for everybody who spoke blind. `correct` or `score` judge the final answer; `value` states the right one. A score weighs as much as it is away from one half (0.8: right, with weight 0.6); one half itself would weigh nothing and is refused with 422.",
          authorised: true,
        },
        gradeReply,
      ),
    });
