/**
 * What a globe shows: spores gathered into spots that do not overlap at the present zoom, and the arcs between spots.
 * Pure, and the same for every engine, so that the picture means the same whichever draws it.
 */
import type { Role } from "@synapse/shared/contract/entry.ts";
import { geoDistance, geoInterpolate } from "d3-geo";

export interface GlobeMark {
  readonly key: string;
  readonly name: string;
  readonly place: string;
  readonly longitude: number;
  readonly latitude: number;
  readonly colour: number;
  readonly role: Role | null;
  /** Stale, asleep or offline. */
  readonly hollow: boolean;
}

export interface Spot {
  /** The key of its first spore: stable while the spot holds together. */
  readonly key: string;
  readonly longitude: number;
  readonly latitude: number;
  readonly marks: readonly GlobeMark[];
}

export type Position = readonly [longitude: number, latitude: number];

export interface Arc {
  readonly from: Position;
  readonly to: Position;
  /** How many links lie on it. */
  readonly links: number;
}

const DEGREES = 180 / Math.PI;
/** A mark with its rim; nearer than this two of them would overlap. */
const SPOT_PX = 34;
/** Map engines draw the world 512 px wide at zoom 0. */
export const WORLD_PX = 512;

/** Degrees that a mark covers at this zoom, when the middle of the picture lies at this latitude. */
export function spotDegrees(zoom: number, latitude: number): number {
  return (SPOT_PX * 360 * Math.cos((latitude * Math.PI) / 180)) / (WORLD_PX * 2 ** zoom);
}

/** Each spore joins the first spot within reach; a spot stands where its first spore stands. */
export function gather(marks: readonly GlobeMark[], degrees: number): readonly Spot[] {
  const spots: { key: string; longitude: number; latitude: number; marks: GlobeMark[] }[] = [];
  for (const mark of [...marks].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    const near = spots.find((spot) => awayDegrees(spot, mark) <= degrees);
    if (near === undefined)
      spots.push({ key: mark.key, longitude: mark.longitude, latitude: mark.latitude, marks: [mark] });
    else near.marks.push(mark);
  }
  return spots;
}

function awayDegrees(a: Omit<Spot, "marks" | "key">, b: GlobeMark): number {
  // Far apart in latitude is far apart; sparing the trigonometry keeps a thousand spores cheap.
  const vertical = Math.abs(a.latitude - b.latitude);
  if (vertical > 60) return vertical;
  return geoDistance([a.longitude, a.latitude], [b.longitude, b.latitude]) * DEGREES;
}

export function arcsBetween(
  spots: readonly Spot[],
  links: readonly (readonly [from: string, to: string])[],
): readonly Arc[] {
  const spotOf = new Map(spots.flatMap((spot) => spot.marks.map((mark) => [mark.key, spot] as const)));
  const arcs = new Map<string, { from: Position; to: Position; links: number }>();
  for (const [from, to] of links) {
    const [a, b] = [spotOf.get(from), spotOf.get(to)];
    if (a === undefined || b === undefined || a === b) continue;
    const [first, second] = a.key < b.key ? [a, b] : [b, a];
    const key = `${first.key} ${second.key}`;
    const known = arcs.get(key);
    if (known === undefined) {
      arcs.set(key, {
        from: [first.longitude, first.latitude],
        to: [second.longitude, second.latitude],
        links: 1,
      });
    } else known.links += 1;
  }
  return [...arcs.values()];
}

/** Points along a great circle, close enough to look round. */
const ARC_POINTS = 32;

/** The arc as a line whose longitudes never jump: past ±180 they go on counting, as map engines expect. */
export function lineOf({ from, to }: Arc): readonly Position[] {
  const along = geoInterpolate([from[0], from[1]], [to[0], to[1]]);
  const line: [number, number][] = [];
  for (let i = 0; i <= ARC_POINTS; i += 1) {
    const [longitude, latitude] = along(i / ARC_POINTS);
    const before = line.at(-1)?.[0] ?? longitude;
    const turns = Math.round((before - longitude) / 360);
    line.push([longitude + turns * 360, latitude]);
  }
  return line;
}

/** Where to look first: at the spot with the most spores, or at the Atlantic. */
export function firstView(spots: readonly Spot[]): Position {
  const most = spots.reduce<Spot | null>(
    (best, spot) => (best === null || spot.marks.length > best.marks.length ? spot : best),
    null,
  );
  return most === null ? [-10, 25] : [most.longitude, Math.max(-60, Math.min(60, most.latitude))];
}

export function spotLabel(spot: Spot): string {
  const [first, ...others] = spot.marks;
  if (first === undefined) return "";
  if (others.length === 0) return `${first.name}, ${first.place}`;
  const places = [...new Set(spot.marks.map((mark) => mark.place))];
  return `${spot.marks.length} spores: ${places.slice(0, 3).join(", ")}${places.length > 3 ? " and more" : ""}`;
}
