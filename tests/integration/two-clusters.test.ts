/**
 * Two commanders, seven spores: four of one and three of the other, strangers who know one seed. They find each other;
 * public knowledge flows both ways, cluster and private text stays with its commander; each side shows both.
 *
 * Once on loopback, and once with each spore on a machine of its own (network namespaces).
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Health, healthSchema, swarmSchema } from "@synapse/shared/contract/status.ts";
import { type Namespaces, namespacesMissing, openNamespaces } from "../support/namespaces.ts";
import { freePort, type SporeProcess, startSpore } from "../support/spore-process.ts";
import { cleanUp, freshDir, waitFor } from "../support/swarm.ts";

setDefaultTimeout(180_000);
afterAll(cleanUp);

const OURS = [0, 1, 2, 3];
const THEIRS = [4, 5, 6];
const EVERYBODY = [...OURS, ...THEIRS];
const TOKENS = { ours: "token-of-the-first-commander", theirs: "token-of-the-second-commander" };
const tokenOf = (n: number) => (n < OURS.length ? TOKENS.ours : TOKENS.theirs);

interface Node {
  readonly n: number;
  readonly process: SporeProcess;
  readonly dataDir: string;
}

/** The seven of them, on loopback or each in a namespace of its own. */
async function startClusters(namespaces: Namespaces | null): Promise<Node[]> {
  const keys = { ours: join(freshDir(), "operator.key"), theirs: join(freshDir(), "operator.key") };
  const ports = await Promise.all(EVERYBODY.map(() => (namespaces === null ? freePort() : 7860)));
  const urls = EVERYBODY.map((n) => `http://${namespaces?.address(n) ?? "127.0.0.1"}:${ports[n]}`);
  const dirs = EVERYBODY.map(() => freshDir());

  const start = async (n: number, bootstrap: string): Promise<Node> => {
    const cluster = OURS.includes(n) ? OURS : THEIRS;
    const process = await startSpore({
      dataDir: dirs[n] as string,
      ...(namespaces === null ? {} : { prefix: namespaces.prefix(n), address: namespaces.address(n) }),
      env: {
        SPORE_INDEX: String(n),
        PORT: String(ports[n]),
        SPORE_PUBLIC_URL: urls[n] as string,
        SPORE_TOKEN: tokenOf(n),
        SPORE_OPERATOR_KEY: cluster === OURS ? keys.ours : keys.theirs,
        SPORE_PEERS: cluster
          .filter((other) => other !== n)
          .map((other) => urls[other])
          .join(","),
        SPORE_GOSSIP_INTERVAL_MS: "500",
        BOOTSTRAP_URL: bootstrap,
        ...(namespaces === null
          ? {}
          : {
              HOST: "0.0.0.0",
              SPORE_ALLOW_LOOPBACK_PEERS: "0",
              SPORE_ALLOW_PEER_NETWORKS: namespaces.network,
            }),
      },
    });
    return { n, process, dataDir: dirs[n] as string };
  };

  const ours = await Promise.all(OURS.map((n) => start(n, "none")));
  const { operator } = healthSchema.parse(await (await fetch(`${urls[0]}/api/health`)).json());
  const list = join(freshDir(), "seeds.json");
  writeFileSync(
    list,
    JSON.stringify({ version: 1, network: "synapse", seeds: [{ url: urls[0], operator }] }),
  );
  // One of theirs knows one of ours. Nobody else knows a stranger.
  const theirs = await Promise.all(THEIRS.map((n) => start(n, n === THEIRS[0] ? list : "none")));
  return [...ours, ...theirs];
}

