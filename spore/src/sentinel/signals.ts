/**
 * What the Sentinel watches, and when a signal drifts. Pure.
 *
 * Each signal is a series of samples. It drifts when the mean of its last samples lies more than two standard
 * deviations from the mean of those before, on the bad side (a Shewhart chart; 2σ kept from the earlier system). A
 * signal without enough history says so, and one that cannot be measured is absent, never zero.
 */
export const SIGNALS = {
  unresolved_share: { title: "Tasks that ended without agreement", unit: "share", worse: "up" },
  agreement: {
    title: "Posterior of the leading answer at the end of a task",
    unit: "probability",
    worse: "down",
  },
  answer_seconds: { title: "From question to answer", unit: "s", worse: "up" },
  confidence: { title: "Confidence of the last answers", unit: "probability", worse: "down" },
  provider_failures: { title: "Model calls that failed", unit: "share", worse: "up" },
  gossip_lag: { title: "Median age of rumours at arrival", unit: "ms", worse: "up" },
  gossip_failures: { title: "Calls to peers that failed since the last look", unit: "calls", worse: "up" },
  peers: { title: "Peers exchanged with lately", unit: "spores", worse: "down" },
  recall_lag: { title: "Entries not yet in the recall index", unit: "entries", worse: "up" },
  memory: { title: "Resident memory of the process", unit: "MiB", worse: "up" },
} as const;

export type SignalName = keyof typeof SIGNALS;
export type Readings = Readonly<Record<SignalName, number | null>>;

export interface Sample {
  readonly at: number;
  readonly value: number;
}

export interface SignalState {
  readonly signal: SignalName;
  readonly value: number | null;
  readonly mean: number | null;
  readonly deviation: number | null;
  /** Distance of the last samples from the mean, in standard deviations; positive on the bad side. */
  readonly drift: number | null;
  readonly samples: number;
  readonly state: "steady" | "drifting" | "learning" | "unmeasured";
}

/** A day of looks every two minutes. */
const SAMPLES_MAX = 720;
/** Fewer samples have no deviation worth the name. */
export const HISTORY_MIN = 20;
/** The last samples, whose mean is compared: one outlier is no drift. */
export const RECENT = 3;
const DRIFT_SIGMA = 2;
/** A series that never moved has no deviation: a change of less than this share of its mean is none. */
const DEVIATION_FLOOR_SHARE = 0.02;

export class Signals {
  readonly #series = new Map<SignalName, Sample[]>();

  sample(readings: Readings, at: number): void {
    for (const name of Object.keys(SIGNALS) as SignalName[]) {
      const value = readings[name];
      if (value === null || !Number.isFinite(value)) continue;
      const series = this.#series.get(name) ?? [];
      series.push({ at, value });
      if (series.length > SAMPLES_MAX) series.shift();
      this.#series.set(name, series);
    }
  }

  state(signal: SignalName): SignalState {
    const series = this.#series.get(signal) ?? [];
    const value = series.at(-1)?.value ?? null;
    const before = series.slice(0, -RECENT).map((sample) => sample.value);
    const none = { signal, value, mean: null, deviation: null, drift: null, samples: series.length };
    if (value === null) return { ...none, state: "unmeasured" };
    if (before.length < HISTORY_MIN) return { ...none, state: "learning" };
    const mean = meanOf(before);
    const spread = Math.sqrt(meanOf(before.map((one) => (one - mean) ** 2)));
    const deviation = Math.max(spread, Math.abs(mean) * DEVIATION_FLOOR_SHARE, Number.EPSILON);
    const recent = meanOf(series.slice(-RECENT).map((sample) => sample.value));
    const sign = SIGNALS[signal].worse === "up" ? 1 : -1;
    const drift = (sign * (recent - mean)) / deviation;
    return { ...none, mean, deviation, drift, state: drift > DRIFT_SIGMA ? "drifting" : "steady" };
  }

  all(): SignalState[] {
    return (Object.keys(SIGNALS) as SignalName[]).map((name) => this.state(name));
  }

  /** Mean over a span of time, or null where fewer than `RECENT` samples fall into it. */
  meanBetween(signal: SignalName, from: number, to: number): number | null {
    const values = (this.#series.get(signal) ?? [])
      .filter(({ at }) => at >= from && at <= to)
      .map(({ value }) => value);
    return values.length < RECENT ? null : meanOf(values);
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
