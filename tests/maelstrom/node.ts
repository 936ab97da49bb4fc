#!/usr/bin/env bun
/**
 * A Maelstrom node (github.com/jepsen-io/maelstrom) made of the product's own code: the gossip node with its protocol,
 * sampling, comparison and signatures, over Maelstrom's network in place of HTTP, on a set in memory. It serves the
 * workloads `broadcast` and `g-set`, so outsiders can check and time our gossip with tools that are not ours:
 *
 *   maelstrom test -w broadcast --bin tests/maelstrom/node.ts --node-count 25 --time-limit 20 --rate 100 --latency 100
 *   maelstrom test -w g-set     --bin tests/maelstrom/node.ts --node-count 5  --time-limit 20 --nemesis partition
 *
 * Messages are JSON, one a line, on stdin and stdout; stderr is for people. Between nodes a message of type `gossip`
 * carries one gossip message in base64, and `gossip_ok` its reply.
 */
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { type Incarnation, type PublicKey, toReplicaId } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { decodeBody, encodeBody } from "@synapse/spore/gossip/body.ts";
import { createCardReader } from "@synapse/spore/gossip/card-reader.ts";
import type { CallError, Network } from "@synapse/spore/gossip/exchanges.ts";
import { GossipNode } from "@synapse/spore/gossip/node.ts";
import {
  callTimeoutMs,
  isKind,
  type Kind,
  REPLY_BYTES_MAX,
  type Reply,
  replySchemas,
  toItem,
  WIRE_VERSION,
} from "@synapse/spore/gossip/wire.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import { cardDraft } from "../support/card-draft.ts";
import { MemoryReplica } from "../support/memory-replica.ts";
import { answerPeer } from "../support/peer-answer.ts";
import { keyPairOfSeed } from "../support/test-keys.ts";

interface Message {
  readonly src: string;
  readonly dest: string;
  readonly body: { readonly type: string; readonly [member: string]: unknown };
}

/** Comparisons this often, on average: partitions of a test last seconds. */
const INTERVAL_MS = 1_000;
const DOMAIN = "maelstrom.example";

const urlOf = (name: string) => `https://${name}.${DOMAIN}`;
const nameOf = (url: string) => new URL(url).hostname.split(".")[0] ?? "";
/** Everybody's key follows from its name: a test network has no secrets. */
const keyOf = (name: string, purpose: string) =>
  keyPairOfSeed(createHash("sha256").update(`maelstrom ${purpose} ${name}`).digest("hex"));

class MaelstromNode {
  private name = "";
  private nextId = 1;
  private readonly waiting = new Map<number, (body: Message["body"]) => void>();
  private replica: MemoryReplica | null = null;
  private node: GossipNode | null = null;
  private readonly values = new Map<string, unknown>();

  async receive(message: Message): Promise<void> {
    const { src, body } = message;
    if (typeof body.in_reply_to === "number") {
      this.waiting.get(body.in_reply_to)?.(body);
      this.waiting.delete(body.in_reply_to);
      return;
    }
    switch (body.type) {
      case "init":
        this.start(String(body.node_id), body.node_ids as string[]);
        return this.reply(message, { type: "init_ok" });
      case "topology":
        // Who talks with whom is decided by peer sampling.
        return this.reply(message, { type: "topology_ok" });
      case "broadcast":
        this.keep(body.message);
        return this.reply(message, { type: "broadcast_ok" });
      case "add":
        this.keep(body.element);
        return this.reply(message, { type: "add_ok" });
      case "read": {
        const all = [...this.values.values()];
        return this.reply(message, { type: "read_ok", messages: all, value: all });
      }
      case "gossip":
        return this.reply(message, await this.answer(src, body));
      default:
        return this.reply(message, { type: "error", code: 10, text: `${body.type} is not spoken here` });
    }
  }

