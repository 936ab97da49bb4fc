/** The series a spore kept, for the page's tests and pictures: a day, with a gap in which the spore was off. */
import { MINUTE_MS } from "./fixtures.ts";

const METRICS = [
  { metric: "memories", unit: "memories", title: "Memories held" },
  { metric: "answer_confidence", unit: "probability", title: "Mean confidence of the last answers" },
  { metric: "gossip_lag", unit: "ms", title: "Median age of rumours at arrival" },
  { metric: "gossip_sent", unit: "bytes", title: "Gossip bytes sent since the start" },
] as const;

/** A day with a gap from 60 to 45 minutes before now, in which the spore was off. */
export function history(query: URLSearchParams): unknown {
  const name = query.get("metric");
  if (name === null) return { metrics: METRICS };
  const info = METRICS.find(({ metric }) => metric === name);
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
    points.push([at, off ? null : valueAt(name, minutes)]);
  }
  return { metric: name, unit: info?.unit ?? "", step_s: step, points };
}

function valueAt(metric: string, minutesAgo: number): number {
  switch (metric) {
    case "memories":
      return Math.round(214 - minutesAgo / 9);
    case "answer_confidence":
      return 0.7 + 0.08 * Math.sin(minutesAgo / 7);
    case "gossip_lag":
      return 190 + 40 * Math.sin(minutesAgo / 3);
    default:
      return Math.round((1_500 - minutesAgo) * 900);
  }
}
