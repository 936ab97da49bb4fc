/**
 * A large network on a canvas: drag to move, wheel with Ctrl (or the buttons) to zoom, click to choose. With the
 * keyboard, arrow keys go from spore to spore in the table's order and Enter chooses; what has the focus is announced.
 */
"use client";

import { Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { useFleetNames } from "@/components/shell/fleet-context.tsx";
import { useTheme } from "@/components/shell/theme.ts";
import { IconButton } from "@/components/ui/button.tsx";
import { cssColour } from "@/lib/css-colour.ts";
import type { FleetEdge, FleetNode } from "@/lib/fleet.ts";
import { IDENTITY_COLOURS } from "@/lib/identity.ts";
import { type DrawnNode, draw, nearest, type Palette } from "@/topology/graph-drawing.ts";
import type { Places } from "@/topology/use-layout.ts";
import { type Size, type Viewport, wholeView, zoomAt } from "@/topology/viewport.ts";

interface Props {
  readonly nodes: readonly FleetNode[];
  readonly edges: readonly FleetEdge[];
  readonly places: Places;
  readonly selected: string | null;
  readonly onSelect: (key: string) => void;
}

const ZOOM_STEP = 1.5;
/** A press that moved further than this was a drag, not a click. */
const DRAG_PX = 4;

export function CanvasGraph({ nodes, edges, places, selected, onSelect }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useCanvasSize(canvas);
  const palette = usePalette();
  const [moved, setMoved] = useState<Viewport | null>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const drag = useRef<{ x: number; y: number; far: boolean } | null>(null);
  const view = useMemo(() => moved ?? wholeView(places.values(), size), [moved, places, size]);
  const drawn = useDrawnNodes(nodes);
  useEffect(() => {
    const context = canvas.current?.getContext("2d") ?? null;
    if (context === null || size.width === 0) return;
    const ratio = window.devicePixelRatio;
    const frame = requestAnimationFrame(() => {
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw(context, { nodes: drawn, edges, places, view, size, selected, focused, palette });
    });
    return () => cancelAnimationFrame(frame);
  }, [drawn, edges, places, view, size, selected, focused, palette]);
  const zoom = (factor: number, at = { x: size.width / 2, y: size.height / 2 }) =>
    setMoved(zoomAt(view, factor, at, size));
  useZoomWheel(canvas, zoom);
  const onMove = (event: PointerEvent) => {
    const from = drag.current;
    if (from === null) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (!from.far && Math.hypot(dx, dy) < DRAG_PX) return;
    drag.current = { x: event.clientX, y: event.clientY, far: true };
    setMoved({ ...view, x: view.x - dx / view.scale, y: view.y - dy / view.scale });
  };
  const onUp = (event: PointerEvent<HTMLCanvasElement>) => {
    const far = drag.current?.far;
    drag.current = null;
    if (far) return;
    const box = event.currentTarget.getBoundingClientRect();
    const pixel = { x: event.clientX - box.left, y: event.clientY - box.top };
    const key = nearest({ nodes: drawn, places, view, size }, pixel);
    if (key !== null) onSelect(key);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setFocused((now) => neighbourInOrder(nodes, now ?? selected, step));
    } else if (event.key === "Enter" && focused !== null) onSelect(focused);
  };
  const spoken = nodes.find((node) => node.key === focused);
  return (
    <div className="relative h-full">
      <canvas
        ref={canvas}
        width={size.width * size.ratio}
        height={size.height * size.ratio}
        tabIndex={0}
        role="img"
        aria-label={`${nodes.length} spores, ${edges.length} links. Arrow keys go from spore to spore, Enter chooses.`}
        className="block h-full w-full touch-none"
        data-testid="canvas-graph"
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, y: event.clientY, far: false };
        }}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerLeave={() => {
          drag.current = null;
        }}
        onKeyDown={onKey}
        onBlur={() => setFocused(null)}
      />
      <p aria-live="polite" className="sr-only">
        {spoken === undefined ? "" : `${spoken.name}, ${spoken.role ?? "role unknown"}, ${spoken.state}`}
      </p>
      <div className="absolute right-2 bottom-2 flex flex-col rounded border border-line bg-panel">
        <IconButton label="Zoom in" onClick={() => zoom(ZOOM_STEP)}>
          <ZoomIn size={15} />
        </IconButton>
        <IconButton label="Zoom out" onClick={() => zoom(1 / ZOOM_STEP)}>
          <ZoomOut size={15} />
        </IconButton>
        <IconButton label="Show everything" onClick={() => setMoved(null)}>
          <Maximize size={15} />
        </IconButton>
      </div>
    </div>
  );
}

function neighbourInOrder(nodes: readonly FleetNode[], key: string | null, step: number): string | null {
  const at = nodes.findIndex((node) => node.key === key);
  const next = at === -1 ? 0 : Math.min(nodes.length - 1, Math.max(0, at + step));
  return nodes[next]?.key ?? null;
}

function useDrawnNodes(nodes: readonly FleetNode[]): readonly DrawnNode[] {
  const names = useFleetNames();
  return useMemo(
    () =>
      nodes.map((node) => ({
        key: node.key,
        name: node.name.slice(0, 24),
        shape: node.role ?? "unknown",
        colour: names.find(node.key)?.colour ?? 7,
        hollow: node.state !== "live",
      })),
    [nodes, names],
  );
}

function usePalette(): Palette {
  const theme = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes what the properties resolve to.
  return useMemo(
    () => ({
      panel: cssColour("--panel"),
      edge: cssColour("--edge"),
      accent: cssColour("--accent"),
      ink: cssColour("--ink"),
      soft: cssColour("--soft"),
      identity: Array.from({ length: IDENTITY_COLOURS }, (_, index) => cssColour(`--id-${index}`)),
    }),
    [theme],
  );
}

function useCanvasSize(canvas: {
  readonly current: HTMLCanvasElement | null;
}): Size & { readonly ratio: number } {
  const [size, setSize] = useState({ width: 0, height: 0, ratio: 1 });
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const observer = new ResizeObserver(() =>
      setSize({
        width: element.clientWidth,
        height: element.clientHeight,
        ratio: window.devicePixelRatio,
      }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [canvas]);
  return size;
}

/** Registered by hand: React's wheel listeners cannot keep the page from zooming as well. */
function useZoomWheel(
  canvas: { readonly current: HTMLCanvasElement | null },
  zoom: (factor: number, at: { x: number; y: number }) => void,
): void {
  const latest = useRef(zoom);
  useEffect(() => {
    latest.current = zoom;
  });
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const listen = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      latest.current(1.002 ** -event.deltaY, { x: event.offsetX, y: event.offsetY });
    };
    element.addEventListener("wheel", listen, { passive: false });
    return () => element.removeEventListener("wheel", listen);
  }, [canvas]);
}
