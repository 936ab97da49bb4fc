import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArguments } from "./arguments.ts";
import { type Environment, resolveSettings } from "./settings.ts";
import { SETTINGS_FLAGS } from "./settings-flags.ts";

const folder = mkdtempSync(join(tmpdir(), "synapse-settings-"));
afterAll(() => rmSync(folder, { recursive: true }));

function resolved(argv: readonly string[], config: string | null, environment: Environment = {}) {
  const parsed = parseArguments(argv, SETTINGS_FLAGS);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const file = join(folder, "config.yaml");
  rmSync(file, { force: true });
  if (config !== null) writeFileSync(file, config);
  return resolveSettings(parsed.value, environment, folder);
}

function settings(argv: readonly string[], config: string | null, environment: Environment = {}) {
  const result = resolved(argv, config, environment);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

function complaint(argv: readonly string[], config: string | null, environment: Environment = {}): string {
  const result = resolved(argv, config, environment);
  if (result.ok) return "none";
  return result.error.kind === "usage" ? result.error.message : result.error.messages.join("\n");
}

test("a number of the environment that is none is shown as it was typed", () => {
  expect(complaint([], null, { SPORE_GOSSIP_INTERVAL_MS: "abc" })).toBe(
    'environment: gossip_interval_ms: expected a whole number, got "abc"',
  );
  expect(settings([], null, { SPORE_GOSSIP_INTERVAL_MS: "500" }).sporeVariables).toMatchObject({
    SPORE_GOSSIP_INTERVAL_MS: "500",
  });
});

test("every log level of a spore is one of a launch", () => {
  expect(settings([], "log_level: silent\n", {}).sporeVariables.LOG_LEVEL).toBe("silent");
  expect(settings([], null, { LOG_LEVEL: "SILENT" }).sporeVariables.LOG_LEVEL).toBe("silent");
});

describe("which source wins", () => {
  test("flags over config.yaml over the environment over the default", () => {
    const config = "api_keys:\n  groq: from-file\nlog_level: warn\n";
    const environment = {
      GROQ_API_KEY: "from-env",
      XAI_API_KEY: "env-only",
      LOG_LEVEL: "debug",
      LOG_FORMAT: "JSON",
    };
    const { sporeVariables } = settings(["--groq-key", "from-flag"], config, environment);
    expect(sporeVariables).toMatchObject({
      GROQ_API_KEY: "from-flag",
      XAI_API_KEY: "env-only",
      LOG_LEVEL: "warn",
      LOG_FORMAT: "json",
    });
    expect(settings([], config, environment).sporeVariables.GROQ_API_KEY).toBe("from-file");
    expect(settings([], null, environment).sporeVariables.GROQ_API_KEY).toBe("from-env");
  });

  test("an older name of a key's variable fills the new one", () => {
    const { sporeVariables } = settings([], null, { OPENROUTER_KEY: "old", GOOGLE_AI_KEY: "older" });
    expect(sporeVariables).toMatchObject({ OPENROUTER_API_KEY: "old", GEMINI_API_KEY: "older" });
  });

  test("a provider that no longer exists is named, not silently kept", () => {
    expect(settings(["--github-models-key", "x"], null).notices.join()).toContain("retired");
  });
});

describe("the target", () => {
  test("a token in the environment alone never deploys, and that is said", () => {
    const { target, hub, notices, sporeVariables } = settings([], null, { HF_TOKEN: "hf_x" });
    expect(target).toBe("local");
    expect(hub.token).toBeNull();
    expect(notices.join()).toContain("inference only");
    expect(sporeVariables.HF_TOKEN).toBe("hf_x");
  });

  test("a flag or the configuration selects the Hub; --target local stays here", () => {
    expect(settings(["--hf-token", "hf_x"], null).target).toBe("hf");
    expect(settings([], "hf_token: hf_x\n").target).toBe("hf");
    expect(settings(["--target", "local"], "hf_token: hf_x\n").target).toBe("local");
  });

  test("a deployment token never becomes a spore's variable", () => {
    const { sporeVariables } = settings(["--hf-token", "hf_deploy", "--vercel-token", "v_deploy"], null);
    expect(JSON.stringify(sporeVariables)).not.toContain("deploy");
  });

  test("a Vercel token that was given takes the page there, one that lies about does not", () => {
    expect(settings(["--vercel-token", "v"], null).pageTarget).toBe("vercel");
    expect(settings([], null, { VERCEL_TOKEN: "v" }).pageTarget).toBe("local");
    expect(settings(["--cc-target", "local", "--vercel-token", "v"], null).pageTarget).toBe("local");
  });
});

describe("what cannot work is refused before anything is begun", () => {
  test("ports that do not exist or collide", () => {
    expect(complaint(["--base-port", "65535", "--count", "3"], null)).toContain("needs port 65537");
    expect(complaint(["--cc-port", "7861", "--deploy-cc"], null)).toContain("also the port of spore-1");
    expect(complaint(["--cc-port", "7861"], null)).toBe("none");
  });

  test("values out of bounds, under the name that was typed", () => {
    expect(complaint(["--count", "0"], null)).toBe("flags: --count: expected at least 1, got 0");
    expect(complaint(["--target", "moon"], null)).toContain("--target");
    expect(complaint([], null, { LLM_ENDPOINT: "nowhere" })).toContain("environment: llm.endpoint");
    expect(complaint(["--private", "--public"], null)).toContain("exclude each other");
  });

  test("a named configuration that is not there", () => {
    expect(complaint(["--config", "absent.yaml"], null)).toContain("there is no such file");
  });

  test("snapshots of a memory that is on a libSQL server", () => {
    const both = "database_url: libsql://{spore}.example.io\nsnapshot:\n  repo: ada/kept\n  token: hf_x\n";
    expect(complaint([], both)).toContain("snapshot: with database_url nothing is on the spores' disks");
  });

  test("a style of the globe that is no address of one", () => {
    expect(complaint([], "mapbox_style: dark\n")).toContain("mapbox://styles/owner/style, or an https URL");
    expect(settings([], "mapbox_style: mapbox://styles/me/mine\n").mapboxStyle).toBe(
      "mapbox://styles/me/mine",
    );
  });

  test("variables that the launcher sets itself", () => {
    expect(complaint([], "environment:\n  PORT: '1'\n")).toContain("environment.PORT");
    expect(complaint([], "environment:\n  SPORE_TOKEN: x\n")).toContain("environment.SPORE_TOKEN");
  });
});
