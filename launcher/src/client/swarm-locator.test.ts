import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArguments } from "../arguments.ts";
import { knownSpores, SPORE_FLAGS } from "./swarm-locator.ts";

const folder = mkdtempSync(join(tmpdir(), "synapse-locator-"));
afterAll(() => rmSync(folder, { recursive: true }));

const dataDir = join(folder, ".synapse");
mkdirSync(dataDir);
writeFileSync(join(dataDir, "operator.token"), "the-token");
writeFileSync(
  join(dataDir, "swarm.json"),
  JSON.stringify({
    target: "hf",
    spores: [{ id: "spore-0", role: "explorer", url: "https://own.example/", pid: null }],
    commandCenter: null,
    operator: { publicKey: "A".repeat(43), tokenFile: join(dataDir, "operator.token") },
  }),
);
writeFileSync(join(folder, "other.token"), "named-token\n");

function known(argv: readonly string[], environment: Record<string, string> = {}, cwd = folder) {
  const parsed = parseArguments(argv, SPORE_FLAGS);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return knownSpores(parsed.value, environment, cwd);
}
const first = (...given: Parameters<typeof known>) => {
  const spores = known(...given);
  return spores.ok ? spores.value[0] : spores.error;
};

describe("which spore", () => {
  test("the running swarm's, else the default port on this machine", () => {
    expect(first([])).toEqual({ url: "https://own.example/", token: "the-token" });
    expect(first([], {}, tmpdir())).toEqual({ url: "http://127.0.0.1:7860", token: null });
  });

  test("something that is no address is refused", () => {
    expect(first(["--spore", "own.example"])).toContain("http://");
    expect(first(["--token-file", "absent"])).toContain("no file");
  });
});

describe("who gets the token", () => {
  test("one's own spores and this machine", () => {
    expect(first(["--spore", "https://own.example/"])).toMatchObject({ token: "the-token" });
    expect(first(["--spore", "http://localhost:9"])).toMatchObject({ token: "the-token" });
  });

  test("no other address, unless it is named for it", () => {
    expect(first(["--spore", "https://stranger.example"])).toMatchObject({ token: null });
    expect(first(["--spore", "https://127.0.0.1.stranger.example"])).toMatchObject({ token: null });
    expect(first(["--spore", "https://stranger.example", "--token-file", "other.token"])).toMatchObject({
      token: "named-token",
    });
    expect(first(["--spore", "https://stranger.example"], { SPORE_TOKEN: "from-env" })).toMatchObject({
      token: "from-env",
    });
  });
});
