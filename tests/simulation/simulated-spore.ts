/**
 * One spore of the simulation: the product's replica and gossip node over a virtual disk, network and clock. It can
 * crash, start again from what its disk kept, lose its disk, and have a clock that jumps.
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { Label, SharedLabel } from "@synapse/shared/contract/label.ts";
import {
  type EntryId,
  type Incarnation,
  type PublicKey,
  type ReplicaId,
  replicaKey,
  toReplicaId,
} from "@synapse/shared/ids.ts";
import { signingBytes } from "@synapse/shared/signing.ts";
import { DNA_HASH, SPEAKS } from "@synapse/spore/federation/dna.ts";
import type { ReadCard } from "@synapse/spore/gossip/card-reader.ts";
import type { LogCopying, Network } from "@synapse/spore/gossip/exchanges.ts";
import { GossipNode } from "@synapse/spore/gossip/node.ts";
import type { CardDraft } from "@synapse/spore/gossip/peer-cards.ts";
import { issueCertificate } from "@synapse/spore/identity/certificate.ts";
import type { KeyPair } from "@synapse/spore/identity/keypair.ts";
import { createAuthorship } from "@synapse/spore/replica/authorship.ts";
import { createCausalContext } from "@synapse/spore/replica/causal-context.ts";
import type { IntakeDeps } from "@synapse/spore/replica/entry-intake.ts";
import type { StoredEntry } from "@synapse/spore/replica/feed.ts";
import { createHybridClock } from "@synapse/spore/replica/hybrid-clock.ts";
import { createKeyHistory } from "@synapse/spore/replica/key-history.ts";
import { createVisibility } from "@synapse/spore/replica/or-set.ts";
import {
  findPaidReplica,
  PUBLIC_RULE,
  type PublicRule,
  replicaPrefix,
} from "@synapse/spore/replica/public-rule.ts";
import { createReplica, type Replica } from "@synapse/spore/replica/replica.ts";
import { SetIndex } from "@synapse/spore/replica/set-index.ts";
import { keyPairOfSeed } from "../support/test-keys.ts";
import { bytesOf, type Random, streamOf } from "./random.ts";
import { type CommitFate, VirtualDisk } from "./virtual-disk.ts";
import { START_MS, type VirtualTime } from "./virtual-time.ts";

export interface SporeSetup {
  readonly index: number;
  readonly seed: number;
  readonly operator: KeyPair;
  readonly callable: boolean;
  readonly intervalMs: number;
  readonly seeds: readonly string[];
  readonly logCopy: LogCopying;
}

export interface SporeWorld {
  readonly time: VirtualTime;
  readonly readCard: ReadCard;
  readonly verifyMany: NonNullable<IntakeDeps["verify"]>;
  readonly networkOf: (spore: SimulatedSpore) => Network;
  readonly commitFate: (spore: SimulatedSpore) => CommitFate;
  readonly onStored: (spore: SimulatedSpore, entries: readonly StoredEntry[]) => void;
  readonly onWarning: (
    spore: SimulatedSpore,
    message: string,
    details: Readonly<Record<string, unknown>>,
  ) => void;
}

/** Why what a blocked spore wrote is refused. */
const BLOCKED = "blocked";
/** Small sets: 256 buckets and 1,024 symbols cost 26 KB a set, so a thousand spores fit into memory. */
const INDEX_SHAPE = { cacheNibbles: 2, symbols: 1_024 };
/** The network's rule, but for its price: a million hashes for each of a thousand spores would be most of the run. */
export const SIMULATED_RULE: PublicRule = { ...PUBLIC_RULE, workBits: 4 };

export class SimulatedSpore {
  readonly setup: SporeSetup;
  readonly name: string;
  readonly key: KeyPair;
  readonly certificate: Certificate;
  readonly url: string | null;
  disk: VirtualDisk;
  /** Present while the process runs. */
  node: GossipNode | null = null;
  replica: Replica | null = null;
  indexes: Readonly<Record<SharedLabel, SetIndex>> | null = null;
  /** Grows with each start: what was set off in an earlier life has no effect in this one. */
  life = 0;
  /** Added to the true time. */
  clockOffsetMs = 0;
  private readonly world: SporeWorld;
  private readonly random: Random;
  /** Spores that its commander has blocked. */
  private readonly blocked = new Set<PublicKey>();
  private closeDisk: () => void = () => undefined;

