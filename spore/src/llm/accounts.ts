/**
 * What was asked of whom and what it cost: the figures behind `/api/providers`, events, history and the cost panels.
 *
 * Counts are since the start; what was spent by day is the budget's, which survives restarts.
 */
import type { ChatFailure, ChatPurpose, ChatReply } from "./provider.ts";

export type ProviderState = "ready" | "untried" | "limited" | "failing" | "off";

export interface ProviderEvent {
  readonly id: string;
  readonly state: ProviderState;
  /** Why it is not ready, in this project's own words; null when it is. */
  readonly reason: string | null;
  /** When it can be asked again, ISO 8601; null where nobody knows, or when it is ready. */
  readonly until: string | null;
}

export interface Account {
  state: ProviderState;
  reason: string | null;
  calls: number;
  failures: number;
  tokensIn: number;
  tokensOut: number;
  usd: number;
  /** Over successful calls. */
  latencyMsTotal: number;
  /** Models that answered, most recent first. */
  models: readonly string[];
}

/** How one request was served: who answered, who was tried before, who was not asked and why. */
export interface AnswerRecord {
  readonly at: number;
  readonly purpose: ChatPurpose;
  readonly task: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly usd: number | null;
  readonly latencyMs: number;
  readonly attempts: readonly {
    readonly provider: string;
    readonly model: string;
    readonly outcome: "answered" | ChatFailure["kind"];
  }[];
  readonly skipped: readonly {
    readonly provider: string;
    readonly model: string;
    readonly reason: string;
    readonly until: number | null;
  }[];
}

/** Enough to show what a provider has; a router lists hundreds. */
const MODELS_SHOWN_MAX = 20;
/** Requests whose story is kept: what a person looks at when an answer came from an unexpected place. */
const RECENT_MAX = 50;

export type Accounts = ReturnType<typeof createAccounts>;

export function createAccounts() {
  const accounts = new Map<string, Account>();
  const listeners = new Set<(event: ProviderEvent) => void>();
  const recent: AnswerRecord[] = [];

  function of(id: string): Account {
    const known = accounts.get(id);
    if (known !== undefined) return known;
    const fresh: Account = {
      state: "untried",
      reason: null,
      calls: 0,
      failures: 0,
      tokensIn: 0,
      tokensOut: 0,
      usd: 0,
      latencyMsTotal: 0,
      models: [],
    };
    accounts.set(id, fresh);
    return fresh;
  }

  return {
    of: (id: string): Readonly<Account> => of(id),
    all: (): Iterable<readonly [string, Readonly<Account>]> => accounts.entries(),
    recent: (): readonly AnswerRecord[] => recent,
    recentLatencyMs(): number | null {
      const answered = recent.filter(({ provider }) => provider !== null);
      if (answered.length === 0) return null;
      return answered.reduce((sum, { latencyMs }) => sum + latencyMs, 0) / answered.length;
    },

    succeeded(id: string, reply: ChatReply): void {
      const account = of(id);
      account.calls += 1;
      account.tokensIn += reply.tokensIn;
      account.tokensOut += reply.tokensOut;
      account.usd += reply.costUsd ?? 0;
      account.latencyMsTotal += reply.latencyMs;
      account.models = [...new Set([reply.model, ...account.models])].slice(0, MODELS_SHOWN_MAX);
    },

    failed(id: string): void {
      const account = of(id);
      account.calls += 1;
      account.failures += 1;
    },

    /** Says so to whoever listens, once for each change. */
    move(id: string, state: ProviderState, reason: string | null, until: number | null): void {
      const account = of(id);
      if (account.state === state && account.reason === reason) return;
      account.state = state;
      account.reason = reason;
      const event = { id, state, reason, until: until === null ? null : new Date(until).toISOString() };
      for (const listener of listeners) listener(event);
    },

    served(record: AnswerRecord): void {
      recent.unshift(record);
      if (recent.length > RECENT_MAX) recent.pop();
    },

    subscribe(listener: (event: ProviderEvent) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
