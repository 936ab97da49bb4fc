/** Which spores a panel asks. */
"use client";

import { useFleet } from "@/components/shell/fleet-context.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import type { FleetNode, NodeState } from "@/lib/fleet.ts";
import { useChoice } from "@/lib/queries.ts";
import { useUrlState } from "@/lib/url-state.ts";

/** The chosen spores that answer, own first. */
export function useAnswering(): readonly FleetNode[] {
  return useFleet()
    .nodes.filter((node) => node.chosen !== null && (node.state === "live" || node.state === "stale"))
    .sort((a, b) => Number(b.chosen?.own) - Number(a.chosen?.own) || a.name.localeCompare(b.name));
}

/** Nobody has answered yet, but somebody still may: which spores there are is being read, or the first call is under way. */
export function useSettling(): boolean {
  const choice = useChoice();
  const called = useFleet().nodes.filter((node) => node.chosen !== null);
  // The fleet follows the choice a moment later.
  if (choice.data === undefined || called.length === 0) return choice.data?.spores.length !== 0;
  return called.some((node) => node.state === "connecting");
}

/** One spore per operator: enough to read everything that replicates, without reading it twice. */
export function representatives(nodes: readonly FleetNode[]): readonly ChosenSpore[] {
  const byOperator = new Map<string, ChosenSpore>();
  for (const node of nodes) {
    const group = node.operator ?? node.key;
    if (node.chosen !== null && !byOperator.has(group)) byOperator.set(group, node.chosen);
  }
  return [...byOperator.values()];
}

export interface SelectedSpore {
  readonly spore: ChosenSpore | null;
  readonly node: FleetNode | null;
  readonly options: readonly FleetNode[];
  readonly select: (node: FleetNode) => void;
}

/** The spore a page looks through: `?spore=<name>` in the address, else the commander's first that answers. */
export function useSelectedSpore(): SelectedSpore {
  const { nodes } = useFleet();
  const url = useUrlState();
  // Names are what spores call themselves: of two with one name, mine is meant.
  const options = nodes
    .filter((node) => node.chosen !== null)
    .sort((a, b) => a.name.localeCompare(b.name) || Number(b.mine) - Number(a.mine));
  const wanted = url.get("spore");
  const named = options.find((node) => node.name === wanted || node.key === wanted);
  const first = (state: NodeState, mine: boolean) =>
    options.find((node) => node.state === state && (node.mine || !mine));
  const node =
    named ?? first("live", true) ?? first("connecting", true) ?? first("live", false) ?? options[0] ?? null;
  return { spore: node?.chosen ?? null, node, options, select: (to) => url.set({ spore: to.name }, "push") };
}
