/** The budget of the reasoning loop, in one place. */

export interface ReasoningLimits {
  /** A posterior from which blind answers need no debate. */
  readonly agreedPosterior: number;
  /** A posterior below which a task ends unresolved: the best partial answer with its dissent. */
  readonly acceptedPosterior: number;
  /** Cycles in all: one blind, the rest debate. */
  readonly cyclesMax: number;
  /** How long a cycle waits for spores that have not spoken, ms after the first one did. */
  readonly cycleDeadlineMs: number;
  /** How long the next synthesiser in line waits for the one before, ms. */
  readonly synthesisDeadlineMs: number;
  /** How long an answer waits for another spore to check it, ms. */
  readonly validationDeadlineMs: number;
  /** Tasks worked on at the same time by one spore. */
  readonly concurrentTasks: number;
  /** debate: blind round, then rounds of debate; vote: the blind round decides; solo: this spore waits for nobody. */
  readonly protocol: Protocol;
  /** Whether a premature agreement may be left once more (quantum/tunneling.ts). */
  readonly tunnelling: boolean;
}

export const PROTOCOLS = ["debate", "vote", "solo"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export const DEFAULT_LIMITS: ReasoningLimits = {
  agreedPosterior: 0.75,
  // Below .5 on purpose: "none of these" always holds a share, and copies of one voice that differ prove little, yet
  // the best answer with its dissent is worth more than silence. It still must lead both.
  acceptedPosterior: 0.4,
  cyclesMax: 4,
  cycleDeadlineMs: 45_000,
  synthesisDeadlineMs: 20_000,
  validationDeadlineMs: 10_000,
  concurrentTasks: 5,
  protocol: "debate",
  tunnelling: false,
};

/**
 * From this cycle on a model is also shown what strangers remember, where the best hit is one's own: what the
 * swarm can answer from what it knows itself, nobody outside can spoil. Where nothing of its own is about it they are heard
 * from the first cycle, and where nobody found anything to say from the second. Measured: `bun run eval memory`.
 */
export const OUTSIDE_FROM_CYCLE = 3;
