/**
 * Positions for the network graph, computed in a worker. While a new arrangement is being computed the last one stays,
 * so that the picture never disappears. Where no worker can be started, the page computes it itself.
 */
"use client";

import { useEffect, useRef, useState } from "react";
import { type LayoutEdge, type LayoutNode, layout, type Position } from "@/topology/force-layout.ts";
import type { LayoutAnswer, LayoutRequest } from "@/topology/layout-worker.ts";

export type Places = ReadonlyMap<string, Position>;

export interface Arrangement {
  readonly places: Places;
  /** True while a newer one is being computed. */
  readonly arranging: boolean;
}

const NOWHERE: Places = new Map();

export function useLayout(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Arrangement {
  const [state, setState] = useState<Arrangement>({ places: NOWHERE, arranging: true });
  const worker = useRef<Worker | null>(null);
  const asked = useRef(0);
  // Positions depend on who is there and who is linked, not on every new figure.
  const shape = JSON.stringify([nodes.map(({ key, group }) => [key, group]).sort(), edges]);

  useEffect(() => {
    const started = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
    started.onmessage = ({ data }: MessageEvent<LayoutAnswer>) => {
      if (data.id === asked.current) setState({ places: new Map(data.places), arranging: false });
    };
    worker.current = started;
    return () => {
      worker.current = null;
      started.terminate();
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` says all that the layout depends on.
  useEffect(() => {
    asked.current += 1;
    const request: LayoutRequest = {
      id: asked.current,
      nodes: nodes.map(({ key, group }) => ({ key, group })),
      edges: edges.map(({ from, to }) => ({ from, to })),
    };
    const current = worker.current;
    setState((known) => ({ ...known, arranging: true }));
    if (current === null) return;
    current.onerror = () => setState({ places: layout(request.nodes, request.edges), arranging: false });
    current.postMessage(request);
  }, [shape]);
  return state;
}
