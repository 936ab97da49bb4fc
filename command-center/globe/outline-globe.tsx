/**
 * The earth as an outline (Natural Earth 1:110m, bundled), seen from outside: the globe of browsers without WebGL.
 * Turned by dragging or with the arrow keys. It draws what it is given: spots at declared places and arcs between them.
 */
"use client";

import { geoDistance, geoGraticule10, geoOrthographic, geoPath } from "d3-geo";
import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import land from "world-atlas/land-110m.json";
import type { GlobeProps } from "@/globe/engine-globe.tsx";
import { useSpin } from "@/globe/spin.ts";
import { arcsBetween, firstView, gather, type Spot, spotLabel } from "@/globe/spots.ts";
import { ROLE_SHAPES } from "@/lib/identity.ts";

// biome-ignore-start lint/a11y/useSemanticElements: HTML form elements cannot stand inside SVG, or would mean a form.

const SIZE = 600;
const RADIUS = 280;
/** Degrees in the middle of the picture that a mark covers. */
const SPOT_DEGREES = 5;
const KEY_DEGREES = 10;
const DRAG_DEGREES_PER_PX = 0.3;
const topology = land as unknown as Topology<{ land: GeometryCollection }>;
const LAND = feature(topology, topology.objects.land);
const GRID = geoGraticule10();

export function OutlineGlobe({ marks, links, selected, onSelect, spinning }: GlobeProps) {
  const [turned, setTurned] = useState<readonly [number, number] | null>(null);
  // Until it is turned by hand, the globe looks at whatever is known, however late that becomes known.
  const spots = useMemo(() => gather(marks, SPOT_DEGREES), [marks]);
  const arcs = useMemo(() => arcsBetween(spots, links), [spots, links]);
  const [longitude, latitude] = firstView(spots);
  const turn = turned ?? [-longitude, -latitude];
  const [turnX, turnY] = turn;
  const drag = useRef<readonly [number, number] | null>(null);
  const projection = useMemo(
    () =>
      geoOrthographic()
        .translate([SIZE / 2, SIZE / 2])
        .scale(RADIUS)
        .rotate([turnX, turnY])
        .clipAngle(90),
    [turnX, turnY],
  );
  const path = geoPath(projection);
  // Drawn again when the globe turns, not when a spore on it changes.
  const [grid, coast] = useMemo(() => {
    const draw = geoPath(projection);
    return [draw(GRID) ?? "", draw(LAND) ?? ""];
  }, [projection]);
  const move = (longitude: number, latitude: number) =>
    setTurned([turn[0] + longitude, Math.max(-80, Math.min(80, turn[1] + latitude))]);
  useSpin(spinning, (degrees) => move(-degrees, 0));
  const onDrag = (event: PointerEvent) => {
    if (drag.current === null) return;
    const [x, y] = drag.current;
    drag.current = [event.clientX, event.clientY];
    move((event.clientX - x) * DRAG_DEGREES_PER_PX, -(event.clientY - y) * DRAG_DEGREES_PER_PX);
  };
  return (
    <svg
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      className="mx-auto block h-full max-h-[36rem] w-full touch-none select-none"
      role="group"
      aria-label={`Globe with ${marks.length} declared places. Arrow keys turn it.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys turn the globe.
      tabIndex={0}
      onKeyDown={(event) => turnByKey(event, move)}
      onPointerDown={(event) => {
        drag.current = [event.clientX, event.clientY];
      }}
      onPointerMove={onDrag}
      onPointerUp={() => {
        drag.current = null;
      }}
      onPointerLeave={() => {
        drag.current = null;
      }}
    >
      <circle cx={SIZE / 2} cy={SIZE / 2} r={RADIUS} fill="var(--sea)" stroke="var(--edge)" />
      <path d={grid} fill="none" stroke="var(--line)" strokeWidth="0.6" />
      <path d={coast} fill="var(--land)" stroke="var(--edge)" strokeWidth="0.5" />
      {arcs.map(({ from, to, links: count }) => (
        <path
          key={`${from}${to}`}
          d={path({ type: "LineString", coordinates: [[...from], [...to]] }) ?? ""}
          fill="none"
          stroke="var(--accent)"
          strokeOpacity="0.55"
          strokeWidth={Math.min(3, 1 + count / 10)}
        />
      ))}
      {spots.map((spot) => (
        <PlacedSpot
          key={spot.key}
          spot={spot}
          turn={turn}
          projection={projection}
          selected={spot.marks.some((mark) => mark.key === selected)}
          onSelect={() => onSelect(spot)}
        />
      ))}
    </svg>
  );
}

function turnByKey(event: KeyboardEvent, move: (longitude: number, latitude: number) => void): void {
  const steps: Record<string, readonly [number, number]> = {
    ArrowLeft: [KEY_DEGREES, 0],
    ArrowRight: [-KEY_DEGREES, 0],
    ArrowUp: [0, -KEY_DEGREES],
    ArrowDown: [0, KEY_DEGREES],
  };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  move(...step);
}

interface PlacedProps {
  readonly spot: Spot;
  readonly turn: readonly [number, number];
  readonly projection: ReturnType<typeof geoOrthographic>;
  readonly selected: boolean;
  readonly onSelect: () => void;
}

function PlacedSpot({ spot, turn, projection, selected, onSelect }: PlacedProps) {
  const at = projection([spot.longitude, spot.latitude]);
  const behind = geoDistance([spot.longitude, spot.latitude], [-turn[0], -turn[1]]) > Math.PI / 2;
  if (at === null || behind) return null;
  const label = spotLabel(spot);
  const [only, ...others] = spot.marks;
  return (
    <g
      role="button"
      tabIndex={0}
      aria-label={label}
      aria-pressed={selected}
      transform={`translate(${at[0]},${at[1]})`}
      className="cursor-pointer"
      onClick={onSelect}
      onKeyDown={(event) => (event.key === "Enter" ? onSelect() : undefined)}
    >
      <circle
        r="14"
        fill="var(--panel)"
        stroke={selected ? "var(--accent)" : "var(--edge)"}
        strokeWidth={selected ? 2.5 : 1}
      />
      {others.length > 0 || only === undefined ? (
        <text y="4.5" textAnchor="middle" fontSize="13" fill="var(--ink)" className="figures">
          {spot.marks.length}
        </text>
      ) : (
        <path
          d={ROLE_SHAPES[only.role ?? "unknown"]}
          transform="translate(-7,-7) scale(0.875)"
          fill={only.hollow ? "none" : `var(--id-${only.colour})`}
          stroke={`var(--id-${only.colour})`}
          strokeWidth={only.hollow ? 1.5 : 0}
        />
      )}
      {selected ? (
        <text y="-20" textAnchor="middle" fontSize="13" fill="var(--ink)">
          {label}
        </text>
      ) : null}
    </g>
  );
}
// biome-ignore-end lint/a11y/useSemanticElements: HTML form elements cannot stand inside SVG, or would mean a form.
