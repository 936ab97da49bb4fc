/**
 * What is deployed to the Hub really runs: the fake Hub builds the files of each Space from a clean folder with the
 * commands of their Dockerfile, and starts the spores on empty disks. The launcher is the command that people type.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { healthSchema } from "@synapse/shared/contract/status.ts";
import { swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import { FakeHub } from "../support/fake-hub/fake-hub.ts";
import { ROOT } from "../support/source-tree.ts";
import { cleanUp, freshDir, waitFor } from "../support/swarm.ts";

// Real builds and processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(230_000);

const TOKEN = "hf_thisTokenDeploys";
const hub = new FakeHub({ tokens: { [TOKEN]: { account: "ada", role: "write", isPro: true } }, real: true });
afterAll(async () => {
  await hub.stop();
  await cleanUp();
});

const cwd = freshDir();
const seenInProcessLists: string[] = [];

async function command(args: readonly string[]): Promise<{ code: number; output: string }> {
  const log = join(cwd, `${crypto.randomUUID()}.log`);
  const child = Bun.spawn([process.execPath, join(ROOT, "launcher/src/main.ts"), ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", CI: "true" },
    stdin: "ignore",
    stdout: Bun.file(log),
    stderr: Bun.file(`${log}.err`),
  });
  const looking = setInterval(() => seenInProcessLists.push(...processArguments()), 200);
  const code = await child.exited;
  clearInterval(looking);
  return { code, output: readFileSync(log, "utf8") + readFileSync(`${log}.err`, "utf8") };
}

/** What any user of the machine can list; empty where there is no /proc. */
function processArguments(): string[] {
  if (!existsSync("/proc")) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8")];
      } catch {
        // Ended between the two looks.
        return [];
      }
    });
}

const healthOf = async (url: string) => healthSchema.parse(await (await fetch(`${url}/api/health`)).json());

test("two spores are deployed, remember, answer, and refill after an empty restart", async () => {
  writeFileSync(
    join(cwd, "config.yaml"),
    [
      ...["target: hf", "count: 2", `hf_token: ${TOKEN}`, `hub_url: ${hub.url}`, "bootstrap: none"],
      ...["gossip_interval_ms: 300", "api_keys:", "  groq: gsk_aKeyThatNobodySees", ""],
    ].join("\n"),
    { mode: 0o600 },
  );
  const launched = await command(["launch"]);
  const logs = [...hub.spaces.values()]
    .map(({ buildLog, runLog }) => [...buildLog, ...runLog].join("\n"))
    .join("\n");
  expect(`${launched.code}\n${launched.output}\n${launched.code === 0 ? "" : logs}`).toStartWith("0\n");
  const swarm = swarmFileSchema.parse(JSON.parse(readFileSync(join(cwd, ".synapse/swarm.json"), "utf8")));
  const [first, second] = swarm.spores.map(({ url }) => url) as [string, string];
  expect((await healthOf(first)).operator).toBe(swarm.operator.publicKey);
  const key = (await healthOf(first)).key;

  mkdirSync(join(cwd, "notes"));
  writeFileSync(join(cwd, "notes/harbour.md"), "Ships may not enter Brask while the red lantern burns.\n");
  expect(await command(["remember", "notes"])).toMatchObject({ code: 0 });
  const holds = async (url: string) => (await healthOf(url).catch(() => null))?.memories ?? 0;
  await waitFor("the second spore to hold it", async () => (await holds(second)) > 0, 60_000);

  const space = hub.spaces.get("ada/synapse-spore-000");
  space?.restart();
  await space?.settled();
  await waitFor("the restarted spore to refill from its peer", async () => (await holds(first)) > 0, 90_000);
  expect((await healthOf(first)).key).toBe(key);

  const asked = await command(["ask", "When may ships not enter Brask?"]);
  expect(asked.output).toContain("red lantern");
  const status = await command(["launch", "status"]);
  expect(status).toMatchObject({ code: 0 });
  expect(status.output).toContain("RUNNING");

  const before = hub.changes.length;
  expect(await command(["launch"])).toMatchObject({ code: 0 });
  expect(hub.changes.length).toBe(before);
  expect(await command(["launch", "destroy", "--yes"])).toMatchObject({ code: 0 });
  expect(hub.spaces.size).toBe(0);

  const token = readFileSync(swarm.operator.tokenFile, "utf8").trim();
  for (const secret of [TOKEN, "gsk_aKeyThatNobodySees", token]) {
    expect(seenInProcessLists.filter((line) => line.includes(secret))).toEqual([]);
    expect(launched.output).not.toContain(secret);
  }
});
