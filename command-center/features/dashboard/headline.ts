/** The first five seconds, as data: is it well, what is it thinking about, what changed. Pure. */
import type { Fleet, FleetNode, NodeState } from "@/lib/fleet.ts";
import { plural } from "@/lib/format.ts";

export interface Verdict {
  readonly tone: "good" | "warn" | "bad" | "calm";
  readonly text: string;
  /** The spores behind a verdict that is not good, the worst first. */
  readonly because: readonly FleetNode[];
}

const HEALTHY: readonly NodeState[] = ["live", "sleeping"];

/** Judges the commander's own spores; where there are none, everybody's. Others' troubles are shown, not alarmed. */
export function verdictOf(fleet: Fleet): Verdict {
  const mine = fleet.nodes.filter((node) => node.mine);
  const judged = mine.length > 0 ? mine : fleet.nodes;
  const whose = mine.length > 0 ? "your " : "";
  if (judged.length === 0) return { tone: "calm", text: "No spores yet", because: [] };
  const ill = judged.filter((node) => !HEALTHY.includes(node.state));
  const connecting = ill.filter((node) => node.state === "connecting");
  if (ill.length === 0) {
    const all =
      judged.length === 1
        ? `${whose === "" ? "The" : "Your"} spore is well`
        : `All ${whose}${judged.length} spores are well`;
    return { tone: "good", text: all, because: [] };
  }
  if (connecting.length === ill.length) return { tone: "calm", text: "Connecting", because: [] };
  const trouble = ill.filter((node) => node.state !== "connecting");
  const well = judged.length - ill.length;
  if (well === 0)
    return {
      tone: "bad",
      text: `None of ${whose}${plural(judged.length, "spore")} answers`,
      because: trouble,
    };
  return {
    tone: "warn",
    text: `${trouble.length} of ${whose}${judged.length} spores need attention`,
    because: trouble,
  };
}

/** The figure of a replicated set: spores hold copies, so the largest is the best estimate, never the sum. */
export function largest(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter(
    (value): value is number => typeof value === "number" && Number.isFinite(value),
  );
  return known.length === 0 ? null : Math.max(...known);
}
