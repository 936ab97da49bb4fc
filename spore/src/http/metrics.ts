/** The figures of this spore that history keeps, each with its unit and where it is read. */
import type { Gossip, GossipStatus } from "../gossip/gossip.ts";
import type { Account } from "../llm/accounts.ts";
import type { ModelChain } from "../llm/chain.ts";
import { EXTRACTIVE_PROVIDER } from "../llm/extractive.ts";
import type { TaskBoard } from "../reasoning/task-board.ts";
import type { TaskIndex } from "../reasoning/task-index.ts";
import type { MemoryCounts } from "../replica/counts.ts";
import type { RecallService } from "../retrieval/recall-service.ts";
import type { Metric } from "./history.ts";

export interface MetricSources {
  readonly counts: MemoryCounts;
  readonly board: TaskBoard;
  readonly tasks: TaskIndex;
  readonly recall: RecallService;
  readonly gossip: () => Gossip | null;
  readonly livePeers: () => number;
  readonly chat: ModelChain;
}

export function createMetrics({
  counts,
  board,
  tasks,
  recall,
  gossip,
  livePeers,
  chat,
}: MetricSources): Readonly<Record<string, Metric>> {
  return {
    memories: { unit: "memories", title: "Memories held", read: counts.total },
    memories_public: { unit: "memories", title: "Public memories held", read: () => counts.of("public") },
    tasks_active: { unit: "tasks", title: "Tasks that have not ended", read: () => board.openTasks() },
    tasks_converged: { unit: "tasks", title: "Tasks answered", read: () => tasks.count("converged") },
    tasks_unresolved: {
      unit: "tasks",
      title: "Tasks ended without agreement",
      read: () => tasks.count("unresolved"),
    },
    answer_confidence: {
      unit: "probability",
      title: "Mean confidence of the last answers",
      read: () => board.recentConfidence(),
    },
    peers_live: { unit: "spores", title: "Peers exchanged with lately", read: () => livePeers() },
    gossip_lag: {
      unit: "ms",
      title: "Median age of rumours at arrival",
      read: () => gossip()?.status().lagMs ?? null,
    },
    gossip_sent: {
      unit: "bytes",
      title: "Gossip bytes sent since the start",
      read: () => gossip()?.status().bytesSent ?? null,
    },
    gossip_received: {
      unit: "bytes",
      title: "Gossip bytes received since the start",
      read: () => gossip()?.status().bytesReceived ?? null,
    },
    ...modelSeries(chat),
    recall_lag: {
      unit: "entries",
      title: "Entries not yet in the recall index",
      read: () => recall.status().lag,
    },
    resident_memory: {
      unit: "bytes",
      title: "Resident memory of the process",
      read: () => process.memoryUsage().rss,
    },
  };
}

/** What the models of this spore do and cost. The embedded reasoner is none, and is not counted here. */
function modelSeries(chat: ModelChain): Readonly<Record<string, Metric>> {
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

/** Prometheus lines for the traffic of gossip. */
export function gossipMetrics(status: GossipStatus): readonly string[] {
  const lines: string[] = [];
  const add = (name: string, type: "gauge" | "counter", help: string, value: number | null) => {
    if (value === null) return;
    lines.push(`# HELP synapse_gossip_${name} ${help}`, `# TYPE synapse_gossip_${name} ${type}`);
    lines.push(`synapse_gossip_${name} ${value}`);
  };
  add("sent_bytes_total", "counter", "Bytes of gossip sent since the start.", status.bytesSent);
  add("received_bytes_total", "counter", "Bytes of gossip received since the start.", status.bytesReceived);
  add("rounds_total", "counter", "Comparisons begun since the start.", status.rounds);
  add("failures_total", "counter", "Calls to peers that failed since the start.", status.failures);
  add("entries_received_total", "counter", "Entries received since the start.", status.entriesReceived);
  add("entries_rejected_total", "counter", "Entries refused since the start.", status.entriesRejected);
  add("backlog", "gauge", "Ids waiting to be pushed, announced or asked for.", status.backlog);
  add("lag_milliseconds", "gauge", "Median age of the last rumours at arrival.", status.lagMs);
  return lines;
}
