/**
 * Where each spore stands in the network graph: a force layout that starts from positions derived from the keys, so
 * the same network is drawn the same way every time. Pure; coordinates are around 0, 0.
 */
import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type SimulationNodeDatum,
} from "d3-force";
import { hashText } from "@/lib/identity.ts";

export interface LayoutNode {
  readonly key: string;
  /** Spores of one group are pulled together. */
  readonly group: string;
}
export interface LayoutEdge {
  readonly from: string;
  readonly to: string;
}
export interface Position {
  readonly x: number;
  readonly y: number;
}

/** Enough for the figure to settle; each tick of 300 nodes costs about a millisecond. */
const TICKS = 300;
/** Large networks start near where they end, and each tick costs more. */
const TICKS_LARGE = 120;
const LARGE = 300;
const SPREAD = 46;

interface Body extends SimulationNodeDatum {
  readonly key: string;
  readonly group: string;
}

/** mulberry32: the layout must not depend on Math.random. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function layout(
  nodes: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  ticks = nodes.length > LARGE ? TICKS_LARGE : TICKS,
): ReadonlyMap<string, Position> {
  const groups = [...new Set(nodes.map((node) => node.group))].sort();
  const ring = groups.length === 1 ? 0 : SPREAD * Math.sqrt(nodes.length + groups.length);
  const centre = (group: string) => {
    const angle = (groups.indexOf(group) / groups.length) * 2 * Math.PI;
    return { x: Math.cos(angle) * ring, y: Math.sin(angle) * ring };
  };
  const bodies: Body[] = [...nodes]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ key, group }) => {
      const angle = (hashText(key) / 4_294_967_296) * 2 * Math.PI;
      const home = centre(group);
      return { key, group, x: home.x + Math.cos(angle) * SPREAD, y: home.y + Math.sin(angle) * SPREAD };
    });
  const known = new Set(bodies.map((body) => body.key));
  const links = edges
    .filter((edge) => known.has(edge.from) && known.has(edge.to))
    .map(({ from, to }) => ({ source: from, target: to }));
  const simulation = forceSimulation(bodies)
    .randomSource(seeded(1))
    .force("repel", forceManyBody().strength(-220))
    .force(
      "link",
      forceLink<Body, { source: string; target: string }>(links)
        .id((body) => body.key)
        .distance(SPREAD * 2)
        .strength(0.25),
    )
    .force("collide", forceCollide(26))
    .force("x", forceX<Body>((body) => centre(body.group).x).strength(0.09))
    .force("y", forceY<Body>((body) => centre(body.group).y).strength(0.12))
    .stop();
  simulation.tick(ticks);
  return new Map(bodies.map((body) => [body.key, { x: body.x ?? 0, y: body.y ?? 0 }]));
}
