/** The network as a picture: marks by role and colour, lines by kind. It decides nothing; selection comes from outside. */
"use client";

import { useFleetNames } from "@/components/shell/fleet-context.tsx";
import type { FleetEdge, FleetNode } from "@/lib/fleet.ts";
import { ROLE_SHAPES } from "@/lib/identity.ts";
import { edgePath, isTrust } from "@/topology/edge-path.ts";
import type { Position } from "@/topology/force-layout.ts";
import type { Places } from "@/topology/use-layout.ts";

// biome-ignore-start lint/a11y/useSemanticElements: HTML form elements cannot stand inside SVG, or would mean a form.

const MARGIN = 70;
const MARK = 18;
const LABEL_CHARS_MAX = 22;
/** A small network is not blown up to fill the panel. */
const BOX_MIN = [460, 310] as const;

interface Props {
  readonly nodes: readonly FleetNode[];
  readonly edges: readonly FleetEdge[];
  readonly places: Places;
  readonly selected: string | null;
  readonly onSelect: (key: string) => void;
}

export function ForceGraph({ nodes, edges, places, selected, onSelect }: Props) {
  const names = useFleetNames();
  const box = boxOf([...places.values()]);
  const touching = (edge: FleetEdge) => selected !== null && (edge.from === selected || edge.to === selected);
  return (
    <svg
      viewBox={box}
      className="h-full w-full"
      role="group"
      aria-label={`${nodes.length} spores, ${edges.length} links`}
    >
      <g>
        {edges.map((edge) => {
          const from = places.get(edge.from);
          const to = places.get(edge.to);
          if (from === undefined || to === undefined) return null;
          return (
            <path
              key={`${edge.kind}${edge.from}${edge.to}`}
              d={edgePath(edge.kind, from, to)}
              data-kind={edge.kind}
              fill="none"
              stroke={touching(edge) ? "var(--accent)" : isTrust(edge) ? "var(--soft)" : "var(--edge)"}
              strokeWidth={touching(edge) ? 1.75 : isTrust(edge) ? 1.25 : 1}
              strokeDasharray={isTrust(edge) ? "1.5 4" : undefined}
              strokeLinecap="round"
            />
          );
        })}
      </g>
      {nodes.map((node) => {
        const at = places.get(node.key);
        if (at === undefined) return null;
        return (
          <Mark
            key={node.key}
            node={node}
            at={at}
            colour={names.find(node.key)?.colour ?? 7}
            selected={node.key === selected}
            onSelect={onSelect}
          />
        );
      })}
    </svg>
  );
}

interface MarkProps {
  readonly node: FleetNode;
  readonly at: Position;
  readonly colour: number;
  readonly selected: boolean;
  readonly onSelect: (key: string) => void;
}

function Mark({ node, at, colour, selected, onSelect }: MarkProps) {
  const shown =
    node.name.length > LABEL_CHARS_MAX ? `${node.name.slice(0, LABEL_CHARS_MAX - 1)}…` : node.name;
  // The visible words must be part of the spoken name.
  const full = shown === node.name ? shown : `${shown} (${node.name})`;
  const faded = node.state === "offline" || node.state === "stale";
  return (
    <g
      role="button"
      tabIndex={0}
      aria-label={`${full}, ${node.role ?? "role unknown"}, ${node.state}`}
      aria-pressed={selected}
      transform={`translate(${at.x},${at.y})`}
      className="cursor-pointer"
      onClick={() => onSelect(node.key)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onSelect(node.key);
      }}
    >
      <circle r="20" fill="var(--panel)" stroke={selected ? "var(--accent)" : "none"} strokeWidth="2" />
      <path
        d={ROLE_SHAPES[node.role ?? "unknown"]}
        transform={`translate(${-MARK / 2},${-MARK / 2}) scale(${MARK / 16})`}
        fill={faded ? "var(--panel)" : `var(--id-${colour})`}
        stroke={`var(--id-${colour})`}
        strokeWidth={faded ? 1.5 : 0}
        strokeDasharray={faded ? "2.5 2" : undefined}
      />
      <text
        paintOrder="stroke"
        stroke="var(--panel)"
        strokeWidth="4"
        y="28"
        textAnchor="middle"
        fontSize="11.5"
        fill={selected ? "var(--ink)" : "var(--soft)"}
      >
        {shown}
      </text>
    </g>
  );
}

function boxOf(places: readonly Position[]): string {
  const xs = places.map((place) => place.x);
  const ys = places.map((place) => place.y);
  const [left, right] = [Math.min(0, ...xs), Math.max(0, ...xs)];
  const [top, bottom] = [Math.min(0, ...ys), Math.max(0, ...ys)];
  const width = Math.max(BOX_MIN[0], right - left + 2 * MARGIN);
  const height = Math.max(BOX_MIN[1], bottom - top + 2 * MARGIN);
  return `${(left + right - width) / 2} ${(top + bottom - height) / 2} ${width} ${height}`;
}
// biome-ignore-end lint/a11y/useSemanticElements: HTML form elements cannot stand inside SVG, or would mean a form.