  private start(name: string, names: readonly string[]): void {
    this.name = name;
    const key = keyOf(name, "spore");
    const certificate = issueCertificate(keyOf("all", "operator"), { spore: key, name, issuedAt: 1 });
    const replica = new MemoryReplica({ key, certificate, now: Date.now });
    replica.subscribe((entries) => {
      for (const { entry } of entries) {
        if (entry.kind === "memory") this.values.set(entry.body.content, JSON.parse(entry.body.content));
      }
    });
    const draft = {
      ...cardDraft(key.publicKey, urlOf(name)),
      replica: toReplicaId(key.publicKey, "0011223344556677" as Incarnation),
    };
    this.replica = replica;
    this.node = new GossipNode({
      replica,
      signer: key,
      readCard: createCardReader(verifySignature),
      network: this.network(),
      ownCard: () => draft,
      seeds: names.filter((other) => other !== name).map(urlOf),
      intervalMs: INTERVAL_MS,
      now: Date.now,
      steady: () => performance.now(),
      random: Math.random,
      schedule(at, run) {
        const timer = setTimeout(run, Math.max(0, at - performance.now()));
        return () => clearTimeout(timer);
      },
      log: (_, text, details) => process.stderr.write(`${text} ${JSON.stringify(details)}\n`),
      onPeer: () => undefined,
      refusalOf: () => null,
    });
    this.node.start();
  }

  private keep(value: unknown): void {
    const text = JSON.stringify(value);
    if (!this.values.has(text)) this.replica?.write([text], "public");
  }

  private async answer(src: string, body: Message["body"]): Promise<Message["body"]> {
    const { node } = this;
    const kind = String(body.kind);
    if (node === null || !isKind(kind)) return { type: "error", code: 10, text: "no such gossip message" };
    const bytes = new Uint8Array(Buffer.from(String(body.data), "base64"));
    const answer = await answerPeer(
      { node, self: keyOf(this.name, "spore").publicKey, now: Date.now(), steady: performance.now() },
      keyOf(src, "spore").publicKey,
      kind,
      { bytes, encoding: body.packed === true ? "gzip" : null },
    );
    if ("status" in answer) return { type: "gossip_ok", status: answer.status };
    const encoded = encodeBody(answer.reply, true);
    return { type: "gossip_ok", ...packed(encoded) };
  }

  private network(): Network {
    const hello = async (url: string): Promise<Result<PublicKey, CallError>> => {
      const own = this.node?.cards.get(keyOf(this.name, "spore").publicKey);
      if (own === undefined) return err(failure("not started"));
      const reply = await this.call(nameOf(url), "hello", { v: WIRE_VERSION, url, card: toItem(own.wire) });
      if (!reply.ok) return reply;
      const [text, signature] = reply.value.card;
      this.node?.admitCard({ text, signature });
      return ok(keyOf(nameOf(url), "spore").publicKey);
    };
    return {
      hello,
      call: async (_, url, kind, message) => {
        const reply = await this.call(nameOf(url), kind, message);
        if (reply.ok || reply.error.message !== "status 401") return reply;
        await hello(url);
        return await this.call(nameOf(url), kind, message);
      },
    };
  }

  private async call<K extends Kind>(
    dest: string,
    kind: K,
    message: object,
  ): Promise<Result<Reply<K>, CallError>> {
    const encoded = encodeBody(message, true);
    const id = this.nextId++;
    const { promise, resolve } = Promise.withResolvers<Message["body"] | null>();
    this.waiting.set(id, resolve);
    this.send(dest, { type: "gossip", msg_id: id, kind, ...packed(encoded) });
    const timer = setTimeout(() => resolve(null), callTimeoutMs(kind, encoded.bytes.byteLength));
    const body = await promise;
    clearTimeout(timer);
    this.waiting.delete(id);
    if (body === null || body.type !== "gossip_ok") return err(failure("no answer"));
    if (body.status !== undefined) return err({ ...failure(`status ${body.status}`), kind: "refused" });
    const bytes = new Uint8Array(Buffer.from(String(body.data), "base64"));
    const encoding = body.packed === true ? "gzip" : null;
    const decoded = decodeBody(bytes, encoding, REPLY_BYTES_MAX, replySchemas[kind]);
    return decoded.ok ? ok(decoded.value as Reply<K>) : err(failure(decoded.error.message));
  }

  private reply({ src, body }: Message, answer: Message["body"]): void {
    this.send(src, { ...answer, in_reply_to: body.msg_id });
  }

  private send(dest: string, body: Message["body"]): void {
    process.stdout.write(`${JSON.stringify({ src: this.name, dest, body })}\n`);
  }
}

function packed({ bytes, encoding }: ReturnType<typeof encodeBody>) {
  return { data: Buffer.from(bytes).toString("base64"), packed: encoding === "gzip" };
}

function failure(message: string): CallError {
  return { kind: "unreachable", message, retryAfterMs: null };
}

const node = new MaelstromNode();
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  if (line.trim() === "") return;
  node.receive(JSON.parse(line) as Message).catch((cause: unknown) => {
    process.stderr.write(`${String(cause)}\n`);
  });
});
lines.on("close", () => process.exit(0));
