/** What the routes need of the rest of the spore: each part's facade, put together in compose.ts. */

import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import type { PeerCard } from "@synapse/shared/contract/peer-card.ts";
import type { Providers, Swarm, WallClock } from "@synapse/shared/contract/status.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { Cognition } from "../cognition/cognition.ts";
import type { SporeConfig } from "../config.ts";
import type { Blocklist } from "../federation/blocklist.ts";
import type { Federation } from "../federation/federation.ts";
import type { KeyDesk } from "../federation/key-desk.ts";
import type { KeyPair } from "../identity/keypair.ts";
import type { ModelChain } from "../llm/chain.ts";
import type { Cortex } from "../llm/cortex/cortex.ts";
import type { Log } from "../log.ts";
import type { Grader } from "../reasoning/grader.ts";
import type { QuantumLayer } from "../reasoning/quantum-view.ts";
import type { TaskBoard } from "../reasoning/task-board.ts";
import type { TaskIndex } from "../reasoning/task-index.ts";
import type { MemoryCounts } from "../replica/counts.ts";
import type { Replica } from "../replica/replica.ts";
import type { Store } from "../replica/store.ts";
import type { Recall } from "../retrieval/recall.ts";
import type { Sentinel } from "../sentinel/sentinel.ts";
import type { Settings } from "../settings/settings.ts";
import type { createTrustReport } from "../trust/trust-report.ts";
import type { Wall } from "../wall/wall.ts";
import type { Access } from "./access.ts";
import type { EventHub } from "./event-hub.ts";
import type { History } from "./history.ts";

/** What is shown of trust, and how the commander adds to it. */
export interface TrustFacade {
  /** 0 to 1; null where no evidence speaks of the spore. */
  readonly knownOf: (spore: PublicKey) => number | null;
  readonly report: ReturnType<typeof createTrustReport>;
  readonly grader: Grader;
}

export interface HttpDeps {
  readonly config: SporeConfig;
  readonly version: string;
  /** Hash of the protocol this spore speaks. */
  readonly dna: string;
  /** The model the spore reasons with, for display. */
  readonly model: () => string;
  readonly key: KeyPair;
  readonly replica: Replica;
  readonly store: Store;
  readonly settings: Settings;
  readonly board: TaskBoard;
  readonly trust: TrustFacade;
  readonly quantum: QuantumLayer;
  readonly tasks: TaskIndex;
  readonly recall: Recall;
  readonly counts: MemoryCounts;
  readonly wall: Wall;
  readonly cognition: Cognition;
  readonly sentinel: Sentinel;
  readonly hub: EventHub;
  readonly access: Access;
  readonly log: Log;
  readonly now: () => number;
  readonly startedAt: number;
  /** In steady time: a clock that is set makes nobody younger. */
  readonly uptimeMs: () => number;
  /** The display name of a spore key. */
  readonly nameOf: (key: PublicKey) => string;
  /** Merkle root of a replicated set, 64 hex. */
  readonly rootOf: (scope: SharedLabel) => Promise<string>;
  readonly swarm: () => Swarm;
  readonly livePeers: () => readonly PeerCard[];
  readonly wallClock: () => WallClock;
  /** What an authorised caller sees, or anybody else. */
  readonly providers: (authorised: boolean) => Providers;
  readonly cortex: Cortex;
  readonly chat: ModelChain;
  readonly history: History;
  readonly federation: () => Federation;
  readonly blocklist: () => Blocklist;
  readonly keyDesk: () => KeyDesk;
  /** `from`: whose share a greeting is (caller-share.ts). */
  readonly gossip: (request: Request, from: string) => Promise<Response>;
  /** Prometheus lines of parts that keep their own figures. */
  readonly partMetrics: () => readonly string[];
}
