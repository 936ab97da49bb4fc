/** How far open tasks agree, and the newest answers. */
import { Elysia } from "elysia";
import { z } from "zod";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";

const LISTED_MAX = 100;

export const convergenceRoutes = (deps: HttpDeps) =>
  new Elysia()
    .get("/api/convergence", ({ request }) => convergence(deps, !deps.access.isAuthorised(request)), {
      detail: documented(
        { summary: "Agreement on each open task" },
        z.looseObject({ tasks: z.array(z.unknown()) }),
      ),
    })
    .get(
      "/api/answers",
      async ({ request }) => {
        const page = await deps.tasks.list({
          limit: LISTED_MAX,
          cursor: null,
          status: "converged",
          text: null,
          publicOnly: !deps.access.isAuthorised(request),
        });
        return { spore: deps.config.name, count: page.tasks.length, answers: page.tasks };
      },
      {
        detail: documented(
          { summary: "The newest answers" },
          z.looseObject({ answers: z.array(z.unknown()) }),
        ),
      },
    );

async function convergence(deps: HttpDeps, publicOnly: boolean) {
  const lists = await Promise.all(
    (["reasoning", "queued"] as const).map((status) =>
      deps.tasks.list({ limit: LISTED_MAX, cursor: null, status, text: null, publicOnly }),
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
    tasks,
  };
}