  constructor(setup: SporeSetup, world: SporeWorld) {
    const { index, seed, operator } = setup;
    this.setup = setup;
    this.world = world;
    this.random = streamOf(seed, "spore", index);
    this.name = `spore-${index}`;
    const raw = Buffer.concat([Buffer.from("simulated-spore "), Buffer.alloc(16)]);
    raw.writeUInt32BE(seed >>> 0, 16);
    raw.writeUInt32BE(index, 20);
    this.key = synchronous(keyPairOfSeed(raw.toString("hex")));
    this.certificate = issueCertificate(operator, {
      spore: this.key,
      name: this.name,
      issuedAt: 1,
    });
    this.url = setup.callable ? urlOf(index) : null;
    this.disk = this.freshDisk();
  }

  get publicKey(): PublicKey {
    return this.key.publicKey;
  }

  get isUp(): boolean {
    return this.node !== null;
  }

  now(): number {
    return this.world.time.now + this.clockOffsetMs;
  }

  /** Starts a process on what the disk holds, as the product does: memory state is rebuilt from the rows. */
  start(): void {
    this.life++;
    const { disk, key, certificate } = this;
    const { store, close } = disk.open();
    this.closeDisk = close;
    const certificates = new Map(disk.certificates);
    certificates.set(this.publicKey, certificate);
    const context = createCausalContext();
    const clock = createHybridClock(this.publicKey);
    const operatorOf = (spore: PublicKey) => certificates.get(spore)?.operator ?? null;
    const visibility = createVisibility(operatorOf);
    const keys = createKeyHistory(operatorOf);
    keys.absorb(disk.rows);
    const indexOf = (scope: SharedLabel) => {
      const index = new SetIndex((prefix) => store.idsByPrefix(scope, prefix), INDEX_SHAPE);
      for (const id of disk.ids[scope]) index.insert(id);
      return index;
    };
    const indexes = { public: indexOf("public"), cluster: indexOf("cluster") };
    for (const row of disk.rows) {
      const { id, entry } = row;
      context.add({ replica: entry.replica, counter: entry.counter });
      clock.note(row);
      if (entry.kind === "retraction") visibility.retract(id, replicaKey(entry.replica), entry.body.targets);
    }
    const common = { rule: SIMULATED_RULE, now: () => this.now() };
    const authorship = createAuthorship({
      ...common,
      key,
      clock,
      highest: (replica) => context.highest(replica),
      replicas: {
        private: this.sequence("private"),
        cluster: this.sequence("cluster"),
        public: disk.sequences.get("public") ?? null,
      },
      mintPublic: async (now) => this.mintPublic(now),
    });
    const replica = createReplica({
      ...common,
      store,
      certificate,
      authorship,
      context,
      clock,
      visibility,
      certificates,
      indexes,
      keys,
      verify: this.world.verifyMany,
      warn: (message, details = {}) => this.world.onWarning(this, message, details),
    });
    replica.refuseWhen((spore) => (this.blocked.has(spore) ? BLOCKED : null));
    replica.subscribe((entries) => this.world.onStored(this, entries));
    this.replica = replica;
    this.indexes = indexes;
    this.node = this.joinNetwork(replica, indexes, this.life);
  }

  /** The process ends at once: whatever was not durable is gone. */
  crash(): void {
    this.closeDisk();
    this.node?.stop();
    this.node = null;
    this.replica = null;
    this.indexes = null;
  }

  /** The commander's policy, as it outlasts the process: no talking, nothing taken, nothing of it passed on. */
  block(spore: PublicKey): void {
    this.blocked.add(spore);
    this.node?.dropRefused();
  }

  /** @returns when what was refused may come again. */
  async pardon(spore: PublicKey): Promise<void> {
    this.blocked.delete(spore);
    if (this.replica === null) this.disk.pardon(BLOCKED);
    else await this.replica.pardon(BLOCKED);
  }

  /** May it lack what this spore wrote? */
  hasBlocked(spore: PublicKey): boolean {
    return this.blocked.has(spore);
  }

  /** A new disk under the same key; only while it is down. */
  wipe(): void {
    this.disk = this.freshDisk();
  }

