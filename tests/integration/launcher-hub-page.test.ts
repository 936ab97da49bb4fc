/**
 * Spores on the Hub, their page on this machine: the command that people type, against a fake Hub, with a page that is
 * built in no time. It ends with the command, and the next one finds everything as it was.
 */
import { afterAll, afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type SwarmFile, swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import { identifyProcess } from "../../launcher/src/platforms/local/process-identity.ts";
import { FakeHub } from "../support/fake-hub/fake-hub.ts";
import { ROOT } from "../support/source-tree.ts";
import { freePorts } from "../support/spore-process.ts";
import { cleanUp, freshDir, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const TOKEN = "hf_commander";
let hub: FakeHub;
let folder: string;
let port: number;
const children = new Set<Bun.Subprocess>();

const BUILD = `
  const fs = require("node:fs");
  fs.appendFileSync("../builds.txt", "built\\n");
  if (fs.existsSync("../broken")) { console.error("the build is broken"); process.exit(1); }
  fs.mkdirSync("out", { recursive: true });
  fs.writeFileSync("out/index.html", "<h1>Dashboard</h1>");
  fs.writeFileSync("out/library.html", "<h1>Library</h1>");
`;

beforeEach(async () => {
  hub = new FakeHub({ tokens: { [TOKEN]: { account: "ada", role: "write", isPro: true } } });
  folder = freshDir();
  port = await freePorts(1);
  const page = join(folder, "page");
  mkdirSync(page);
  writeFileSync(join(page, "build.cjs"), BUILD);
  const scripts = { build: "bun build.cjs" };
  writeFileSync(join(page, "package.json"), JSON.stringify({ name: "page", scripts }));
  const layout = {
    root: ROOT,
    sporeScript: join(ROOT, "spore/src/main.ts"),
    pageFolder: page,
    pageInputs: [],
  };
  writeFileSync(
    join(folder, "entry.ts"),
    `import { runCommandLine } from ${JSON.stringify(join(ROOT, "launcher/src/cli.ts"))};
     process.exit(await runCommandLine(process.argv.slice(2), ${JSON.stringify(layout)}));`,
  );
});
afterEach(async () => {
  for (const child of children) child.kill("SIGTERM");
  await Promise.all([...children].map((child) => child.exited));
  await hub.stop();
});
afterAll(cleanUp);

function start(...args: readonly string[]) {
  const log = join(folder, `out-${crypto.randomUUID()}.txt`);
  const child = Bun.spawn([process.execPath, "entry.ts", "launch", ...args], {
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
}

const launch = (...more: readonly string[]) =>
  start(
    ...["--target", "hf", "--hub-url", hub.url, "--count", "2", "--bootstrap", "none"],
    ...["--deploy-cc", "--cc-target", "local", "--cc-port", String(port), ...more],
  );

async function finish(running: ReturnType<typeof start>): Promise<{ code: number; output: string }> {
  return { code: await running.child.exited, output: running.output() };
}

const swarmPath = () => join(folder, ".synapse/swarm.json");
const swarmFile = () => swarmFileSchema.parse(JSON.parse(readFileSync(swarmPath(), "utf8")));

/** Waits; a launch that ends meanwhile is a failure with its own words. */
async function served(running: ReturnType<typeof start>): Promise<SwarmFile> {
  await waitFor(
    "the page to be served",
    () => {
      if (running.child.exitCode !== null) throw new Error(running.output());
      return running.output().includes("served from here until Ctrl-C");
    },
    60_000,
  );
  return swarmFile();
}

const isAlive = (pid: number | null | undefined) => typeof pid === "number" && identifyProcess(pid) !== null;
const builds = () => readFileSync(join(folder, "builds.txt"), "utf8").split("\n").length - 1;
const answers = async () =>
  (await fetch(`http://127.0.0.1:${port}/config.json`).catch(() => null))?.ok === true;

describe("spores on the Hub with their page on this machine", () => {
  test("it knows the Spaces and they know it; it ends with the command, and a second run finds all as it was", async () => {
    const first = launch();
    const swarm = await served(first);
    const spaces = swarm.spores.map(({ url }) => url);
    expect(spaces).toEqual([...hub.spaces.values()].map(({ url }) => url));
    const url = `http://127.0.0.1:${port}`;
    expect(swarm.commandCenter?.url).toBe(url);
    const pid = swarm.commandCenter?.pid as number;
    expect([isAlive(pid), pid === first.child.pid]).toEqual([true, false]);
    expect(await (await fetch(`${url}/config.json`)).json()).toEqual({ spores: spaces, bootstrap: null });
    expect(await (await fetch(`${url}/library`)).text()).toContain("Library");
    const elsewhere = await fetch(`${url}/`, { headers: { host: "synapse.example" } });
    expect(elsewhere.status).toBe(421);
    for (const { variables } of hub.spaces.values())
      expect(variables.get("SPORE_CORS_ORIGINS")?.value).toBe(`${url},http://localhost:${port}`);
    expect(first.output()).toContain(`${url}/#token=`);
    expect(first.output()).not.toContain(TOKEN);

    expect(await finish(start("status", "--json"))).toMatchObject({ code: 0 });
    const beside = await finish(launch());
    expect(beside.code).toBe(1);
    expect(beside.output).toContain(`launcher pid ${first.child.pid}`);

    first.child.kill("SIGINT");
    expect(await first.child.exited).toBe(0);
    expect([isAlive(pid), await answers()]).toEqual([false, false]);
    expect(swarmFile()).toEqual({ ...swarm, commandCenter: null });
    expect([...hub.spaces.values()].map(({ stage }) => stage)).toEqual(["RUNNING", "RUNNING"]);
    expect((await finish(start("status", "--json"))).code).toBe(0);

    const changes = hub.changes.length;
    const starts = [...hub.spaces.values()].map((space) => space.starts);
    const second = launch();
    const again = await served(second);
    expect(again).toEqual({ ...swarm, commandCenter: { url, pid: again.commandCenter?.pid ?? null } });
    expect(hub.changes.slice(changes)).toEqual([]);
    expect([...hub.spaces.values()].map((space) => space.starts)).toEqual(starts);
    expect(builds()).toBe(1);
    second.child.kill("SIGTERM");
    expect(await second.child.exited).toBe(0);
  });

  test("a page that dies is started again; launch down ends it and pauses the Spaces", async () => {
    const running = launch();
    const before = (await served(running)).commandCenter?.pid as number;
    process.kill(before, "SIGKILL");
    const pidNow = () => swarmFile().commandCenter?.pid;
    await waitFor("another process", () => pidNow() !== before && isAlive(pidNow()));
    await waitFor("the page", answers);
    expect(running.output()).toContain("signal SIGKILL");
    const page = pidNow();
    expect(await finish(start("down", "--hub-url", hub.url))).toMatchObject({ code: 0 });
    expect(await running.child.exited).toBe(0);
    expect([isAlive(page), existsSync(swarmPath())]).toEqual([false, false]);
    await hub.settled();
    expect([...hub.spaces.values()].map(({ stage }) => stage)).toEqual(["PAUSED", "PAUSED"]);
  });

  test("a launcher that is killed takes the page with it, and the next launch serves it again", async () => {
    const first = launch();
    const page = (await served(first)).commandCenter?.pid;
    first.child.kill("SIGKILL");
    const second = launch();
    const swarm = await served(second);
    expect(isAlive(page)).toBe(false);
    expect(isAlive(swarm.commandCenter?.pid)).toBe(true);
    expect(await finish(start("destroy", "--yes", "--hub-url", hub.url))).toMatchObject({ code: 0 });
    expect(await second.child.exited).toBe(0);
    expect([hub.spaces.size, await answers()]).toEqual([0, false]);
  });

  test("a port that is taken is named before anything is made, also where another page answers on it", async () => {
    const blocker = Bun.serve({ hostname: "127.0.0.1", port, fetch: () => Response.json({ spores: [] }) });
    try {
      for (const more of [[], ["--dry-run"]]) {
        const refused = await finish(launch(...more));
        expect(refused.code).toBe(1);
        expect(refused.output).toContain(`port ${port}, wanted by command-center, is taken by`);
        expect(refused.output).toContain("--cc-port");
      }
      expect(hub.changes).toEqual([]);
    } finally {
      await blocker.stop(true);
    }
    const plan = await finish(launch("--dry-run"));
    expect(plan.code).toBe(0);
    expect(plan.output).toContain("build the Command Center");
    expect(plan.output).toContain(`serve the Command Center on http://127.0.0.1:${port}`);
    expect(hub.changes).toEqual([]);
  });

  test("a build that fails is told, and the same command goes on from there", async () => {
    writeFileSync(join(folder, "broken"), "");
    const failed = await finish(launch());
    expect(failed.code).toBe(1);
    expect(failed.output).toContain("the build is broken");
    expect(existsSync(swarmPath())).toBe(false);
    writeFileSync(join(folder, "page/build.cjs"), BUILD.replace("../broken", "../mended"));
    const changes = hub.changes.length;
    const mended = launch();
    await served(mended);
    expect(hub.changes.length).toBe(changes);
    mended.child.kill("SIGINT");
    expect(await mended.child.exited).toBe(0);
  });
});
