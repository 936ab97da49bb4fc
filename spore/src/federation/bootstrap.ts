/**
 * Finding the network at the start: lists of seeds from several places, a few of them joined, the rest left to gossip.
 *
 * Runs beside everything else; a spore that finds nobody works on alone and tries again, ever more rarely.
 *
 * Invariants:
 * 1. Every source is asked in each round, so one that is down, stale or in bad hands does not decide alone; the last
 *    list that a round found is kept for the day on which none answers.
 * 2. A seed counts as joined only if the operator named in the list stands behind it.
 * 3. At most SEEDS_AT_ONCE seeds are called in a round, and none once SEEDS_ENOUGH have been joined.
 */
import type { BootstrapSeed } from "@synapse/shared/contract/bootstrap.ts";
import { seedUrlKey } from "@synapse/shared/contract/bootstrap.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { Result } from "@synapse/shared/result.ts";
import type { Joined, JoinFailure, JoinTarget } from "./join-client.ts";
import { mergeSeeds, pickSeeds, readSeedList } from "./seed-list.ts";

export interface SeedSource {
  /** URL or path, for people. */
  readonly name: string;
  /** On the own machine: it may name seeds that are called over plain http. */
  readonly isLocal: boolean;
  /** The text, or in plain words why there is none. */
  read(): Promise<Result<string, string>>;
}

export interface BootstrapDeps {
  readonly network: string;
  readonly sources: readonly SeedSource[];
  /** The list that was found last, kept across restarts. */
  readonly lastGood: { load(): Promise<string | null>; save(text: string): Promise<void> };
  readonly join: (target: JoinTarget) => Promise<Result<Joined, JoinFailure>>;
  readonly onJoined: (seed: BootstrapSeed, joined: Joined) => void;
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
  readonly now: () => number;
  readonly random: () => number;
  /** Runs the function after the delay, ms; the result cancels. */
  readonly later: (delayMs: number, run: () => void) => () => void;
}

export interface SourceStatus {
  readonly source: string;
  readonly state: "waiting" | "read" | "failed";
  readonly detail: string;
  readonly seeds: number;
  readonly at: string | null;
}

export interface SeedStatus {
  readonly url: string;
  readonly operator: PublicKey;
  readonly state: "waiting" | "joined" | "self" | "refused" | "unreachable";
  readonly reason: string | null;
  readonly tier: string | null;
  readonly attempts: number;
  readonly at: string | null;
}

interface SeedRecord {
  readonly seed: BootstrapSeed;
  readonly status: Omit<SeedStatus, "url" | "operator">;
  readonly retryAt: number;
}

const SEEDS_AT_ONCE = 6;
/** From this many on, gossip knows more than any list. */
const SEEDS_ENOUGH = 3;
const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 15 * 60_000;
/** A list changes by pull requests: a few times a day at most. */
const REFRESH_MS = 6 * 60 * 60_000;
/** A seed that said no is asked again when its reason may have gone. */
const REFUSED_RETRY_MS = 60 * 60_000;

export type BootstrapLoop = ReturnType<typeof createBootstrap>;

