/** What a mechanism is and what was measured of it, as this page reads and says it. Pure. */
import { z } from "zod";
import { formatCount } from "@/lib/format.ts";
import { opt, text } from "@/lib/lenient.ts";

const effectSchema = z.looseObject({
  value: z.number(),
  low: z.number(),
  high: z.number(),
  unit: z.enum(["share", "count"]),
  measure: z.string(),
  n: z.number(),
  counted: z.string(),
  arm: z.string(),
  measured_on: z.string(),
});
export type Effect = z.infer<typeof effectSchema>;

export const mechanismSchema = z.looseObject({
  name: z.string(),
  enabled: opt(z.boolean()),
  meaning: text,
  setting: text,
  ships: opt(z.boolean()),
  /** What `bun run eval` measured of it; a spore of an older version does not say. */
  effect: opt(effectSchema),
  effect_missing: text,
});
export type Mechanism = z.infer<typeof mechanismSchema>;

export interface EffectWords {
  /** `+1.8 points`; counts stand alone: `+3.2`. */
  readonly figure: string;
  readonly interval: string;
  readonly counted: string;
}

/** Below this a figure needs a second digit, or it would read as nothing. */
const SMALL = 0.1;

/** One number of digits for all three, so that they can be compared at a glance. */
export function toEffectWords({ value, low, high, unit, n, counted }: Effect): EffectWords {
  const scaled = [value, low, high].map((one) => (unit === "share" ? one * 100 : one));
  const digits = scaled.some((one) => Math.abs(one) < SMALL) ? 2 : 1;
  const [figure, from, to] = scaled.map((one) => signed(one, digits));
  return {
    figure: unit === "share" ? `${figure} points` : String(figure),
    interval: `[${from}, ${to}]`,
    counted: `${formatCount(n)} ${counted}`,
  };
}

function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value > 0 ? "+" : "−"}${text}`;
}

/** Whether it is on where nobody chose, and why; null where its spore does not say. */
export function shipsBecause({ ships, effect, effect_missing }: Mechanism): string | null {
  if (ships == null) return null;
  const how = ships ? "Ships on" : "Ships off";
  if (effect == null) return effect_missing == null ? null : how;
  if (effect.low > 0) return `${how}: the whole interval lies above zero`;
  if (effect.high < 0) return `${how}: the whole interval lies below zero, it does harm`;
  return `${how}: the interval does not clear zero`;
}

/** That a commander decided otherwise, or null. */
export function chosenHere({ ships, enabled }: Mechanism): string | null {
  if (ships == null || enabled == null || ships === enabled) return null;
  return `Switched ${enabled ? "on" : "off"} here by its commander`;
}
