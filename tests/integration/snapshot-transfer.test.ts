/**
 * How snapshots travel: in bounded memory over TLS, one at a time, on again where a connection broke off, and with no
 * secret in whatever is said when something goes wrong.
 */

import { Database } from "bun:sqlite";
import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSnapshots, type SnapshotOptions } from "@synapse/spore/backup/snapshot.ts";
import { outputOf } from "../support/command-output.ts";
import { FakeHub, type FakeHubOptions } from "../support/fake-hub/fake-hub.ts";
import { ROOT } from "../support/source-tree.ts";
import { cleanUp, freshDir, waitFor } from "../support/swarm.ts";

// Hundreds of megabytes through compression and encryption on busy machines; the limit only ends what hangs.
setDefaultTimeout(180_000);

const TOKEN = "hf_snapshots";
const PASSPHRASE = "a passphrase for the probe";
const tokens: FakeHubOptions["tokens"] = {
  hf_commander: { account: "ada", role: "write", isPro: true },
  [TOKEN]: { account: "ada", role: "fineGrained", isPro: true, writes: ["ada"] },
};

const ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});
afterAll(cleanUp);

async function startHub(more: Partial<FakeHubOptions> = {}): Promise<FakeHub> {
  const hub = new FakeHub({ tokens, ...more });
  ending.push(() => hub.stop());
  await fetch(`${hub.url}/api/repos/create`, {
    method: "POST",
    headers: { authorization: "Bearer hf_commander" },
    body: JSON.stringify({ name: "snapshots", organization: "ada", type: "dataset", visibility: "private" }),
    tls: { rejectUnauthorized: false },
  });
  return hub;
}

/** A data dir whose database holds so many MiB that cannot be compressed. */
function dataDirOf(mebibytes: number): string {
  const dir = freshDir();
  const db = new Database(join(dir, "spore.db"));
  db.run("CREATE TABLE filling (bytes BLOB)");
  db.run("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)");
  const insert = db.prepare("INSERT INTO filling VALUES (randomblob(1048576))");
  for (let n = 0; n < mebibytes; n += 1) insert.run();
  db.close();
  return dir;
}

function snapshotsOf(hubUrl: string, dataDir: string, more: Partial<SnapshotOptions> = {}) {
  const said: string[] = [];
  const snapshots = createSnapshots({
    repo: "ada/snapshots",
    token: TOKEN,
    passphrase: PASSPHRASE,
    intervalMs: 20,
    hubUrl,
    name: "probe",
    dataDir,
    info: (message) => said.push(message),
    warn: (message) => said.push(message),
    retryDelayMs: 1,
    ...more,
  });
  return { ...snapshots, said };
}

/** One snapshot. @returns what was said */
async function saveOnce(
  hubUrl: string,
  dataDir: string,
  more: Partial<SnapshotOptions> = {},
): Promise<string> {
  const { start, stop, said } = snapshotsOf(hubUrl, dataDir, more);
  start();
  await waitFor("a snapshot", () => said.length > 0, 60_000);
  await stop();
  return said.join("\n");
}

describe("memory", () => {
  const BIG_MIB = 160;
  /** Of a file that is held, at least its size; twice that before it was streamed. */
  const GROWTH_MIB_MAX = 80;
  const missing =
    process.platform !== "linux" ? "needs Linux" : Bun.which("openssl") === null ? "needs openssl" : null;
  if (missing !== null) process.stdout.write(`skipped: the memory that a snapshot takes: ${missing}\n`);

  function selfSigned(dir: string): { key: string; cert: string } {
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject];
    spawnSync("openssl", [...made, "-keyout", join(dir, "key.pem"), "-out", join(dir, "cert.pem")]);
    return {
      key: readFileSync(join(dir, "key.pem"), "utf8"),
      cert: readFileSync(join(dir, "cert.pem"), "utf8"),
    };
  }

  test.skipIf(missing !== null)(
    "does not grow with the spore, neither there nor back, over TLS",
    async () => {
      const certificates = freshDir();
      const hub = await startHub({ tls: selfSigned(certificates) });
      const probe = async (what: "save" | "restore", dataDir: string): Promise<number> => {
        const { stdout, stderr } = await outputOf(
          [process.execPath, join(ROOT, "tests/support/snapshot-probe.ts"), what, dataDir, hub.url],
          {
            cwd: ROOT,
            env: {
              PATH: process.env.PATH ?? "",
              HOME: process.env.HOME ?? "",
              TMPDIR: freshDir(),
              NODE_EXTRA_CA_CERTS: join(certificates, "cert.pem"),
            },
          },
        );
        expect(stderr).toBe("");
        return Number(stdout);
      };
      const peaks: Record<string, number> = {};
      for (const [name, size] of [
        ["small", 1],
        ["big", BIG_MIB],
      ] as const) {
        peaks[`save ${name}`] = await probe("save", dataDirOf(size));
        const target = join(freshDir(), "spore");
        peaks[`restore ${name}`] = await probe("restore", target);
        const db = new Database(join(target, "spore.db"), { readonly: true });
        expect(db.query("SELECT count(*) AS n FROM filling").get()).toEqual({ n: size });
        db.close();
      }
      const growth = (what: string) => (peaks[`${what} big`] ?? 0) - (peaks[`${what} small`] ?? 0);
      expect(growth("save")).toBeLessThan(GROWTH_MIB_MAX);
      expect(growth("restore")).toBeLessThan(GROWTH_MIB_MAX);
    },
  );
});

