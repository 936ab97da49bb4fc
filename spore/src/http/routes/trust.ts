/** What this spore holds of its peers' reliability. */
import { Elysia } from "elysia";
import type { HttpDeps } from "../deps.ts";
import { documentedPart } from "../documented.ts";
import { trustState } from "../reading.ts";

export const trustRoutes = (_deps: HttpDeps) =>
  new Elysia().get("/api/trust", () => trustState(), {
    detail: documentedPart("Evidence and weights of each peer"),
  });
