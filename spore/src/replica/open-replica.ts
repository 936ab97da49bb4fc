/** Opens the store and restores what the replica keeps in memory: from a checkpoint where there is one, else from the entries. */

import { randomBytes, randomInt } from "node:crypto";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { LABELS, type Label, type SharedLabel } from "@synapse/shared/contract/label.ts";
import {
  INCARNATION_PATTERN,
  type Incarnation,
  type PublicKey,
  type ReplicaId,
  replicaKey,
  toReplicaId,
} from "@synapse/shared/ids.ts";
import { ok, type Result } from "@synapse/shared/result.ts";
import type { KeyPair } from "../identity/keypair.ts";
import { createAuthorship } from "./authorship.ts";
import { type Checkpoints, createCheckpoints, restoreFolds } from "./checkpoints.ts";
import type { HybridClock } from "./hybrid-clock.ts";
import { createKeyHistory } from "./key-history.ts";
import { createVisibility, type Visibility } from "./or-set.ts";
import { findPaidReplica, PUBLIC_RULE, type PublicRule, replicaPrefix } from "./public-rule.ts";
import { createReplica, type Replica } from "./replica.ts";
import type { SetIndex } from "./set-index.ts";
import { openStore, type Store, type StoreError, type StoreOptions } from "./store.ts";

/** Nonces tried before others get their turn: about 10 ms. */
const TRIES_A_TURN = 10_000;

export interface OpenReplicaOptions extends StoreOptions {
  readonly key: KeyPair;
  readonly certificate: Certificate;
  readonly now: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
  /** Another rule than the network's, for tests: it must be everybody's. */
  readonly rule?: PublicRule;
}

export interface OpenedReplica {
  readonly replica: Replica;
  readonly store: Store;
  readonly clock: HybridClock;
  readonly indexes: Readonly<Record<SharedLabel, SetIndex>>;
  readonly checkpoints: Checkpoints;
}

export async function openReplica(options: OpenReplicaOptions): Promise<Result<OpenedReplica, StoreError>> {
  const opened = await openStore(options);
  if (!opened.ok) return opened;
  const store = opened.value;
  const certificates = new Map<PublicKey, Certificate>();
  for (const one of await store.certificates()) certificates.set(one.spore, one);
  certificates.set(options.certificate.spore, options.certificate);
  await store.saveCertificates([options.certificate]);

  const folds = await restoreFolds(store, options.certificate.spore, options.warn);
  const { context, clock, indexes } = folds;
  const keys = createKeyHistory((spore) => certificates.get(spore)?.operator ?? null);
  for await (const batch of store.ofKinds(["key"])) keys.absorb(batch);
  const visibility = createVisibility((spore) => certificates.get(spore)?.operator ?? null);
  await restoreVisibility(store, visibility);

  const rule = options.rule ?? PUBLIC_RULE;
  const replicas = await ownReplicas(store, options.key.publicKey);
  // From the entries themselves: a counter that is used twice forks this spore's own history.
  const written = new Map<ReplicaId, number>();
  for (const replica of Object.values(replicas)) {
    if (replica !== null) written.set(replica, await store.highestCounter(replica));
  }
  const authorship = createAuthorship({
    key: options.key,
    clock,
    rule,
    now: options.now,
    highest: (replica) => written.get(replica) ?? context.highest(replica),
    replicas,
    mintPublic: (at) => mintPublic(store, options.key.publicKey, rule, at),
  });
  const replica = createReplica({
    ...options,
    store,
    authorship,
    context,
    clock,
    visibility,
    certificates,
    indexes,
    rule,
    keys,
  });
  const checkpoints = createCheckpoints({
    ...folds,
    store,
    remembered: replica.remembered,
    warn: options.warn,
  });
  return ok({ replica, store, clock, indexes, checkpoints });
}

async function restoreVisibility(store: Store, visibility: Visibility): Promise<void> {
  for (const id of await store.displacedIds()) visibility.displace(id);
  const pairs = await store.retractionPairs();
  const retractors = new Map(
    (await store.get([...new Set(pairs.map(({ by }) => by))])).map(({ id, entry }) => [
      id,
      replicaKey(entry.replica),
    ]),
  );
  for (const { target, by } of pairs) {
    const retractor = retractors.get(by);
    if (retractor !== undefined) visibility.retract(by, retractor, [target]);
  }
}

const OWNER_KEY = "incarnation_owner";
const incarnationKey = (label: Label) => (label === "cluster" ? "incarnation" : `incarnation_${label}`);

/** Made together with the store, so a spore whose disk vanished never reuses a counter of its earlier life. */
async function ownReplicas(store: Store, key: PublicKey): Promise<Record<Label, ReplicaId | null>> {
  const replicas: Record<Label, ReplicaId | null> = { private: null, cluster: null, public: null };
  const owner = await store.getMeta(OWNER_KEY);
  // The work that a public sequence costs was done for the key before this one.
  if (owner !== null && owner !== key) await store.setMeta(incarnationKey("public"), "");
  await store.setMeta(OWNER_KEY, key);
  for (const label of LABELS) {
    const known = await store.getMeta(incarnationKey(label));
    if (known !== null && INCARNATION_PATTERN.test(known)) {
      replicas[label] = toReplicaId(key, known as Incarnation);
    } else if (label !== "public") {
      const fresh = randomBytes(8).toString("hex") as Incarnation;
      await store.setMeta(incarnationKey(label), fresh);
      replicas[label] = toReplicaId(key, fresh);
    }
  }
  return replicas;
}

/** Pays for a public sequence: about a second of work, a little at a time. */
async function mintPublic(store: Store, key: PublicKey, rule: PublicRule, now: number): Promise<ReplicaId> {
  const prefix = replicaPrefix(key, now);
  // From a random start, so that two lives of one spore in the same hour do not find the same id.
  for (let nonce = randomInt(2 ** 40); ; nonce += TRIES_A_TURN) {
    const found = findPaidReplica(prefix, rule.workBits, nonce, TRIES_A_TURN);
    if (found !== null) {
      await store.setMeta(incarnationKey("public"), found.slice(-16));
      return found;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
