/**
 * One side of the copying benchmark, in a process of its own: a real replica on a libSQL file and real gossip over HTTP,
 * without the rest of a spore (recall would index meanwhile, and take a core for it).
 *
 *   hold <dir> <port> <entries>   fills a database, then serves it
 *   fetch <dir> <port> <url> <n>  an empty peer of the same operator: copies until it has n entries
 *   open <dir>                    opens a filled database again, as after a restart
 *
 * Each prints one JSON object on a line of stdout when it is ready or done, and ends with its stdin.
 */
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { createGossip } from "@synapse/spore/gossip/gossip.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { createKeyPair, type KeyPair } from "@synapse/spore/identity/keypair.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import { type OpenedReplica, openReplica } from "@synapse/spore/replica/open-replica.ts";
import { cardDraft } from "../support/card-draft.ts";
import { keyPairOfSeed, OPERATOR_SEED, SPORE_SEED } from "../support/test-keys.ts";

/** Words of a text that compresses as notes do: about to a third, unlike random hex. */
const WORDS = "bridge river council budget timber spring flood repair letter garden market winter".split(" ");
const CONTENT_WORDS = 120;
const BATCH = 1_000;
const VERIFY_SAMPLES = 2_000;

function note(seed: number): string {
  let state = createHash("sha256").update(String(seed)).digest();
  const words: string[] = [];
  for (let i = 0; i < CONTENT_WORDS; i++) {
    if (i % 16 === 0) state = createHash("sha256").update(state).digest();
    const value = state.readUInt16BE((i % 16) * 2);
    words.push(value % 3 === 0 ? value.toString(36) : (WORDS[value % WORDS.length] ?? ""));
  }
  return words.join(" ");
}

async function open(dir: string, key: KeyPair): Promise<OpenedReplica> {
  const certificate = issueCertificate(keyPairOfSeed(OPERATOR_SEED), {
    spore: key,
    name: "bench",
    issuedAt: 1,
  });
  const warn = (message: string, details?: object) =>
    process.stderr.write(`  ${message} ${JSON.stringify(details)}\n`);
  const opened = await openReplica({
    url: `file:${join(dir, "spore.db")}`,
    key,
    certificate,
    now: Date.now,
    warn,
  });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

function gossipOf({ replica, indexes }: OpenedReplica, key: KeyPair, port: number, seeds: string[]) {
  const url = `http://127.0.0.1:${port}`;
  const gossip = createGossip({
    replica: { ...replica, index: (scope) => indexes[scope] },
    signer: key,
    verify: verifySignature,
    seeds,
    intervalMs: 1_000,
    peerUrls: { allowLoopback: true, networks: [] },
    log: (level, message, details) => {
      if (level !== "debug") process.stderr.write(`  ${message} ${JSON.stringify(details)}\n`);
    },
    ownCard: () => ({ ...cardDraft(key.publicKey, url), replica: replica.id }),
  });
  Bun.serve({ hostname: "127.0.0.1", port, fetch: (request) => gossip.handle(request) });
  gossip.start();
  return gossip;
}

const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function hold(dir: string, port: number, entries: number): Promise<void> {
  const key = keyPairOfSeed(SPORE_SEED);
  const opened = await open(dir, key);
  let rawBytes = 0;
  for (let at = 0; at < entries; at += BATCH) {
    const drafts = Array.from({ length: Math.min(BATCH, entries - at) }, (_, i) => ({
      label: "cluster" as const,
      kind: "memory" as const,
      body: { content: note(at + i) },
    }));
    const stored = await opened.replica.append(drafts);
    if (!stored.ok) throw new Error(stored.error.message);
    // What any way of copying has to move: the entries and their signatures, a page at a time, compressed alike.
    const page = stored.value.map((one) => canonicalJson(one.entry) + one.signature).join("");
    rawBytes += gzipSync(page, { level: 1 }).byteLength;
  }
  await opened.checkpoints.save();
  if (port > 0) gossipOf(opened, key, port, []);
  say({ rawBytes });
}

async function fetchAll(dir: string, port: number, url: string, n: number): Promise<void> {
  const key = createKeyPair();
  const verificationsPerS = verificationLimit(key);
  const opened = await open(dir, key);
  let startedAt = 0;
  let cpu = process.cpuUsage();
  const apply: OpenedReplica["replica"]["apply"] = (...args) => {
    // The clock runs from the first page on: how long it takes to be noticed depends on the round, not on the copying.
    if (startedAt === 0) {
      startedAt = performance.now();
      cpu = process.cpuUsage();
    }
    return opened.replica.apply(...args);
  };
  const done = new Promise<void>((resolve) => {
    opened.replica.subscribe(() => {
      if (opened.indexes.cluster.count >= n) resolve();
    });
  });
  const gossip = gossipOf({ ...opened, replica: { ...opened.replica, apply } }, key, port, [url]);
  await done;
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const { bytesReceived, bytesSent } = gossip.status();
  say({
    entriesPerS: n / seconds,
    cpuUsPerEntry: (user + system) / n,
    bytes: bytesReceived + bytesSent,
    verificationsPerS,
    root: await opened.indexes.cluster.root(),
  });
}

/** What one core does of signature checks alone. */
function verificationLimit(key: KeyPair): number {
  const message = signingBytes("entry", randomBytes(32).toString("hex"));
  const signature = key.sign(message);
  const startedAt = process.cpuUsage();
  for (let i = 0; i < VERIFY_SAMPLES; i++) verifySignature(key.publicKey, message, signature);
  const { user, system } = process.cpuUsage(startedAt);
  return VERIFY_SAMPLES / ((user + system) / 1e6);
}

async function reopen(dir: string): Promise<void> {
  const key = keyPairOfSeed(SPORE_SEED);
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const opened = await open(dir, key);
  const openMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  const root = await opened.indexes.cluster.root();
  Bun.gc(true);
  say({
    openMs,
    cpuMs: (user + system) / 1_000,
    count: opened.indexes.cluster.count,
    root,
    rss: process.memoryUsage.rss(),
  });
}

const [verb, dir = "", port = "0", third = "0", fourth = "0"] = process.argv.slice(2);
if (verb === "hold") await hold(dir, Number(port), Number(third));
else if (verb === "fetch") await fetchAll(dir, Number(port), third, Number(fourth));
else await reopen(dir);
process.stdin.on("end", () => process.exit(0)).resume();
