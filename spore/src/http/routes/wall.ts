/** The Knowledge Wall's books, and its author's proofs. */
import { contentOf } from "@synapse/shared/contract/entry.ts";
import { wallSchema } from "@synapse/shared/contract/status.ts";
import { isEntryId } from "@synapse/shared/ids.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import { AUDIT_PAGE_MAX, WALL_ACTIONS } from "../../wall/audit.ts";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";
import { HttpError } from "../errors.ts";
import { timeParameter } from "../parameters.ts";

const auditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(AUDIT_PAGE_MAX).default(50),
  action: z.enum(WALL_ACTIONS).optional(),
  from: timeParameter.optional(),
  to: timeParameter.optional(),
});

const proofSchema = z.looseObject({
  claim: z.string(),
  content: z.string(),
  proofs: z.array(z.looseObject({ source: z.string(), opening: z.string(), tag: z.string() })),
});

export const wallRoutes = (deps: HttpDeps) =>
  new Elysia()
    .get("/api/wall", ({ query }) => deps.wall.status(query), {
      query: auditQuery,
      detail: documented({ summary: "Crossings and refusals of the Knowledge Wall" }, wallSchema),
    })
    .get(
      "/api/wall/proof/:id",
      async ({ params }) => {
        const [claim] = isEntryId(params.id) ? await deps.store.get([params.id]) : [];
        if (claim === undefined) throw new HttpError("not_found", "no entry with this id is known here");
        return {
          claim: claim.id,
          content: contentOf(claim.entry) ?? "",
          proofs: await deps.wall.prove(claim),
        };
      },
      {
        detail: documented(
          {
            summary: "Prove which restricted entries a claim of this spore came from",
            path: { id: "Id of the claim" },
            authorised: true,
            description:
              'tag = SHA-256("synapse/provenance/1\\n" + opening + "\\n" + source + "\\n" + SHA-256(content)), all in hex; the tags stand in the claim\'s metadata.',
          },
          proofSchema,
        ),
      },
    );
