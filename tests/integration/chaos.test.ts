/**
 * Real spores in a bad world: a network namespace cut off and plugged in again, `kill -9` while writes come in, a proxy
 * that delays and hangs up, clocks that are set. What was acknowledged is there afterwards, everywhere, once.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { ROOT } from "../support/source-tree.ts";
import { freePort } from "../support/spore-process.ts";
import { cleanUp, freshDir, startSwarm, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

setDefaultTimeout(240_000);
afterAll(cleanUp);

interface Memory {
  readonly cluster: number;
  readonly roots: { readonly cluster?: string };
}

const memoryOf = (spore: TestSpore) => spore.json<Memory>("/api/memory");

async function agree(spores: readonly TestSpore[], atLeast: number): Promise<boolean> {
  const all = await Promise.all(spores.map(memoryOf));
  return (
    all.every(({ cluster }) => cluster >= atLeast) &&
    new Set(all.map(({ roots }) => roots.cluster)).size === 1
  );
}

test("kill -9 while writes come in: what was acknowledged is on every spore afterwards", async () => {
  const [victim, other] = (await startSwarm(2)) as [TestSpore, TestSpore];
  const acknowledged: string[] = [];
  let isOver = false;
  const writer = (async () => {
    for (let n = 0; !isOver; n++) {
      const memories = Array.from({ length: 20 }, (_, i) => ({ content: `memory ${n}.${i}` }));
      // Refused while it is down: not acknowledged, so nothing is owed.
      const reply = await victim.post("/api/memory", { memories }).catch(() => null);
      if (reply?.status === 201) acknowledged.push(...((await reply.json()) as { ids: string[] }).ids);
      else await Bun.sleep(50);
    }
  })();
  for (let round = 0; round < 3; round++) {
    const before = acknowledged.length;
    await waitFor("writes to be acknowledged", () => acknowledged.length > before + 40);
    await victim.kill();
    await victim.restart();
  }
  isOver = true;
  await writer;
  await waitFor("both to agree", () => agree([victim, other], acknowledged.length), 120_000);
  for (const spore of [victim, other]) {
    const lost: string[] = [];
    for (const id of acknowledged) if (!(await spore.fetch(`/api/memory/${id}`)).ok) lost.push(id);
    expect(lost).toEqual([]);
    expect(spore.output()).not.toContain("equivocation");
  }
});

/** Hangs up on every third connection and delays every piece. */
function startBadProxy(port: number, target: number): Server {
  let connections = 0;
  const server = createServer((client) => {
    if (++connections % 3 === 0) return client.destroy();
    const upstream = dial(target, "127.0.0.1");
    const pass = (from: Socket, to: Socket) => {
      from.on("data", (data) => setTimeout(() => !to.destroyed && to.write(data), 20 + Math.random() * 80));
      from.on("close", () => setTimeout(() => to.destroy(), 120));
      from.on("error", () => to.destroy());
    };
    pass(client, upstream);
    pass(upstream, client);
  });
  return server.listen(port, "127.0.0.1");
}

test("a proxy that drops every third connection and delays the rest: everything arrives", async () => {
  const [portOne, portTwo] = [await freePort(), await freePort()];
  const [proxyOne, proxyTwo] = [await freePort(), await freePort()];
  const proxies = [startBadProxy(proxyOne, portOne), startBadProxy(proxyTwo, portTwo)];
  const operatorKey = join(freshDir(), "operator.key");
  const url = (port: number) => `http://127.0.0.1:${port}`;
  // Each is known to the other under its proxy's address alone.
  const spores = await Promise.all([
    startTestSpore({
      port: portOne,
      operatorKey,
      peers: [url(proxyTwo)],
      env: { SPORE_PUBLIC_URL: url(proxyOne) },
    }),
    startTestSpore({
      index: 1,
      port: portTwo,
      operatorKey,
      peers: [url(proxyOne)],
      env: { SPORE_PUBLIC_URL: url(proxyTwo) },
    }),
  ]);
  for (let n = 0; n < 10; n++) {
    for (const spore of spores) {
      expect((await spore.post("/api/memory", { content: `${spore.name} says ${n}` })).status).toBe(201);
    }
  }
  await waitFor("both to agree", () => agree(spores, 20), 120_000);
  for (const proxy of proxies) proxy.close();
});

interface Written {
  readonly entry: {
    readonly replica: string;
    readonly counter: number;
    readonly clock: readonly [number, number];
  };
}

