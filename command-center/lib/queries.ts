/** What the panels ask for: each hook is one snapshot of one spore, kept fresh by the stream and a slow poll. */
"use client";

import {
  disabledSchema,
  historySchema,
  memoryOverviewSchema,
  partStateSchema,
  searchSchema,
  swarmSchema,
  taskDetailSchema,
} from "@synapse/shared/contract/status.ts";
import { keepPreviousData, queryOptions, useQueries, useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { z } from "zod";
import { type ChosenSpore, loadChoice } from "@/lib/chosen-spores.ts";
import { keys } from "@/lib/keys.ts";
import { list } from "@/lib/lenient.ts";
import { lenientHealthSchema } from "@/lib/lenient-health.ts";
import type { PauseState } from "@/lib/live.tsx";
import { providerViewSchema } from "@/lib/provider-view.ts";
import { requireFromSpore } from "@/lib/spore-client.ts";
import type { HistorySpan } from "@/lib/time-range.ts";
import { readToken, subscribeToken } from "@/lib/token.ts";

/** Health has no event; this is how old it may get. */
const HEALTH_EVERY_MS = 10_000;
/** The stream says when the network changed; this is for spores without one. */
const SWARM_EVERY_MS = 30_000;
const PART_EVERY_MS = 20_000;
/** Which series there are changes with the spore's version only. */
const METRICS_FRESH_MS = 600_000;

export function useToken(): string | null {
  return useSyncExternalStore(subscribeToken, readToken, () => null);
}

export function useChoice() {
  return useQuery({
    queryKey: keys.choice,
    queryFn: ({ signal }) => loadChoice(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

const NONE: readonly ChosenSpore[] = [];
export function useChosen(): readonly ChosenSpore[] {
  return useChoice().data?.spores ?? NONE;
}

function usePolling(ms: number): number | false {
  const paused = useQuery<PauseState>({ queryKey: keys.paused, enabled: false }).data?.paused === true;
  return paused ? false : ms;
}

function healthOptions(spore: ChosenSpore) {
  return queryOptions({
    queryKey: keys.health(spore.url),
    queryFn: ({ signal }) => requireFromSpore(spore, "/api/health", lenientHealthSchema, { signal }),
  });
}

export function useHealths(spores: readonly ChosenSpore[]) {
  const refetchInterval = usePolling(HEALTH_EVERY_MS);
  return useQueries({ queries: spores.map((spore) => ({ ...healthOptions(spore), refetchInterval })) });
}

export function useSwarms(spores: readonly ChosenSpore[]) {
  const refetchInterval = usePolling(SWARM_EVERY_MS);
  return useQueries({
    queries: spores.map((spore) => ({
      ...queryOptions({
        queryKey: keys.swarm(spore.url),
        queryFn: ({ signal }) => requireFromSpore(spore, "/api/swarm", swarmSchema, { signal }),
      }),
      refetchInterval,
    })),
  });
}

/** Whether a spore takes the token of this tab: public routes answer a wrong one as they answer anybody. */
export function tokenOptions(spore: ChosenSpore) {
  return queryOptions({
    queryKey: keys.token(spore.url),
    queryFn: ({ signal }) => requireFromSpore(spore, "/api/settings", z.looseObject({}), { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function memoryOptions(spore: ChosenSpore) {
  return queryOptions({
    queryKey: keys.memory(spore.url),
    queryFn: ({ signal }) => requireFromSpore(spore, "/api/memory", memoryOverviewSchema, { signal }),
  });
}

export function useMemories(spores: readonly ChosenSpore[]) {
  const refetchInterval = usePolling(SWARM_EVERY_MS);
  return useQueries({ queries: spores.map((spore) => ({ ...memoryOptions(spore), refetchInterval })) });
}

export function taskOptions(spore: ChosenSpore, id: string) {
  return queryOptions({
    queryKey: keys.task(spore.url, id),
    queryFn: ({ signal }) =>
      requireFromSpore(spore, `/api/task/${encodeURIComponent(id)}`, taskDetailSchema, { signal }),
  });
}

/** As it came: the verifier, not this page's reading of it, judges a receipt. */
export function receiptOptions(spore: ChosenSpore, id: string) {
  return queryOptions({
    queryKey: keys.receipt(spore.url, id),
    queryFn: ({ signal }) =>
      requireFromSpore(spore, `/api/task/${encodeURIComponent(id)}/receipt`, z.looseObject({}), { signal }),
  });
}

export function searchOptions(spore: ChosenSpore, query: string) {
  return queryOptions({
    queryKey: keys.search(spore.url, query),
    queryFn: ({ signal }) => requireFromSpore(spore, `/api/memory/search?${query}`, searchSchema, { signal }),
    placeholderData: keepPreviousData,
  });
}

const relativeSchema = z.looseObject({
  id: z.string(),
  kind: z.string(),
  label: z.string(),
  author: z.string(),
  content: z.string().nullable().optional(),
});
export type Relative = z.infer<typeof relativeSchema>;

/** The envelope of any entry, whatever version its body has, with what it came from and what came of it. */
const entryViewSchema = z.looseObject({
  id: z.string(),
  signature: z.string().optional(),
  entry: z.looseObject({
    kind: z.string(),
    label: z.string(),
    replica: z.string(),
    counter: z.number(),
    clock: z.tuple([z.number(), z.number()]),
    parents: z.array(z.string()),
    body: z.record(z.string(), z.unknown()),
  }),
  parents: list(relativeSchema),
  children: list(relativeSchema),
});
export type EntryView = z.infer<typeof entryViewSchema>;

export function entryOptions(spore: ChosenSpore, id: string) {
  return queryOptions({
    queryKey: keys.entry(spore.url, id),
    queryFn: ({ signal }) =>
      requireFromSpore(spore, `/api/memory/${encodeURIComponent(id)}`, entryViewSchema, { signal }),
    // An entry never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

function usePartOf<S extends z.ZodType>(spore: ChosenSpore | null, path: `/${string}`, schema: S) {
  const refetchInterval = usePolling(PART_EVERY_MS);
  return useQuery({
    queryKey: keys.part(spore?.url ?? "", path),
    queryFn: ({ signal }) => requireFromSpore(spore as ChosenSpore, path, schema, { signal }),
    enabled: spore !== null,
    refetchInterval,
  });
}

/** A part whose state has no fixed shape; `{enabled: false, reason}` is an answer like any other. */
export function usePart(spore: ChosenSpore | null, path: `/${string}`) {
  return usePartOf(spore, path, looseStateSchema);
}
const looseStateSchema = z.union([partStateSchema, z.looseObject({})]);

export const useProviders = (spore: ChosenSpore | null) =>
  usePartOf(spore, "/api/providers", providerViewSchema);

export function historyOptions(spore: ChosenSpore, metric: string, name: string, span: () => HistorySpan) {
  return queryOptions({
    queryKey: keys.history(spore.url, metric, name),
    queryFn: ({ signal }) => {
      const { from, to, stepS } = span();
      const query = new URLSearchParams({
        metric,
        from: String(Math.floor(from)),
        to: String(Math.ceil(to)),
        step: String(stepS),
      });
      return requireFromSpore(spore, `/api/history?${query}`, historySchema, { signal });
    },
    placeholderData: keepPreviousData,
  });
}

const metricsSchema = z.union([
  z.looseObject({
    metrics: z.array(z.looseObject({ metric: z.string(), unit: z.string(), title: z.string() })),
  }),
  disabledSchema,
]);

/** The series a spore keeps: it says so itself, so a series added tomorrow is shown without a new page. */
export function metricsOptions(spore: ChosenSpore) {
  return queryOptions({
    queryKey: keys.part(spore.url, "/api/history"),
    queryFn: ({ signal }) => requireFromSpore(spore, "/api/history", metricsSchema, { signal }),
    staleTime: METRICS_FRESH_MS,
  });
}
