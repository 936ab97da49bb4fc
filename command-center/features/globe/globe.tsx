/** Where are we? Only places that operators declared; "unknown" is a place of its own. */
"use client";

import dynamic from "next/dynamic";
import { useFleet, useFleetNames } from "@/components/shell/fleet-context.tsx";
import { LoadingState, Notice } from "@/components/state/panel-states.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { Scroller } from "@/components/ui/scroller.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { NodeBadge } from "@/components/ui/state-badge.tsx";
import { placesOf } from "@/features/globe/places.ts";
import { formatDecimal, plural } from "@/lib/format.ts";
import { useUrlState } from "@/lib/url-state.ts";

const OutlineGlobe = dynamic(() => import("@/globe/outline-globe.tsx").then((m) => m.OutlineGlobe), {
  ssr: false,
  loading: () => <LoadingState rows={20} what="the map" />,
});

export function GlobePage() {
  const fleet = useFleet();
  const names = useFleetNames();
  const url = useUrlState();
  const selected = url.get("node");
  const select = (key: string) => url.set({ node: key === selected ? null : key }, "push");
  const { placed, unknown, places } = placesOf(fleet.nodes);
  const marks = placed.map(({ node, place }) => ({
    key: node.key,
    name: `${node.name}, ${place.name}`,
    longitude: place.longitude,
    latitude: place.latitude,
    colour: names.find(node.key)?.colour ?? 7,
    role: node.role,
    hollow: node.state !== "live",
  }));
  const arcs = fleet.edges
    .filter((edge) => edge.kind !== "trust")
    .map((edge) => [edge.from, edge.to] as const);
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_24rem]">
      <Panel
        title="Globe"
        note={`${plural(placed.length, "spore")} in ${plural(places.length, "place")}, ${unknown.length} unknown`}
      >
        <OutlineGlobe marks={marks} arcs={arcs} selected={selected} onSelect={select} />
        {placed.length === 0 ? (
          <p className="mt-2 text-center text-sm text-soft">
            No operator has declared a place. It is never guessed from an address.
          </p>
        ) : null}
      </Panel>
      <Panel title="Places" flush>
        {fleet.nodes.length === 0 ? (
          <Notice rows={10} title="No spore is known" />
        ) : (
          <Scroller label="Places">
            <table className="w-full text-left">
              <thead className="text-xs text-faint">
                <tr>
                  <th className="px-4 py-2 font-normal">Place</th>
                  <th className="py-2 pr-4 font-normal">Spore</th>
                  <th className="py-2 pr-4 font-normal">State</th>
                </tr>
              </thead>
              <tbody>
                {[...placed, ...unknown].map(({ node, place }) => (
                  <tr
                    key={node.key}
                    className={`border-t border-line ${node.key === selected ? "bg-raised" : ""}`}
                  >
                    <td className="px-4 py-1.5">
                      {place === null ? (
                        <span className="text-faint">unknown</span>
                      ) : (
                        <span title={`${formatDecimal(place.latitude)}, ${formatDecimal(place.longitude)}`}>
                          {place.name}
                        </span>
                      )}
                    </td>
                    <td className="py-1.5 pr-4">
                      <button
                        type="button"
                        onClick={() => select(node.key)}
                        className="rounded underline-offset-2 hover:underline"
                      >
                        <SporeName id={node.key} role={node.role} />
                      </button>
                    </td>
                    <td className="py-1.5 pr-4">
                      <NodeBadge state={node.state} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroller>
        )}
      </Panel>
    </div>
  );
}
