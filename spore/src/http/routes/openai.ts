/** The swarm as a model, for clients that speak the OpenAI API. */
import { Elysia } from "elysia";
import type { HttpDeps } from "../deps.ts";
import { absent, documentedPart } from "../documented.ts";

export const openAiRoutes = (_deps: HttpDeps) =>
  new Elysia().get("/v1/models", () => absent("the swarm is not offered as a model by this version"), {
    detail: documentedPart("The swarm as a model"),
  });
