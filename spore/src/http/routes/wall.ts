/** The Knowledge Wall's books. */
import { wallSchema } from "@synapse/shared/contract/status.ts";
import { Elysia } from "elysia";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";

export const wallRoutes = (deps: HttpDeps) =>
  new Elysia().get("/api/wall", () => deps.wall.status(), {
    detail: documented({ summary: "Crossings and refusals of the Knowledge Wall" }, wallSchema),
  });
