/** A chain of models for tests: real adapters over real sockets or a handed-in fetch, a clock that the test moves. */
import type { BudgetLimits } from "@synapse/spore/llm/budget.ts";
import { createModelChain } from "@synapse/spore/llm/chain.ts";
import type { ChainStore } from "@synapse/spore/llm/chain-state.ts";
import type { Clock } from "@synapse/spore/llm/clock.ts";
import type { Fetch } from "@synapse/spore/llm/limited-fetch.ts";
import type { ModelServer } from "@synapse/spore/llm/model-server.ts";
import { modelSettingsFrom } from "@synapse/spore/llm/settings.ts";

export const UNLIMITED: BudgetLimits = {
  callsPerDay: Number.MAX_SAFE_INTEGER,
  tokensPerDay: Number.MAX_SAFE_INTEGER,
  usdPerDay: Number.MAX_SAFE_INTEGER,
  callsPerTask: Number.MAX_SAFE_INTEGER,
  tokensPerTask: Number.MAX_SAFE_INTEGER,
  usdPerTask: Number.MAX_SAFE_INTEGER,
};

export interface ManualClock extends Clock {
  /** Moves time on; what falls due runs in order. */
  pass(ms: number): void;
  /** ms since the epoch of what is due next, or null. */
  next(): number | null;
}

export function createManualClock(startMs: number): ManualClock {
  let now = startMs;
  let serial = 0;
  const timers = new Map<number, { at: number; run: () => void }>();
  const first = () => {
    let found: [number, { at: number; run: () => void }] | null = null;
    for (const entry of timers) if (found === null || entry[1].at < found[1].at) found = entry;
    return found;
  };
  return {
    now: () => now,
    after(ms, run) {
      const id = serial++;
      timers.set(id, { at: now + ms, run });
      return () => timers.delete(id);
    },
    next: () => first()?.[1].at ?? null,
    pass(ms) {
      const end = now + ms;
      for (let due = first(); due !== null && due[1].at <= end; due = first()) {
        timers.delete(due[0]);
        now = Math.max(now, due[1].at);
        due[1].run();
      }
      now = end;
    },
  };
}

export interface ChainOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly fetch?: Fetch;
  readonly clock?: ManualClock;
  readonly seat?: number;
  readonly budget?: Partial<BudgetLimits>;
  readonly store?: ChainStore;
  readonly cortex?: ModelServer;
  readonly random?: () => number;
}

export async function startChain(options: ChainOptions) {
  const settings = modelSettingsFrom({
    CORTEX_BACKEND: "off",
    LLM_DETECT_LOCAL: "0",
    ...options.environment,
  });
  if (!settings.ok) throw new Error(settings.error);
  const clock = options.clock ?? createManualClock(Date.UTC(2026, 10, 26, 12));
  const warnings: string[] = [];
  const chain = await createModelChain(settings.value, {
    fetch: options.fetch ?? fetch,
    clock,
    random: options.random ?? (() => 0.5),
    seat: options.seat ?? 0,
    budget: () => ({ ...UNLIMITED, ...options.budget }),
    store: options.store ?? null,
    cortex: options.cortex ?? null,
    warn: (message) => warnings.push(message),
  });
  return { chain, clock, warnings };
}
