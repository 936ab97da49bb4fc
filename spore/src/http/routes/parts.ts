/** State of each part. A part that this version does not run says so and why; no number is ever made up. */
import { partStateSchema, providersSchema, wallSchema } from "@synapse/shared/contract/status.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";
import { trustState } from "../reading.ts";

const absent = (reason: string) => ({ enabled: false as const, reason });

export function partRoutes(deps: HttpDeps) {
  const part = documented({ summary: "State of this part" }, partStateSchema);
  return new Elysia()
    .get("/api/wall", () => deps.wall.status(), {
      detail: documented({ summary: "Crossings and refusals of the Knowledge Wall" }, wallSchema),
    })
    .get("/api/providers", () => deps.providers(), {
      detail: documented({ summary: "What this spore can reason with, and why not" }, providersSchema),
    })
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
          limit: 100,
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
    )
    .get("/api/trust", () => trustState(), { detail: part })
    .get(
      "/api/quantum",
      () => absent("annealing and decoherence are in use; their state is not shown by this version"),
      { detail: part },
    )
    .get("/api/cognition", () => absent("not part of this version"), { detail: part })
    .get("/api/cortex", () => absent("no local model is part of this version"), { detail: part })
    .get("/api/sentinel/status", () => absent("not part of this version"), { detail: part })
    .get("/api/settings", () => absent("settings are read from the environment in this version"), {
      detail: part,
    })
    .get("/api/blocklist", () => absent("not part of this version"), { detail: part })
    .get("/v1/models", () => absent("the swarm is not offered as a model by this version"), { detail: part })
    .get("/.well-known/agent-card.json", () => absent("not part of this version"), { detail: part })
    .post(
      "/federation/join",
      () => absent("spores meet through SPORE_PEERS and the cards that peers pass on"),
      { detail: part },
    )
    .get("/api/sentinel/deployments", () => ({ ...absent("not part of this version"), deployments: [] }), {
      detail: part,
    })
    .get("/api/proposals", () => ({ ...absent("not part of this version"), proposals: [] }), {
      detail: part,
    });
}

async function convergence(deps: HttpDeps, publicOnly: boolean) {
  const lists = await Promise.all(
    (["reasoning", "queued"] as const).map((status) =>
      deps.tasks.list({ limit: 100, cursor: null, status, text: null, publicOnly }),
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
