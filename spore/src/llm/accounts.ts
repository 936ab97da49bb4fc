/**
 * What was spent and what failed, per provider: the figures behind `/api/providers`, events and the cost panel.
 */
import type { ChatFailure, ChatReply } from "./provider.ts";

export type ProviderState = "ready" | "untried" | "limited" | "failing" | "off";

export interface ProviderEvent {
  readonly id: string;
  readonly state: ProviderState;
  /** Why it is not ready, in this project's own words; null when it is. */
  readonly reason: string | null;
}

export interface Account {
  state: ProviderState;
  reason: string | null;
  calls: number;
  failures: number;
  tokensIn: number;
  tokensOut: number;
  /** Over successful calls. */
  latencyMsTotal: number;
  /** Models that answered or were found, most recent first. */
  models: readonly string[];
}

export interface Accounts {
  of(id: string): Readonly<Account>;
  succeeded(id: string, reply: ChatReply): void;
  failed(id: string, failure: ChatFailure, state: ProviderState): void;
  found(id: string, models: readonly string[]): void;
  subscribe(listener: (event: ProviderEvent) => void): () => void;
}

/** Enough to show what a provider has; a router lists hundreds. */
const MODELS_SHOWN_MAX = 20;

export function createAccounts(): Accounts {
  const accounts = new Map<string, Account>();
  const listeners = new Set<(event: ProviderEvent) => void>();

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
      latencyMsTotal: 0,
      models: [],
    };
    accounts.set(id, fresh);
    return fresh;
  }

  function move(id: string, state: ProviderState, reason: string | null): void {
    const account = of(id);
    if (account.state === state && account.reason === reason) return;
    account.state = state;
    account.reason = reason;
    for (const listener of listeners) listener({ id, state, reason });
  }

  function found(id: string, models: readonly string[]): void {
    const account = of(id);
    account.models = [...new Set([...models, ...account.models])].slice(0, MODELS_SHOWN_MAX);
  }

  return {
    of,
    found,
    succeeded(id, reply) {
      const account = of(id);
      account.calls += 1;
      account.tokensIn += reply.tokensIn;
      account.tokensOut += reply.tokensOut;
      account.latencyMsTotal += reply.latencyMs;
      found(id, [reply.model]);
      move(id, "ready", null);
    },
    failed(id, failure, state) {
      const account = of(id);
      account.calls += 1;
      account.failures += 1;
      move(id, state, failure.message);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
