/**
 * A place where a swarm can live, as the commands see it. One implementation for each target; all of them pass the same
 * acceptance suite.
 */

export interface PlanView {
  /** What has to be mended before anything is begun. */
  readonly obstacles: readonly string[];
  readonly steps: readonly { readonly kind: string; readonly text: string }[];
  /** What should be known before it is done: what it costs, what was understood how. */
  readonly notices?: readonly string[];
  /** Everything that would be put into each place, for a plan of something hosted. */
  readonly places?: readonly PlacePlan[];
}

export interface PlacePlan {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Their names; values are never shown. */
  readonly secrets: readonly string[];
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

export interface PartStatus {
  readonly name: string;
  readonly role: string | null;
  readonly url: string;
  readonly pid: number | null;
  readonly healthy: boolean;
  /** Why it is not healthy, else what it is doing. */
  readonly detail: string;
}

export interface SwarmStatus {
  readonly target: string;
  readonly running: boolean;
  readonly startedAt: string | null;
  readonly parts: readonly PartStatus[];
}

export interface LogsRequest {
  /** Only these parts; empty for all. */
  readonly names: readonly string[];
  readonly lines: number;
  readonly follow: boolean;
}

/** Exit codes: 0 done, 1 failed; the reasons were said through the output. */
export interface Platform {
  plan(): Promise<PlanView>;
  /** Brings the swarm up; a local one is stayed with until it is stopped. */
  up(): Promise<number>;
  status(): Promise<SwarmStatus>;
  logs(request: LogsRequest): Promise<number>;
  /** Stops what runs; everything remembered stays. */
  down(): Promise<number>;
  /** What `destroy` would remove for good, for the question that comes before it; null where that could not be seen. */
  destruction(): Promise<readonly string[] | null>;
  destroy(): Promise<number>;
}
