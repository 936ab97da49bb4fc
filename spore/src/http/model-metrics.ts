/** The figures of models for history and Prometheus. Money is the commander's alone. */
import type { Account } from "../llm/accounts.ts";
import type { ModelChain } from "../llm/chain.ts";
import { EXTRACTIVE_PROVIDER } from "../llm/extractive.ts";
import type { Metric } from "./history.ts";

/** What the models of this spore do and cost. The embedded reasoner is none, and is not counted here. */
export function modelSeries(chat: ModelChain): Readonly<Record<string, Metric>> {
  const sum = (read: (account: Readonly<Account>) => number) => () =>
    [...chat.accounts()]
      .filter(([id]) => id !== EXTRACTIVE_PROVIDER)
      .reduce((total, [, account]) => total + read(account), 0);
  return {
    model_calls: { unit: "calls", title: "Calls to models since the start", read: sum(({ calls }) => calls) },
    model_failures: {
      unit: "calls",
      title: "Calls to models that failed, since the start",
      read: sum(({ failures }) => failures),
    },
    model_tokens: {
      unit: "tokens",
      title: "Tokens of models, in and out, since the start",
      read: sum(({ tokensIn, tokensOut }) => tokensIn + tokensOut),
    },
    model_latency: {
      unit: "ms",
      title: "Mean time of the last answers of models",
      read: () => chat.recentLatencyMs(),
    },
    model_usd_today: {
      unit: "USD",
      title: "Money for models today (UTC), by stated or list prices",
      commanderOnly: true,
      read: () => chat.spentToday().usd,
    },
  };
}

/** Prometheus lines for each provider; money is left out, because anybody may read them. */
export function modelMetrics(chat: ModelChain): readonly string[] {
  const accounts = [...chat.accounts()];
  const lines: string[] = [];
  const add = (name: string, help: string, read: (account: Readonly<Account>) => number) => {
    lines.push(`# HELP synapse_model_${name} ${help}`, `# TYPE synapse_model_${name} counter`);
    for (const [id, account] of accounts)
      lines.push(`synapse_model_${name}{provider="${id}"} ${read(account)}`);
  };
  add("calls_total", "Calls since the start.", ({ calls }) => calls);
  add("failures_total", "Calls that failed since the start.", ({ failures }) => failures);
  add("tokens_in_total", "Tokens of prompts since the start.", ({ tokensIn }) => tokensIn);
  add("tokens_out_total", "Tokens of replies since the start.", ({ tokensOut }) => tokensOut);
  add("latency_milliseconds_total", "Time of good replies since the start.", (one) => one.latencyMsTotal);
  return lines;
}
