/**
 * Every task of every reachable cluster, page by page. One spore of each operator is read (its siblings hold the same
 * tasks); pages are joined by task id, and what the streams bring is entered where it belongs (lib/task-book.ts).
 *
 * Invariants:
 * 1. A task appears once, however many spores know it; the newest statement about it wins.
 * 2. Nothing is lost when one source fails: the others go on, and the failure is named.
 * 3. Reading again costs REREAD_PAGES_MAX requests a source at most, however much was loaded.
 */
"use client";

import { taskListSchema } from "@synapse/shared/contract/status.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import {
  keepPreviousData,
  type QueryClient,
  type QueryKey,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useMemo } from "react";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { keys } from "@/lib/keys.ts";
import type { LiveTasks } from "@/lib/live-cache.ts";
import { representatives, useAnswering, useSettling } from "@/lib/selected-spore.ts";
import { askSpore, SporeError, type SporeFailure } from "@/lib/spore-client.ts";
import {
  emptyBook,
  enterNews,
  type KnownTask,
  type Reading,
  readBackTo,
  type TaskBook,
  type TaskFilter,
  takeReading,
  turnPage,
  unread,
  withFailure,
} from "@/lib/task-book.ts";

/** Fills several screens. */
const FIRST_PAGE_TASKS = 100;
/** The most a spore gives at once. */
const PAGE_TASKS = 200;
/** Up to 900 tasks: what came in a long absence. Older ones are read when they are scrolled to. */
const REREAD_PAGES_MAX = 5;
/** Panels that show what is going on look at this many; the Library has them all. */
const LATEST_MAX = 100;

export interface TaskList {
  readonly tasks: readonly KnownTask[];
  readonly isLoading: boolean;
  readonly error: Error | null;
  /** How many sources did not answer last time. */
  readonly failed: number;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly loadMore: () => void;
  readonly retry: () => void;
}

const NONE: readonly KnownTask[] = [];

export function useTaskList(filter: TaskFilter): TaskList {
  const client = useQueryClient();
  const sources = representatives(useAnswering());
  const settling = useSettling();
  const key = keys.tasks(
    sources.map((source) => source.url),
    JSON.stringify(filter),
  );
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => readList(client, key, sources, filter, signal),
    enabled: sources.length > 0,
    placeholderData: keepPreviousData,
    // Comparing every task with what it was would cost more than everything else.
    structuralSharing: false,
  });
  const more = useMutation({ mutationKey: key, mutationFn: () => readMore(client, key) });
  const hasMore = query.data !== undefined && !query.isPlaceholderData && unread(query.data).length > 0;
  return {
    tasks: query.data?.tasks ?? NONE,
    isLoading: sources.length > 0 ? query.isPending : settling,
    error: query.error,
    failed: Object.keys(query.data?.failures ?? {}).length,
    hasMore,
    isLoadingMore: more.isPending,
    loadMore: () => {
      if (hasMore && client.isMutating({ mutationKey: key }) === 0) more.mutate();
    },
    retry: () => void query.refetch(),
  };
}

const ALL: TaskFilter = { q: "", status: null };

/** The newest of them. */
export function useLatestTasks(): TaskList {
  const list = useTaskList(ALL);
  const tasks = useMemo(() => list.tasks.slice(0, LATEST_MAX), [list.tasks]);
  return { ...list, tasks };
}

/** The newest part of the list, read from every source and joined with what is known already. */
async function readList(
  client: QueryClient,
  key: QueryKey,
  sources: readonly ChosenSpore[],
  filter: TaskFilter,
  signal: AbortSignal,
): Promise<TaskBook> {
  const before = client.getQueryData<TaskBook>(key);
  const answers = await Promise.all(
    sources.map(async (source) => {
      const back = before === undefined ? null : readBackTo(before, source);
      return { source, result: await readNewest(source, filter, back, signal) };
    }),
  );
  // As it is by now: pages and news may have come meanwhile.
  let book = client.getQueryData<TaskBook>(key) ?? emptyBook(sources, filter);
  let failure: SporeError | null = null;
  for (const { source, result } of answers) {
    if (result.ok) {
      book = takeReading(book, source, result.value);
    } else {
      failure ??= new SporeError(source.url, result.error);
      book = withFailure(book, source, result.error);
    }
  }
  if (failure !== null && answers.every(({ result }) => !result.ok)) throw failure;
  return withNews(client, book);
}

/** Reads from the newest task back to a date. @param back null: the first page is enough */
async function readNewest(
  source: ChosenSpore,
  filter: TaskFilter,
  back: string | null,
  signal: AbortSignal,
): Promise<Result<Reading, SporeFailure>> {
  let reading: Reading = { tasks: [], next: null };
  for (let page = 0; page < REREAD_PAGES_MAX; page += 1) {
    const told = await readPage(source, filter, reading.next, signal);
    if (!told.ok) return told;
    reading = { tasks: [...reading.tasks, ...told.value.tasks], next: told.value.next };
    const last = reading.tasks.at(-1);
    if (reading.next === null || back === null || (last !== undefined && last.created_at < back)) break;
  }
  return ok(reading);
}

/** The next page of every source that has more to tell. */
async function readMore(client: QueryClient, key: QueryKey): Promise<void> {
  const before = client.getQueryData<TaskBook>(key);
  if (before === undefined) return;
  const answers = await Promise.all(
    unread(before).map(async (source) => {
      const from = before.next[source.url] ?? null;
      return { source, from, result: await readPage(source, before.filter, from) };
    }),
  );
  const updatedAt = client.getQueryState(key)?.dataUpdatedAt;
  client.setQueryData<TaskBook>(
    key,
    (known) => {
      let book = known;
      for (const { source, from, result } of answers) {
        if (book === undefined) return undefined;
        book = result.ok
          ? turnPage(book, source, from, result.value)
          : withFailure(book, source, result.error);
      }
      return book && withNews(client, book);
    },
    // The newest part is as old as before.
    updatedAt === undefined ? {} : { updatedAt },
  );
}

async function readPage(
  source: ChosenSpore,
  filter: TaskFilter,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<Result<Reading, SporeFailure>> {
  const query = new URLSearchParams({ limit: String(cursor === null ? FIRST_PAGE_TASKS : PAGE_TASKS) });
  if (cursor !== null) query.set("cursor", cursor);
  if (filter.q !== "") query.set("q", filter.q);
  if (filter.status !== null) query.set("status", filter.status);
  const request = signal === undefined ? {} : { signal };
  const answer = await askSpore(source, `/api/tasks?${query}`, taskListSchema, request);
  return answer.ok ? ok({ tasks: answer.value.tasks, next: answer.value.next }) : err(answer.error);
}

/** News that came while a reading was under way, which may be older than they are. */
function withNews(client: QueryClient, book: TaskBook): TaskBook {
  return book.sources.reduce((known, source) => {
    const news = client.getQueryData<LiveTasks>(keys.liveTasks(source.url));
    return news === undefined ? known : enterNews(known, source, Object.values(news));
  }, book);
}
