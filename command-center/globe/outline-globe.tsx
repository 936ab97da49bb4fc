/**
 * The earth as an outline (Natural Earth 1:110m, bundled), seen from outside. Turned by dragging or with the arrow
 * keys. It draws what it is given: marks at declared places and arcs between them.
 */
"use client";

import type { Role } from "@synapse/shared/contract/entry.ts";
import { geoDistance, geoGraticule10, geoOrthographic, geoPath } from "d3-geo";
import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import land from "world-atlas/land-110m.json";
import { ROLE_SHAPES } from "@/lib/identity.ts";

// biome-ignore-start lint/a11y/useSemanticElements: HTML form elements cannot stand inside SVG, or would mean a form.

export interface GlobeMark {
  readonly key: string;
  readonly name: string;
  readonly longitude: number;
  readonly latitude: number;
  readonly colour: number;
  readonly role: Role | null;
  readonly hollow: boolean;
}

interface Props {
  readonly marks: readonly GlobeMark[];
  readonly arcs: readonly (readonly [from: string, to: string])[];
  readonly selected: string | null;
  readonly onSelect: (key: string) => void;
}

const SIZE = 600;
const RADIUS = 280;
const KEY_DEGREES = 10;
const DRAG_DEGREES_PER_PX = 0.3;
const topology = land as unknown as Topology<{ land: GeometryCollection }>;
const LAND = feature(topology, topology.objects.land);

export function OutlineGlobe({ marks, arcs, selected, onSelect }: Props) {
  const [turned, setTurned] = useState<readonly [number, number] | null>(null);
  // Until it is turned by hand, the globe looks at whatever is known, however late that becomes known.
  const turn = turned ?? firstView(marks);
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
  const byKey = new Map(marks.map((mark) => [mark.key, mark]));
  const move = (longitude: number, latitude: number) =>
    setTurned([turn[0] + longitude, Math.max(-80, Math.min(80, turn[1] + latitude))]);
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
      <path d={path(geoGraticule10()) ?? ""} fill="none" stroke="var(--line)" strokeWidth="0.6" />
      <path d={path(LAND) ?? ""} fill="var(--land)" stroke="var(--edge)" strokeWidth="0.5" />
      {arcs.map(([from, to]) => {
        const a = byKey.get(from);
        const b = byKey.get(to);
        if (a === undefined || b === undefined) return null;
        const arc = {
          type: "LineString" as const,
          coordinates: [
            [a.longitude, a.latitude],
            [b.longitude, b.latitude],
          ],
        };
        return (
          <path
            key={`${from}${to}`}
            d={path(arc) ?? ""}
            fill="none"
            stroke="var(--accent)"
            strokeOpacity="0.55"
          />
        );
      })}
      {marks.map((mark) => (
        <PlacedMark
          key={mark.key}
          mark={mark}
          turn={turn}
          projection={projection}
          selected={mark.key === selected}
          onSelect={onSelect}
        />
      ))}
    </svg>
  );
}

/** Looks at the first mark, or at the Atlantic. */
function firstView(marks: readonly GlobeMark[]): readonly [number, number] {
  const first = marks[0];
  return first === undefined ? [10, -25] : [-first.longitude, -Math.max(-60, Math.min(60, first.latitude))];
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
  readonly mark: GlobeMark;
  readonly turn: readonly [number, number];
  readonly projection: ReturnType<typeof geoOrthographic>;
  readonly selected: boolean;
  readonly onSelect: (key: string) => void;
}

function PlacedMark({ mark, turn, projection, selected, onSelect }: PlacedProps) {
  const at = projection([mark.longitude, mark.latitude]);
  const behind = geoDistance([mark.longitude, mark.latitude], [-turn[0], -turn[1]]) > Math.PI / 2;
  if (at === null || behind) return null;
  return (
    <g
      role="button"
      tabIndex={0}
      aria-label={mark.name}
      aria-pressed={selected}
      transform={`translate(${at[0]},${at[1]})`}
      className="cursor-pointer"
      onClick={() => onSelect(mark.key)}
      onKeyDown={(event) => (event.key === "Enter" ? onSelect(mark.key) : undefined)}
    >
      <circle
        r="13"
        fill="var(--panel)"
        fillOpacity="0.85"
        stroke={selected ? "var(--accent)" : "none"}
        strokeWidth="2"
      />
      <path
        d={ROLE_SHAPES[mark.role ?? "unknown"]}
        transform="translate(-7,-7) scale(0.875)"
        fill={mark.hollow ? "none" : `var(--id-${mark.colour})`}
        stroke={`var(--id-${mark.colour})`}
        strokeWidth={mark.hollow ? 1.5 : 0}
      />
      {selected ? (
        <text y="-18" textAnchor="middle" fontSize="13" fill="var(--ink)">
          {mark.name}
        </text>
      ) : null}
    </g>
  );
}
// biome-ignore-end lint/a11y/useSemanticElements: HTML form elements cannot stand inside SVG, or would mean a form.
