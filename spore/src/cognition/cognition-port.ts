/** What spontaneous cognition needs of the rest of the spore, handed in by compose. */
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import type { ChatModel } from "../llm/provider.ts";
import type { Replica } from "../replica/replica.ts";
import type { Store } from "../replica/store.ts";
import type { RecallService } from "../retrieval/recall-service.ts";
import type { Wall } from "../wall/wall.ts";
import type { BudgetLimits } from "./budget.ts";

/** The parts that a commander can switch. */
export const PARTS = [
  "free_thought",
  "dream",
  "curiosity",
  "metacognition",
  "emergence",
  "workspace",
] as const;
export type Part = (typeof PARTS)[number];

export interface CognitionSettings {
  enabled(): boolean;
  isOn(part: Part): boolean;
  readonly tickMs: () => number;
  /** How long nothing must have been asked before the mind wanders. */
  readonly idleMs: () => number;
  readonly limits: () => BudgetLimits;
  /** The most of all entries that may be thoughts, 0 to 1. */
  readonly shareMax: () => number;
  readonly questionsPerDay: () => number;
}

/** One thing that cognition did, for whoever watches. */
export interface CognitionEvent {
  readonly part: Part | "oscillator";
  readonly what: string;
  readonly text: string;
  /** Where it became an entry. */
  readonly id: EntryId | null;
  readonly at: string;
  readonly novelty?: number;
}

export interface CognitionDeps {
  readonly self: PublicKey;
  readonly replica: Pick<Replica, "append" | "subscribe" | "isVisible">;
  readonly store: Pick<Store, "get" | "children" | "recent" | "countsByKind" | "ofTask">;
  readonly recall: Pick<RecallService, "search" | "known">;
  /** Null where no model is configured: thoughts are then made of quotations. */
  readonly model: ChatModel | null;
  readonly wall: Pick<Wall, "cross">;
  /** May distilled claims from entries of this label be published? The commander's choice; the wall checks it again. */
  readonly mayShare: (from: Label) => boolean;
  /** 0 to 1. */
  readonly trustOf: (author: PublicKey) => number;
  /** Tasks are being worked on: idle thinking waits. */
  readonly busy: () => boolean;
  readonly settings: CognitionSettings;
  readonly publish: (event: CognitionEvent, label: Label) => void;
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}
