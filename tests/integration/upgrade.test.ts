/**
 * A data dir that the first version wrote (tests/fixtures, two spores, one memory, one answered question) is found, brought
 * up to date and used by this one: same identity, same memory, same answer.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { healthSchema } from "@synapse/shared/contract/status.ts";
import { swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import { ROOT } from "../support/source-tree.ts";
import { freePorts } from "../support/spore-process.ts";
import { cleanUp, freshDir, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const FIXTURE = join(ROOT, "tests/fixtures/data-dir-2026-11-23.tar.gz");
let launcher: Bun.Subprocess | null = null;
afterAll(async () => {
  launcher?.kill("SIGINT");
  await launcher?.exited;
  await cleanUp();
});

const tar = Bun.which("tar");
if (tar === null) console.log("skipped: an older data dir: `tar` is not on this machine");

test.skipIf(tar === null)("an older data dir is upgraded by the next launch", async () => {
  const cwd = freshDir();
  expect(await Bun.spawn([tar as string, "-xzf", FIXTURE, "-C", cwd]).exited).toBe(0);
  const certificate = JSON.parse(readFileSync(join(cwd, "spore-0/certificate.json"), "utf8"));
  const port = await freePorts(2);
  const run = (args: readonly string[]) =>
    Bun.spawn([process.execPath, join(ROOT, "launcher/src/main.ts"), ...args, "--data-dir", cwd], {
      cwd,
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", CI: "true" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
  launcher = run(["launch", "--count", "2", "--base-port", String(port), "--bootstrap", "none"]);
  await waitFor("the swarm", () => existsSync(join(cwd, "swarm.json")), 60_000);
  const swarm = swarmFileSchema.parse(JSON.parse(readFileSync(join(cwd, "swarm.json"), "utf8")));
  expect(swarm.operator.publicKey).toBe(certificate.operator);
  const health = healthSchema.parse(await (await fetch(`${swarm.spores[0]?.url}/api/health`)).json());
  expect(health.key).toBe(certificate.spore);
  expect(health.memories).toBe(1);
  expect(health.converged_tasks).toBe(1);
  const asked = run(["ask", "When was the old lighthouse of Brask built?"]);
  expect(await new Response(asked.stdout).text()).toContain("1871");
  expect(await asked.exited).toBe(0);
});
