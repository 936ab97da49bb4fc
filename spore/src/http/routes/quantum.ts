/** The quantum layer: why a task stands where it stands. */
import { Elysia } from "elysia";
import type { HttpDeps } from "../deps.ts";
import { absent, documentedPart } from "../documented.ts";

export const quantumRoutes = (_deps: HttpDeps) =>
  new Elysia().get(
    "/api/quantum",
    () => absent("annealing and decoherence are in use; their state is not shown by this version"),
    { detail: documentedPart("Temperature, hypotheses, tunnelling, entanglement, decoherence") },
  );
