/** The Sentinel's watch, its proposals and what became of them. */
import { Elysia } from "elysia";
import type { HttpDeps } from "../deps.ts";
import { absent, documentedPart } from "../documented.ts";

export const sentinelRoutes = (_deps: HttpDeps) =>
  new Elysia()
    .get("/api/sentinel/status", () => absent("not part of this version"), {
      detail: documentedPart("What the Sentinel watches"),
    })
    .get("/api/sentinel/deployments", () => ({ ...absent("not part of this version"), deployments: [] }), {
      detail: documentedPart("What was applied, and whether it helped"),
    })
    .get("/api/proposals", () => ({ ...absent("not part of this version"), proposals: [] }), {
      detail: documentedPart("Proposals that wait for the commander"),
    });
