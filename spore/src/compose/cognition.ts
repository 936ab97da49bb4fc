/** Joins what thinks unasked: the settings it obeys, the ports it thinks through, and who is told. */
import { LABELS } from "@synapse/shared/contract/label.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { type Cognition, createCognition } from "../cognition/cognition.ts";
import type { CognitionSettings } from "../cognition/cognition-port.ts";
import type { EventHub } from "../http/event-hub.ts";
import type { ModelChain } from "../llm/chain.ts";
import type { Log } from "../log.ts";
import type { TaskBoard } from "../reasoning/task-board.ts";
import type { RecallService } from "../retrieval/recall-service.ts";
import type { Settings } from "../settings/settings.ts";
import type { Wall } from "../wall/wall.ts";
import type { Storage } from "./storage.ts";

/** Trust in this commander's own spores, and in what the commander remembered through them. */
const TRUST_OWN = 1;

export interface CognitionParts {
  readonly storage: Storage;
  readonly settings: Settings;
  readonly recall: RecallService;
  readonly chat: ModelChain;
  readonly wall: Wall;
  readonly board: TaskBoard;
  /** 0 to 1; one half of an author of whom nothing is known. */
  readonly trustOf: (author: PublicKey) => number;
  readonly hub: EventHub;
  readonly log: Log;
}

export function joinCognition(parts: CognitionParts): Cognition {
  const { storage, settings, recall, chat, wall, board, hub, log } = parts;
  const { replica, store } = storage;
  return createCognition({
    self: replica.self.spore,
    replica,
    store,
    recall,
    model: chat.model,
    wall,
    mayShare: (from) => {
      const allowed = settings.get("wall.share_from");
      return allowed !== "nothing" && LABELS.indexOf(from) >= LABELS.indexOf(allowed);
    },
    trustOf: (author) =>
      replica.certificateOf(author)?.operator === replica.self.operator ? TRUST_OWN : parts.trustOf(author),
    busy: () => board.openTasks() > 0,
    settings: settingsOf(settings),
    publish: (event, label) => hub.publish({ type: "cognition", data: { enabled: true, ...event } }, label),
    now: Date.now,
    random: Math.random,
    warn: log.warn,
  });
}

/** Read at each use, so that a changed setting holds from the next tick on. */
function settingsOf(settings: Settings): CognitionSettings {
  return {
    enabled: () => settings.get("cognition.enabled"),
    isOn: (part) => settings.get(`cognition.${part}`),
    tickMs: () => settings.get("cognition.tick_s") * 1_000,
    idleMs: () => settings.get("cognition.idle_s") * 1_000,
    limits: () => ({
      tokensPerHour: settings.get("cognition.tokens_per_hour"),
      secondsPerHour: settings.get("cognition.seconds_per_hour"),
      pricePerMillion: settings.get("cognition.price_per_million"),
      spendPerDay: settings.get("cognition.spend_per_day"),
    }),
    shareMax: () => settings.get("cognition.share_max"),
    questionsPerDay: () => settings.get("cognition.questions_per_day"),
  };
}
