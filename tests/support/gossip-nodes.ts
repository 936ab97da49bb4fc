/** Gossiping spores over real loopback HTTP, without the rest of a spore: for tests of the peer protocol. */

import { unpack } from "@synapse/spore/gossip/body.ts";
import { createGossip, type Gossip } from "@synapse/spore/gossip/gossip.ts";
import { NAME_CHARS } from "@synapse/spore/gossip/request-signature.ts";
import { REQUEST_BYTES_MAX } from "@synapse/spore/gossip/wire.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { createKeyPair, type KeyPair } from "@synapse/spore/identity/keypair.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import { cardDraft } from "./card-draft.ts";
import { MemoryReplica } from "./memory-replica.ts";

export interface TestNode {
  readonly name: string;
  readonly url: string;
  readonly key: KeyPair;
  readonly replica: MemoryReplica;
  readonly gossip: Gossip;
  /** Every request that reached this node, before it was answered. */
  readonly requests: Request[];
  /** While true nothing gets in or out: neither its calls nor calls to it are answered. */
  cut: boolean;
  stop(): Promise<void>;
}

export interface TestNodeOptions {
  readonly name: string;
  readonly port: number;
  readonly operator?: KeyPair;
  readonly seeds?: readonly string[];
  readonly intervalMs?: number;
  readonly key?: KeyPair;
  /** False: no URL on its card, and no server. */
  readonly callable?: boolean;
  /** The URL on its card, where that is a relay's. */
  readonly calledAt?: string;
  /** Dialects of gossip on its card; those of this program without it. */
  readonly gossip?: string[];
  readonly now?: () => number;
}

const nodesByName = new Map<string, { cut: boolean }>();

export function startNode(options: TestNodeOptions): TestNode {
  const { name, port } = options;
  const key = options.key ?? createKeyPair();
  const operator = options.operator ?? createKeyPair();
  const now = options.now ?? Date.now;
  const certificate = issueCertificate(operator, { spore: key, name, issuedAt: 1 });
  const replica = new MemoryReplica({ key, certificate, now });
  const url = `http://127.0.0.1:${port}`;
  const usual = cardDraft(key.publicKey, options.callable === false ? null : (options.calledAt ?? url));
  const draft =
    options.gossip === undefined ? usual : { ...usual, speaks: { ...usual.speaks, gossip: options.gossip } };
  const gossip = createGossip({
    replica,
    signer: key,
    verify: verifySignature,
    ownCard: () => draft,
    seeds: options.seeds ?? [],
    intervalMs: options.intervalMs ?? 300,
    peerUrls: { allowLoopback: true, networks: [] },
    log: () => undefined,
    now,
  });
  const node = { name, url, key, replica, gossip, requests: [] as Request[], cut: false };
  const server =
    options.callable === false
      ? null
      : Bun.serve({
          hostname: "127.0.0.1",
          port,
          idleTimeout: 60,
          fetch(request) {
            node.requests.push(request.clone());
            // Either form of the header begins so.
            const caller = request.headers.get("synapse")?.slice(0, NAME_CHARS) ?? "";
            if (node.cut || nodesByName.get(caller)?.cut) return new Response(null, { status: 503 });
            return gossip.handle(request);
          },
        });
  nodesByName.set(key.publicKey.slice(0, NAME_CHARS), node);
  gossip.start();
  return Object.assign(node, {
    async stop() {
      await gossip.stop();
      await server?.stop(true);
    },
  });
}

/** Polls until the condition holds; throws with the description when it takes too long. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 15_000,
) {
  const end = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await Bun.sleep(5);
  }
}

/** A recorded request's body as text, unpacked, so that a test can look for words in it. */
export async function bodyText(request: Request): Promise<string> {
  const bytes = new Uint8Array(await request.clone().arrayBuffer());
  const plain = unpack(bytes, request.headers.get("content-encoding"), REQUEST_BYTES_MAX);
  if (!plain.ok) throw new Error(plain.error.message);
  return new TextDecoder().decode(plain.value);
}
