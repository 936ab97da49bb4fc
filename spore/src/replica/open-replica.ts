/** Opens the store and rebuilds what the replica keeps in memory from it. */

import { randomBytes } from "node:crypto";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import {
  type EntryId,
  INCARNATION_PATTERN,
  type Incarnation,
  type PublicKey,
  replicaKey,
} from "@synapse/shared/ids.ts";
import { ok, type Result } from "@synapse/shared/result.ts";
import type { KeyPair } from "../identity/keypair.ts";
import { createCausalContext } from "./causal-context.ts";
import { createHybridClock } from "./hybrid-clock.ts";
import { createVisibility } from "./or-set.ts";
import { createReplica, type Replica } from "./replica.ts";
import { openStore, type Store, type StoreError, type StoreOptions } from "./store.ts";

/** Entries whose clocks are looked at after a start: the newest stored ones hold the latest times. */
const CLOCK_TAIL = 1_000;

export interface OpenReplicaOptions extends StoreOptions {
  readonly key: KeyPair;
  readonly certificate: Certificate;
  readonly insertIntoIndex: (scope: SharedLabel, id: EntryId) => void;
  readonly now: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

export async function openReplica(
  options: OpenReplicaOptions,
): Promise<Result<{ replica: Replica; store: Store }, StoreError>> {
  const opened = await openStore(options);
  if (!opened.ok) return opened;
  const store = opened.value;
  const certificates = new Map<PublicKey, Certificate>();
  for (const one of await store.certificates()) certificates.set(one.spore, one);
  certificates.set(options.certificate.spore, options.certificate);
  await store.saveCertificate(options.certificate);

  const context = createCausalContext();
  for (const dot of await store.dots()) context.add(dot);

  const clock = createHybridClock();
  const now = options.now();
  for (const { entry } of await store.after(Math.max(0, store.head() - CLOCK_TAIL), CLOCK_TAIL)) {
    clock.observe(entry.clock, now);
  }

  const visibility = createVisibility((spore) => certificates.get(spore)?.operator ?? null);
  const pairs = await store.retractionPairs();
  const retractors = new Map(
    (await store.get([...new Set(pairs.map(({ by }) => by))])).map(({ id, entry }) => [
      id,
      replicaKey(entry.replica),
    ]),
  );
  for (const { target, by } of pairs) {
    const retractor = retractors.get(by);
    if (retractor !== undefined) visibility.retract(retractor, [target]);
  }

  const replica = createReplica({
    store,
    key: options.key,
    certificate: options.certificate,
    incarnation: await incarnationOf(store),
    context,
    clock,
    visibility,
    certificates,
    insertIntoIndex: options.insertIntoIndex,
    now: options.now,
    warn: options.warn,
  });
  return ok({ replica, store });
}

/** Made together with the store, so a spore whose disk vanished never reuses a counter of its earlier life. */
async function incarnationOf(store: Store): Promise<Incarnation> {
  const known = await store.getMeta("incarnation");
  if (known !== null && INCARNATION_PATTERN.test(known)) return known as Incarnation;
  const fresh = randomBytes(8).toString("hex") as Incarnation;
  await store.setMeta("incarnation", fresh);
  return fresh;
}
