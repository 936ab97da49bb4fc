/** The one function of d3-geo-projection that the build uses; the package brings no types of its own. */
declare module "d3-geo-projection" {
  import type { GeoStreamWrapper } from "d3-geo";
  import type { GeoJsonObject } from "geojson";

  export function geoProject(object: GeoJsonObject, projection: GeoStreamWrapper): GeoJsonObject;
}
