/**
 * The globe by the best engine that works here: Mapbox GL where the commander gave a token, MapLibre on the bundled
 * land otherwise or when Mapbox refuses, and an outline drawn as SVG where there is no WebGL. Never a blank page.
 *
 * The outline comes first in any case: it is there at once, while an engine takes a second to start. The engine waits
 * until the page is at rest, draws unseen, and takes the outline's place when its picture is complete.
 */
"use client";

import dynamic from "next/dynamic";
import { useEffect, useRef, useState } from "react";
import { useWidth } from "@/charts/width.ts";
import { LoadingState } from "@/components/state/panel-states.tsx";
import type { GlobeProps } from "@/globe/engine-globe.tsx";
import { useChoice } from "@/lib/queries.ts";
import { useRest } from "@/lib/turns.ts";

const loading = () => <LoadingState rows={20} what="the map" />;
const nothing = () => null;
const MapLibreGlobe = dynamic(() => import("@/globe/maplibre-globe.tsx").then((m) => m.MapLibreGlobe), {
  ssr: false,
  loading: nothing,
});
const MapboxGlobe = dynamic(() => import("@/globe/mapbox-globe.tsx").then((m) => m.MapboxGlobe), {
  ssr: false,
  loading: nothing,
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
/** A page that is never at rest gets its engine all the same. */
const REST_MS_MAX = 1_500;

/** To be asked once the page is at rest: it starts the browser's graphics. */
function hasWebGl(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

export function World(props: GlobeProps) {
  const choice = useChoice().data;
  const [width, frame] = useWidth();
  const size = Math.min(width, frame.current?.clientHeight ?? width);
  const [drawn, setDrawn] = useState<Engine | null>(null);
  const token = choice?.mapboxToken ?? null;
  const { engine, why, onFail } = useEngine(choice === undefined ? undefined : token);
  const isShown = engine !== null && drawn === engine;
  const engineProps = { ...props, size, onFail, onDrawn: () => setDrawn(engine) };
  useFocusKept(frame, isShown);
  return (
    <div className="flex h-full flex-col gap-2">
      <div ref={frame} className="relative min-h-0 grow" data-engine={isShown ? engine : "outline"}>
        {isShown && engine !== "outline" ? null : <OutlineGlobe {...props} />}
        {engine === null || engine === "outline" || size === 0 ? null : (
          <div className={`absolute inset-0 ${isShown ? "" : "invisible"}`}>
            {engine === "mapbox" && token !== null ? (
              <MapboxGlobe {...engineProps} token={token} mapStyle={choice?.mapboxStyle ?? null} />
            ) : (
              <MapLibreGlobe {...engineProps} />
            )}
          </div>
        )}
      </div>
      <p className="text-center text-xs text-faint">
        {/* Outline and MapLibre draw the same land. */}
        {NAMES[engine === "mapbox" && !isShown ? "maplibre" : (engine ?? "maplibre")]}
        {why === undefined ? "" : ` ${why}.`}
      </p>
    </div>
  );
}

/** @param token of Mapbox, null without one, undefined while that is not known. */
function useEngine(token: string | null | undefined) {
  const [webGl, setWebGl] = useState<boolean | null>(null);
  const [failed, setFailed] = useState<{ readonly engine: Engine; readonly why: string } | null>(null);
  const isAtRest = useRest(REST_MS_MAX);
  useEffect(() => {
    if (isAtRest) setWebGl(hasWebGl());
  }, [isAtRest]);
  const first = token === undefined || webGl === null ? null : firstOf(webGl, token);
  const engine = failed === null ? first : NEXT[failed.engine];
  return {
    engine,
    why: webGl === false ? "This browser offers no WebGL" : failed?.why,
    onFail: (why: string) => setFailed({ engine: engine ?? "outline", why }),
  };
}

function firstOf(webGl: boolean, token: string | null): Engine {
  if (!webGl) return "outline";
  return token === null ? "maplibre" : "mapbox";
}

/** Whoever turned the outline with the keyboard goes on turning the engine's globe. */
function useFocusKept(frame: { readonly current: HTMLElement | null }, isShown: boolean): void {
  const inside = useRef(false);
  useEffect(() => {
    if (isShown && inside.current) frame.current?.querySelector("canvas")?.focus();
    const onFocus = () => {
      inside.current = frame.current?.contains(document.activeElement) === true;
    };
    document.addEventListener("focusin", onFocus);
    return () => document.removeEventListener("focusin", onFocus);
  }, [isShown, frame]);
}
