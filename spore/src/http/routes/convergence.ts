/** How far open tasks agree, and the newest answers. */
import type { TaskSummary } from "@synapse/shared/contract/status.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";

const LISTED_MAX = 100;

export const convergenceRoutes = (deps: HttpDeps) =>
  new Elysia()
    .get("/api/convergence", ({ request }) => convergence(deps, !deps.access.isAuthorised(request)), {
      detail: documented(
        { summary: "Agreement on each open task, cycle by cycle", authorised: "for more" },
        z.looseObject({ tasks: z.array(z.unknown()) }),
      ),
    })
    .get(
      "/api/answers",
      async ({ request }) => {
        const page = await deps.tasks.list({
          limit: LISTED_MAX,
          status: "converged",
          publicOnly: !deps.access.isAuthorised(request),
        });
        const answers = page.tasks.map((task) => ({
          ...task,
          question: task.description,
          answer: task.final_answer,
          cycles: task.cycle,
          delta_count: task.deltas,
        }));
        return { spore: deps.config.name, count: answers.length, answers };
      },
      {
        detail: documented(
          { summary: "The newest answers", authorised: "for more" },
          z.looseObject({ answers: z.array(z.unknown()) }),
        ),
      },
    );

async function convergence(deps: HttpDeps, publicOnly: boolean) {
  const lists = await Promise.all(
    (["reasoning", "queued"] as const).map((status) =>
      deps.tasks.list({ limit: LISTED_MAX, status, publicOnly }),
    ),
  );
  const tasks = lists.flatMap((list) => list.tasks);
  const measured = tasks.flatMap(({ agreement }) => agreement ?? []);
  return {
    spore: deps.config.name,
    global_agreement:
      measured.length === 0 ? null : measured.reduce((sum, one) => sum + one, 0) / measured.length,
    active_tasks: deps.board.openTasks(),
    converged_tasks: deps.tasks.count("converged"),
    unresolved_tasks: deps.tasks.count("unresolved"),
    tasks: await Promise.all(tasks.map((task) => withHistory(deps, task))),
  };
}

/** Where an open task stands, cycle by cycle. */
async function withHistory(deps: HttpDeps, task: TaskSummary) {
  const found = await deps.board.look(task.task_id);
  const rounds = found?.progress.rounds ?? [];
  const last = rounds.at(-1);
  return {
    ...task,
    delta_count: task.deltas,
    velocity: last?.velocity ?? 0,
    clusters: last?.aggregate.clusters.length ?? 0,
    posterior: last?.aggregate.posterior ?? null,
    effective_voices: last?.aggregate.effectiveVoices ?? 0,
    history: rounds.map(({ aggregate }) => aggregate.agreement),
  };
}
