/**
 * Every setting that a commander, or a proposal a commander approved, may change while a spore runs: what it means,
 * its default and its bounds, all in one place.
 *
 * What must be known before the spore runs (addresses, keys, paths) is read from the environment instead (config.ts).
 * To add a setting, add a line here and read it with `settings.get` where the parts are joined.
 */
import { CYCLES_MAX } from "@synapse/shared/contract/entry.ts";

interface Described {
  /** Plain words: what changes when it changes. */
  readonly title: string;
}

export interface NumberSetting extends Described {
  readonly type: "number" | "integer";
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

export interface SwitchSetting extends Described {
  readonly type: "boolean";
  readonly default: boolean;
}

export interface ChoiceSetting<T extends string = string> extends Described {
  readonly type: "choice";
  readonly default: T;
  readonly choices: readonly T[];
}

export interface TextSetting extends Described {
  readonly type: "text";
  readonly default: string;
  readonly charsMax: number;
}

export type Declaration = NumberSetting | SwitchSetting | ChoiceSetting | TextSetting;

export const DECLARED = {
  "reasoning.cycles_max": {
    type: "integer",
    title: "Rounds of reasoning on one task: one blind, the rest debate",
    default: 4,
    min: 1,
    max: CYCLES_MAX,
    unit: "rounds",
  },
  "reasoning.agreed_posterior": {
    type: "number",
    title: "Posterior from which blind answers need no debate",
    default: 0.75,
    min: 0.5,
    max: 0.99,
    unit: "probability",
  },
  "reasoning.concurrent_tasks": {
    type: "integer",
    title: "Tasks this spore works on at the same time",
    default: 5,
    min: 1,
    max: 50,
    unit: "tasks",
  },
  "reasoning.protocol": {
    type: "choice",
    title: "How a task is worked on: blind round and debate, the blind round alone, or this spore by itself",
    default: "debate",
    choices: ["debate", "vote", "solo"],
  },
  "reasoning.protocol_text": {
    type: "text",
    title: "Steps by which this spore's model is asked to reason; empty: the usual five",
    default: "",
    charsMax: 4_000,
  },
  "reasoning.accepted_posterior": {
    type: "number",
    title: "Posterior below which a task ends unresolved",
    default: 0.4,
    min: 0,
    max: 0.95,
    unit: "probability",
  },
  "trust.probes_per_day": {
    type: "integer",
    title: "Secret questions with known answers that this spore mixes in among its commander's spores",
    default: 6,
    min: 0,
    max: 200,
    unit: "questions a day",
  },
  "quantum.annealing": {
    type: "boolean",
    title: "Sampling temperature falls over the cycles of a task; off: it stays at its cold value",
    default: false,
  },
  "quantum.exploration": {
    type: "boolean",
    title: "While a task is hot, part of recall looks beyond the best hits",
    default: false,
  },
  "quantum.superposition": {
    type: "boolean",
    title: "Prompts of the debate show the distribution over the answers in the running",
    default: true,
  },
  "quantum.interference": {
    type: "boolean",
    title: "Agreement amplifies a voice's weight, isolation damps it",
    default: false,
  },
  "quantum.tunnelling": {
    type: "boolean",
    title: "A premature agreement may be left once for another blind look",
    default: false,
  },
  "quantum.entanglement": {
    type: "boolean",
    title: "Voices that were seen to err together share their vote",
    default: true,
  },
  "quantum.entanglement_prior": {
    type: "boolean",
    title: "Voices that are right together lend each other part of their good record",
    default: false,
  },
  "quantum.decoherence": {
    type: "boolean",
    title: "Older memories rank lower in recall",
    default: true,
  },
  "quantum.decoherence_corroboration": {
    type: "boolean",
    title: "What several operators say in the same words fades more slowly",
    default: false,
  },
  "cognition.enabled": {
    type: "boolean",
    title: "Think unasked while idle: free thoughts, dreams, audits; off, the spore only answers",
    default: true,
  },
  "cognition.tick_s": {
    type: "integer",
    title: "Seconds between two ticks of the oscillator; slower bands run every 3, 5, 10 and 25 ticks",
    default: 20,
    min: 1,
    max: 600,
    unit: "s",
  },
  "cognition.idle_s": {
    type: "integer",
    title: "How long nothing must have been asked before the mind wanders",
    default: 100,
    min: 1,
    max: 86_400,
    unit: "s",
  },
  "cognition.tokens_per_hour": {
    type: "integer",
    title: "Model tokens that idle thinking may use in an hour; 0: quotations and links only",
    default: 20_000,
    min: 0,
    max: 10_000_000,
    unit: "tokens",
  },
  "cognition.seconds_per_hour": {
    type: "integer",
    title: "Seconds of running that idle thinking may take in an hour",
    default: 600,
    min: 0,
    max: 3_600,
    unit: "s",
  },
  "cognition.price_per_million": {
    type: "number",
    title: "What a million tokens cost; 0 where they are free",
    default: 0,
    min: 0,
    max: 1_000,
    unit: "money",
  },
  "cognition.spend_per_day": {
    type: "number",
    title: "What idle thinking may cost in a day, where tokens have a price",
    default: 0.1,
    min: 0,
    max: 1_000,
    unit: "money",
  },
  "cognition.share_max": {
    type: "number",
    title: "The most of all entries that may be thoughts",
    default: 0.05,
    min: 0,
    max: 0.05,
    unit: "share",
  },
  "cognition.questions_per_day": {
    type: "integer",
    title: "Questions a spore may ask itself in a day",
    default: 1,
    min: 0,
    max: 1,
    unit: "questions",
  },
  "cognition.free_thought": {
    type: "boolean",
    title: "Default mode network: link memories that belong together and were never used together",
    default: true,
  },
  "cognition.dream": {
    type: "boolean",
    title: "Dream replay: find contradictions, links and summaries among what was surprising",
    default: true,
  },
  "cognition.curiosity": {
    type: "boolean",
    title: "Bayesian curiosity orders what is thought about and asked next",
    default: true,
  },
  "cognition.metacognition": {
    type: "boolean",
    title: "Audit one's own calibration on graded answers, and ask about what is weakest",
    default: true,
  },
  "cognition.emergence": {
    type: "boolean",
    title: "Look for what several spores found without a common source",
    default: true,
  },
  "cognition.workspace": {
    type: "boolean",
    title: "Global workspace: broadcast one thought at a time and let it prime recall (no measured gain)",
    default: false,
  },
  "sentinel.enabled": {
    type: "boolean",
    title: "Watch the swarm and propose changes; nothing is applied without the commander",
    default: true,
  },
  "sentinel.interval_s": {
    type: "integer",
    title: "Seconds between two looks of the Sentinel; it learns for 23 looks before it judges",
    default: 120,
    min: 1,
    max: 3_600,
    unit: "s",
  },
  "sentinel.window_s": {
    type: "integer",
    title: "How long an approved change is watched before it is kept or rolled back",
    default: 1_800,
    min: 5,
    max: 86_400,
    unit: "s",
  },
  "wall.share_from": {
    type: "choice",
    title:
      "The most restricted memories from which distilled claims may be published: nothing, public (only what was public already), cluster, private",
    default: "public",
    choices: ["nothing", "public", "cluster", "private"],
  },
  "models.calls_per_day": {
    type: "integer",
    title: "Calls a day (UTC) to metered models",
    default: 10_000,
    min: 0,
    max: 1_000_000,
    unit: "calls",
  },
  "models.tokens_per_day": {
    type: "integer",
    title: "Tokens a day (UTC), in and out, of metered models",
    default: 20_000_000,
    min: 0,
    max: 10_000_000_000,
    unit: "tokens",
  },
  "models.usd_per_day": {
    type: "number",
    title: "Money a day (UTC) for models, by stated or list prices; 0 asks free ones only",
    default: 5,
    min: 0,
    max: 10_000,
    unit: "US dollars",
  },
  "models.calls_per_task": {
    type: "integer",
    title: "Calls to metered models that this spore makes for one task",
    default: 60,
    min: 0,
    max: 10_000,
    unit: "calls",
  },
  "models.tokens_per_task": {
    type: "integer",
    title: "Tokens of metered models that this spore uses for one task",
    default: 400_000,
    min: 0,
    max: 100_000_000,
    unit: "tokens",
  },
  "models.usd_per_task": {
    type: "number",
    title: "Money this spore spends on models for one task; 0 asks free ones only",
    default: 1,
    min: 0,
    max: 1_000,
    unit: "US dollars",
  },
} as const satisfies Readonly<Record<string, Declaration>>;

export type SettingKey = keyof typeof DECLARED;

/** What `settings.get` returns: a number, a switch, or one of the declared choices. */
export type SettingValue<K extends SettingKey> = (typeof DECLARED)[K] extends { readonly type: "boolean" }
  ? boolean
  : (typeof DECLARED)[K] extends { readonly choices: readonly (infer C)[] }
    ? C
    : (typeof DECLARED)[K] extends { readonly type: "text" }
      ? string
      : number;

/** @returns what is wrong with the value and what is expected, or null where it may be used. */
export function problemWith(declaration: Declaration, value: unknown): string | null {
  switch (declaration.type) {
    case "boolean":
      return typeof value === "boolean" ? null : "must be true or false";
    case "choice":
      return declaration.choices.includes(value as string)
        ? null
        : `must be one of ${declaration.choices.join(", ")}`;
    case "text":
      return typeof value === "string" && value.length <= declaration.charsMax
        ? null
        : `must be a text of at most ${declaration.charsMax} characters`;
    case "integer":
    case "number": {
      const { min, max, unit, type } = declaration;
      const fits =
        typeof value === "number" &&
        value >= min &&
        value <= max &&
        (type === "number" || Number.isInteger(value));
      return fits
        ? null
        : `must be a ${type === "integer" ? "whole number" : "number"} from ${min} to ${max} (${unit})`;
    }
  }
}
