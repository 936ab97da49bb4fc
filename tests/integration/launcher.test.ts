/** The launcher with real spores: up, a death in between, the same again, and nothing left behind. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type SwarmFile, swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import { ROOT } from "../support/source-tree.ts";
import { freePorts } from "../support/spore-process.ts";
import { cleanUp, freshDir, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(180_000);

const MAIN = join(ROOT, "launcher/src/main.ts");
const children = new Set<ReturnType<typeof Bun.spawn>>();
afterAll(async () => {
  for (const child of children) child.kill("SIGINT");
  await Promise.all([...children].map((child) => child.exited));
  await cleanUp();
});

function run(args: readonly string[], cwd: string) {
  const log = join(cwd, `out-${crypto.randomUUID()}.log`);
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", CI: "true" },
    stdin: "ignore",
    stdout: Bun.file(log),
    stderr: Bun.file(`${log}.err`),
  });
  children.add(child);
  void child.exited.then(() => children.delete(child));
  const read = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : "");
  return { child, output: () => read(log) + read(`${log}.err`) };
}

async function finish(args: readonly string[], cwd: string): Promise<{ code: number; output: string }> {
  const { child, output } = run(args, cwd);
  return { code: await child.exited, output: output() };
}

async function up(cwd: string, port: number, more: readonly string[] = []) {
  const launch = run(
    ["launch", "--count", "2", "--base-port", String(port), "--bootstrap", "none", ...more],
    cwd,
  );
  const file = join(cwd, ".synapse/swarm.json");
  await waitFor(
    "swarm.json",
    () => {
      if (launch.child.exitCode !== null) throw new Error(launch.output());
      // A file of an earlier launch may still lie there.
      return launch.output().includes("is live") && existsSync(file);
    },
    120_000,
  );
  return { ...launch, swarm: swarmFileSchema.parse(JSON.parse(readFileSync(file, "utf8"))) };
}

function isAlive(pid: number | null): boolean {
  try {
    return pid !== null && process.kill(pid, 0);
  } catch {
    // No such process.
    return false;
  }
}

const pidsOf = (swarm: SwarmFile) => swarm.spores.map(({ pid }) => pid);

describe("a local swarm", () => {
  test("comes up, remembers, answers, mends a death, and stops without a trace", async () => {
    const cwd = freshDir();
    const port = await freePorts(2);
    const { child, output, swarm } = await up(cwd, port);
    expect(swarm.target).toBe("local");
    expect(swarm.spores.map(({ role }) => role)).toEqual(["explorer", "synthesizer"]);
    expect(statSync(swarm.operator.tokenFile).mode & 0o077).toBe(0);
    expect(output()).not.toContain(readFileSync(swarm.operator.tokenFile, "utf8").trim());

    mkdirSync(join(cwd, "notes"));
    writeFileSync(
      join(cwd, "notes/harbour.md"),
      "# Brask\n\nShips may not enter Brask while the red lantern burns.\n",
    );
    const remembered = await finish(["remember", "notes", "--json"], cwd);
    expect(remembered).toMatchObject({ code: 0 });
    expect((await finish(["remember", "notes"], cwd)).code).toBe(0);
    const first = swarm.spores[0]?.url as string;
    expect(((await (await fetch(`${first}/api/health`)).json()) as { memories: number }).memories).toBe(1);

    const asked = await finish(["ask", "When may ships not enter Brask?", "--receipt", "receipt.json"], cwd);
    expect(asked.output).toContain("red lantern");
    expect(asked.code).toBe(0);
    expect((await finish(["verify", "receipt.json"], cwd)).code).toBe(0);
    // The answer's text is the cluster's, and both commands say so.
    expect(asked.output).toContain("holds cluster text");
    expect((await finish(["verify", "receipt.json"], cwd)).output).toContain("holds cluster text");
    const nowhere = await finish(["ask", "When?", "--receipt", "/nodir/x.json"], cwd);
    expect(nowhere.code).toBe(2);
    expect(nowhere.output).toBe("error: --receipt: there is no folder /nodir\n");
    const unwritable = await finish(["ask", "When may ships not enter Brask?", "--receipt", "notes"], cwd);
    expect(unwritable.code).toBe(1);
    expect(unwritable.output).toContain("error: the receipt cannot be saved");
    expect(unwritable.output).not.toContain("    at ");
    writeFileSync(
      join(cwd, "forged.json"),
      readFileSync(join(cwd, "receipt.json"), "utf8").replaceAll("lantern", "balloon"),
    );
    expect((await finish(["verify", "forged.json"], cwd)).code).toBe(1);
    expect((await finish(["doctor"], cwd)).output).toContain("spore-0");

    const second = await finish(
      ["launch", "--count", "2", "--base-port", String(port), "--bootstrap", "none"],
      cwd,
    );
    expect(second.code).not.toBe(0);
    expect(second.output).toContain("run");

    process.kill(pidsOf(swarm)[0] as number, "SIGKILL");
    await waitFor("the spore to be started again", () => output().includes("was started again"));
    await waitFor(
      "it to answer",
      async () => (await fetch(`${first}/api/health`).catch(() => null))?.ok === true,
    );

    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
    expect(pidsOf(swarm).some(isAlive)).toBe(false);
    expect(existsSync(join(cwd, ".synapse/swarm.json"))).toBe(false);
  });

  test("a launcher that is killed leaves no spore behind, and the next launch finds everything", async () => {
    const cwd = freshDir();
    const port = await freePorts(2);
    const first = await up(cwd, port);
    const token = readFileSync(first.swarm.operator.tokenFile, "utf8");
    first.child.kill("SIGKILL");
    await waitFor("the spores to notice", () => !pidsOf(first.swarm).some(isAlive));
    const status = await finish(["launch", "status"], cwd);
    expect(status.code).toBe(1);
    expect(status.output).toContain("the launcher is gone");
    expect(status.output.match(/is gone, as its launcher is/g)).toHaveLength(2);
    expect(status.output).not.toMatch(/listen|pid/);
    const second = await up(cwd, port);
    expect(second.swarm.operator.publicKey).toBe(first.swarm.operator.publicKey);
    expect(readFileSync(second.swarm.operator.tokenFile, "utf8")).toBe(token);
    const down = await finish(["launch", "down"], cwd);
    expect(down.code).toBe(0);
    expect(await second.child.exited).toBe(0);
    expect(pidsOf(second.swarm).some(isAlive)).toBe(false);
  });

  test("a port that is taken is named, and nothing is left running", async () => {
    const cwd = freshDir();
    const blocker = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("taken") });
    const failed = await finish(
      ["launch", "--count", "1", "--base-port", String(blocker.port), "--bootstrap", "none"],
      cwd,
    );
    await blocker.stop(true);
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain(String(blocker.port));
    expect(failed.output).toContain("--base-port");
    expect(existsSync(join(cwd, ".synapse/swarm.json"))).toBe(false);
  });

  test("mistakes in flags and config.yaml are named with what was probably meant, exit code 2", async () => {
    const cwd = freshDir();
    const flag = await finish(["launch", "--cuont", "3"], cwd);
    expect(flag.code).toBe(2);
    expect(flag.output).toContain("--count");
    const list = await finish(["validate-bootstrap", "--nope"], cwd);
    expect(list.code).toBe(2);
    expect(list.output).toContain("bun run validate:bootstrap --help");
    writeFileSync(join(cwd, "config.yaml"), "cuont: 3\nbase_port: high\n");
    const config = await finish(["launch", "--dry-run"], cwd);
    expect(config.code).toBe(2);
    expect(config.output).toContain("count");
    expect(config.output).toContain("base_port");
  });

  test("--dry-run says what would be done and does nothing", async () => {
    const cwd = freshDir();
    const plan = await finish(
      [
        "launch",
        "--count",
        "2",
        "--dry-run",
        "--bootstrap",
        "none",
        "--base-port",
        String(await freePorts(2)),
      ],
      cwd,
    );
    expect(plan.code).toBe(0);
    expect(plan.output).toContain("spore-1");
    expect(existsSync(join(cwd, ".synapse"))).toBe(false);
  });
});
