/** What this spore thinks with: providers, and the local model. */
import { partStateSchema, providersSchema } from "@synapse/shared/contract/status.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import type { HttpDeps } from "../deps.ts";
import { documented, documentedPart } from "../documented.ts";
import { HttpError } from "../errors.ts";

export const providerRoutes = (deps: HttpDeps) =>
  new Elysia()
    .get("/api/providers", ({ request }) => deps.providers(deps.access.isAuthorised(request)), {
      detail: documented(
        {
          summary: "What this spore can reason with, and why not",
          authorised: "for more",
          description:
            "With the operator's token also quotas, spending, budgets, and who was asked and skipped for the last requests.",
        },
        providersSchema,
      ),
    })
    .get("/api/cortex", ({ request }) => deps.cortex.describe(deps.access.isAuthorised(request)), {
      detail: documentedPart("The local model", { authorised: "for more" }),
    })
    .post(
      "/api/cortex/download",
      () => {
        const begun = deps.cortex.download();
        if (!begun.ok) throw new HttpError("conflict", begun.error);
        return { message: begun.value, cortex: deps.cortex.describe(true) };
      },
      {
        detail: documented(
          {
            summary: "Consent to download the local model, and begin",
            authorised: true,
            description: "GET /api/cortex shows how far it is. Asking again changes nothing.",
          },
          z.looseObject({ message: z.string(), cortex: partStateSchema }),
        ),
      },
    );
