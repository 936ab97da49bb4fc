/**
 * Vectors for whoever implements replication in another language: Merkle roots, sketch symbols, decoded differences,
 * prints, messages on the wire, a signed request, the price and rate of publishing, which forks belong to the set.
 *
 * `bun tests/conformance/replication-samples.ts --write` writes shared/vectors/replication.json again, after a deliberate
 * change of format. Ids are SHA-256 of decimal numbers, so the file names only how many there are.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { EntryId, ReplicaId } from "@synapse/shared/ids.ts";
import { printOf } from "@synapse/spore/gossip/anti-entropy.ts";
import { encodeBody } from "@synapse/spore/gossip/body.ts";
import { signRequest } from "@synapse/spore/gossip/request-signature.ts";
import { digestOfIds } from "@synapse/spore/replica/merkle-index.ts";
import { keptOnDot } from "@synapse/spore/replica/or-set.ts";
import { allowance, findPaidReplica, PUBLIC_RULE, publicBreach } from "@synapse/spore/replica/public-rule.ts";
import { Sketch } from "@synapse/spore/replica/sketch.ts";

import { keyPairOfSeed, OPERATOR_SEED, SPORE_SEED } from "../support/test-keys.ts";

export const VECTORS_FILE = join(import.meta.dir, "../../shared/vectors/replication.json");

export const sampleId = (n: number) => createHash("sha256").update(String(n)).digest("hex") as EntryId;
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => sampleId(from + i));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function sketchOf(members: readonly EntryId[], symbols: number): Sketch {
  const sketch = new Sketch(symbols);
  for (const id of members) sketch.insert(id);
  return sketch;
}

/** A key that belongs to nobody, and the first nonce that pays 12 bits for it. */
const KEY_PREFIX = `${"A".repeat(43)}.079912`;

export function replicationSamples() {
  const root = (members: readonly EntryId[]) => hex(digestOfIds([...members].sort(), 0));
  const crowded = ids(0, 60).map((id) => `abcdef${id.slice(6)}` as EntryId);
  const [mine, theirs] = [sketchOf(ids(0, 100), 64), sketchOf(ids(5, 110), 64)];
  const nonce = Buffer.from("0001020304050607", "hex");
  const paid = findPaidReplica(KEY_PREFIX, 12, 0, 100_000) as ReplicaId;
  const birth = 0x079912 * 3_600_000;
  const rule = { ...PUBLIC_RULE, workBits: 12 };
  return {
    about:
      "ids are SHA-256 of the decimal numbers from `from` to below `to`; bytes are hex; CBOR is RFC 8949",
    merkle: [
      ...[0, 1, 32, 33, 1_000].map((count) => ({ from: 0, to: count, root: root(ids(0, count)) })),
      { from: 0, to: 60, first_hex_replaced_by: "abcdef", root: root(crowded) },
    ],
    print: {
      nonce: hex(nonce),
      digest: root(ids(0, 33)),
      print: hex(printOf(nonce, digestOfIds(ids(0, 33).sort(), 0))),
    },
    sketch: [
      { from: 0, to: 1, symbols: hex(sketchOf(ids(0, 1), 32).encode(0, 32)) },
      { from: 0, to: 100, symbols: hex(mine.encode(0, 64)) },
    ],
    difference: {
      mine: { from: 0, to: 100 },
      theirs: { from: 5, to: 110 },
      symbols: 64,
      only_mine: ids(0, 5)
        .map((id) => id.slice(0, 16))
        .sort(),
      only_theirs: ids(100, 110)
        .map((id) => id.slice(0, 16))
        .sort(),
      theirs_symbols: hex(theirs.encode(0, 64)),
    },
    messages: [
      { name: "compare, root alone", message: { v: 1, in: 0, root: root(ids(0, 33)), n: 33 } },
      { name: "descend", message: { v: 1, in: 1, nonce: hex(nonce), nodes: [["", "0011223344556677"]] } },
      { name: "equal", message: { is: "equal" } },
    ].map((one) => ({ ...one, cbor: hex(encodeBody(withBytes(one.message), false).bytes) })),
    request: requestSample(),
    public_rule: {
      rule,
      replica: paid,
      cases: [
        [1, birth],
        [rule.burst, birth],
        [rule.burst + 1, birth],
        [rule.burst + rule.perHour, birth + 3_600_000],
        [1, birth - 1],
        [1, birth + rule.lifeHours * 3_600_000],
      ].map(([counter = 0, clockMs = 0]) => ({
        counter,
        clock_ms: clockMs,
        allowed: allowance(paid, clockMs, rule),
        breach: publicBreach({ replica: paid, counter, clockMs }, rule),
      })),
      unpaid: {
        replica: `${KEY_PREFIX}ffffffffff`,
        breach: publicBreach(
          { replica: `${KEY_PREFIX}ffffffffff` as ReplicaId, counter: 1, clockMs: birth },
          rule,
        ),
      },
    },
    forks: { on_one_dot: ids(0, 6), in_the_set: keptOnDot(ids(0, 6)) },
  };
}

/** One request, signed in both forms; the key is the one of RFC 8032, section 7.1, test 1. */
function requestSample() {
  const signer = keyPairOfSeed(SPORE_SEED);
  const facts = {
    audience: keyPairOfSeed(OPERATOR_SEED).publicKey,
    method: "POST",
    path: "/gossip/compare",
    body: encodeBody(withBytes({ v: 1, in: 0, root: hex(digestOfIds(ids(0, 33).sort(), 0)), n: 33 }), false)
      .bytes,
  };
  const [expiresAt, nonce] = [1_800_000_000_000, "AAECAwQFBgcICQoL"];
  const sign = (form: "whole" | "brief") => signRequest(facts, signer, expiresAt, nonce, form);
  return {
    ...facts,
    body: hex(facts.body),
    key: signer.publicKey,
    nonce,
    expires_at: expiresAt,
    whole: sign("whole"),
    brief: sign("brief"),
  };
}

/** The members that are byte strings on the wire. */
function withBytes(message: Record<string, unknown>): object {
  const bytes = (value: unknown) => new Uint8Array(Buffer.from(String(value), "hex"));
  const made: Record<string, unknown> = { ...message };
  for (const name of ["root", "nonce"]) if (name in made) made[name] = bytes(made[name]);
  if (Array.isArray(made.nodes)) made.nodes = made.nodes.map(([prefix, print]) => [prefix, bytes(print)]);
  return made;
}

if (import.meta.main && process.argv.includes("--write")) {
  await Bun.write(VECTORS_FILE, `${JSON.stringify(replicationSamples(), null, 2)}\n`);
}
