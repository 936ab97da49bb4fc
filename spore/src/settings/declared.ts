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
