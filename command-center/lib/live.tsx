/**
 * The live part of the page: one stream per watched spore while the tab is visible, its events written into the
 * query cache in small batches.
 *
 * Invariants:
 * 1. One stream per spore, however many panels look at it; none in a hidden tab.
 * 2. While paused nothing on the page moves: events wait, and their number is shown.
 * 3. When more wait than PENDING_MAX, they are dropped and the snapshots are read again on resume.
 */
"use client";

import type { SporeEvent } from "@synapse/shared/contract/events.ts";
import type { MemoryOverview, TaskDetail, TaskSummary } from "@synapse/shared/contract/status.ts";
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { runStream } from "@/lib/event-stream.ts";
import { keys } from "@/lib/keys.ts";
import {
  ACTIVITY_MAX,
  type Activity,
  activityOf,
  applyToDetail,
  applyToMemory,
  type LiveTasks,
  mergeLiveTask,
  taskOfEvent,
} from "@/lib/live-cache.ts";
import { ARRIVALS_MAX, INITIAL_LIVE, type LiveState } from "@/lib/live-state.ts";
import { useChoice, useToken } from "@/lib/queries.ts";
import { enterNews, type TaskBook } from "@/lib/task-book.ts";

/** Events wait this long for company, so that a burst paints once. Far below the second that "live" means. */
const BATCH_MS = 80;
/** A snapshot is read again at most this often, however many events ask for it. */
const REREAD_MS = 1_500;
const PENDING_MAX = 5_000;
/** Browsers handle dozens of streams; beyond this the others are polled, and the indicator says "N of M". */
export const STREAMS_MAX = 24;
/** A glance at another tab should not cost a reconnect. */
const HIDDEN_GRACE_MS = 5_000;

export interface PauseState {
  readonly paused: boolean;
  readonly waiting: number;
}
const NOT_PAUSED: PauseState = { paused: false, waiting: 0 };

interface Arrived {
  readonly spore: ChosenSpore;
  readonly event: SporeEvent;
  readonly id: string;
  readonly at: number;
}

/** Opens and closes the streams; draws nothing. */
export function LiveStreams(): null {
  const client = useQueryClient();
  const choice = useChoice();
  const token = useToken();
  const resumeAt = useRef(new Map<string, string>());
  const watched = (choice.data?.spores ?? []).slice(0, STREAMS_MAX);
  const signature = JSON.stringify([watched, token]);
  const batch = useBatch(client, token);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `signature` stands for the watched spores and the token.
  useEffect(() => {
    let stop: AbortController | null = null;
    let hideTimer: ReturnType<typeof setTimeout> | null = null;
    const start = () => {
      if (stop !== null || batch.current === null) return;
      stop = new AbortController();
      for (const spore of watched) void stream(client, spore, resumeAt.current, batch.current, stop.signal);
    };
    const halt = (phase: "hidden" | null) => {
      stop?.abort();
      stop = null;
      if (phase === null) return;
      for (const spore of watched) patchLive(client, spore.url, { phase, retryAt: null });
    };
    const onVisibility = () => {
      if (hideTimer !== null) clearTimeout(hideTimer);
      if (document.hidden) hideTimer = setTimeout(() => halt("hidden"), HIDDEN_GRACE_MS);
      else start();
    };
    if (!document.hidden) start();
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      if (hideTimer !== null) clearTimeout(hideTimer);
      halt(null);
    };
  }, [client, signature]);
  return null;
}

/**
 * The events that wait to be shown. They outlive the streams they came by, whose places to resume from are already
 * behind them; only what was read with a token that the commander took back goes.
 */
function useBatch(client: QueryClient, token: string | null): { readonly current: Batch | null } {
  const batch = useRef<Batch>(null);
  useEffect(() => {
    const made = createBatch(client);
    batch.current = made;
    return made.close;
  }, [client]);
  useEffect(() => {
    if (token === null) batch.current?.drop();
  }, [token]);
  return batch;
}

export function usePause(): PauseState & { readonly toggle: () => void } {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: keys.paused,
    queryFn: () => NOT_PAUSED,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const state = query.data ?? NOT_PAUSED;
  const toggle = () => client.setQueryData(keys.paused, { paused: !state.paused, waiting: 0 });
  return { ...state, toggle };
}

function patchLive(client: QueryClient, url: string, change: Partial<LiveState>): void {
  client.setQueryData<LiveState>(keys.live(url), (known) => ({ ...INITIAL_LIVE, ...known, ...change }));
}

async function stream(
  client: QueryClient,
  spore: ChosenSpore,
  resumeAt: Map<string, string>,
  batch: Batch,
  signal: AbortSignal,
): Promise<void> {
  let lastByteShown = 0;
  await runStream(
    spore,
    resumeAt.get(spore.url) ?? null,
    {
      onPhase: (phase, details) => {
        patchLive(client, spore.url, {
          phase,
          retryAt: details.retryAt ?? null,
          attempts: details.attempts,
          cause: details.cause ?? null,
          ...(phase === "live" ? { lastByteAt: Date.now() } : {}),
        });
        // A broken stream is the first sign of a dead spore; its health need not wait for the next poll.
        if (phase === "waiting") void client.invalidateQueries({ queryKey: keys.health(spore.url) });
      },
      onByte: () => {
        const now = Date.now();
        if (now - lastByteShown < 1000) return;
        lastByteShown = now;
        patchLive(client, spore.url, { lastByteAt: now });
      },
      onId: (id) => resumeAt.set(spore.url, id),
      onEvent: (event, id) => batch.add({ spore, event, id, at: Date.now() }),
    },
    signal,
  );
}

