/** What the spore thinks unasked: counts for everybody, the thoughts themselves for the commander. */
import { Elysia } from "elysia";
import type { HttpDeps } from "../deps.ts";
import { documentedPart } from "../documented.ts";

export const cognitionRoutes = (deps: HttpDeps) =>
  new Elysia().get(
    "/api/cognition",
    ({ request }) => ({
      spore: deps.config.name,
      role: deps.config.role,
      version: deps.version,
      ...deps.cognition.state(deps.access.isAuthorised(request)),
    }),
    {
      detail: documentedPart("Spontaneous cognition: bands, thoughts, dreams, curiosity, audits, broadcasts"),
    },
  );
