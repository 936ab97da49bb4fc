/** The basemap that needs no network and no key: Natural Earth land, sea and a graticule in the page's own colours. */
import { geoGraticule10 } from "d3-geo";
import type { StyleSpecification } from "maplibre-gl";
import { cssColour } from "@/lib/css-colour.ts";

/** Written at build time by scripts/cut-land.ts. */
const LAND = "/generated/land.json";

export function landStyle(): StyleSpecification {
  return {
    version: 8,
    projection: { type: "globe" },
    sources: {
      land: { type: "geojson", data: `${window.location.origin}${LAND}` },
      graticule: {
        type: "geojson",
        data: { type: "Feature", properties: {}, geometry: geoGraticule10() },
      },
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": cssColour("--sea") } },
      {
        id: "graticule",
        type: "line",
        source: "graticule",
        paint: { "line-color": cssColour("--line"), "line-width": 0.6 },
      },
      { id: "land", type: "fill", source: "land", paint: { "fill-color": cssColour("--land") } },
      {
        id: "coast",
        type: "line",
        source: "land",
        paint: { "line-color": cssColour("--edge"), "line-width": 0.6 },
      },
    ],
  };
}
