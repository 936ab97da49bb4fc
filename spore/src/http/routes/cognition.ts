/** What the spore thinks unasked: counts for everybody, the thoughts themselves for the commander. */
import { mechanismSchema } from "@synapse/shared/contract/measured-effect.ts";
import { partStateSchema } from "@synapse/shared/contract/status.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import { cognitionMechanisms } from "../../cognition/cognition-state.ts";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";

const cognitionSchema = partStateSchema.extend({ mechanisms: z.array(mechanismSchema) });

export const cognitionRoutes = (deps: HttpDeps) =>
  new Elysia().get(
    "/api/cognition",
    ({ request }) => {
      const state = deps.cognition.state(deps.access.isAuthorised(request));
      return {
        spore: deps.config.name,
        role: deps.config.role,
        version: deps.version,
        ...state,
        // Beside the state, not in it: health carries the state, and what was measured does not change.
        mechanisms: cognitionMechanisms((part) => state.parts[part] === true),
      };
    },
    {
      detail: documented(
        {
          authorised: "for more",
          summary: "Spontaneous cognition: bands, thoughts, dreams, curiosity, audits, broadcasts",
          description: "Each part with its measured effect, its interval, and whether it ships on.",
        },
        cognitionSchema,
      ),
    },
  );
