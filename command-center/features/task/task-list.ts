/**
 * Every task of every reachable cluster, page by page. One spore of each operator is read (its siblings hold the same
 * tasks); pages are joined by task id, and what the streams brought since is laid over them.
 *
 * Invariants:
 * 1. A task appears once, however many spores know it; the newest statement about it wins.
 * 2. Nothing is lost when one source fails: the others go on, and the failure is named.
 */
"use client";

import { type TaskStatus, type TaskSummary, taskListSchema } from "@synapse/shared/contract/status.ts";
import { keepPreviousData, useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { keys } from "@/lib/keys.ts";
import type { LiveTasks } from "@/lib/live-cache.ts";
import { representatives, useAnswering, useSettling } from "@/lib/selected-spore.ts";
import { askSpore, SporeError, type SporeFailure } from "@/lib/spore-client.ts";

/** Fills several screens, well below a spore's own maximum. */
const PAGE_TASKS = 100;

export interface TaskFilter {
  readonly q: string;
  readonly status: TaskStatus | null;
}

export interface KnownTask {
  readonly summary: TaskSummary;
  /** The spore that told it. */
  readonly source: ChosenSpore;
}

/** Where each source's next page begins; null once it has told all. */
type Cursors = Readonly<Record<string, string | null>>;

interface TaskPage {
  readonly tasks: readonly KnownTask[];
  readonly next: Cursors;
  readonly failures: readonly { readonly spore: string; readonly failure: SporeFailure }[];
}

export interface TaskList {
  readonly tasks: readonly KnownTask[];
  readonly isLoading: boolean;
  readonly error: Error | null;
  readonly failures: TaskPage["failures"];
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly loadMore: () => void;
  readonly retry: () => void;
}

export function useTaskList(filter: TaskFilter): TaskList {
  const sources = representatives(useAnswering());
  const settling = useSettling();
  const urls = sources.map((source) => source.url);
  const query = useInfiniteQuery({
    queryKey: keys.tasks(urls, JSON.stringify(filter)),
    queryFn: ({ pageParam, signal }) => readPage(sources, pageParam, filter, signal),
    initialPageParam: {} as Cursors,
    getNextPageParam: (last) =>
      Object.values(last.next).some((cursor) => cursor !== null) ? last.next : undefined,
    enabled: sources.length > 0,
    placeholderData: keepPreviousData,
  });
  const overlays = useQueries({
    queries: sources.map((source) => ({
      queryKey: keys.liveTasks(source.url),
      queryFn: (): LiveTasks => ({}),
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine: (results) => results.map((result) => result.data),
  });
  const tasks = useMemo(
    () => mergeTasks(query.data?.pages ?? [], sources, overlays, filter),
    [query.data, sources, overlays, filter],
  );
  // A spore searches so many tasks at a time for a visitor: a page without a hit says nothing of the older ones.
  const seeks = tasks.length === 0 && query.hasNextPage && !query.isError;
  const { fetchNextPage, isFetchingNextPage } = query;
  useEffect(() => {
    if (seeks && !isFetchingNextPage) void fetchNextPage();
  }, [seeks, isFetchingNextPage, fetchNextPage]);
  return {
    tasks,
    isLoading: sources.length > 0 ? query.isPending || seeks : settling,
    error: query.error,
    failures: query.data?.pages.flatMap((page) => page.failures) ?? [],
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  };
}

async function readPage(
  sources: readonly ChosenSpore[],
  cursors: Cursors,
  filter: TaskFilter,
  signal: AbortSignal,
): Promise<TaskPage> {
  const wanted = sources.filter((source) => cursors[source.url] !== null);
  const answers = await Promise.all(
    wanted.map(async (source) => {
      const query = new URLSearchParams({ limit: String(PAGE_TASKS) });
      const cursor = cursors[source.url];
      if (typeof cursor === "string") query.set("cursor", cursor);
      if (filter.q !== "") query.set("q", filter.q);
      if (filter.status !== null) query.set("status", filter.status);
      return { source, result: await askSpore(source, `/api/tasks?${query}`, taskListSchema, { signal }) };
    }),
  );
  const next: Record<string, string | null> = { ...cursors };
  const tasks: KnownTask[] = [];
  const failures: { spore: string; failure: SporeFailure }[] = [];
  for (const { source, result } of answers) {
    if (!result.ok) {
      failures.push({ spore: source.url, failure: result.error });
      next[source.url] = null;
      continue;
    }
    next[source.url] = result.value.next;
    for (const summary of result.value.tasks) tasks.push({ summary, source });
  }
  const first = failures[0];
  if (first !== undefined && failures.length === wanted.length)
    throw new SporeError(first.spore, first.failure);
  return { tasks, next, failures };
}

/** Pages and stream as one list, newest task first. */
export function mergeTasks(
  pages: readonly { readonly tasks: readonly KnownTask[] }[],
  sources: readonly ChosenSpore[],
  overlays: readonly (LiveTasks | undefined)[],
  filter: TaskFilter,
): readonly KnownTask[] {
  const byId = new Map<string, KnownTask>();
  const add = (task: KnownTask) => {
    const known = byId.get(task.summary.task_id);
    if (known === undefined || known.summary.updated_at < task.summary.updated_at)
      byId.set(task.summary.task_id, task);
  };
  for (const page of pages) for (const task of page.tasks) add(task);
  overlays.forEach((overlay, index) => {
    const source = sources[index];
    if (source === undefined) return;
    for (const summary of Object.values(overlay ?? {})) {
      if (byId.has(summary.task_id) || fits(summary, filter)) add({ summary, source });
    }
  });
  return [...byId.values()]
    .filter((task) => filter.status === null || task.summary.status === filter.status)
    .sort((a, b) => (a.summary.created_at < b.summary.created_at ? 1 : -1));
}

function fits(summary: TaskSummary, filter: TaskFilter): boolean {
  if (filter.q === "") return true;
  const text = `${summary.description} ${summary.final_answer ?? ""}`.toLowerCase();
  return text.includes(filter.q.toLowerCase());
}
