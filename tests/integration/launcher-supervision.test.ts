/**
 * What the launcher does when parts of it die, hang or are killed, with parts made for it: real processes throughout,
 * only the spore's program and the page's build are small enough to misbehave on purpose.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import { identifyProcess } from "../../launcher/src/platforms/local/process-identity.ts";
import { ROOT } from "../support/source-tree.ts";
import { freePort } from "../support/spore-process.ts";
import { cleanUp, freshDir, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const children = new Set<Bun.Subprocess>();
afterAll(async () => {
  for (const child of children) child.kill("SIGTERM");
  await Promise.all([...children].map((child) => child.exited));
  await cleanUp();
});

const SERVES_HEALTH = `
  const { SPORE_ID: spore, SPORE_ROLE: role, PORT: port } = process.env;
  const key = "A".repeat(43);
  const health = { spore, key, operator: key, role, model: "none", version: "0", dna: "0".repeat(64), memories: 0,
    memories_private: 0, memories_collective: 0, cycles: 0, deltas_produced: 0, deltas_received: 0, confidence: null,
    peers: [], active_tasks: 0, converged_tasks: 0, uptime_s: 0, last_provider: null, last_model: null, clock: {},
    sce: { enabled: false }, quantum: { enabled: false } };
  Bun.serve({ hostname: "127.0.0.1", port: Number(port), fetch: () => Response.json(health) });
  console.log("listening as", spore);
`;

interface Stage {
  readonly folder: string;
  readonly dataDir: string;
  readonly launchArguments: readonly string[];
}

/** A launcher of its own: entry.ts is the command line with these parts instead of the repository's. */
async function stage(spore: string, build = "mkdir -p out && echo page > out/index.html"): Promise<Stage> {
  const folder = freshDir();
  const page = join(folder, "page");
  mkdirSync(page);
  writeFileSync(join(folder, "spore.ts"), spore);
  writeFileSync(join(page, "package.json"), JSON.stringify({ name: "page", scripts: { build } }));
  const layout = { root: folder, sporeScript: join(folder, "spore.ts"), pageFolder: page, pageInputs: [] };
  writeFileSync(
    join(folder, "entry.ts"),
    `import { runCommandLine } from ${JSON.stringify(join(ROOT, "launcher/src/cli.ts"))};
     process.exit(await runCommandLine(process.argv.slice(2), ${JSON.stringify(layout)}));`,
  );
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "stage", scripts: { launch: "bun entry.ts launch" } }),
  );
  const ports = ["--base-port", String(await freePort()), "--cc-port", String(await freePort())];
  return {
    folder,
    dataDir: join(folder, ".synapse"),
    launchArguments: ["--count", "1", "--bootstrap", "none", ...ports],
  };
}

