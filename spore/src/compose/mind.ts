/** Joins what remembers and reasons: recall, the views over tasks, and the board that works on them. */
import { join } from "node:path";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import type { SporeConfig } from "../config.ts";
import type { PeerView } from "../gossip/node.ts";
import type { EventFeed } from "../http/event-feed.ts";
import type { EventHub } from "../http/event-hub.ts";
import type { ModelChain } from "../llm/chain.ts";
import type { Log } from "../log.ts";
import { type Anneal, explorationShare, T_COLD, temperature } from "../quantum/annealing.ts";
import { decoherence } from "../quantum/decoherence.ts";
import { createConclusions } from "../reasoning/conclusions.ts";
import { corroborate } from "../reasoning/corroboration.ts";
import { DEFAULT_LIMITS, type ReasoningLimits } from "../reasoning/limits.ts";
import { createModelReasoner } from "../reasoning/model-reasoner.ts";
import { aliveSpores, expectedSpeakers } from "../reasoning/participants.ts";
import { createQuantumLayer, type QuantumDeps, type QuantumLayer } from "../reasoning/quantum-view.ts";
import { createTaskBoard, type TaskBoard } from "../reasoning/task-board.ts";
import type { TaskIndex } from "../reasoning/task-index.ts";
import type { Replica } from "../replica/replica.ts";
import type { Embedder } from "../retrieval/embedder.ts";
import { createRecall, type RecallService } from "../retrieval/recall-service.ts";
import type { Settings } from "../settings/settings.ts";
import type { Storage } from "./storage.ts";
import { joinTrust, type Trust } from "./trust.ts";

/** Hits among which agreement of several operators is looked for. */
const CORROBORATED_HITS = 120;

export interface RecallParts {
  readonly config: SporeConfig;
  readonly replica: Replica;
  readonly log: Log;
  readonly settings: Settings;
  readonly attention: (id: EntryId) => number;
  /** What an author's word counts for, 0 to 1. */
  readonly trustOf: (author: PublicKey) => number;
  readonly embedder: Embedder | null;
}

export function openRecall(parts: RecallParts): RecallService {
  const { config, replica, log, settings, attention, trustOf, embedder } = parts;
  return createRecall({
    feed: replica,
    path: join(config.dataDir, "recall.db"),
    weights: {
      decoherence: (kind, ageMs, corroborations) =>
        settings.get("quantum.decoherence") ? decoherence(kind, ageMs, corroborations) : 1,
      houseOf: (author) =>
        settings.get("quantum.decoherence_corroboration")
          ? (replica.certificateOf(author)?.operator ?? null)
          : null,
      trust: trustOf,
      attention,
    },
    now: Date.now,
    log,
    embedder,
    mayRetract: replica.mayRetract,
    isHidden: replica.isHidden,
  });
}

export interface MindParts extends Omit<BoardParts, "trust" | "quantum"> {
  readonly hub: EventHub;
  readonly nameOf: (spore: PublicKey) => string;
  readonly livePeer: (spore: PublicKey) => PeerView | null;
}

/** Trust, the quantum layer and the board that reasons: each is told what the others find. */
export async function joinMind(parts: MindParts) {
  const { settings, hub, nameOf } = parts;
  // The chain is there without any source as well; what counts is whether it could ask one now.
  const hasModel = (): boolean => parts.chat.nextModel() !== null;
  const trust = await joinTrust({ ...parts, board: () => board, hasModel });
  const quantum = joinQuantum({ settings, hub, nameOf, entangled: trust.entangled });
  const board: TaskBoard = buildBoard({ ...parts, trust, quantum });
  return { trust, quantum, board };
}

interface BoardParts {
  readonly config: SporeConfig;
  readonly log: Log;
  readonly certificate: Certificate;
  readonly storage: Storage;
  readonly settings: Settings;
  readonly recall: RecallService;
  readonly chat: ModelChain;
  readonly events: EventFeed;
  readonly trust: Pick<Trust, "beliefs" | "grader" | "ledger">;
  readonly quantum: QuantumLayer;
  readonly tasks: TaskIndex;
  readonly livePeers: () => readonly PeerView[];
}