describe("a Hub that is slow", () => {
  test("one snapshot at a time: those that fall due meanwhile are left out, and that is said once", async () => {
    const released = Promise.withResolvers<void>();
    let asked = 0;
    const slow = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      async fetch() {
        asked += 1;
        await released.promise;
        return Response.json({ error: "in vain" }, { status: 500 });
      },
    });
    ending.push(() => slow.stop(true));
    const { start, stop, said } = snapshotsOf(`http://127.0.0.1:${slow.port}`, dataDirOf(1));
    let due = 0;
    const ticking = setInterval(() => (due += 1), 20);
    start();
    await waitFor("the first one to be under way, and ten more to fall due", () => asked === 1 && due > 10);
    const seen = due;
    await waitFor("ten more", () => due > seen + 10);
    clearInterval(ticking);
    const stopped = stop();
    released.resolve();
    await stopped;
    expect(asked).toBe(1);
    expect(said.filter((text) => text.includes("takes longer than the 0.02 s between two"))).toHaveLength(1);
    expect(said.filter((text) => text.includes("could not be kept"))).toHaveLength(1);
  });

  test("silence ends an attempt, there and back", async () => {
    const silent = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: () => new Promise<Response>(() => undefined),
    });
    ending.push(() => silent.stop(true));
    const url = `http://127.0.0.1:${silent.port}`;
    expect(await saveOnce(url, dataDirOf(1), { stallMs: 100, intervalMs: 2_000 })).toContain(
      "could not be kept: nothing went on for 0.1 s",
    );
    const { restore } = snapshotsOf(url, join(freshDir(), "new"), { stallMs: 100 });
    expect(await restore()).toEqual({
      ok: false,
      error: "ada/snapshots cannot be read: nothing went on for 0.1 s",
    });
  });
});

describe("a Hub that fails", () => {
  test("a restore goes on where the connection broke off, and leaves nothing of a cut attempt behind", async () => {
    const hub = await startHub();
    expect(await saveOnce(hub.url, dataDirOf(3))).toContain("snapshot kept");
    const whole = hub.datasets.get("ada/snapshots")?.files.get("probe.backup") as Uint8Array<ArrayBuffer>;
    const ranges: string[] = [];
    // The second look at the file ends early; the same bytes as the Hub's otherwise.
    hub.interfereAfter = ({ method, path, range }) => {
      if (method !== "GET" || !path.includes("/resolve/main/probe.backup")) return null;
      ranges.push(range ?? "");
      return ranges.length === 2
        ? new Response(whole.slice(0, 1_000_000), { headers: { etag: '"x"' } })
        : null;
    };
    const dataDir = join(freshDir(), "new");
    mkdirSync(join(dataDir, ".snapshot-cut-off"), { recursive: true });
    expect(await snapshotsOf(hub.url, dataDir).restore()).toEqual({ ok: true, value: "restored" });
    expect(ranges.at(-1)).toBe(`bytes=1000000-${whole.length - 1}`);
    expect(readdirSync(dataDir)).toEqual(["spore.db"]);
  });

  test.each([
    ["JSON that repeats what it was sent", 403, "application/json"],
    ["a page that repeats what it was sent", 502, "text/html"],
    ["a busy sign", 429, "application/json"],
  ])("%s: no word of token or passphrase, neither said nor thrown", async (_, status, type) => {
    const echo = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch(request) {
        const sent = `${request.headers.get("authorization")} ${PASSPHRASE} ${encodeURIComponent(PASSPHRASE)}`;
        const body = type === "text/html" ? `<p>${sent}</p>` : JSON.stringify({ error: sent });
        return new Response(body, { status, headers: { "content-type": type } });
      },
    });
    ending.push(() => echo.stop(true));
    const url = `http://127.0.0.1:${echo.port}`;
    const said = await saveOnce(url, dataDirOf(1), { intervalMs: 2_000 });
    expect(said).toContain("could not be kept");
    const restored = await snapshotsOf(url, join(freshDir(), "new")).restore();
    expect(restored.ok).toBe(false);
    for (const text of [said, JSON.stringify(restored)])
      for (const secret of [TOKEN, PASSPHRASE, encodeURIComponent(PASSPHRASE)])
        expect(text).not.toContain(secret);
  });

  test("one that is not there is named, with its repository", async () => {
    const restored = await snapshotsOf("http://127.0.0.1:9", join(freshDir(), "new")).restore();
    expect(restored).toMatchObject({
      ok: false,
      error: expect.stringContaining("ada/snapshots cannot be read"),
    });
  });

  test("a data dir that cannot be written is an error in words", async () => {
    const hub = await startHub();
    const file = join(freshDir(), "no-folder");
    writeFileSync(file, "");
    const restored = await snapshotsOf(hub.url, join(file, "spore")).restore();
    expect(restored).toMatchObject({
      ok: false,
      error: expect.stringContaining("could not be restored into"),
    });
    expect(existsSync(join(file, "spore"))).toBe(false);
  });
});
