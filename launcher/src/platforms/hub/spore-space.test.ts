import { expect, test } from "bun:test";
import { sporeSpaceValues } from "./spore-space.ts";

test("pages that config.yaml names may ask beside the swarm's own; no name is a variable and a secret at once", () => {
  const { variables, secrets } = sporeSpaceValues({
    name: "synapse-spore-000",
    index: 0,
    role: "explorer",
    url: "https://me-synapse-spore-000.hf.space",
    peers: [],
    pageOrigins: ["https://me-page.static.hf.space"],
    bootstrap: { kind: "none" },
    sporeKey: "the key",
    certificate: "{}",
    operatorToken: "the token",
    chosen: { SPORE_CORS_ORIGINS: "https://chosen.example", EMBEDDER_API_KEY: "a secret", LOG_LEVEL: "info" },
    snapshot: null,
    database: null,
  });
  expect(variables.SPORE_CORS_ORIGINS).toBe("https://me-page.static.hf.space,https://chosen.example");
  expect(variables).toMatchObject({ LOG_LEVEL: "info" });
  expect(secrets).toEqual({ SPORE_KEY: "the key", SPORE_TOKEN: "the token", EMBEDDER_API_KEY: "a secret" });
  expect(Object.keys(variables).filter((name) => name in secrets)).toEqual([]);
});
