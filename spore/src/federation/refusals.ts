/** The last refusals, by this spore or of it: so that "why am I alone?" has an answer in `/api/federation/status`. */

export interface Refusal {
  readonly by: "us" | "them";
  /** URL, key or name of the other side. */
  readonly peer: string;
  readonly code: string;
  readonly message: string;
}

export interface RecordedRefusal extends Refusal {
  readonly at: string;
  /** How often the same happened. */
  readonly times: number;
}

/** Enough to see a pattern; strangers cannot make it grow. */
const REFUSALS_KEPT = 50;

export function createRefusals(now: () => number) {
  const kept = new Map<string, RecordedRefusal>();
  return {
    record(refusal: Refusal): void {
      const name = `${refusal.by} ${refusal.peer} ${refusal.code}`;
      const times = (kept.get(name)?.times ?? 0) + 1;
      kept.delete(name);
      kept.set(name, { ...refusal, at: new Date(now()).toISOString(), times });
      if (kept.size <= REFUSALS_KEPT) return;
      for (const oldest of kept.keys()) {
        kept.delete(oldest);
        break;
      }
    },
    /** Newest first. */
    list: (): RecordedRefusal[] => [...kept.values()].reverse(),
  };
}
