/** The network as this spore knows it, and how others join it. */
import { swarmSchema } from "@synapse/shared/contract/status.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import type { HttpDeps } from "../deps.ts";
import { absent, documented, documentedPart } from "../documented.ts";

export const federationRoutes = (deps: HttpDeps) =>
  new Elysia()
    .get("/api/swarm", () => deps.swarm(), {
      detail: documented({ summary: "The whole network, from signed peer cards" }, swarmSchema),
    })
    .get("/federation/nodes", () => ({ nodes: deps.swarm().nodes.filter(({ url }) => url !== null) }), {
      detail: documented(
        { summary: "Known nodes that can be called" },
        z.looseObject({ nodes: z.array(z.unknown()) }),
      ),
    })
    .get(
      "/api/federation/status",
      () => {
        const { nodes } = deps.swarm();
        return {
          dna: deps.dna,
          state: nodes.some(({ state }) => state === "live") ? "connected" : "alone",
          nodes: nodes.length,
          operators: new Set(nodes.map(({ operator }) => operator)).size,
        };
      },
      {
        detail: documented(
          { summary: "Protocol hash and state of the federation" },
          z.looseObject({ dna: z.string() }),
        ),
      },
    )
    .post(
      "/federation/join",
      () => absent("spores meet through SPORE_PEERS and the cards that peers pass on"),
      { detail: documentedPart("Join, signed and proven by a challenge") },
    )
    .get("/.well-known/agent-card.json", () => absent("not part of this version"), {
      detail: documentedPart("This spore as an agent"),
    });
