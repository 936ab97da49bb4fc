/**
 * Every setting that a commander, or a proposal a commander approved, may change while a spore runs: what it means,
 * its default and its bounds, all in one place.
 *
 * What must be known before the spore runs (addresses, keys, paths) is read from the environment instead (config.ts).
 * To add a setting, add a line here and read it with `settings.get` where the parts are joined.
 */

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
    max: 10,
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
    default: true,
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
  "quantum.decoherence": {
    type: "boolean",
    title: "Older memories rank lower in recall",
    default: true,
  },
  "wall.share_from": {
    type: "choice",
    title:
      "The most restricted memories from which distilled claims may be published: nothing, public (only what was public already), cluster, private",
    default: "public",
    choices: ["nothing", "public", "cluster", "private"],
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
