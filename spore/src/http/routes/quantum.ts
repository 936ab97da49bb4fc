/** The quantum layer: why a task stands where it stands. */
import { quantumSchema } from "@synapse/shared/contract/quantum-status.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";
import { lookForTask } from "../reading.ts";

const query = z.object({ task: z.string().max(100).optional().describe("Id of one task") });

export const quantumRoutes = (deps: HttpDeps) =>
  new Elysia().get(
    "/api/quantum",
    async ({ query: { task }, request }) => {
      const authorised = deps.access.isAuthorised(request);
      const state = deps.quantum.state(authorised);
      if (task === undefined) return state;
      const found = await lookForTask(deps, task, authorised);
      return { ...state, tasks: [deps.quantum.view(found.state, found.progress)] };
    },
    {
      query,
      detail: documented(
        {
          authorised: "for more",
          summary: "Temperature, hypotheses, tunnelling, entanglement, decoherence",
          description:
            "The tasks worked on last; with `task` that one, however old. Each mechanism with its measured effect, its 95 % interval, and whether it ships on.",
        },
        quantumSchema,
      ),
    },
  );
