/** Asks every chosen spore for its health and its view of the network, and merges the answers. */
"use client";

import { useMemo } from "react";
import { useNow } from "@/lib/clock.ts";
import { type Fleet, mergeFleet, type Probe } from "@/lib/fleet.ts";
import { useChosen, useHealths, useSwarms } from "@/lib/queries.ts";
import { SporeError } from "@/lib/spore-client.ts";

/** Staleness is a matter of tens of seconds; a coarse clock spares a thousand rows from being sorted each second. */
const STALENESS_STEP_MS = 5_000;

function useProbes(): readonly Probe[] {
  const chosen = useChosen();
  const healths = useHealths(chosen);
  const swarms = useSwarms(chosen);
  return chosen.map((spore, index) => {
    const health = healths[index];
    const error = health?.error;
    return {
      spore,
      health: health?.data ?? null,
      healthAt: health === undefined || health.dataUpdatedAt === 0 ? null : health.dataUpdatedAt,
      failure: error instanceof SporeError ? error.failure : null,
      swarm: swarms[index]?.data ?? null,
    };
  });
}

export function useMergedFleet(): Fleet {
  const probes = useProbes();
  const now = Math.floor(useNow() / STALENESS_STEP_MS) * STALENESS_STEP_MS;
  const signature = probes
    .map((p) => `${p.spore.url}|${p.healthAt}|${p.failure?.kind}|${p.swarm?.as_of}`)
    .join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `signature` changes whenever a probe does.
  return useMemo(() => mergeFleet(probes, now), [signature, now]);
}
