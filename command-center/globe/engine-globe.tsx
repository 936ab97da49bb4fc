/**
 * The globe drawn by a map engine. Both engines share this component: react-map-gl gives them the same parts, which
 * arrive here as a kit. Spots are buttons in the page, so that the keyboard, screen readers and the identity colours
 * work on them; arcs and land are drawn by the engine.
 *
 * It draws or it says that it cannot: `onFail` is called when nothing was drawn within LOAD_MS, when the engine
 * reports an error before that, or when the graphics context is lost. Whoever shows it then falls back.
 */
"use client";

import { useEffect, useMemo, useRef, useState } from "react";
import type * as MapLibre from "react-map-gl/maplibre";
import { useTheme } from "@/components/shell/theme.ts";
import { useSpin } from "@/globe/spin.ts";
import { SpotMark } from "@/globe/spot-mark.tsx";
import {
  arcsBetween,
  firstView,
  type GlobeMark,
  gather,
  lineOf,
  type Spot,
  spotDegrees,
  WORLD_PX,
} from "@/globe/spots.ts";
import { cssColour } from "@/lib/css-colour.ts";

export type MapKit = Pick<typeof MapLibre, "Map" | "Source" | "Layer" | "Marker">;

export interface GlobeProps {
  readonly marks: readonly GlobeMark[];
  readonly links: readonly (readonly [from: string, to: string])[];
  /** Key of the selected spore. */
  readonly selected: string | null;
  readonly onSelect: (spot: Spot) => void;
  readonly spinning: boolean;
}

export interface EngineProps extends GlobeProps {
  /** The shorter side of the space there is, px. */
  readonly size: number;
  readonly onFail: (why: string) => void;
  /** The first complete picture stands on the canvas. */
  readonly onDrawn: () => void;
}

interface Props extends EngineProps {
  readonly kit: MapKit;
  /** The style for the present theme. */
  readonly styleFor: (theme: "dark" | "light") => NonNullable<MapLibre.MapProps["mapStyle"]>;
  /** What one engine knows and the other does not. */
  readonly own?: Readonly<Record<string, unknown>>;
}

/** A slow machine without a graphics card needs a few seconds; beyond this the visitor has waited long enough. */
const LOAD_MS = 15_000;
/** Share of the space that the globe would take at first if it were flat; seen from near it looks a fifth smaller. */
const FILL = 1.12;
const ZOOM_MAX = 8;
/** Two steps closer separates most spots. */
const ZOOM_STEP = 2;
const FENCE_LOOK_MS = 30;
const ENGINE_CLASS = "relative h-full w-full overflow-hidden rounded";

