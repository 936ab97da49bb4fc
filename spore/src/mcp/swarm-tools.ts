/** Tools about the swarm itself: health and trust. */
import { healthSchema, partStateSchema } from "@synapse/shared/contract/status.ts";
import { z } from "zod";
import { trustState } from "../http/reading.ts";
import { healthOf } from "../http/routes/health.ts";
import { defineTool } from "./tool.ts";

const getTrust = defineTool({
  name: "get_trust",
  title: "Trust in peers",
  description:
    "What this spore holds of its peers' reliability, or, where trust is not weighed, that it is not and why.",
  input: z.strictObject({
    peer_id: z.string().max(100).default("").describe("Name or key of one spore; empty for all"),
  }),
  output: partStateSchema,
  run: async ({ peer_id }) => ({ ...trustState(), peer_id }),
});

const swarmHealth = defineTool({
  name: "swarm_health",
  title: "Health",
  description: "How this spore is: role, model, memories, tasks, peers. Open to everybody.",
  // Clients that cannot send an empty object put something in it; nothing here depends on it.
  input: z.object({}),
  output: healthSchema,
  run: async (_, { deps }) => healthOf(deps),
});

export const swarmTools = [getTrust, swarmHealth];
