/**
 * The network as a picture. Up to a few hundred marks are elements of the page, which take focus, theme and tests;
 * beyond that one canvas draws them all. Both get their positions from a worker.
 */
"use client";

import { useMemo } from "react";
import { LoadingState } from "@/components/state/panel-states.tsx";
import type { FleetEdge, FleetNode } from "@/lib/fleet.ts";
import { CanvasGraph } from "@/topology/canvas-graph.tsx";
import { type LinkKind, linksOf } from "@/topology/edge-path.ts";
import { ForceGraph } from "@/topology/force-graph.tsx";
import { useLayout } from "@/topology/use-layout.ts";

/** Elements that a page moves and paints without being noticed. */
const NODES_AS_ELEMENTS_MAX = 150;
const EDGES_AS_ELEMENTS_MAX = 1_500;

interface Props {
  readonly nodes: readonly FleetNode[];
  /** All of them decide where spores stand, whichever are drawn: a switch moves nothing. */
  readonly edges: readonly FleetEdge[];
  readonly links: LinkKind;
  readonly selected: string | null;
  readonly onSelect: (key: string) => void;
}

export function NetworkGraph({ nodes, edges, links, selected, onSelect }: Props) {
  const bodies = useMemo(
    () => nodes.map((node) => ({ key: node.key, group: node.operator ?? "unknown" })),
    [nodes],
  );
  const { places, arranging } = useLayout(bodies, edges);
  const large = nodes.length > NODES_AS_ELEMENTS_MAX || edges.length > EDGES_AS_ELEMENTS_MAX;
  if (places.size === 0) return <LoadingState rows={24} what="the graph" />;
  const drawn = linksOf(edges, links);
  const Graph = large ? CanvasGraph : ForceGraph;
  return (
    <div className="relative h-full">
      <Graph nodes={nodes} edges={drawn} places={places} selected={selected} onSelect={onSelect} />
      {arranging ? (
        <p className="waiting absolute top-2 left-3 text-xs text-faint" role="status">
          Arranging {nodes.length} spores
        </p>
      ) : null}
    </div>
  );
}
