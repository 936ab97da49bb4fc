/** Spores by declared place. Pure. */
import type { Place } from "@synapse/shared/contract/peer-card.ts";
import type { FleetNode } from "@/lib/fleet.ts";

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
