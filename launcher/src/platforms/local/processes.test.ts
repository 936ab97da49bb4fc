/** What a pid means, who holds a port, and that nothing else is ever ended. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataDirAt } from "./data-dir.ts";
import { readLaunchRecord, writeLaunchRecord } from "./launch-record.ts";
import { freeBasePort, isPortFree, portHolder } from "./ports.ts";
import { endProcess, identifyProcess, isStillRunning } from "./process-identity.ts";

const folder = mkdtempSync(join(tmpdir(), "synapse-processes-"));
const children = new Set<Bun.Subprocess>();
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all([...children].map(({ exited }) => exited));
  rmSync(folder, { recursive: true });
});

function sleeper(): Bun.Subprocess {
  const child = Bun.spawn(["sleep", "600"]);
  children.add(child);
  return child;
}

describe("a recorded process", () => {
  test("is the one that runs, until it ends", async () => {
    const child = sleeper();
    const identity = identifyProcess(child.pid);
    expect(identity?.command).toBe("sleep 600");
    if (identity === null) throw new Error("the process runs");
    expect(isStillRunning(identity)).toBe(true);
    expect(await endProcess(identity, 1_000)).toBe(true);
    await child.exited;
    expect(isStillRunning(identity)).toBe(false);
    expect(identifyProcess(child.pid)).toBeNull();
  });

  test("that was given a key is recorded without it, and still known", async () => {
    // Waits for a line that never comes, without a child of its own that would outlive it.
    const given = ["--groq-key", "gsk_canary", "--hf-token=hf_canary"];
    const child = Bun.spawn(["sh", "-c", "read line", ...given], { stdin: "pipe" });
    children.add(child);
    const identity = identifyProcess(child.pid);
    expect(identity?.command).toContain("--groq-key … --hf-token=…");
    expect(identity !== null && isStillRunning(identity)).toBe(true);
  });

  test("is known by its own command line from the first instant", async () => {
    for (let run = 0; run < 50; run += 1) {
      const child = sleeper();
      expect(identifyProcess(child.pid)?.command).toBe("sleep 600");
      child.kill("SIGKILL");
      await child.exited;
      children.delete(child);
    }
  });

  test("that carries the pid of another is not ended", async () => {
    const child = sleeper();
    const identity = identifyProcess(child.pid);
    if (identity === null) throw new Error("the process runs");
    for (const other of [
      { ...identity, started: "another boot/1" },
      { ...identity, command: "bun spore" },
    ]) {
      expect(isStillRunning(other)).toBe(false);
      expect(await endProcess(other, 100)).toBe(true);
    }
    expect(isStillRunning(identity)).toBe(true);
  });

  test("survives the way to the disk; a damaged record proves nothing", () => {
    const dataDir = dataDirAt(folder);
    const launcher = identifyProcess(process.pid);
    if (launcher === null) throw new Error("this process runs");
    const record = {
      startedAt: "2026-11-23T00:00:00.000Z",
      launcher,
      children: [{ name: "spore-0", process: launcher }],
    };
    writeLaunchRecord(dataDir, record);
    expect(readLaunchRecord(dataDir)).toEqual(record);
    writeFileSync(dataDir.launchRecord, '{"launcher":');
    expect(readLaunchRecord(dataDir)).toBeNull();
  });
});

describe("a taken port", () => {
  test("is noticed, its holder named, and a way round it found", async () => {
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const port = server.port as number;
    expect(await isPortFree(port)).toBe(false);
    expect(portHolder(port)?.pid).toBe(process.pid);
    const base = await freeBasePort(port, 2);
    expect(base).toBeGreaterThan(port);
    await server.stop(true);
    expect(await isPortFree(port)).toBe(true);
  });
});
