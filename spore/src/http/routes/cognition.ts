/** What the spore thinks unasked. */
import { Elysia } from "elysia";
import type { HttpDeps } from "../deps.ts";
import { absent, documentedPart } from "../documented.ts";

export const cognitionRoutes = (_deps: HttpDeps) =>
  new Elysia().get("/api/cognition", () => absent("not part of this version"), {
    detail: documentedPart("Spontaneous cognition: bands, thoughts, dreams, curiosity, audits, broadcasts"),
  });
