/** `GET /api/health` and `GET /metrics`: from counters in memory, the same price whatever the memory holds. */

import type { CardSummary } from "@synapse/shared/contract/peer-card.ts";
import { type Health, healthSchema } from "@synapse/shared/contract/status.ts";
import { Elysia } from "elysia";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";

export function healthOf(deps: HttpDeps): Health {
  const { board, counts, tasks, replica, config } = deps;
  const { cycles, produced, received } = board.counters();
  const thought = board.lastThought();
  return {
    spore: config.name,
    key: deps.key.publicKey,
    operator: replica.self.operator,
    role: config.role,
    model: deps.model(),
    version: deps.version,
    dna: deps.dna,
    memories: counts.total(),
    memories_private: counts.of("private"),
    memories_collective: counts.of("cluster") + counts.of("public"),
    cycles,
    deltas_produced: produced,
    deltas_received: received,
    confidence: board.recentConfidence(),
    peers: deps.livePeers().map(({ certificate }) => certificate.name),
    active_tasks: board.openTasks(),
    converged_tasks: tasks.count("converged"),
    uptime_s: Math.round(deps.uptimeMs() / 1_000),
    last_provider: thought?.provider ?? null,
    last_model: thought?.model ?? null,
    clock: replica.clock.vector(),
    sce: deps.cognition.state(false),
    quantum: deps.quantum.summary(),
    location: config.place,
    wall_clock: deps.wallClock(),
  };
}

/** The part of health that a spore puts on its card, for everybody to see. */
export function summaryOf(deps: HttpDeps): CardSummary {
  const health = healthOf(deps);
  return {
    memories: health.memories,
    cycles: health.cycles,
    active_tasks: health.active_tasks,
    converged_tasks: health.converged_tasks,
    confidence: health.confidence,
    last_provider: health.last_provider,
    last_model: health.last_model,
    peers: health.peers.length,
    uptime_s: health.uptime_s,
  };
}

export const healthRoutes = (deps: HttpDeps) =>
  new Elysia()
    .get("/api/health", () => healthOf(deps), {
      detail: documented({ summary: "How this spore is" }, healthSchema),
    })
    .get("/metrics", () => metricsText(deps), {
      detail: documented({ summary: "Prometheus metrics" }, "text/plain"),
    });

function metricsText(deps: HttpDeps): Response {
  const health = healthOf(deps);
  const { rss } = process.memoryUsage();
  const lines: string[] = [];
  const metric = (
    name: string,
    type: "gauge" | "counter",
    help: string,
    samples: readonly (readonly [string, number])[],
  ) => {
    lines.push(`# HELP synapse_${name} ${help}`, `# TYPE synapse_${name} ${type}`);
    for (const [labels, value] of samples) lines.push(`synapse_${name}${labels} ${value}`);
  };
  const { counts } = deps;
  metric("memories", "gauge", "Memories held, by label.", [
    ['{label="private"}', counts.of("private")],
    ['{label="cluster"}', counts.of("cluster")],
    ['{label="public"}', counts.of("public")],
  ]);
  metric("tasks", "gauge", "Tasks known, by status.", [
    ['{status="active"}', health.active_tasks],
    ['{status="converged"}', deps.tasks.count("converged")],
    ['{status="unresolved"}', deps.tasks.count("unresolved")],
  ]);
  metric("reasoning_cycles_total", "counter", "Reasoning cycles since the start.", [["", health.cycles]]);
  metric("contributions_produced_total", "counter", "Contributions written here since the start.", [
    ["", health.deltas_produced],
  ]);
  metric("contributions_received_total", "counter", "Contributions of other spores since the start.", [
    ["", health.deltas_received],
  ]);
  metric("peers", "gauge", "Peers exchanged with lately.", [["", health.peers.length]]);
  metric("event_listeners", "gauge", "Open event streams.", [["", deps.hub.listeners()]]);
  metric("uptime_seconds", "gauge", "Seconds since the start.", [["", health.uptime_s]]);
  metric("resident_memory_bytes", "gauge", "Resident memory of the process.", [["", rss]]);
  lines.push(...deps.partMetrics());
  return new Response(`${lines.join("\n")}\n`, {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
  });
}