  /** Remembers a text. @returns its id once durable, or null where that did not happen. */
  async write(content: string, label: Label): Promise<EntryId | null> {
    const { replica } = this;
    if (replica === null) return null;
    const result = await replica.append([{ label, kind: "memory", body: { content } }]);
    return result.ok ? (result.value[0]?.id ?? null) : null;
  }

  /** The commander of this spore blames or praises another one. */
  async writeEvidence(subject: PublicKey, positive: boolean): Promise<void> {
    const body = {
      subject,
      topic: "general",
      dimension: "consistency" as const,
      positive,
      weight: 1,
      source: "commander" as const,
      rests_on: [],
      note: "",
    };
    await this.replica?.append([{ label: "public", kind: "evidence", body }]);
  }

  private joinNetwork(
    replica: Replica,
    indexes: Readonly<Record<SharedLabel, SetIndex>>,
    life: number,
  ): GossipNode {
    return new GossipNode({
      replica: {
        self: this.certificate,
        index: (scope) => indexes[scope],
        idsByPrefix: replica.idsByPrefix,
        entries: replica.entries,
        log: replica.log,
        apply: replica.apply,
        certificates: replica.certificates,
        subscribe: replica.subscribe,
      },
      signer: this.key,
      readCard: this.world.readCard,
      network: this.world.networkOf(this),
      ownCard: () => this.draft(replica),
      seeds: this.setup.seeds,
      intervalMs: this.setup.intervalMs,
      now: () => this.now(),
      steady: () => this.world.time.now,
      random: this.random,
      schedule: (at, run) =>
        this.world.time.schedule(at, () => {
          if (this.life === life && this.isUp) run();
        }),
      log: (level, message, details) => {
        if (level === "warn") this.world.onWarning(this, message, details);
      },
      onPeer: () => undefined,
      refusalOf: ({ certificate }) =>
        this.blocked.has(certificate.spore) ? { code: BLOCKED, message: "blocked by its commander" } : null,
      logCopy: this.setup.logCopy,
    });
  }

  private freshDisk(): VirtualDisk {
    return new VirtualDisk({
      fate: () => this.world.commitFate(this),
      isHidden: (spore) => this.blocked.has(spore),
      schedule: (afterMs, run) => {
        this.world.time.schedule(this.world.time.now + afterMs, run);
      },
    });
  }

  /** Made together with the disk, so a spore that lost its disk never uses a counter twice. */
  private sequence(label: Label): ReplicaId {
    const known = this.disk.sequences.get(label);
    if (known !== undefined) return known;
    const fresh = toReplicaId(this.publicKey, bytesOf(8, this.random).toString("hex") as Incarnation);
    this.disk.sequences.set(label, fresh);
    return fresh;
  }

  private mintPublic(now: number): ReplicaId {
    const found = payFor(this.publicKey, now, Math.floor(this.random() * 2 ** 30));
    this.disk.sequences.set("public", found);
    return found;
  }

  private draft(replica: Replica): CardDraft {
    return {
      replica: replica.id,
      url: this.url,
      role: "generalist",
      model: "none",
      version: "0.0.0",
      dna: DNA_HASH,
      speaks: SPEAKS,
      vouch: null,
      place: null,
      summary: {
        memories: this.disk.rows.length,
        cycles: 0,
        active_tasks: 0,
        converged_tasks: 0,
        confidence: null,
        last_provider: null,
        last_model: null,
        peers: Object.keys(replica.clock.vector()).length,
        uptime_s: Math.max(0, Math.floor((this.world.time.now - START_MS) / 1_000)),
      },
    };
  }
}

export function urlOf(index: number): string {
  return `https://spore-${index}.net-${index % 97}.example`;
}

/** A replica id for public entries that costs what the simulated rule asks. */
export function payFor(key: PublicKey, now: number, start: number): ReplicaId {
  for (let nonce = start; ; nonce += 100) {
    const found = findPaidReplica(replicaPrefix(key, now), SIMULATED_RULE.workBits, nonce, 100);
    if (found !== null) return found;
  }
}

/** Other threads know no seed: in the simulation one thread signs everything, in order. */
function synchronous(key: KeyPair): KeyPair {
  return {
    ...key,
    signLater: (domain, digests) => ({
      at: (index) => Buffer.from(key.sign(signingBytes(domain, digests[index] ?? "")), "base64url"),
    }),
  };
}
