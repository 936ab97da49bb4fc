/** Tools about the swarm itself: health and trust. */
import { healthSchema } from "@synapse/shared/contract/status.ts";
import { trustSchema } from "@synapse/shared/contract/trust-status.ts";
import { z } from "zod";
import { trustState } from "../http/reading.ts";
import { healthOf } from "../http/routes/health.ts";
import { defineTool } from "./tool.ts";

const getTrust = defineTool({
  name: "get_trust",
  title: "Trust in peers",
  description:
    "How far this spore trusts each peer, per topic, from graded work: scores, tiers, who errs with whom. " +
    "With peer_id also every observation behind that spore's scores.",
  input: z.strictObject({
    peer_id: z.string().max(100).default("").describe("Name or key of one spore; empty for all"),
  }),
  output: trustSchema,
  run: async ({ peer_id }, { deps, authorised }) =>
    trustState(deps, { subject: peer_id || null, authorised }),
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
