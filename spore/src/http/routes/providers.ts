/** What this spore thinks with: providers, and the local model. */
import { providersSchema } from "@synapse/shared/contract/status.ts";
import { Elysia } from "elysia";
import type { HttpDeps } from "../deps.ts";
import { absent, documented, documentedPart } from "../documented.ts";

export const providerRoutes = (deps: HttpDeps) =>
  new Elysia()
    .get("/api/providers", ({ request }) => deps.providers(deps.access.isAuthorised(request)), {
      detail: documented({ summary: "What this spore can reason with, and why not" }, providersSchema),
    })
    .get("/api/cortex", () => absent("no local model is part of this version"), {
      detail: documentedPart("The local model"),
    });
