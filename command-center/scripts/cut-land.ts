/**
 * Writes the land of the map engines: Natural Earth 1:110m (public domain, from world-atlas) as GeoJSON, cut at the
 * antimeridian. Uncut, Russia, Fiji and Antarctica cross it, and both engines draw filled bands around the globe.
 */

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { geoEquirectangular } from "d3-geo";
import { geoProject } from "d3-geo-projection";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import land from "world-atlas/land-110m.json";

const TARGET = fileURLToPath(new URL("../public/generated/", import.meta.url));
/** A hundredth of a degree is a kilometre: far below a pixel at the zoom this map is made for. */
const DECIMALS = 2;

const topology = land as unknown as Topology<{ land: GeometryCollection }>;
// A projection onto the plane of degrees: it cuts at the antimeridian and changes nothing else but the sign of y.
const degrees = geoEquirectangular()
  .scale(180 / Math.PI)
  .translate([0, 0])
  .precision(0);
const cut = geoProject(feature(topology, topology.objects.land), degrees);
const text = JSON.stringify(cut, (_, value: unknown) => (isPosition(value) ? upright(value) : value));

function isPosition(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "number";
}

function upright([x, y]: readonly [number, number]): readonly [number, number] {
  return [Number(x.toFixed(DECIMALS)), Number((-y).toFixed(DECIMALS))];
}

mkdirSync(TARGET, { recursive: true });
await Bun.write(`${TARGET}land.json`, text);
process.stdout.write(`land.json: ${text.length} bytes\n`);
