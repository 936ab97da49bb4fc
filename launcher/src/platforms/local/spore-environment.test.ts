import { describe, expect, test } from "bun:test";
import type { Settings } from "../../settings.ts";
import { dataDirAt } from "./data-dir.ts";
import { sporeEnvironment } from "./spore-environment.ts";

const settings = {
  count: 3,
  basePort: 4200,
  deployPage: true,
  pagePort: 4250,
  bootstrap: { kind: "none" },
  peers: ["https://peer.example"],
  pageTarget: "local",
  database: null,
  sporeVariables: { GROQ_API_KEY: "from settings" },
} as unknown as Settings;
const environmentOf = (index: number, inherited: Record<string, string> = {}, more: Partial<Settings> = {}) =>
  sporeEnvironment({ ...settings, ...more }, index, dataDirAt("/data"), "the token", inherited);

describe("what the launcher decides", () => {
  test("is as the contract names it", () => {
    expect(environmentOf(1)).toEqual({
      CORTEX_MODELS_DIR: "/data/models",
      GROQ_API_KEY: "from settings",
      BOOTSTRAP_URL: "none",
      SPORE_ID: "spore-1",
      SPORE_INDEX: "1",
      SPORE_ROLE: "synthesizer",
      HOST: "127.0.0.1",
      PORT: "4201",
      SPORE_DATA_DIR: "/data/spore-1",
      SPORE_PUBLIC_URL: "http://127.0.0.1:4201",
      SPORE_PEERS: "http://127.0.0.1:4200,http://127.0.0.1:4202,https://peer.example",
      SPORE_TOKEN: "the token",
      SPORE_OPERATOR_KEY: "/data/operator.key",
      SPORE_ALLOW_LOOPBACK_PEERS: "1",
      SPORE_CORS_ORIGINS: "http://127.0.0.1:4250,http://localhost:4250",
    });
  });

  test("wins over what is inherited; the default bootstrap is left to the spore", () => {
    const inherited = {
      PORT: "1",
      HOST: "0.0.0.0",
      SPORE_ID: "x",
      SPORE_CORS_ORIGINS: "https://mine.example",
    };
    const given = environmentOf(0, inherited, { bootstrap: { kind: "default" }, deployPage: false });
    expect(given).toMatchObject({ PORT: "4200", HOST: "127.0.0.1", SPORE_ID: "spore-0" });
    expect(given.BOOTSTRAP_URL).toBeUndefined();
    expect(given.SPORE_CORS_ORIGINS).toBe("https://mine.example");
  });
});

test("pages that config.yaml names may ask beside the swarm's own, and win over those of the environment", () => {
  const sporeVariables = { SPORE_CORS_ORIGINS: "https://chosen.example" };
  const inherited = { SPORE_CORS_ORIGINS: "https://ambient.example" };
  expect(environmentOf(0, inherited, { sporeVariables }).SPORE_CORS_ORIGINS).toBe(
    "http://127.0.0.1:4250,http://localhost:4250,https://chosen.example",
  );
});

test("secrets that no spore has a use for stay behind, and so does what would make spores share a store", () => {
  const given = environmentOf(0, {
    PATH: "/bin",
    XAI_API_KEY: "kept",
    LLM_API_KEY: "kept",
    EMBEDDER_API_KEY: "kept",
    GITHUB_TOKEN: "x",
    VERCEL_TOKEN: "x",
    AWS_SECRET_ACCESS_KEY: "x",
    NPM_CONFIG_PASSWORD: "x",
    SPORE_DATABASE_URL: "libsql://one",
    SPORE_CERTIFICATE: "x",
    npm_lifecycle_event: "launch",
  });
  expect(given).toMatchObject({
    PATH: "/bin",
    XAI_API_KEY: "kept",
    LLM_API_KEY: "kept",
    EMBEDDER_API_KEY: "kept",
  });
  for (const name of [
    "GITHUB_TOKEN",
    "VERCEL_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "NPM_CONFIG_PASSWORD",
    "SPORE_DATABASE_URL",
    "SPORE_CERTIFICATE",
    "npm_lifecycle_event",
  ]) {
    expect(given[name]).toBeUndefined();
  }
});