/** Two spores that know each other's address, each with a clock that can be set while it runs. */
async function startWithClocks(jumpingStartsAtMs: number) {
  const operatorKey = join(freshDir(), "operator.key");
  const ports = [await freePort(), await freePort()];
  const [steady, jumping] = await Promise.all(
    ports.map(async (port, index) => {
      const file = join(freshDir(), "clock");
      const acknowledged: string[] = [];
      const set = (offsetMs: number) => {
        writeFileSync(`${file}.new`, String(offsetMs));
        // In one step: a spore must never read half a number.
        renameSync(`${file}.new`, file);
      };
      set(index === 0 ? 0 : jumpingStartsAtMs);
      const spore = await startTestSpore({
        index,
        port,
        operatorKey,
        peers: ports.filter((other) => other !== port).map((other) => `http://127.0.0.1:${other}`),
        env: { BUN_OPTIONS: `--preload=${join(ROOT, "tests/support/set-clock.ts")}`, TEST_CLOCK_FILE: file },
      });
      /** Sets it, and waits until the spore itself tells this time. */
      async function setClock(offsetMs: number): Promise<void> {
        set(offsetMs);
        await waitFor("the spore to tell the time it was set to", async () => {
          const { as_of } = await spore.json<{ as_of: string }>("/api/swarm");
          return Math.abs(Date.parse(as_of) - Date.now() - offsetMs) < 30_000;
        });
      }
      async function write(count: number, what: string): Promise<string[]> {
        const ids: string[] = [];
        for (let n = 0; n < count; n++) {
          for (const label of ["cluster", "public"]) {
            const reply = await spore.post("/api/memory", { content: `${what} ${n}, ${label}`, label });
            expect(reply.status).toBe(201);
            ids.push(...((await reply.json()) as { ids: string[] }).ids);
          }
        }
        acknowledged.push(...ids);
        return ids;
      }
      return Object.assign(spore, {
        acknowledged,
        setClock,
        write,
        has: async (ids: readonly string[]) =>
          (await Promise.all(ids.map((id) => spore.fetch(`/api/memory/${id}`)))).map(({ ok }) => ok),
        refused: async () =>
          Number(
            /^\w*entries_rejected_total (\d+)$/m.exec(await (await spore.fetch("/metrics")).text())?.[1],
          ),
        clockOf: async (id: string) => (await spore.json<Written>(`/api/memory/${id}`)).entry.clock,
      });
    }),
  );
  if (steady === undefined || jumping === undefined) throw new Error("two were started");
  return { steady, jumping, both: [steady, jumping] };
}
type ClockedSpore = Awaited<ReturnType<typeof startWithClocks>>["steady"];

const all = (held: readonly boolean[]) => held.every(Boolean);

/** Everything that was acknowledged is on each, and the sets are equal. */
async function agreeOnAll(both: readonly ClockedSpore[]): Promise<boolean> {
  const acknowledged = both.flatMap((one) => one.acknowledged);
  for (const one of both) if (!all(await one.has(acknowledged))) return false;
  const overviews = await Promise.all(both.map(memoryOf));
  return new Set(overviews.map(({ roots }) => JSON.stringify(roots))).size === 1;
}

/** In the order they were written each is later than the one before it, whatever the wall clock did. */
async function expectClockNeverBack(spore: ClockedSpore): Promise<void> {
  const clocks = await Promise.all(spore.acknowledged.map(spore.clockOf));
  const sorted = clocks.toSorted(([a, m], [b, n]) => a - b || m - n);
  expect(clocks).toEqual(sorted);
  expect(new Set(clocks.map(String)).size).toBe(clocks.length);
}

describe("clocks that are set while a spore writes", () => {
  const HOUR_MS = 3_600_000;

  test("an hour ahead: its entries wait at the other until their time has come, and nothing else does", async () => {
    const { steady, jumping, both } = await startWithClocks(0);
    await steady.write(1, "before");
    await jumping.write(1, "before");
    await waitFor("both to agree", () => agreeOnAll(both), 120_000);
    const refused = await steady.refused();

    await jumping.setClock(HOUR_MS);
    const early = await jumping.write(3, "from the future");
    const meanwhile = await steady.write(2, "meanwhile");
    for (const id of early) expect((await jumping.clockOf(id))[0]).toBeGreaterThan(Date.now() + HOUR_MS / 2);
    // Set right, its hybrid clock stays where it was: what it writes now is from the future as well.
    await jumping.setClock(0);
    early.push(...(await jumping.write(2, "after it was set right")));
    await waitFor("the present to reach it", async () => all(await jumping.has(meanwhile)), 120_000);
    await waitFor("the future to be offered", async () => (await steady.refused()) > refused, 120_000);
    expect(await steady.has(early)).toEqual(early.map(() => false));

    await Promise.all(both.map((one) => one.setClock(HOUR_MS)));
    await waitFor("their time to come, and both to agree", () => agreeOnAll(both), 120_000);
    for (const one of both) await expectClockNeverBack(one);
    for (const one of both) expect(one.output()).not.toContain("equivocation");
  });

  test("two hours behind, from the start and once more: nothing is lost, and no entry is earlier than the one before", async () => {
    const { steady, jumping, both } = await startWithClocks(-2 * HOUR_MS);
    const late = await jumping.write(3, "from the past");
    for (const id of late) expect((await jumping.clockOf(id))[0]).toBeLessThan(Date.now() - HOUR_MS);
    await steady.write(2, "meanwhile");
    await jumping.setClock(0);
    await jumping.write(2, "after it was set right");
    await waitFor("both to agree", () => agreeOnAll(both), 120_000);

    await jumping.setClock(-2 * HOUR_MS);
    await jumping.write(2, "behind again");
    await steady.write(2, "meanwhile again");
    await jumping.setClock(0);
    await waitFor("both to agree again", () => agreeOnAll(both), 120_000);
    for (const one of both) await expectClockNeverBack(one);
    for (const one of both) expect(one.output()).not.toContain("equivocation");
  });
});

