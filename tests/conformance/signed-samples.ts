/**
 * Makes shared/vectors/signed.json: `bun tests/conformance/signed-samples.ts --write`.
 *
 * Keys, clock and incarnation are fixed and Ed25519 is deterministic, so the same contract gives the same file, and a
 * change of it in a review is a change of the format on the wire: every spore of an older version refuses the result.
 */
import { join } from "node:path";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Body, Entry, Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, type Incarnation, toReplicaId } from "@synapse/shared/ids.ts";
import { digestOf, signingBytes } from "@synapse/shared/signing.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { entryIdOf } from "@synapse/spore/identity/entry-signature.ts";
import { signValue } from "@synapse/spore/identity/signature.ts";
import { keyPairOfSeed, OPERATOR_SEED, SPORE_SEED } from "../support/test-keys.ts";

const FILE = join(import.meta.dir, "../../shared/vectors/signed.json");
/** 2026-11-22T12:00:00Z. */
const NOW_MS = 1_795_348_800_000;

const spore = keyPairOfSeed(SPORE_SEED);
const operator = keyPairOfSeed(OPERATOR_SEED);
const replica = toReplicaId(spore.publicKey, "0011223344556677" as Incarnation);
const idOf = (digit: string) => digit.repeat(64) as EntryId;

const bodies: { readonly [K in Kind]: Body<K> } = {
  memory: {
    content: 'Grüße aus Zürich — naïve 😀 \u2028 and a "quotation".',
    metadata: { source: "notes.md", page: 3, tags: ["a", "b"], ratio: 0.1, nothing: null },
    sequence: { document: "notes.md", index: 0 },
  },
  task: { description: "What is 6 × 7?", priority: "normal", answer: { type: "number", tolerance: 1e-9 } },
  contribution: {
    task: idOf("a"),
    cycle: 1,
    phase: "diverge",
    role: "explorer",
    provider: "embedded",
    model: "extractive",
    temperature: 0.7,
    hypothesis: "42",
    hypotheses: [{ content: "42", weight: 1 }],
    claims: ["6 × 7 = 42"],
    citations: [{ id: idOf("b"), quote: "six times seven" }],
    confidence: 0.95,
    value: "42",
    abstain: false,
    response_to_peers: "",
  },
  synthesis: {
    task: idOf("a"),
    cycle: 2,
    text: "42",
    value: "42",
    outcome: "converged",
    posterior: 0.999999999999,
    confidence: 0.9,
    clusters: [{ members: [idOf("c")], value: "42", mass: 1, posterior: 0.999, text: "42" }],
    weights: [{ contribution: idOf("c"), weight: 1e-7, evidence: [] }],
    dissent: [{ text: "41", holders: [spore.publicKey] }],
    citations: [],
    provider: "embedded",
    model: "extractive",
    rule: "rule/1",
    embedder: "none",
  },
  answer: { task: idOf("a"), synthesis: idOf("d"), verdict: "confirmed", note: "" },
  evidence: {
    subject: spore.publicKey,
    topic: "arithmetic",
    dimension: "competence",
    positive: true,
    weight: 0.5,
    source: "checkable",
    rests_on: [idOf("e")],
    note: "",
  },
  retraction: { targets: [idOf("f")], reason: "superseded" },
  thought: {
    form: "dream",
    content: "Two notes tell of the same bridge.",
    novelty: 1.5,
    details: { pairs: 1 },
  },
  key: {
    operator: operator.publicKey,
    key: spore.publicKey,
    successor: null,
    reason: "lost",
    issued_at: NOW_MS,
    signature: "A".repeat(86),
  },
  proposal: {
    step: "propose",
    proposal: null,
    observation: "p95 is 900 ms",
    hypothesis: "a smaller window is enough",
    setting: "recall.window_tokens",
    from: 4096,
    to: 2048,
    success: "p95 < 500 ms",
    risk: "low",
  },
};

const LABEL_OF: Partial<Record<Kind, Label>> = { memory: "public", evidence: "public", thought: "private" };

function sampleEntry(kind: Kind, index: number): Entry {
  return {
    v: 1,
    kind,
    label: LABEL_OF[kind] ?? "cluster",
    replica,
    counter: index + 1,
    clock: [NOW_MS + index, index],
    parents: kind === "memory" || kind === "task" ? [] : [idOf("a")],
    body: bodies[kind],
  } as Entry;
}