export function createBootstrap(deps: BootstrapDeps) {
  const { now, random } = deps;
  const sources = new Map<string, SourceStatus>(
    deps.sources.map(({ name }) => [
      name,
      { source: name, state: "waiting", detail: "not read yet", seeds: 0, at: null },
    ]),
  );
  const records = new Map<string, SeedRecord>();
  let failures = 0;
  let stopped = false;
  let cancel: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();

  const instant = () => new Date(now()).toISOString();

  async function readSource(source: SeedSource): Promise<readonly BootstrapSeed[] | null> {
    const text = await source.read();
    const list = text.ok ? readSeedList(text.value, deps.network, source.isLocal) : text;
    sources.set(source.name, {
      source: source.name,
      state: list.ok ? "read" : "failed",
      detail: list.ok ? "as it should be" : list.error,
      seeds: list.ok ? list.value.length : 0,
      at: instant(),
    });
    return list.ok ? list.value : null;
  }

  async function readSources(): Promise<readonly BootstrapSeed[]> {
    const lists = (await Promise.all(deps.sources.map(readSource))).filter((list) => list !== null);
    if (lists.length > 0) {
      const merged = mergeSeeds(lists);
      if (merged.length > 0)
        await deps.lastGood.save(JSON.stringify({ version: 1, network: deps.network, seeds: merged }));
      return merged;
    }
    const text = await deps.lastGood.load();
    const kept = text === null ? null : readSeedList(text, deps.network, true);
    return kept?.ok ? kept.value : [];
  }

  function recordOf(seed: BootstrapSeed): SeedRecord {
    const key = seedUrlKey(seed.url);
    const held = records.get(key);
    if (held?.seed.operator === seed.operator) return held;
    const status = { state: "waiting" as const, reason: null, tier: null, attempts: 0, at: null };
    const fresh: SeedRecord = { seed, status, retryAt: 0 };
    records.set(key, fresh);
    return fresh;
  }

  async function joinSeed({ seed, status }: SeedRecord): Promise<void> {
    const result = await deps.join({ url: seed.url, operator: seed.operator });
    const attempts = status.attempts + 1;
    const key = seedUrlKey(seed.url);
    const base = { attempts, at: instant(), tier: null, reason: null };
    if (result.ok) {
      const { tier } = result.value;
      records.set(key, {
        seed,
        status: { ...base, state: "joined", tier },
        retryAt: Number.POSITIVE_INFINITY,
      });
      deps.onJoined(seed, result.value);
      return;
    }
    const { kind, message, retryable } = result.error;
    if (kind === "self") {
      records.set(key, { seed, status: { ...base, state: "self" }, retryAt: Number.POSITIVE_INFINITY });
      return;
    }
    const state = kind === "unreachable" ? "unreachable" : "refused";
    const delay = retryable ? backoff(attempts - 1) : REFUSED_RETRY_MS;
    records.set(key, { seed, status: { ...base, state, reason: message }, retryAt: now() + spread(delay) });
    deps.log("a seed was not joined", { url: seed.url, reason: message });
  }

  const spread = (ms: number) => ms * (0.5 + random());
  const backoff = (attempt: number) => Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(attempt, 20));
  const joined = () => [...records.values()].filter(({ status }) => status.state === "joined").length;

  async function round(): Promise<void> {
    const seeds = await readSources();
    const listed = new Set(seeds.map(({ url }) => seedUrlKey(url)));
    for (const key of records.keys()) if (!listed.has(key)) records.delete(key);
    const due = seeds.filter((seed) => recordOf(seed).retryAt <= now());
    if (joined() < SEEDS_ENOUGH)
      await Promise.all(pickSeeds(due, SEEDS_AT_ONCE, random).map((seed) => joinSeed(recordOf(seed))));
    // Content: as many as are enough, or all there are. Otherwise sooner again.
    const open = [...records.values()].filter(({ status }) => !["joined", "self"].includes(status.state));
    const isContent =
      [...sources.values()].some(({ state }) => state === "read") &&
      (joined() >= SEEDS_ENOUGH || open.length === 0);
    failures = isContent ? 0 : failures + 1;
    if (!stopped) cancel = deps.later(spread(isContent ? REFRESH_MS : backoff(failures - 1)), begin);
  }

  function begin(): void {
    running = round().catch((cause: unknown) => {
      // Only the own disk can fail here; the next round may find it well again.
      deps.log("looking for the network broke off", { cause: String(cause) });
      if (!stopped) cancel = deps.later(RETRY_MAX_MS, begin);
    });
  }

  return {
    start(): void {
      if (deps.sources.length > 0) begin();
    },
    async stop(): Promise<void> {
      stopped = true;
      cancel();
      await running;
    },
    status: (): { readonly sources: readonly SourceStatus[]; readonly seeds: readonly SeedStatus[] } => ({
      sources: [...sources.values()],
      seeds: [...records.values()].map(({ seed, status }) => ({
        url: seed.url,
        operator: seed.operator,
        ...status,
      })),
    }),
  };
}