const BRIDGE = `syn${process.pid % 10_000}`;
const NET = `10.${200 + (process.pid % 50)}.${(process.pid >> 6) % 250}`;
const ip = (...args: string[]) => spawnSync("ip", args, { encoding: "utf8" });
const mayUseNamespaces = (() => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const made = ip("netns", "add", `${BRIDGE}t`).status === 0;
  if (made) ip("netns", "del", `${BRIDGE}t`);
  return made;
})();
if (!mayUseNamespaces) process.stdout.write("skipped: network namespaces: they need root on Linux\n");

interface Housed {
  readonly url: string;
  readonly child: ChildProcess;
  /** Asked from inside its namespace, so that a cut does not stop the question. */
  ask(path: string, body?: object): Promise<string>;
}

/** A spore in a network namespace of its own, behind a cable that can be pulled. */
async function house(index: number, operatorKey: string, peers: readonly string[]): Promise<Housed> {
  const [namespace, cable] = [`${BRIDGE}n${index}`, `${BRIDGE}v${index}`];
  const address = `${NET}.${index + 10}`;
  ip("netns", "add", namespace);
  ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", namespace);
  ip("link", "set", cable, "master", BRIDGE, "up");
  ip("-n", namespace, "addr", "add", `${address}/24`, "dev", "eth0");
  ip("-n", namespace, "link", "set", "eth0", "up");
  ip("-n", namespace, "link", "set", "lo", "up");
  const url = `http://${address}:7860`;
  const child = spawn("ip", ["netns", "exec", namespace, process.execPath, join(ROOT, "spore/src/main.ts")], {
    stdio: "ignore",
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HOST: address,
      PORT: "7860",
      SPORE_INDEX: String(index),
      SPORE_DATA_DIR: freshDir(),
      SPORE_OPERATOR_KEY: operatorKey,
      SPORE_TOKEN: "token",
      SPORE_PUBLIC_URL: url,
      SPORE_PEERS: peers.join(","),
      SPORE_ALLOW_PEER_NETWORKS: `${NET}.0/24`,
      SPORE_GOSSIP_INTERVAL_MS: "500",
      SPORE_PARENT_PID: String(process.pid),
      BOOTSTRAP_URL: "none",
      CORTEX_BACKEND: "off",
    },
  });
  const script = `const [url, body] = process.argv.slice(1);
    const headers = { authorization: "Bearer token", "content-type": "application/json" };
    const reply = await fetch(url, body === "" ? { headers } : { method: "POST", headers, body });
    process.stdout.write(await reply.text());`;
  const housed: Housed = {
    url,
    child,
    async ask(path, body) {
      const asked = spawn(
        "ip",
        [
          "netns",
          "exec",
          namespace,
          process.execPath,
          "-e",
          script,
          url + path,
          body === undefined ? "" : JSON.stringify(body),
        ],
        { stdio: ["ignore", "pipe", "ignore"] },
      );
      let said = "";
      asked.stdout.on("data", (data: Buffer) => {
        said += data.toString();
      });
      await new Promise((resolve) => asked.once("close", resolve));
      return said;
    },
  };
  await waitFor("the spore in its namespace", async () =>
    (await housed.ask("/api/health")).includes('"uptime_s"'),
  );
  return housed;
}

test.skipIf(!mayUseNamespaces)(
  "a cable pulled and plugged in again: both sides' writes are on both",
  async () => {
    ip("link", "add", BRIDGE, "type", "bridge");
    ip("link", "set", BRIDGE, "up");
    const operatorKey = join(freshDir(), "operator.key");
    const houses: Housed[] = [];
    try {
      const one = await house(0, operatorKey, []);
      houses.push(one);
      const two = await house(1, operatorKey, [one.url]);
      houses.push(two);
      const memory = async ({ ask }: Housed) => JSON.parse(await ask("/api/memory")) as Memory;
      const write = async (at: Housed, content: string) =>
        expect(await at.ask("/api/memory", { content })).toContain('"ids"');
      const equal = (count: number) => async () => {
        const [a, b] = [await memory(one), await memory(two)];
        return a.cluster === count && b.cluster === count && a.roots.cluster === b.roots.cluster;
      };
      await write(one, "before the cut");
      await waitFor("it to arrive", equal(1), 60_000);
      ip("link", "set", `${BRIDGE}v1`, "down");
      for (let n = 0; n < 3; n++) {
        await write(one, `on one side ${n}`);
        await write(two, `on the other side ${n}`);
      }
      expect((await memory(one)).cluster).toBe(4);
      expect((await memory(two)).cluster).toBe(4);
      ip("link", "set", `${BRIDGE}v1`, "up");
      await waitFor("both sides' writes on both", equal(7), 120_000);
    } finally {
      for (const { child } of houses) {
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGTERM");
        await gone;
      }
      for (const index of [0, 1]) ip("netns", "del", `${BRIDGE}n${index}`);
      ip("link", "del", BRIDGE);
    }
  },
);
