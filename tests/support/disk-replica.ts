/** A replica over a real libSQL file in a folder of its own, for tests that feed it what peers might send. */
import { join } from "node:path";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import { createKeyPair, type KeyPair } from "@synapse/spore/identity/keypair.ts";
import type { StoredEntry } from "@synapse/spore/replica/feed.ts";
import { openReplica } from "@synapse/spore/replica/open-replica.ts";
import { PUBLIC_RULE, type PublicRule } from "@synapse/spore/replica/public-rule.ts";
import { freshDir } from "./swarm.ts";

export interface ReplicaOwner {
  readonly key: KeyPair;
  readonly certificate: Certificate;
}

/** The network's rule at a price that tests can pay. */
export const CHEAP_RULE: PublicRule = { ...PUBLIC_RULE, workBits: 4 };

export function replicaOwner(operator: KeyPair = createKeyPair(), name = "spore-0"): ReplicaOwner {
  const key = createKeyPair();
  return { key, certificate: issueCertificate(operator, { spore: key, name, issuedAt: 1 }) };
}

/** @param dir one that was used before continues what is there. */
export async function openDiskReplica(
  owner: ReplicaOwner,
  options: { dir?: string; rule?: PublicRule } = {},
) {
  const dir = options.dir ?? freshDir();
  const opened = await openReplica({
    url: `file:${join(dir, "spore.db")}`,
    ...owner,
    rule: options.rule ?? CHEAP_RULE,
    now: Date.now,
    warn: () => undefined,
  });
  if (!opened.ok) throw new Error(opened.error.message);
  return { ...opened.value, dir, owner };
}
export type DiskReplica = Awaited<ReturnType<typeof openDiskReplica>>;

export async function remember(
  { replica }: DiskReplica,
  contents: readonly string[],
  label: "public" | "cluster" = "public",
): Promise<readonly StoredEntry[]> {
  const result = await replica.append(
    contents.map((content) => ({ label, kind: "memory" as const, body: { content } })),
  );
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

export function toWireItem({ entry, signature }: StoredEntry): { text: string; signature: string } {
  return { text: canonicalJson(entry), signature };
}