export function EngineGlobe({
  kit,
  size,
  styleFor,
  own,
  marks,
  links,
  selected,
  onSelect,
  spinning,
  onFail,
  onDrawn,
}: Props) {
  const { Map: MapView, Source, Layer, Marker } = kit;
  const theme = useTheme();
  const map = useRef<MapLibre.MapRef>(null);
  const loaded = useRef(false);
  const [looked] = useState(() => firstView(gather(marks, spotDegrees(0, 0))));
  const [view, setView] = useState({ zoom: zoomToFit(size, looked[1]), latitude: looked[1] });
  const spots = useMemo(() => gather(marks, spotDegrees(view.zoom, view.latitude)), [marks, view]);
  const arcs = useMemo(() => toFeatures(spots, links), [spots, links]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read from the document, which the theme changes.
  const colours = useMemo(() => ({ style: styleFor(theme), accent: cssColour("--accent") }), [theme]);
  useLoadDeadline(loaded, onFail);
  useSpin(spinning, (degrees) => {
    const centre = map.current?.getCenter();
    if (centre !== undefined) map.current?.setCenter([centre.lng + degrees, centre.lat]);
  });
  useLookAt(map, marks, selected);
  const open = (spot: Spot) => {
    onSelect(spot);
    if (spot.marks.length === 1 || isOnePlace(spot)) return;
    map.current?.flyTo({
      center: [spot.longitude, spot.latitude],
      zoom: Math.min(ZOOM_MAX, (map.current?.getZoom() ?? view.zoom) + ZOOM_STEP),
    });
  };
  return (
    <div className={ENGINE_CLASS} data-testid="engine-globe">
      <MapView
        ref={map}
        {...own}
        mapStyle={colours.style}
        projection="globe"
        initialViewState={{ longitude: looked[0], latitude: looked[1], zoom: view.zoom }}
        maxZoom={ZOOM_MAX}
        attributionControl={own === undefined ? false : {}}
        onLoad={({ target }) => {
          loaded.current = true;
          target.getCanvas().setAttribute("aria-label", "Globe: arrow keys turn it, plus and minus zoom");
          target
            .getCanvas()
            .addEventListener("webglcontextlost", () => onFail("the graphics context was lost"));
          whenPainted(target.getCanvas(), onDrawn);
        }}
        onError={({ error }) => {
          if (!loaded.current) onFail(error.message);
        }}
        onZoomEnd={({ viewState: { zoom, latitude } }) => setView({ zoom, latitude })}
      >
        <Source id="arcs" type="geojson" data={arcs}>
          <Layer
            id="arcs"
            type="line"
            layout={{ "line-cap": "round" }}
            paint={{
              "line-color": colours.accent,
              "line-opacity": 0.55,
              "line-width": ["interpolate", ["linear"], ["get", "links"], 1, 1, 20, 3],
            }}
          />
        </Source>
        {spots.map((spot) => (
          <Marker
            key={spot.key}
            longitude={spot.longitude}
            latitude={spot.latitude}
            anchor="center"
            opacityWhenCovered="0"
          >
            <SpotMark
              spot={spot}
              selected={selected !== null && spot.marks.some((mark) => mark.key === selected)}
              onSelect={() => open(spot)}
            />
          </Marker>
        ))}
      </MapView>
    </div>
  );
}

/**
 * Calls back when all that was ordered from the graphics card so far is done. To show a canvas earlier stops the page
 * until then: a second on a machine that has no such card.
 */
function whenPainted(canvas: HTMLCanvasElement, onPainted: () => void): void {
  const gl = canvas.getContext("webgl2");
  const fence = gl?.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0) ?? null;
  gl?.flush();
  const look = () => {
    const isPending = fence !== null && gl?.getSyncParameter(fence, gl.SYNC_STATUS) === gl?.UNSIGNALED;
    if (isPending) setTimeout(look, FENCE_LOOK_MS);
    else onPainted();
  };
  // What became of a fence is told to later tasks only.
  setTimeout(look, FENCE_LOOK_MS);
}

/** The zoom at which the whole globe fits. Engines widen it with the latitude in the middle, as Mercator does. */
function zoomToFit(size: number, latitude: number): number {
  return Math.log2((size * FILL * Math.PI * Math.cos((latitude * Math.PI) / 180)) / WORLD_PX);
}

function toFeatures(spots: readonly Spot[], links: GlobeProps["links"]) {
  return {
    type: "FeatureCollection" as const,
    features: arcsBetween(spots, links).map((arc) => ({
      type: "Feature" as const,
      properties: { links: arc.links },
      geometry: { type: "LineString" as const, coordinates: lineOf(arc).map(([x, y]) => [x, y]) },
    })),
  };
}

function isOnePlace(spot: Spot): boolean {
  return spot.marks.every((mark) => mark.longitude === spot.longitude && mark.latitude === spot.latitude);
}

function useLoadDeadline(loaded: { readonly current: boolean }, onFail: (why: string) => void): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: one deadline for the life of the map.
  useEffect(() => {
    const timer = setTimeout(() => {
      if (!loaded.current) onFail("the map did not appear in time");
    }, LOAD_MS);
    return () => clearTimeout(timer);
  }, []);
}

/** What is chosen in the table comes into view. Engines jump instead of flying where reduced motion is wished. */
function useLookAt(
  map: { readonly current: MapLibre.MapRef | null },
  marks: readonly GlobeMark[],
  selected: string | null,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: moves when the selection changes, not when a spore does.
  useEffect(() => {
    const mark = marks.find((one) => one.key === selected);
    if (mark !== undefined) map.current?.flyTo({ center: [mark.longitude, mark.latitude] });
  }, [selected]);
}
