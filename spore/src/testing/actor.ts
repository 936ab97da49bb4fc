/** For tests: a spore that signs entries, without store or network. Real keys, real signatures. */
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import {
  type Body,
  ENTRY_VERSION,
  type Entry,
  type Kind,
  type SignedEntry,
} from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, type Incarnation, type PublicKey, toReplicaId } from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { issueCertificate } from "../identity/certificate.ts";
import { entryIdOf } from "../identity/entry-signature.ts";
import { createKeyPair, type KeyPair } from "../identity/keypair.ts";

export interface Actor {
  readonly key: KeyPair;
  readonly publicKey: PublicKey;
  readonly certificate: Certificate;
  sign<K extends Kind>(kind: K, body: Body<K>, options?: SignOptions): SignedEntry<Label, K>;
}

interface SignOptions {
  readonly label?: Label;
  readonly parents?: readonly EntryId[];
  readonly ms?: number;
}

export function createActor(name = "spore-0", operator: KeyPair = createKeyPair()): Actor {
  const key = createKeyPair();
  let counter = 0;
  return {
    key,
    publicKey: key.publicKey,
    certificate: issueCertificate(operator, { spore: key, name, issuedAt: 1 }),
    sign<K extends Kind>(kind: K, body: Body<K>, options: SignOptions = {}) {
      counter++;
      const entry = {
        v: ENTRY_VERSION,
        kind,
        label: options.label ?? "cluster",
        replica: toReplicaId(key.publicKey, "0011223344556677" as Incarnation),
        counter,
        clock: [options.ms ?? counter, 0],
        parents: options.parents ?? [],
        body,
      } as unknown as Entry;
      const id = entryIdOf(canonicalJson(entry));
      const signature = key.sign(signingBytes("entry", id));
      return { id, signature, entry } as unknown as SignedEntry<Label, K>;
    },
  };
}

/** A contribution's body with everything a test does not care about. */
export function contributionBody(
  task: EntryId,
  hypothesis: string,
  more: Partial<Body<"contribution">> = {},
) {
  return {
    task,
    cycle: 1,
    phase: "diverge" as const,
    role: "explorer" as const,
    provider: "embedded",
    model: "extractive",
    temperature: 0,
    hypothesis,
    hypotheses: [],
    claims: [],
    citations: [],
    confidence: 0.8,
    value: null,
    abstain: hypothesis === "",
    response_to_peers: "",
    ...more,
  } satisfies Body<"contribution">;
}