function start({ folder }: Stage, command: readonly string[]) {
  const log = join(folder, `out-${crypto.randomUUID()}.txt`);
  const child = Bun.spawn([process.execPath, ...command], {
    cwd: folder,
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

const launch = (on: Stage, ...more: string[]) =>
  start(on, ["entry.ts", "launch", ...on.launchArguments, ...more]);

type Launch = ReturnType<typeof launch>;

/** Waits; a launch that ends meanwhile is a failure with its own words. */
const until = (running: Launch, what: string, condition: () => boolean) =>
  waitFor(
    what,
    () => {
      if (running.child.exitCode !== null) throw new Error(running.output());
      return condition();
    },
    60_000,
  );

async function live(on: Stage, running: Launch) {
  await until(running, "the swarm to be live", () => running.output().includes("is live"));
  return swarmFileSchema.parse(JSON.parse(readFileSync(join(on.dataDir, "swarm.json"), "utf8")));
}

const isAlive = (pid: number | null | undefined) => typeof pid === "number" && identifyProcess(pid) !== null;

function recordedPids(on: Stage): number[] {
  const record = JSON.parse(readFileSync(join(on.dataDir, "launch.json"), "utf8")) as {
    children: { process: { pid: number } }[];
  };
  return record.children.map(({ process }) => process.pid);
}

describe("a spore that cannot start", () => {
  test("ends the launch with its last words, and nothing stays", async () => {
    const on = await stage('console.error("the disk is full"); process.exit(3);');
    const { child, output } = launch(on);
    expect(await child.exited).toBe(1);
    expect(output()).toContain("the disk is full");
    expect(output()).toContain("exit code 3");
    expect(output()).toContain("cannot be started");
    expect(existsSync(join(on.dataDir, "swarm.json"))).toBe(false);
    expect(existsSync(join(on.dataDir, "launch.json"))).toBe(false);
  });

  test("that never answers ends it when its time is over", async () => {
    const on = await stage("setInterval(() => {}, 1000);");
    const { child, output } = launch(on, "--start-timeout", "2");
    expect(await child.exited).toBe(1);
    expect(output()).toContain("not healthy within 2 s: spore-0 does not listen yet");
    expect(output()).toContain("nothing is left running");
  });

  test("that dies again and again after it was live is given up, and with the last of them the launch", async () => {
    const on = await stage(
      `import { existsSync, writeFileSync } from "node:fs";
       const mark = process.env.SPORE_DATA_DIR + ".mark";
       if (existsSync(mark)) { console.error("broken since"); process.exit(1); }
       writeFileSync(mark, "");
       ${SERVES_HEALTH}`,
    );
    const running = launch(on);
    const swarm = await live(on, running);
    process.kill(swarm.spores[0]?.pid as number, "SIGKILL");
    expect(await running.child.exited).toBe(1);
    expect(running.output()).toContain("signal SIGKILL");
    expect(running.output()).toContain("quick death in a row: given up");
    expect(running.output()).toContain("no spore is left running");
  });
});

describe("a launcher that is killed outright", () => {
  test("takes the spores and the page server with it", async () => {
    const on = await stage(SERVES_HEALTH);
    const running = launch(on, "--deploy-cc");
    const swarm = await live(on, running);
    expect(await (await fetch(swarm.commandCenter?.url as string)).text()).toBe("page\n");
    running.child.kill("SIGKILL");
    const pids = [swarm.spores[0]?.pid, swarm.commandCenter?.pid];
    await waitFor("all of it to end", () => !pids.some(isAlive));
  });

  test("takes a build with it", async () => {
    const on = await stage(SERVES_HEALTH, "sleep 600 & echo $! > ../worker.pid; wait");
    const running = launch(on, "--deploy-cc");
    const worker = join(on.folder, "worker.pid");
    const workerPid = () => (existsSync(worker) ? Number(readFileSync(worker, "utf8")) : 0);
    await until(running, "the build to begin", () => workerPid() > 0);
    running.child.kill("SIGKILL");
    await waitFor("the build to end", () => !isAlive(workerPid()));
  });

  test("through bun run stops in order, since nobody is left to stop it", async () => {
    const on = await stage(SERVES_HEALTH);
    const running = start(on, ["run", "launch", ...on.launchArguments]);
    const swarm = await live(on, running);
    running.child.kill("SIGKILL");
    await waitFor("the spore to end", () => !isAlive(swarm.spores[0]?.pid));
    await waitFor("the launcher to say so", () => running.output().includes("nothing is left running"));
  });
});

describe("what an earlier launch left behind", () => {
  function leftBehind(on: Stage, identity: object): void {
    mkdirSync(on.dataDir, { recursive: true });
    writeFileSync(join(on.dataDir, "swarm.json"), "{}");
    const record = {
      startedAt: "2026-11-22T00:00:00.000Z",
      launcher: { pid: 4_194_303, started: "another boot/1", command: "bun launcher" },
      children: [{ name: "spore-0", process: identity }],
    };
    writeFileSync(join(on.dataDir, "launch.json"), JSON.stringify(record));
  }

  async function launchBeside(change: object) {
    const on = await stage(SERVES_HEALTH);
    const other = Bun.spawn(["sleep", "600"]);
    children.add(other);
    leftBehind(on, { ...identifyProcess(other.pid), ...change });
    const running = launch(on);
    await live(on, running);
    const survived = isAlive(other.pid);
    running.child.kill("SIGTERM");
    expect(await running.child.exited).toBe(0);
    return { survived, pid: other.pid, output: running.output() };
  }

  test("is ended where it is provably ours, then the launch goes on", async () => {
    const { survived, pid, output } = await launchBeside({});
    expect(survived).toBe(false);
    expect(output).toContain(`ending spore-0 (pid ${pid})`);
  });

  test("is left alone where the pid is another's by now", async () => {
    expect((await launchBeside({ started: "another boot/1" })).survived).toBe(true);
    expect((await launchBeside({ command: "another program" })).survived).toBe(true);
  });
});

describe("a request to stop", () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    test(`by ${signal} ends what runs and what is being built`, async () => {
      const on = await stage(SERVES_HEALTH, "sleep 600");
      const running = launch(on, "--deploy-cc");
      await until(running, "the spore", () => running.output().includes("spore-0 is healthy"));
      const pids = recordedPids(on);
      expect(pids).toHaveLength(1);
      running.child.kill(signal);
      expect(await running.child.exited).toBe(130);
      expect(pids.some(isAlive)).toBe(false);
      expect(existsSync(join(on.dataDir, "launch.json"))).toBe(false);
    });
  }

  test("is obeyed though a spore does not obey", async () => {
    const on = await stage(`process.on("SIGTERM", () => console.log("not yet")); ${SERVES_HEALTH}`);
    const running = launch(on);
    const swarm = await live(on, running);
    running.child.kill("SIGINT");
    expect(await running.child.exited).toBe(0);
    expect(isAlive(swarm.spores[0]?.pid)).toBe(false);
  });
});

describe("a second command on the same data dir", () => {
  test("is refused while the first runs; down, status and destroy do what they say", async () => {
    const on = await stage(SERVES_HEALTH);
    const first = launch(on);
    const swarm = await live(on, first);
    const second = launch(on);
    expect(await second.child.exited).toBe(1);
    expect(second.output()).toContain(`launcher pid ${first.child.pid}`);
    const control = async (...command: string[]) => {
      const { child, output } = start(on, ["entry.ts", "launch", ...command]);
      return { code: await child.exited, output: output() };
    };
    const status = await control("status", "--json");
    expect(status.code).toBe(0);
    const told: unknown = JSON.parse(status.output.split("\n")[0] ?? "");
    expect(told).toMatchObject({ running: true, parts: [{ name: "spore-0", healthy: true }] });
    expect((await control("logs", "spore-0")).output).toContain("listening as spore-0");
    expect((await control("destroy")).code).toBe(2);
    expect((await control("down")).code).toBe(0);
    expect(await first.child.exited).toBe(0);
    expect(isAlive(swarm.spores[0]?.pid)).toBe(false);
    expect((await control("status")).code).toBe(1);
    writeFileSync(join(on.dataDir, "mine.txt"), "not the launcher's");
    expect((await control("destroy", "--yes")).code).toBe(0);
    expect(existsSync(join(on.dataDir, "operator.key"))).toBe(false);
    expect(existsSync(join(on.dataDir, "mine.txt"))).toBe(true);
  });
});