function buildBoard(parts: BoardParts): TaskBoard {
  const { config, log, certificate, storage, settings, recall, chat, events, tasks, livePeers } = parts;
  const { quantum } = parts;
  const { beliefs, grader } = parts.trust;
  const { replica, store } = storage;
  const limits = limitsFrom(settings);
  const isOwn = (author: PublicKey): boolean => parts.trust.ledger.isOwn(author);
  const operatorOf = (spore: PublicKey) => replica.certificateOf(spore)?.operator ?? null;
  const exploration = (anneal: Anneal): number =>
    chat.model !== null && settings.get("quantum.exploration") ? explorationShare(anneal) : 0;
  const model = chat.model
    ? createModelReasoner({
        model: chat.model,
        temperature: (anneal) => (settings.get("quantum.annealing") ? temperature(anneal) : T_COLD),
        exploration,
        protocol: () => settings.get("reasoning.protocol_text") || null,
        acceptedPosterior: () => limits.acceptedPosterior,
        isOwn,
        sourcesOf: (ids) => store.get(ids as EntryId[]),
        debug: log.debug,
      })
    : null;
  return createTaskBoard({
    self: certificate.spore,
    role: config.role,
    recall: {
      ...recall,
      // Copies of one statement come late, for diversity: whoever wants to know how many say it has to look further down.
      search: async (query) => {
        const hits = await recall.search({ ...query, k: Math.max(query.k, CORROBORATED_HITS) });
        return corroborate(hits, certificate.operator, operatorOf).slice(0, query.k);
      },
    },
    limits,
    replica,
    store,
    beliefs,
    operatorOf,
    exploration,
    isOwn,
    ...(model
      ? {
          conclusions: createConclusions({
            get: store.get,
            ofTask: store.ofTask,
            isTrusted: beliefs.isTrusted,
            isOwn,
          }),
        }
      : {}),
    showsStanding: () => settings.get("quantum.superposition"),
    reasonWithModel: model?.reason ?? (async () => null),
    extract: chat.extract,
    synthesiseWithModel: model?.synthesise ?? (async () => null),
    validateWithModel: model?.validate ?? (async () => null),
    expected: (state) =>
      limits.protocol === "solo"
        ? new Set([certificate.spore])
        : expectedSpeakers(certificate, state, livePeers(), replica.certificateOf),
    alive: (state) => aliveSpores(certificate, state, livePeers()),
    now: Date.now,
    warn: log.warn,
    unfinished: () => tasks.unfinished(),
    onView(state, progress, change) {
      events.onTaskView(state, progress, change);
      quantum.onView(state, progress);
      if (state.answer !== null) grader.onAnswered(state.task.id);
    },
  });
}

interface QuantumParts extends Pick<QuantumDeps, "entangled" | "nameOf"> {
  readonly settings: Settings;
  readonly hub: EventHub;
}

function joinQuantum({ settings, hub, entangled, nameOf }: QuantumParts): QuantumLayer {
  return createQuantumLayer({
    switches: () => ({
      annealing: settings.get("quantum.annealing"),
      exploration: settings.get("quantum.exploration"),
      superposition: settings.get("quantum.superposition"),
      interference: settings.get("quantum.interference"),
      tunnelling: settings.get("quantum.tunnelling"),
      entanglement: settings.get("quantum.entanglement"),
      entanglement_prior: settings.get("quantum.entanglement_prior"),
      decoherence: settings.get("quantum.decoherence"),
      decoherence_corroboration: settings.get("quantum.decoherence_corroboration"),
    }),
    cyclesMax: () => settings.get("reasoning.cycles_max"),
    nameOf,
    entangled,
    publish: (data, label) => hub.publish({ type: "quantum", data: { ...data } }, label),
    startedAt: Date.now(),
  });
}

/** Read at each use, so that a changed setting holds from the next step on. */
function limitsFrom(settings: Settings): ReasoningLimits {
  return {
    ...DEFAULT_LIMITS,
    get cyclesMax() {
      return settings.get("reasoning.cycles_max");
    },
    get agreedPosterior() {
      return settings.get("reasoning.agreed_posterior");
    },
    get acceptedPosterior() {
      return settings.get("reasoning.accepted_posterior");
    },
    get protocol() {
      return settings.get("reasoning.protocol");
    },
    get tunnelling() {
      return settings.get("quantum.tunnelling");
    },
    get concurrentTasks() {
      return settings.get("reasoning.concurrent_tasks");
    },
  };
}
