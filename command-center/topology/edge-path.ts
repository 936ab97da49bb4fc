/**
 * How a link runs. Gossip goes straight; trust bends to one side, so that it is not hidden behind the gossip between the
 * same two spores, and the trust of the one in the other is not hidden behind that of the other in the one. Pure.
 */
import type { Position } from "@/topology/force-layout.ts";

/** How far a bent link leaves the straight one: a part of its length, within bounds that can be seen. */
const BEND = 0.14;
const BEND_MIN = 12;
const BEND_MAX = 40;

export function isTrust({ kind }: { readonly kind: string }): boolean {
  return kind === "trust";
}

/** The point towards which a link of trust bends; a curve passes half as far from the straight line. */
export function bendOf(from: Position, to: Position): Position {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const away = 2 * Math.min(BEND_MAX, Math.max(BEND_MIN, BEND * length));
  // Always to the left of its own direction: the way back bends to the other side.
  return { x: (from.x + to.x) / 2 + (dy / length) * away, y: (from.y + to.y) / 2 - (dx / length) * away };
}

/** As SVG writes it. */
export function edgePath(kind: string, from: Position, to: Position): string {
  if (!isTrust({ kind })) return `M${written(from)}L${written(to)}`;
  return `M${written(from)}Q${written(bendOf(from, to))} ${written(to)}`;
}

/** To a hundredth of a pixel. */
function written({ x, y }: Position): string {
  return `${Math.round(x * 100) / 100} ${Math.round(y * 100) / 100}`;
}

export const LINK_KINDS = [
  { value: "all", name: "Gossip and trust" },
  { value: "gossip", name: "Gossip only" },
  { value: "trust", name: "Trust only" },
] as const;
export type LinkKind = (typeof LINK_KINDS)[number]["value"];

export function linksOf<E extends { readonly kind: string }>(
  edges: readonly E[],
  kind: LinkKind,
): readonly E[] {
  return kind === "all" ? edges : edges.filter((edge) => isTrust(edge) === (kind === "trust"));
}
