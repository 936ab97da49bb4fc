/**
 * The globe by the best engine that works here: Mapbox GL where the commander gave a token, MapLibre on the bundled
 * land otherwise or when Mapbox refuses, and an outline drawn as SVG where there is no WebGL. Never a blank page.
 */
"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { useWidth } from "@/charts/width.ts";
import { LoadingState } from "@/components/state/panel-states.tsx";
import type { GlobeProps } from "@/globe/engine-globe.tsx";
import { useChoice } from "@/lib/queries.ts";

const loading = () => <LoadingState rows={20} what="the map" />;
const MapLibreGlobe = dynamic(() => import("@/globe/maplibre-globe.tsx").then((m) => m.MapLibreGlobe), {
  ssr: false,
  loading,
});
const MapboxGlobe = dynamic(() => import("@/globe/mapbox-globe.tsx").then((m) => m.MapboxGlobe), {
  ssr: false,
  loading,
});
const OutlineGlobe = dynamic(() => import("@/globe/outline-globe.tsx").then((m) => m.OutlineGlobe), {
  ssr: false,
  loading,
});

type Engine = "mapbox" | "maplibre" | "outline";
const NEXT: Readonly<Record<Engine, Engine>> = {
  mapbox: "maplibre",
  maplibre: "outline",
  outline: "outline",
};
const NAMES: Readonly<Record<Engine, string>> = {
  mapbox: "Map by Mapbox, with the token of this page's config.json.",
  maplibre: "Land by Natural Earth, part of this page: drawing it asks nobody anything.",
  outline: "Drawn as an outline.",
};

function hasWebGl(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

export function World(props: GlobeProps) {
  const choice = useChoice().data;
  const token = choice?.mapboxToken ?? null;
  const [webGl] = useState(hasWebGl);
  const [width, frame] = useWidth();
  const size = Math.min(width, frame.current?.clientHeight ?? width);
  const [failed, setFailed] = useState<{ readonly engine: Engine; readonly why: string } | null>(null);
  const first: Engine = !webGl ? "outline" : token === null ? "maplibre" : "mapbox";
  const engine = failed === null ? first : NEXT[failed.engine];
  const onFail = (why: string) => setFailed({ engine, why });
  const why = webGl ? failed?.why : "This browser offers no WebGL";
  return (
    <div className="flex h-full flex-col gap-2">
      <div ref={frame} className="min-h-0 grow" data-engine={engine}>
        {choice === undefined || size === 0 ? (
          loading()
        ) : engine === "mapbox" && token !== null ? (
          <MapboxGlobe {...props} size={size} token={token} mapStyle={choice.mapboxStyle} onFail={onFail} />
        ) : engine === "outline" ? (
          <OutlineGlobe {...props} />
        ) : (
          <MapLibreGlobe {...props} size={size} onFail={onFail} />
        )}
      </div>
      <p className="text-center text-xs text-faint">
        {NAMES[engine]}
        {why === undefined ? "" : ` ${why}.`}
      </p>
    </div>
  );
}
