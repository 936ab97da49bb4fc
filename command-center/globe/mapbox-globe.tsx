/**
 * The globe by Mapbox GL, with the commander's own token and style. Loaded only then: it is proprietary software that
 * talks to its maker.
 */
"use client";

import { Layer, Map as MapView, Marker, Source } from "react-map-gl/mapbox";
import { EngineGlobe, type EngineProps, type MapKit } from "@/globe/engine-globe.tsx";
import { cssColour } from "@/lib/css-colour.ts";
import "mapbox-gl/dist/mapbox-gl.css";

const KIT = { Map: MapView, Source, Layer, Marker } as unknown as MapKit;
const STYLES = {
  dark: "mapbox://styles/mapbox/dark-v11",
  light: "mapbox://styles/mapbox/light-v11",
} as const;

interface Props extends EngineProps {
  readonly token: string;
  /** A style address of the commander's own, instead of the usual ones. */
  readonly mapStyle: string | null;
}

export function MapboxGlobe({ token, mapStyle, ...props }: Props) {
  const space = cssColour("--panel");
  const own = {
    mapboxAccessToken: token,
    fog: { color: space, "high-color": space, "space-color": space, "star-intensity": 0 },
  };
  return <EngineGlobe {...props} kit={KIT} own={own} styleFor={(theme) => mapStyle ?? STYLES[theme]} />;
}
