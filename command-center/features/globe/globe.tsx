/** Where are we? Only places that operators declared; "unknown" is a place of its own. */
"use client";

import { Orbit } from "lucide-react";
import { useMemo, useState } from "react";
import { useFleet, useFleetNames } from "@/components/shell/fleet-context.tsx";
import { NoSpore } from "@/components/state/no-spore.tsx";
import { Button } from "@/components/ui/button.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { VirtualTable } from "@/components/ui/virtual-table.tsx";
import { inPlace, PLACE_COLUMNS, type Placed, placesOf } from "@/features/globe/places.tsx";
import type { GlobeMark, Spot } from "@/globe/spots.ts";
import { World } from "@/globe/world.tsx";
import type { FleetEdge } from "@/lib/fleet.ts";
import { plural } from "@/lib/format.ts";
import { useUrlState } from "@/lib/url-state.ts";

const TRACKS = "grid-cols-[minmax(6rem,1fr)_minmax(8rem,1.2fr)_6.5rem]";
const ROWS_VISIBLE = 15;

export function GlobePage() {
  const fleet = useFleet();
  const url = useUrlState();
  const [spinning, setSpinning] = useState(false);
  const selected = url.get("node");
  const place = url.get("place");
  const { placed, unknown, places } = useMemo(() => placesOf(fleet.nodes), [fleet.nodes]);
  const marks = useMarks(placed);
  const links = useLinks(fleet.edges);
  const select = (key: string) => url.set({ node: key === selected ? null : key }, "push");
  const open = ({ marks: [only, ...others] }: Spot) => {
    if (only !== undefined && others.length === 0) select(only.key);
    else url.set({ place: only?.place ?? null, node: null }, "push");
  };
  const rows = [...placed, ...unknown];
  const shown = place === null ? rows : rows.filter((row) => inPlace(row, place));
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_24rem]">
      <Panel
        title="Globe"
        note={`${plural(placed.length, "spore")} in ${plural(places.length, "place")}, ${unknown.length} unknown`}
        actions={<Spin on={spinning} onToggle={() => setSpinning(!spinning)} />}
      >
        <div className="h-88 sm:h-[36rem]">
          <World marks={marks} links={links} selected={selected} onSelect={open} spinning={spinning} />
        </div>
        {placed.length === 0 ? <NoPlaces /> : null}
      </Panel>
      <Panel
        title="Places"
        flush
        note={place === null ? undefined : place}
        actions={
          <>
            {place === null ? null : (
              <Button look="bare" onClick={() => url.set({ place: null }, "push")}>
                All places
              </Button>
            )}
            <TakeAway
              name="places"
              rows={shown}
              columns={PLACE_COLUMNS}
              json={shown.map(({ node }) => node)}
            />
          </>
        }
      >
        {fleet.nodes.length === 0 ? (
          <NoSpore rows={10} />
        ) : (
          <VirtualTable
            label="Places"
            columns={PLACE_COLUMNS}
            rows={shown}
            keyOf={({ node }) => node.key}
            tracks={TRACKS}
            minWidth="min-w-80"
            rowsVisible={ROWS_VISIBLE}
            selected={selected}
            onSelect={({ node }) => select(node.key)}
          />
        )}
      </Panel>
    </div>
  );
}

function useMarks(placed: readonly Placed[]): readonly GlobeMark[] {
  const names = useFleetNames();
  const marks = useMemo(
    () =>
      placed.map(({ node, place }) => ({
        key: node.key,
        name: node.name,
        place: place.name,
        longitude: place.longitude,
        latitude: place.latitude,
        colour: names.find(node.key)?.colour ?? 7,
        role: node.role,
        hollow: node.state !== "live",
      })),
    [placed, names],
  );
  return useUnchanged(marks);
}

function useLinks(edges: readonly FleetEdge[]) {
  const links = useMemo(
    () => edges.filter(({ kind }) => kind !== "trust").map(({ from, to }) => [from, to] as const),
    [edges],
  );
  return useUnchanged(links);
}

/** The fleet is joined again every few seconds; a globe is drawn again only where that changed what it shows. */
function useUnchanged<T>(value: T): T {
  const text = useMemo(() => JSON.stringify(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text stands for the value.
  return useMemo(() => value, [text]);
}

function NoPlaces() {
  return (
    <p className="mt-2 text-center text-sm text-soft">
      No operator has declared a place (<code className="font-mono text-xs">SPORE_PLACE</code>). It is never
      guessed from an address.
    </p>
  );
}

function Spin({ on, onToggle }: { readonly on: boolean; readonly onToggle: () => void }) {
  return (
    <Button look="bare" aria-pressed={on} onClick={onToggle}>
      <Orbit size={14} className={on ? "text-accent" : ""} /> Spin
    </Button>
  );
}
