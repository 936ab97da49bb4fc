/** A score with its uncertainty: the bar reaches from the lower bound to the mean, thin lines mark the tiers. */
import { formatShare } from "@/lib/format.ts";

interface Props {
  readonly lower: number;
  readonly mean: number;
  /** Where marks stand, between 0 and 1. */
  readonly marks: readonly number[];
}

export function IntervalBar({ lower, mean, marks }: Props) {
  const at = (value: number) => `${Math.round(Math.min(1, Math.max(0, value)) * 1000) / 10}%`;
  return (
    <div
      className="relative h-3 w-full"
      role="img"
      aria-label={`mean ${formatShare(mean)}, at least ${formatShare(lower)}`}
    >
      <div className="absolute inset-x-0 top-1 h-1 rounded-full bg-raised" />
      {marks.map((mark) => (
        <div key={mark} className="absolute top-0 h-3 w-px bg-line" style={{ left: at(mark) }} />
      ))}
      <div
        className="absolute top-1 h-1 rounded-full bg-accent"
        style={{ left: at(lower), width: at(Math.max(0.005, mean - lower)) }}
      />
      <div
        className="absolute top-0 h-3 w-1 -translate-x-1/2 rounded-full bg-accent"
        style={{ left: at(mean) }}
      />
    </div>
  );
}
