/**
 * The acceptance suite of the places a swarm can live in: the same verbs, the same promises, from the command line. A new
 * target proves itself by passing it. Spores here only answer for their health.
 */
import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import { FakeHub } from "../support/fake-hub/fake-hub.ts";
import { ROOT } from "../support/source-tree.ts";
import { freePorts } from "../support/spore-process.ts";
import { cleanUp, freshDir, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "hf_commander";
const SERVES_HEALTH = `
  const { SPORE_ID: spore, SPORE_ROLE: role, PORT: port } = process.env;
  const key = "A".repeat(43);
  const health = { spore, key, operator: key, role, model: "none", version: "0", dna: "0".repeat(64), memories: 0,
    memories_private: 0, memories_collective: 0, cycles: 0, deltas_produced: 0, deltas_received: 0, confidence: null,
    peers: [], active_tasks: 0, converged_tasks: 0, uptime_s: 0, last_provider: null, last_model: null, clock: {},
    sce: { enabled: false }, quantum: { enabled: false } };
  Bun.serve({ hostname: "127.0.0.1", port: Number(port), fetch: () => Response.json(health) });
  console.log(spore, "listens");
`;

interface Target {
  readonly arguments: readonly string[];
  /** What the place holds of this swarm, in words; empty where nothing is left. */
  readonly holds: () => readonly string[];
  readonly end: () => Promise<void>;
}

const targets: Readonly<Record<"local" | "hf", (folder: string) => Promise<Target>>> = {
  async local(folder) {
    const port = await freePorts(2);
    return {
      arguments: ["--target", "local", "--base-port", String(port)],
      holds: () => (existsSync(join(folder, ".synapse")) ? [".synapse"] : []),
      end: async () => undefined,
    };
  },
  async hf() {
    const hub = new FakeHub({ tokens: { [TOKEN]: { account: "ada", role: "write", isPro: true } } });
    return {
      arguments: ["--target", "hf", "--hub-url", hub.url],
      holds: () => [...hub.spaces.keys()],
      end: () => hub.stop(),
    };
  },
};

const children = new Set<Bun.Subprocess>();
const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const child of children) child.kill("SIGTERM");
  await Promise.all([...children].map((child) => child.exited));
  for (const end of endings.splice(0)) await end();
});
afterAll(cleanUp);

async function stage(kind: keyof typeof targets) {
  const folder = freshDir();
  mkdirSync(join(folder, "page"));
  writeFileSync(join(folder, "spore.ts"), SERVES_HEALTH);
  const layout = {
    root: ROOT,
    sporeScript: join(folder, "spore.ts"),
    pageFolder: join(folder, "page"),
    pageInputs: [],
  };
  writeFileSync(
    join(folder, "entry.ts"),
    `import { runCommandLine } from ${JSON.stringify(join(ROOT, "launcher/src/cli.ts"))};
     process.exit(await runCommandLine(process.argv.slice(2), ${JSON.stringify(layout)}));`,
  );
  const target = await targets[kind](folder);
  endings.push(target.end);
  const start = (...args: readonly string[]) => {
    const log = join(folder, `out-${crypto.randomUUID()}.txt`);
    const child = Bun.spawn([process.execPath, "entry.ts", "launch", ...args, ...target.arguments], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", CI: "true", HF_TOKEN: TOKEN },
      stdin: "ignore",
      stdout: Bun.file(log),
      stderr: Bun.file(`${log}.err`),
    });
    children.add(child);
    void child.exited.then(() => children.delete(child));
    const read = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : "");
    return { child, output: () => read(log) + read(`${log}.err`) };
  };
  const run = async (...args: readonly string[]) => {
    const { child, output } = start(...args);
    return { code: await child.exited, output: output() };
  };
  /** Live is what the output says, whether the command stays with the swarm or not. @returns swarm.json */
  const up = async () => {
    const { child, output } = start("--count", "2", "--bootstrap", "none");
    await waitFor(
      "the swarm to be live",
      () => {
        if (child.exitCode !== null && child.exitCode !== 0) throw new Error(output());
        return output().includes("is live");
      },
      60_000,
    );
    return swarmFileSchema.parse(JSON.parse(readFileSync(join(folder, ".synapse/swarm.json"), "utf8")));
  };
  return { folder, target, run, up };
}

describe.each(["local", "hf"] as const)("the target %s", (kind) => {
  test("plans and touches nothing, comes up, tells of itself, pauses, comes back, and is removed", async () => {
    const { folder, target, run, up } = await stage(kind);
    const planned = await run("--count", "2", "--bootstrap", "none", "--dry-run");
    expect(planned.code).toBe(0);
    expect(planned.output).toContain("This would be done:");
    expect([target.holds(), existsSync(join(folder, ".synapse"))]).toEqual([[], false]);

    const swarm = await up();
    expect(swarm.target).toBe(kind);
    expect(swarm.spores.map(({ role }) => role)).toEqual(["explorer", "synthesizer"]);
    expect(target.holds()).not.toEqual([]);
    const names = swarm.spores.map(({ id }) => id);
    for (const { id, url } of swarm.spores)
      expect(await (await fetch(`${url}/api/health`)).json()).toMatchObject({ spore: id });
    const status = await run("status", "--json");
    expect(status.code).toBe(0);
    expect(JSON.parse(status.output.split("\n")[0] ?? "")).toMatchObject({
      target: kind,
      running: true,
      parts: names.map((name) => ({ name, healthy: true })),
    });
    const logs = await run("logs");
    expect(logs.code).toBe(0);
    for (const name of names) expect(logs.output).toContain(`${name} listens`);
    const typo = await run("logs", `${names[0]}x`);
    expect(typo.code).toBe(1);
    expect(typo.output).toContain(`did you mean "${names[0]}"`);

    expect((await run("down")).code).toBe(0);
    expect((await run("status")).code).toBe(1);
    const again = await up();
    expect([again.operator.publicKey, again.spores.map(({ id }) => id)]).toEqual([
      swarm.operator.publicKey,
      names,
    ]);

    const asked = await run("destroy");
    expect(asked.code).toBe(2);
    expect(asked.output).toContain("destroy needs --yes");
    expect(target.holds()).not.toEqual([]);
    expect((await run("destroy", "--yes")).code).toBe(0);
    expect(target.holds()).toEqual([]);
    const nothing = await run("destroy", "--yes");
    expect([nothing.code, nothing.output]).toEqual([
      0,
      expect.stringContaining("there is nothing to remove"),
    ]);
  });
});
