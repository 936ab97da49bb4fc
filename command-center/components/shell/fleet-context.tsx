/** The fleet, computed once for the whole page, and the names and colours that follow from it. */
"use client";

import type { Role } from "@synapse/shared/contract/entry.ts";
import { createContext, type ReactNode, useContext, useDeferredValue, useMemo } from "react";
import type { Fleet } from "@/lib/fleet.ts";
import { assignColours, hashText, IDENTITY_COLOURS } from "@/lib/identity.ts";
import { useMergedFleet } from "@/lib/probes.ts";

export interface Known {
  readonly name: string;
  readonly role: Role | null;
  readonly colour: number;
}

export interface FleetNames {
  readonly find: (id: string) => Known | null;
}

const EMPTY: Fleet = { nodes: [], edges: [], operators: new Set() };
const FleetContext = createContext<Fleet>(EMPTY);
const NamesContext = createContext<FleetNames>({ find: () => null });

export function FleetProvider({ children }: { readonly children: ReactNode }) {
  // Half of every page hangs on it: drawing that may be interrupted by whatever the visitor does.
  const fleet = useDeferredValue(useMergedFleet());
  const names = useMemo(() => namesOf(fleet), [fleet]);
  return (
    <FleetContext.Provider value={fleet}>
      <NamesContext.Provider value={names}>{children}</NamesContext.Provider>
    </FleetContext.Provider>
  );
}

export function useFleet(): Fleet {
  return useContext(FleetContext);
}

export function useFleetNames(): FleetNames {
  return useContext(NamesContext);
}

function namesOf(fleet: Fleet): FleetNames {
  const ordered = [...fleet.nodes].sort(
    (a, b) => Number(b.mine) - Number(a.mine) || (a.key < b.key ? -1 : 1),
  );
  const colours = assignColours(ordered.map((node) => node.key));
  const known = new Map<string, Known>();
  for (const node of ordered) {
    const entry = { name: node.name, role: node.role, colour: colours.get(node.key) ?? 7 };
    known.set(node.key, entry);
    if (node.url !== null) known.set(node.url, entry);
    if (!known.has(node.name)) known.set(node.name, entry);
  }
  return {
    find: (id) =>
      known.get(id) ?? {
        name: id.length > 24 ? `${id.slice(0, 8)}…` : id,
        role: null,
        colour: hashText(id) % IDENTITY_COLOURS,
      },
  };
}