function sampleCard(certificate: ReturnType<typeof issueCertificate>) {
  return signValue(
    {
      v: 1 as const,
      certificate,
      replica,
      url: "https://spore.example.com/",
      role: "validator" as const,
      model: "extractive",
      version: "0.1.0",
      dna: "0".repeat(64),
      speaks: {
        network: "synapse",
        entry: ["1:00112233445566ff"],
        gossip: ["1:00112233445566ff"],
        admission: ["1:00112233445566ff"],
      },
      vouch: null,
      place: { name: "Zürich", latitude: 47.37, longitude: 8.54 },
      summary: {
        memories: 3,
        cycles: 2,
        active_tasks: 0,
        converged_tasks: 1,
        confidence: 0.5,
        last_provider: null,
        last_model: null,
        peers: 2,
        uptime_s: 12.5,
      },
      neighbours: [operator.publicKey],
      issued_at: NOW_MS,
      expires_at: NOW_MS + 86_400_000,
    },
    "card",
    spore,
  );
}

export function signedVectors() {
  const certificate = issueCertificate(operator, {
    spore,
    name: "explorer-1",
    issuedAt: NOW_MS,
  });
  const { acceptance: _, ...grant } = certificate;
  const entries = (Object.keys(bodies) as Kind[]).map((kind, index) => {
    const text = canonicalJson(sampleEntry(kind, index));
    const id = entryIdOf(text);
    return { name: kind, canonical: text, id, signature: spore.sign(signingBytes("entry", id)) };
  });
  const values = [
    { name: "grant", domain: "certificate" as const, key: operator.publicKey, value: grant },
    { name: "card", domain: "card" as const, key: spore.publicKey, value: sampleCard(certificate) },
  ].map((one) => ({ ...one, digest: digestOf(one.value) }));
  return {
    about:
      'Signed entries, certificates and peer cards. An entry\'s id is the SHA-256 of `canonical` (UTF-8) and its signature is Ed25519 over "synapse/entry/1\\n" + id. A value\'s digest is the SHA-256 of its canonical JSON without `signature`, signed as "synapse/<domain>/1\\n" + digest. A certificate is a grant with an `acceptance`: the spore\'s signature as "synapse/acceptance/1\\n" + the grant\'s digest; the card holds one. refused: `text` and `signature` of an entry that every spore must refuse, whatever else is right about it. Keys: RFC 8032, section 7.1, tests 1 and 2.',
    keys: {
      spore: { seed: SPORE_SEED, publicKey: spore.publicKey },
      operator: { seed: OPERATOR_SEED, publicKey: operator.publicKey },
    },
    nowMs: NOW_MS,
    entries,
    values,
    refused: refusedEntries(),
  };
}

/** Entries that are wrong in one way each; where possible with a signature that fits the wrong bytes. */
function refusedEntries() {
  const good = sampleEntry("memory", 0);
  const signText = (text: string) => {
    const id = new Bun.CryptoHasher("sha256").update(text).digest("hex");
    return spore.sign(signingBytes("entry", id));
  };
  const altered = (name: string, change: Record<string, unknown>) => {
    const text = canonicalJson({ ...good, ...change });
    return { name, text, signature: signText(text) };
  };
  const text = canonicalJson(good);
  const signature = signText(text);
  const digest = new Bun.CryptoHasher("sha256").update(text).digest("hex");
  return [
    { name: "content changed after signing", text: text.replace("Zürich", "Zurich"), signature },
    { name: "signed by another key", text, signature: operator.sign(signingBytes("entry", digest)) },
    { name: "signed for another purpose", text, signature: spore.sign(signingBytes("card", digest)) },
    { name: "signature in another spelling", text, signature: `${signature}==` },
    { name: "white space", text: `${text} `, signature: signText(`${text} `) },
    {
      name: "members in another order",
      text: JSON.stringify(good),
      signature: signText(JSON.stringify(good)),
    },
    {
      name: "a member twice",
      text: text.replace('"v":1', '"v":1,"v":1'),
      signature: signText(text.replace('"v":1', '"v":1,"v":1')),
    },
    altered("an unknown member", { extra: 1 }),
    altered("an unknown version", { v: 2 }),
    altered("an unknown kind", { kind: "rumour" }),
    altered("a counter of zero", { counter: 0 }),
    altered("a counter with a fraction", { counter: 1.5 }),
    altered("a counter as text", { counter: "1" }),
    altered("a clock beyond the year 9999", { clock: [1e15, 0] }),
    altered("a parent that is no id", { parents: ["A".repeat(64)] }),
    altered("65 parents", { parents: Array(65).fill(idOf("a")) }),
    altered("content null", { body: { content: null } }),
    altered("content empty", { body: { content: "" } }),
    altered("a body of another kind", { body: bodies.task }),
    altered("more than 16 KiB", { body: { content: "€".repeat(8_000) } }),
    altered("the replica of another key", {
      replica: toReplicaId(operator.publicKey, "0011223344556677" as Incarnation),
    }),
  ];
}

if (import.meta.main && process.argv.includes("--write")) {
  await Bun.write(FILE, `${JSON.stringify(signedVectors(), null, 2)}\n`);
}