interface Batch {
  readonly add: (arrived: Arrived) => void;
  /** Forgets what waits. */
  readonly drop: () => void;
  readonly close: () => void;
}

function createBatch(client: QueryClient): Batch {
  let pending: Arrived[] = [];
  let overflowed = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const reread = createReread(client);
  const isPaused = () => client.getQueryData<PauseState>(keys.paused)?.paused === true;
  const flush = () => {
    timer = null;
    if (isPaused()) {
      client.setQueryData<PauseState>(keys.paused, { paused: true, waiting: pending.length });
      return;
    }
    const batch = pending;
    pending = [];
    if (overflowed) readAgain(client);
    overflowed = false;
    applyBatch(client, batch, reread);
  };
  const unsubscribe = client.getQueryCache().subscribe((change) => {
    if (
      change.type === "updated" &&
      change.query.queryKey[0] === keys.paused[0] &&
      !isPaused() &&
      pending.length > 0
    ) {
      timer ??= setTimeout(flush, 0);
    }
  });
  return {
    add: (arrived) => {
      if (pending.length < PENDING_MAX) pending.push(arrived);
      else overflowed = true;
      timer ??= setTimeout(flush, BATCH_MS);
    },
    drop: () => {
      pending = [];
      overflowed = false;
      if (isPaused()) timer ??= setTimeout(flush, 0);
    },
    close: () => {
      if (timer !== null) clearTimeout(timer);
      unsubscribe();
      reread.close();
    },
  };
}

function applyBatch(client: QueryClient, batch: readonly Arrived[], reread: Reread): void {
  const news: Activity[] = [];
  const arrivals = new Map<string, number[]>();
  const tasks = new Map<string, TaskSummary[]>();
  for (const { spore, event, id, at } of batch) {
    if (event.type === "task" || event.type === "answer")
      tasks.set(spore.url, [...(tasks.get(spore.url) ?? []), event.data]);
    applyOne(client, spore.url, event, at, reread);
    const line = activityOf(event, spore.url, at, id);
    if (line !== null) news.push(line);
    arrivals.set(spore.url, [...(arrivals.get(spore.url) ?? []), at]);
  }
  enterTasks(client, tasks);
  for (const [url, times] of arrivals) {
    const known = client.getQueryData<LiveState>(keys.live(url))?.arrivals ?? [];
    patchLive(client, url, {
      lastEventAt: times.at(-1) ?? null,
      arrivals: [...known, ...times].slice(-ARRIVALS_MAX),
    });
  }
  if (news.length === 0) return;
  client.setQueryData<readonly Activity[]>(keys.activity, (known = []) => {
    const seen = new Set(known.map((line) => line.key));
    const fresh = news.filter((line) => !seen.has(line.key));
    return [...fresh.reverse(), ...known].slice(0, ACTIVITY_MAX);
  });
}

function applyOne(client: QueryClient, url: string, event: SporeEvent, at: number, reread: Reread): void {
  const task = taskOfEvent(event);
  if (task !== null) {
    client.setQueryData<TaskDetail>(keys.task(url, task), (known) => known && applyToDetail(known, event));
    // The event carries the news, not every derived figure (hypotheses, agreement curve): those are read again.
    reread.ask(keys.task(url, task));
    reread.ask(keys.part(url, "/api/convergence"));
  }
  switch (event.type) {
    case "memory":
      client.setQueryData<MemoryOverview>(
        keys.memory(url),
        (known) => known && applyToMemory(known, event, at),
      );
      return;
    case "peer":
      reread.ask(keys.swarm(url));
      return;
    case "provider":
      reread.ask(keys.part(url, "/api/providers"));
      return;
    case "trust":
      reread.ask(keys.part(url, "/api/trust"));
      return;
    case "quantum":
    case "cognition":
      reread.ask(keys.part(url, `/api/${event.type}`));
      return;
    case "proposal":
      for (const path of ["/api/proposals", "/api/sentinel/status", "/api/sentinel/deployments"])
        reread.ask(keys.part(url, path));
      return;
    case "reset":
      readAgain(client, url);
      return;
    default:
  }
}

/** Into every list of tasks, and kept for those that are being read just now. */
function enterTasks(client: QueryClient, told: ReadonlyMap<string, readonly TaskSummary[]>): void {
  if (told.size === 0) return;
  for (const [url, news] of told)
    client.setQueryData<LiveTasks>(keys.liveTasks(url), (known = {}) => news.reduce(mergeLiveTask, known));
  for (const { queryKey, state } of client.getQueryCache().findAll({ queryKey: keys.taskLists })) {
    client.setQueryData<TaskBook>(
      queryKey,
      (book) =>
        book?.sources.reduce(
          (entered, source) => enterNews(entered, source, told.get(source.url) ?? []),
          book,
        ),
      // News are no reading: the list is as old as before.
      { updatedAt: state.dataUpdatedAt },
    );
  }
}

/** What was read of this spore, or of all, is read again; what the page itself keeps (streams, pause, news) stays. */
function readAgain(client: QueryClient, url?: string): void {
  void client.invalidateQueries({ queryKey: url === undefined ? keys.spores : keys.spore(url) });
  void client.invalidateQueries({ queryKey: keys.taskLists });
}

interface Reread {
  readonly ask: (key: readonly unknown[]) => void;
  readonly close: () => void;
}

/** Reads a snapshot again soon, once for any number of requests. */
function createReread(client: QueryClient): Reread {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  return {
    ask: (key) => {
      const name = JSON.stringify(key);
      if (timers.has(name)) return;
      const run = () => {
        timers.delete(name);
        void client.invalidateQueries({ queryKey: key });
      };
      timers.set(name, setTimeout(run, REREAD_MS));
    },
    close: () => {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
