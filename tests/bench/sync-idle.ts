/**
 * What an idle round costs on the wire: two gossiping spores over real HTTP on loopback, sets of the same many ids, and a
 * relay between them that counts every byte. TCP's own headers are left out, since they depend on the link.
 *
 * Nothing has to travel, so the replicas behind them hold ids alone: index, protocol, signatures and HTTP are the
 * product's.
 */
import { createHash } from "node:crypto";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { createGossip } from "@synapse/spore/gossip/gossip.ts";
import type { GossipReplica } from "@synapse/spore/gossip/replica-port.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { createKeyPair, type KeyPair } from "@synapse/spore/identity/keypair.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import { SetIndex } from "@synapse/spore/replica/set-index.ts";
import { cardDraft } from "../support/card-draft.ts";
import { type CountingRelay, startCountingRelay } from "../support/counting-relay.ts";
import { prefixed } from "../support/sorted-ids.ts";
import { freePort } from "../support/spore-process.ts";

const INTERVAL_MS = 50;
const ROUNDS = 10;
const WITHIN_MS = 60_000;

export interface IdleCost {
  /** Largest of the rounds seen, both ways, headers included. */
  readonly bytes: number;
  readonly requestBytes: number;
  readonly replyBytes: number;
}

/** @param n entries that both sides hold of each label */
export async function measureIdleRound(n: number): Promise<IdleCost> {
  const ids = Array.from({ length: n }, (_, i) => idOf(i)).sort();
  const relay = await startCountingRelay();
  const operator = createKeyPair();
  const [port, other] = [await freePort(), await freePort()];
  const called = startNode(ids, operator, port, relay.url, []);
  relay.target = port;
  const calling = startNode(ids, operator, other, `http://127.0.0.1:${other}`, [relay.url]);
  try {
    return await largestOf(relay);
  } finally {
    for (const { gossip, server } of [calling, called]) {
      await gossip.stop();
      await server.stop(true);
    }
    await relay.stop();
  }
}

async function largestOf(relay: CountingRelay): Promise<IdleCost> {
  for (const end = Date.now() + WITHIN_MS; relay.idleRounds().length < ROUNDS; await Bun.sleep(INTERVAL_MS)) {
    if (Date.now() > end) throw new Error(`no ${ROUNDS} idle rounds within ${WITHIN_MS} ms`);
  }
  const costs = relay.idleRounds().map(({ request, reply }) => ({
    bytes: request.length + reply.length,
    requestBytes: request.length,
    replyBytes: reply.length,
  }));
  return costs.reduce((worst, one) => (one.bytes > worst.bytes ? one : worst));
}

function startNode(ids: readonly EntryId[], operator: KeyPair, port: number, url: string, seeds: string[]) {
  const key = createKeyPair();
  const gossip = createGossip({
    replica: replicaOf(ids, issueCertificate(operator, { spore: key, name: "bench", issuedAt: 1 })),
    signer: key,
    verify: verifySignature,
    seeds,
    intervalMs: INTERVAL_MS,
    peerUrls: { allowLoopback: true, networks: [] },
    log: () => undefined,
    ownCard: () => cardDraft(key.publicKey, url),
  });
  const server = Bun.serve({ hostname: "127.0.0.1", port, fetch: (request) => gossip.handle(request) });
  gossip.start();
  return { gossip, server };
}

function replicaOf(ids: readonly EntryId[], self: GossipReplica["self"]): GossipReplica {
  const indexes = { public: indexOf(ids), cluster: indexOf(ids) };
  return {
    self,
    index: (scope: SharedLabel) => indexes[scope],
    idsByPrefix: async (_, prefix) => prefixed(ids, prefix),
    entries: async () => [],
    log: async (_, seq) => ({ entries: [], seq }),
    apply: async () => ({ stored: [], known: 0, rejected: [], missingCertificates: [] }),
    certificates: async () => [],
    subscribe: () => () => undefined,
  };
}

function indexOf(ids: readonly EntryId[]): SetIndex {
  const index = new SetIndex(async (prefix) => prefixed(ids, prefix));
  for (const id of ids) index.insert(id);
  return index;
}

function idOf(n: number): EntryId {
  return createHash("sha256").update(String(n)).digest("hex") as EntryId;
}
