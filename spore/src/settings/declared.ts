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

export type Declaration = NumberSetting | SwitchSetting | ChoiceSetting;

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
