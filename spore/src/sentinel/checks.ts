/**
 * What healthy means, and which change of which setting may bring it back. Pure.
 *
 * A rule is data: a signal, when it is bad, one setting with a step, and the success that the change must show. Nothing
 * but declared settings can be named here, so nothing but they can ever be proposed for a running spore.
 */
import type { SignalName, SignalState, Signals } from "./signals.ts";

export type Scalar = number | string | boolean;

/** What a rule may know of a setting. */
export interface SettingView {
  readonly value: Scalar;
  readonly min?: number;
  readonly max?: number;
}

export interface Success {
  readonly signal: SignalName;
  readonly direction: "falls" | "rises";
  /** By at least this much, in the signal's unit. */
  readonly by: number;
}

export interface Suggestion {
  readonly rule: string;
  readonly signal: SignalName;
  readonly observation: string;
  readonly hypothesis: string;
  readonly setting: string;
  readonly from: Scalar;
  readonly to: Scalar;
  readonly success: Success;
  readonly risk: "low" | "medium" | "high";
}

interface Rule {
  readonly name: string;
  readonly signal: SignalName;
  readonly isBad: (state: SignalState) => boolean;
  readonly setting: string;
  readonly step: (value: number) => number;
  readonly success: (state: SignalState) => Omit<Success, "signal">;
  readonly hypothesis: string;
  readonly risk: Suggestion["risk"];
}

const isAbove = (limit: number) => (state: SignalState) =>
  state.state !== "unmeasured" && state.state !== "learning" && (state.value ?? 0) > limit;
const isDrifting = ({ state }: SignalState) => state === "drifting";
/** A process warms up after a start, and that is drift too; growth by a third is not warming up. */
const isGrowing = (signal: SignalState) =>
  isDrifting(signal) && (signal.value ?? 0) > GROWTH * (signal.mean ?? Number.POSITIVE_INFINITY);
const GROWTH = 1.33;

const RULES: readonly Rule[] = [
  {
    name: "too many tasks end without agreement",
    signal: "unresolved_share",
    isBad: isAbove(0.5),
    setting: "reasoning.cycles_max",
    step: (value) => value + 1,
    success: () => ({ direction: "falls", by: 0.1 }),
    hypothesis: "One more round of debate lets more tasks reach an answer.",
    risk: "low",
  },
  {
    name: "answers take longer than they used to",
    signal: "answer_seconds",
    isBad: isDrifting,
    setting: "reasoning.cycles_max",
    step: (value) => Math.max(2, value - 1),
    success: ({ mean, value }) => ({ direction: "falls", by: Math.abs((value ?? 0) - (mean ?? 0)) / 2 }),
    hypothesis: "One round of debate less shortens answers; what the last round added is small.",
    risk: "medium",
  },
  {
    name: "confidence sinks",
    signal: "confidence",
    isBad: isDrifting,
    setting: "reasoning.agreed_posterior",
    step: (value) => Math.round((value + 0.05) * 100) / 100,
    success: ({ mean, value }) => ({ direction: "rises", by: Math.abs((mean ?? 0) - (value ?? 0)) / 2 }),
    hypothesis: "A higher bar before blind answers skip the debate makes answers firmer.",
    risk: "low",
  },
  {
    name: "agreement sinks",
    signal: "agreement",
    isBad: isDrifting,
    setting: "reasoning.cycles_max",
    step: (value) => value + 1,
    success: ({ mean, value }) => ({ direction: "rises", by: Math.abs((mean ?? 0) - (value ?? 0)) / 2 }),
    hypothesis: "One more round of debate brings positions closer.",
    risk: "low",
  },
  {
    name: "models refuse or fail",
    signal: "provider_failures",
    isBad: isAbove(0.5),
    setting: "reasoning.concurrent_tasks",
    step: (value) => Math.max(1, Math.floor(value / 2)),
    success: () => ({ direction: "falls", by: 0.1 }),
    hypothesis: "Fewer tasks at the same time stay within the providers' limits.",
    risk: "low",
  },
  {
    name: "the process grows",
    signal: "memory",
    isBad: isGrowing,
    setting: "cognition.seconds_per_hour",
    step: (value) => Math.floor(value / 2),
    success: ({ deviation }) => ({ direction: "falls", by: deviation ?? 1 }),
    hypothesis: "Less idle thinking leaves less behind in memory.",
    risk: "low",
  },
];

/** What could be proposed now, the worst drift first; a step that would leave the setting's bounds is not. */
export function suggest(signals: Signals, settingOf: (name: string) => SettingView | null): Suggestion[] {
  return RULES.map((rule) => ({ rule, state: signals.state(rule.signal) }))
    .filter(({ rule, state }) => rule.isBad(state))
    .sort((a, b) => (b.state.drift ?? 0) - (a.state.drift ?? 0))
    .flatMap(({ rule, state }) => suggestion(rule, state, settingOf(rule.setting)) ?? []);
}

function suggestion(rule: Rule, state: SignalState, setting: SettingView | null): Suggestion | null {
  if (setting === null || typeof setting.value !== "number") return null;
  const to = rule.step(setting.value);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = setting;
  if (to === setting.value || to < min || to > max) return null;
  return {
    rule: rule.name,
    signal: rule.signal,
    observation: observationOf(rule, state),
    hypothesis: rule.hypothesis,
    setting: rule.setting,
    from: setting.value,
    to,
    success: { signal: rule.signal, ...rule.success(state) },
    risk: rule.risk,
  };
}

function observationOf(
  { name, signal }: Rule,
  { value, mean, deviation, drift, samples }: SignalState,
): string {
  const figure = (one: number | null) => (one === null ? "unknown" : String(Math.round(one * 1_000) / 1_000));
  return `${name}: ${signal} is ${figure(value)}, its mean over ${samples} looks ${figure(mean)}, deviation ${figure(deviation)}, drift ${figure(drift)} σ.`;
}

/** Did the signal do what the change promised? Null while too little was seen. */
export function isSuccess(success: Success, before: number, after: number | null): boolean | null {
  if (after === null) return null;
  return success.direction === "falls" ? before - after >= success.by : after - before >= success.by;
}
