/**
 * Real spores in a bad world: a network namespace cut off and plugged in again, `kill -9` while writes come in, a proxy
 * that delays and hangs up, clocks that are set. What was acknowledged is there afterwards, everywhere, once.
 */
import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { eventually, startNode, type TestNode } from "../support/gossip-nodes.ts";
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

describe("clocks that are set", () => {
  let running: TestNode[] = [];
  afterEach(async () => {
    await Promise.all(running.map((node) => node.stop()));
    running = [];
  });

  test.each([-7_200_000, 3_600_000])(
    "by %i ms, and right again: everything arrives, at once",
    async (jump) => {
      let offset = 0;
      const steady = startNode({ name: "steady", port: await freePort() });
      const jumping = startNode({
        name: "jumping",
        port: await freePort(),
        seeds: [steady.url],
        now: () => Date.now() + offset,
      });
      running.push(steady, jumping);
      await eventually("met", () => steady.gossip.peers().some(({ state }) => state === "live"), 30_000);
      offset = jump;
      steady.replica.write(["while the other's clock was wrong"], "public");
      await Bun.sleep(1_500);
      offset = 0;
      jumping.replica.write(["after it was right again"], "public");
      const has = (node: TestNode) => node.replica.index("public").count === 2;
      await eventually("both have both", () => has(steady) && has(jumping), 30_000);
    },
  );
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