function ask(node: Node, path: string, init: RequestInit = {}, token: string | null = tokenOf(node.n)) {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${node.process.url}${path}`, {
    ...init,
    headers: { "content-type": "application/json", ...authorization },
  });
}

const health = async (node: Node): Promise<Health> =>
  healthSchema.parse(await (await ask(node, "/api/health")).json());

async function remember(node: Node, content: string, label: string): Promise<void> {
  const reply = await ask(node, "/api/memory", { method: "POST", body: JSON.stringify({ content, label }) });
  expect(reply.status).toBe(201);
}

async function finds(node: Node, words: string): Promise<boolean> {
  const reply = await ask(node, `/api/memory/search?q=${encodeURIComponent(words)}`);
  return (await reply.text()).includes(words);
}

/** Every byte that a spore keeps or printed. */
function traces({ dataDir, process }: Node): string {
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return (
    files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1")).join("") +
    process.output()
  );
}

async function tryBoth(namespaces: Namespaces | null): Promise<void> {
  const nodes = await startClusters(namespaces);
  try {
    const at = (n: number): Node => nodes[n] as Node;
    await waitFor(
      "every spore to see all seven, of two operators",
      async () => {
        const views = await Promise.all(
          nodes.map(async (node) =>
            swarmSchema.parse(await (await ask(node, "/api/swarm", {}, null)).json()),
          ),
        );
        return views.every(
          ({ nodes: seen }) =>
            seen.length === 7 &&
            seen.every(({ state, url }) => (state === "live" || state === "self") && url !== null) &&
            new Set(seen.map(({ operator }) => operator)).size === 2,
        );
      },
      90_000,
    );
    const page = swarmSchema.parse(await (await ask(at(6), "/api/swarm", {}, null)).json());
    expect(page.nodes.filter(({ tier }) => tier === "own" || tier === "stranger")).toHaveLength(7);
    expect(page.edges.length).toBeGreaterThan(5);

    await remember(at(1), "tidal gauges of Brask publish hourly", "public");
    await remember(at(5), "lighthouse logs of Fenwick are open", "public");
    const canaries = {
      "canary-cluster-ours-71c2": [at(2), "cluster"],
      "canary-private-ours-b8d4": [at(3), "private"],
      "canary-cluster-theirs-5e90": [at(6), "cluster"],
      "canary-private-theirs-a317": [at(4), "private"],
    } as const;
    for (const [canary, [node, label]] of Object.entries(canaries))
      await remember(node, `about ${canary}`, label);
    const asked = await ask(at(0), "/api/task", {
      method: "POST",
      body: JSON.stringify({ task: "what does canary-task-ours-2f6e say about tidal gauges?" }),
    });
    expect(asked.status).toBe(201);

    await waitFor("public knowledge everywhere", async () => {
      const found = await Promise.all(
        nodes.map(
          async (node) => (await finds(node, "tidal gauges")) && (await finds(node, "lighthouse logs")),
        ),
      );
      return found.every(Boolean);
    });
    await waitFor("cluster text in its own cluster", async () => {
      const own = await Promise.all([
        ...OURS.map((n) => finds(at(n), "canary-cluster-ours-71c2")),
        ...THEIRS.map((n) => finds(at(n), "canary-cluster-theirs-5e90")),
      ]);
      return own.every(Boolean);
    });
    const memories = await Promise.all(nodes.map(health));
    expect(memories.map((one) => one.memories_private)).toEqual([0, 0, 0, 1, 1, 0, 0]);
    await Promise.all(nodes.map((node) => node.process.stop()));
    for (const node of nodes) {
      const kept = traces(node);
      const [own, foreign] = OURS.includes(node.n) ? ["ours", "theirs"] : ["theirs", "ours"];
      expect(kept).toContain(`canary-cluster-${own}`);
      expect(kept.match(new RegExp(`canary-(cluster|private|task)-${foreign}`))).toBeNull();
      expect(kept.includes(`canary-private-${own}`)).toBe(node.n === (own === "ours" ? 3 : 4));
      expect(kept).not.toContain(foreign === "ours" ? TOKENS.ours : TOKENS.theirs);
    }
  } finally {
    await Promise.all(nodes.map((node) => node.process.kill()));
  }
}

describe("two clusters that know one seed", () => {
  test("find each other on one machine", () => tryBoth(null));

  test("find each other across seven machines", async () => {
    const missing = namespacesMissing();
    if (missing !== null) {
      process.stdout.write(`skipped: two clusters over network namespaces: ${missing}\n`);
      return;
    }
    const namespaces = openNamespaces(EVERYBODY.length);
    try {
      await tryBoth(namespaces);
    } finally {
      namespaces.close();
    }
  });
});
