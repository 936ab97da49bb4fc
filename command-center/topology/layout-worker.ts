/** Arranges the network off the page's own thread: a thousand spores take seconds, and the page must stay fluid. */
import { type LayoutEdge, type LayoutNode, layout, type Position } from "@/topology/force-layout.ts";

export interface LayoutRequest {
  readonly id: number;
  readonly nodes: readonly LayoutNode[];
  readonly edges: readonly LayoutEdge[];
}
export interface LayoutAnswer {
  readonly id: number;
  readonly places: readonly (readonly [key: string, place: Position])[];
}

addEventListener("message", ({ data }: MessageEvent<LayoutRequest>) => {
  const answer: LayoutAnswer = { id: data.id, places: [...layout(data.nodes, data.edges)] };
  postMessage(answer);
});
