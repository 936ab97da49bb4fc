/** The figures of this spore that history keeps, each with its unit and where it is read. */
import type { Cognition } from "../cognition/cognition.ts";
import type { Gossip, GossipStatus } from "../gossip/gossip.ts";
import type { ModelChain } from "../llm/chain.ts";
import type { TaskBoard } from "../reasoning/task-board.ts";
import type { TaskIndex } from "../reasoning/task-index.ts";
import type { MemoryCounts } from "../replica/counts.ts";
import type { RecallService, RecallStatus } from "../retrieval/recall-service.ts";
import type { Metric } from "./history.ts";
import { modelSeries } from "./model-metrics.ts";

export interface MetricSources {
  readonly counts: MemoryCounts;
  readonly board: TaskBoard;
  readonly tasks: TaskIndex;
  readonly recall: RecallService;
  readonly gossip: () => Gossip | null;
  readonly livePeers: () => number;
  readonly chat: ModelChain;
  readonly cognition: Cognition;
}

export function createMetrics({
  counts,
  board,
  tasks,
  recall,
  gossip,
  livePeers,
  chat,
  cognition,
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
    thoughts: {
      unit: "thoughts",
      title: "Thoughts of idle time held",
      read: () => cognition.state(false).thoughts.stored,
    },
    curiosity: {
      unit: "novelty",
      title: "Mean novelty of what arrived in the last minutes",
      read: () => cognition.state(false).curiosity.curiosity_drive,
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

type AddLine = (name: string, type: "gauge" | "counter", help: string, value: number | null) => void;

/** Prometheus lines of one part; what is null is left out. */
function partLines(part: string, fill: (add: AddLine) => void): readonly string[] {
  const lines: string[] = [];
  fill((name, type, help, value) => {
    if (value === null) return;
    lines.push(`# HELP synapse_${part}_${name} ${help}`, `# TYPE synapse_${part}_${name} ${type}`);
    lines.push(`synapse_${part}_${name} ${value}`);
  });
  return lines;
}

/** Prometheus lines for recall: how far its index is behind, and what it takes. */
export function recallMetrics({ lag, entries, bytes, embedder }: RecallStatus): readonly string[] {
  return partLines("recall", (add) => {
    add("lag_entries", "gauge", "Entries not yet in the recall index.", lag);
    add("entries", "gauge", "Entries in the recall index.", entries);
    add("index_bytes", "gauge", "Bytes of the recall index on disk.", bytes);
    add("vectors", "gauge", "Entries read by the embedder.", embedder?.vectors ?? null);
    add("embedder_lag_entries", "gauge", "Entries not yet read by the embedder.", embedder?.lag ?? null);
  });
}

/** Prometheus lines for idle thinking: how much, and what it takes. */
export function cognitionMetrics(state: ReturnType<Cognition["state"]>): readonly string[] {
  return partLines("cognition", (add) => {
    add("ticks_total", "counter", "Ticks of the oscillator since the start.", state.oscillator.tick);
    add("thoughts", "gauge", "Thoughts held.", state.thoughts.stored);
    add("thought_share", "gauge", "Thoughts as a share of all entries.", state.thoughts.share);
    add("thoughts_kept_total", "counter", "Thoughts kept since the start.", state.thoughts.kept);
    add("broadcasts_total", "counter", "Broadcasts since the start.", state.workspace.total_broadcasts);
    add(
      "tokens_hour",
      "gauge",
      "Model tokens used for idle thought in the last hour.",
      state.budget.tokens_hour,
    );
  });
}

/** Prometheus lines for the traffic of gossip. */
export function gossipMetrics(status: GossipStatus): readonly string[] {
  return partLines("gossip", (add) => {
    add("sent_bytes_total", "counter", "Bytes of gossip sent since the start.", status.bytesSent);
    add("received_bytes_total", "counter", "Bytes of gossip received since the start.", status.bytesReceived);
    add("rounds_total", "counter", "Comparisons begun since the start.", status.rounds);
    add("failures_total", "counter", "Calls to peers that failed since the start.", status.failures);
    add("entries_received_total", "counter", "Entries received since the start.", status.entriesReceived);
    add("entries_rejected_total", "counter", "Entries refused since the start.", status.entriesRejected);
    add("backlog", "gauge", "Ids waiting to be pushed, announced or asked for.", status.backlog);
    add("lag_milliseconds", "gauge", "Median age of the last rumours at arrival.", status.lagMs);
  });
}
