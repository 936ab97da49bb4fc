/** The globe by MapLibre, on the bundled land: no key, no request to anybody. */
"use client";

import { setWorkerUrl } from "maplibre-gl";
import { Layer, Map as MapView, Marker, Source } from "react-map-gl/maplibre";
import { EngineGlobe, type EngineProps } from "@/globe/engine-globe.tsx";
import { landStyle } from "@/globe/land-style.ts";
import "maplibre-gl/dist/maplibre-gl.css";

// Bundlers do not find the worker by themselves, and without it nothing is drawn.
setWorkerUrl(new URL("maplibre-gl/dist/maplibre-gl-worker.mjs", import.meta.url).href);

const KIT = { Map: MapView, Source, Layer, Marker };

export function MapLibreGlobe(props: EngineProps) {
  return <EngineGlobe {...props} kit={KIT} styleFor={landStyle} />;
}
