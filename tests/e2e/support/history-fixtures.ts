/** The series a spore kept, for the page's tests and pictures: a day, with a gap in which the spore was off. */
import { MINUTE_MS } from "./fixtures.ts";

/** What it was at so many minutes before now. */
type Course = (minutesAgo: number) => number;

const wave =
  (mean: number, height: number, period: number): Course =>
  (minutes) =>
    mean + height * Math.sin(minutes / period);
/** Counted since a start 1,500 minutes ago. */
const counted =
  (perMinute: number): Course =>
  (minutes) =>
    Math.round((1_500 - minutes) * perMinute);

interface Series {
  readonly metric: string;
  readonly unit: string;
  readonly title: string;
  readonly at: Course;
}

const SERIES: readonly Series[] = [
  { metric: "memories", unit: "memories", title: "Memories held", at: (m) => Math.round(214 - m / 9) },
  {
    metric: "memories_public",
    unit: "memories",
    title: "Public memories held",
    at: (m) => Math.round(52 - m / 60),
  },
  {
    metric: "tasks_active",
    unit: "tasks",
    title: "Tasks that have not ended",
    at: (m) => (m % 40 < 10 ? 1 : 0),
  },
  { metric: "tasks_converged", unit: "tasks", title: "Tasks answered", at: (m) => Math.round(40 - m / 40) },
  {
    metric: "tasks_unresolved",
    unit: "tasks",
    title: "Tasks ended without agreement",
    at: (m) => (m > 600 ? 3 : 4),
  },
  {
    metric: "answer_confidence",
    unit: "probability",
    title: "Mean confidence of the last answers",
    at: wave(0.7, 0.08, 7),
  },
  {
    metric: "thoughts",
    unit: "thoughts",
    title: "Thoughts of idle time held",
    at: (m) => Math.round(9 - m / 200),
  },
  {
    metric: "curiosity",
    unit: "novelty",
    title: "Mean novelty of what arrived in the last minutes",
    at: wave(0.5, 0.2, 11),
  },
  {
    metric: "peers_live",
    unit: "spores",
    title: "Peers exchanged with lately",
    at: (m) => (m > 300 ? 1 : 2),
  },
  { metric: "gossip_lag", unit: "ms", title: "Median age of rumours at arrival", at: wave(190, 40, 3) },
  { metric: "gossip_sent", unit: "bytes", title: "Gossip bytes sent since the start", at: counted(900) },
  {
    metric: "gossip_received",
    unit: "bytes",
    title: "Gossip bytes received since the start",
    at: counted(1_300),
  },
  { metric: "model_calls", unit: "calls", title: "Calls to models since the start", at: counted(0.7) },
  {
    metric: "model_failures",
    unit: "calls",
    title: "Calls to models that failed, since the start",
    at: counted(0.02),
  },
  {
    metric: "model_tokens",
    unit: "tokens",
    title: "Tokens of models, in and out, since the start",
    at: counted(600),
  },
  {
    metric: "model_latency",
    unit: "ms",
    title: "Mean time of the last answers of models",
    at: wave(640, 210, 5),
  },
  {
    metric: "model_usd_today",
    unit: "USD",
    title: "Money for models today (UTC), by stated or list prices",
    at: (m) => Math.max(0, 0.42 - m / 4_000),
  },
  { metric: "recall_lag", unit: "entries", title: "Entries not yet in the recall index", at: () => 0 },
  {
    metric: "resident_memory",
    unit: "bytes",
    title: "Resident memory of the process",
    at: wave(221e6, 6e6, 13),
  },
];

export const METRICS = SERIES.map(({ metric, unit, title }) => ({ metric, unit, title }));

/** A day with a gap from 60 to 45 minutes before now. */
export function history(query: URLSearchParams): unknown {
  const name = query.get("metric");
  if (name === null) return { metrics: METRICS };
  const series = SERIES.find(({ metric }) => metric === name);
  const [from, to, step] = ["from", "to", "step"].map((member) => Number(query.get(member))) as [
    number,
    number,
    number,
  ];
  const now = Date.now();
  const points: [number, number | null][] = [];
  for (let at = Math.floor(from / (step * 1000)) * step * 1000; at <= to; at += step * 1000) {
    const minutes = (now - at) / MINUTE_MS;
    const off = minutes < 0 || minutes > 24 * 60 || (minutes > 45 && minutes < 60);
    points.push([at, off || series === undefined ? null : series.at(minutes)]);
  }
  return { metric: name, unit: series?.unit ?? "", step_s: step, points };
}
