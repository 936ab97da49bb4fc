/** Spores by declared place, and the columns of their table: the globe's twin. */
import type { Place } from "@synapse/shared/contract/peer-card.ts";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { NodeBadge } from "@/components/ui/state-badge.tsx";
import type { Column } from "@/components/ui/table-columns.ts";
import type { FleetNode } from "@/lib/fleet.ts";
import { formatDecimal } from "@/lib/format.ts";

export interface Placed {
  readonly node: FleetNode;
  readonly place: Place;
}
export interface Unplaced {
  readonly node: FleetNode;
  readonly place: null;
}

export interface Places {
  readonly placed: readonly Placed[];
  readonly unknown: readonly Unplaced[];
  readonly places: readonly string[];
}

export function placesOf(nodes: readonly FleetNode[]): Places {
  const placed: Placed[] = [];
  const unknown: Unplaced[] = [];
  for (const node of nodes) {
    if (node.place === null) unknown.push({ node, place: null });
    else placed.push({ node, place: node.place });
  }
  placed.sort((a, b) => a.place.name.localeCompare(b.place.name) || a.node.name.localeCompare(b.node.name));
  return { placed, unknown, places: [...new Set(placed.map(({ place }) => place.name))] };
}

type Row = Placed | Unplaced;

export function inPlace({ place }: Row, name: string): boolean {
  return place?.name === name;
}

export const PLACE_COLUMNS: readonly Column<Row>[] = [
  {
    name: "Spore",
    value: ({ node }) => node.name,
    cell: ({ node }) => <SporeName id={node.key} role={node.role} />,
  },
  {
    name: "Place",
    value: ({ place }) => place?.name ?? null,
    cell: ({ place }) =>
      place === null ? (
        <span className="text-faint">unknown</span>
      ) : (
        <span title={`${formatDecimal(place.latitude)}, ${formatDecimal(place.longitude)}`}>
          {place.name}
        </span>
      ),
  },
  { name: "State", value: ({ node }) => node.state, cell: ({ node }) => <NodeBadge state={node.state} /> },
];
