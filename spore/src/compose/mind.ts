/** Joins what remembers and reasons: recall, the views over tasks, and the board that works on them. */
import { join } from "node:path";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { SporeConfig } from "../config.ts";
import type { PeerView } from "../gossip/node.ts";
import type { EventFeed } from "../http/event-feed.ts";
import type { ModelChain } from "../llm/chain.ts";
import type { Log } from "../log.ts";
import { temperature } from "../quantum/annealing.ts";
import { decoherence } from "../quantum/decoherence.ts";
import { DEFAULT_LIMITS, type ReasoningLimits } from "../reasoning/limits.ts";
import { createModelReasoner } from "../reasoning/model-reasoner.ts";
import { aliveSpores, expectedSpeakers } from "../reasoning/participants.ts";
import { createTaskBoard, type TaskBoard } from "../reasoning/task-board.ts";
import type { TaskIndex } from "../reasoning/task-index.ts";
import type { Replica } from "../replica/replica.ts";
import { createRecall, type RecallService } from "../retrieval/recall-service.ts";
import type { Settings } from "../settings/settings.ts";
import { originWeight } from "./origin.ts";
import type { Storage } from "./storage.ts";

export function openRecall(
  config: SporeConfig,
  replica: Replica,
  log: Log,
  attention: (id: EntryId) => number,
): RecallService {
  return createRecall({
    feed: replica,
    path: join(config.dataDir, "recall.db"),
    weights: {
      decoherence: (kind, ageMs) => decoherence(kind, ageMs, 0),
      trust: originWeight(replica),
      attention,
    },
    now: Date.now,
    log,
    mayRetract: replica.mayRetract,
  });
}

export interface BoardParts {
  readonly config: SporeConfig;
  readonly log: Log;
  readonly certificate: Certificate;
  readonly storage: Storage;
  readonly settings: Settings;
  readonly recall: RecallService;
  readonly chat: ModelChain;
  readonly events: EventFeed;
  readonly tasks: TaskIndex;
  readonly livePeers: () => readonly PeerView[];
}

export function buildBoard(parts: BoardParts): TaskBoard {
  const { config, log, certificate, storage, recall, chat, events, tasks, livePeers } = parts;
  const { replica, store } = storage;
  const limits = limitsFrom(parts.settings);
  const model = chat.model
    ? createModelReasoner({
        model: chat.model,
        temperature: (cycle) => temperature({ cycle, budget: limits.cyclesMax, reheatedAt: null }),
        sourcesOf: (ids) => store.get(ids as EntryId[]),
        debug: log.debug,
      })
    : null;
  return createTaskBoard({
    self: certificate.spore,
    role: config.role,
    recall,
    limits,
    replica,
    store,
    reasonWithModel: model?.reason ?? (async () => null),
    extract: chat.extract,
    synthesiseWithModel: model?.synthesise ?? (async () => null),
    expected: (state) => expectedSpeakers(certificate, state, livePeers(), replica.certificateOf),
    alive: (state) => aliveSpores(certificate, state, livePeers()),
    weightOf: () => 1,
    now: Date.now,
    warn: log.warn,
    unfinished: () => tasks.unfinished(),
    onView: events.onTaskView,
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
    get concurrentTasks() {
      return settings.get("reasoning.concurrent_tasks");
    },
  };
}
