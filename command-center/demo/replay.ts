/**
 * What the recorded swarm answers at a moment of the replay. Pure.
 *
 * 1. Nothing is made up: every answer is one that was recorded, or "not part of the recording".
 * 2. Times are moved so that the recording happens now. Receipts and entries are signed and stay as they were.
 * 3. Nothing can be written.
 */
import type { Recording } from "@/demo/recording.ts";

export interface Asked {
  readonly method: string;
  readonly url: string;
  /** Ms since the replay began. */
  readonly at: number;
}

export interface Reply {
  readonly status: number;
  readonly json: unknown;
}

const refusal = (status: number, code: string, message: string): Reply => ({
  status,
  json: { error: { code, message } },
});

/** @param startedAt when the replay began, ms since the epoch. */
export function replyTo(recording: Recording, asked: Asked, startedAt: number): Reply {
  const url = new URL(asked.url);
  const spore = recording.spores.findIndex((one) => one.url === url.origin);
  if (spore === -1) return refusal(404, "not_found", "this spore is not part of the recording");
  if (asked.method !== "GET") {
    return refusal(403, "demo", "this is a recording: it can be looked at, not asked or changed");
  }
  const shift = startedAt - Date.parse(recording.recorded_at);
  const found = (path: string) => snapshotAt(recording, spore, path, asked.at);
  if (url.pathname === "/api/tasks") return listTasks(found("/api/tasks"), url.searchParams, shift);
  if (url.pathname === "/api/memory/search") {
    return searchMemories(found("/api/memory"), url.searchParams.get("q") ?? "", shift);
  }
  const metric = url.searchParams.get("metric");
  const path = metric === null ? url.pathname : `${url.pathname}?metric=${metric}`;
  const known = found(path);
  if (known === undefined) return refusal(404, "not_found", "not part of the recording");
  if (isSigned(path)) return { status: 200, json: known };
  return {
    status: 200,
    json: metric === null ? moved(known, shift) : movedSeries(known, shift, startedAt + asked.at),
  };
}

/** What was answered last before this moment. */
function snapshotAt(recording: Recording, spore: number, path: string, at: number): unknown {
  for (const index of spore === 0 ? [0] : [spore, 0]) {
    const snapshots = recording.snapshots[`${index} ${path}`];
    if (snapshots === undefined) continue;
    // What is asked for before it was first recorded was not there yet, except at the very beginning.
    const past = snapshots.findLast(([since]) => since <= at);
    return past?.[1];
  }
  return undefined;
}

function isSigned(path: string): boolean {
  return path.endsWith("/receipt") || /^\/api\/memory\/[0-9a-f]{64}$/.test(path);
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/** Every instant inside a value, moved by `shift` ms. */
export function moved(value: unknown, shift: number): unknown {
  if (typeof value === "string") {
    return INSTANT.test(value) ? new Date(Date.parse(value) + shift).toISOString() : value;
  }
  if (Array.isArray(value)) return value.map((item) => moved(item, shift));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, moved(member, shift)]));
}

/** What lies in the replay's future has not been measured yet. */
function movedSeries(value: unknown, shift: number, now: number): unknown {
  const series = value as { readonly points?: readonly (readonly [number, number | null])[] };
  const points = (series.points ?? []).map(([at, y]) => [at + shift, y] as const);
  return { ...series, points: points.filter(([at]) => at <= now) };
}

interface Listed {
  readonly description: string;
  readonly final_answer: string | null;
  readonly status: string;
}

function listTasks(recorded: unknown, query: URLSearchParams, shift: number): Reply {
  const { tasks = [] } = (recorded ?? {}) as { readonly tasks?: readonly Listed[] };
  const [q, status] = [(query.get("q") ?? "").toLowerCase(), query.get("status")];
  const fitting = tasks.filter(
    (task) =>
      (status === null || task.status === status) &&
      `${task.description} ${task.final_answer ?? ""}`.toLowerCase().includes(q),
  );
  return { status: 200, json: moved({ tasks: fitting, next: null }, shift) };
}

/** By words alone, among the recorded memories: the recording holds no index. */
function searchMemories(recorded: unknown, q: string, shift: number): Reply {
  const { recent = [] } = (recorded ?? {}) as { readonly recent?: readonly { readonly content: string }[] };
  const words = q
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word.length > 2);
  const scored = recent.map((memory) => {
    const text = memory.content.toLowerCase();
    const hits = words.filter((word) => text.includes(word)).length;
    return { ...memory, score: words.length === 0 ? 0 : hits / words.length };
  });
  const results = scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
  return { status: 200, json: moved({ results, took_ms: 0 }, shift) };
}

export interface ReplayEvent {
  /** Ms since the replay began. */
  readonly at: number;
  readonly id: number;
  readonly type: string;
  readonly data: unknown;
}

/** Events of one spore after the given id, in order. */
export function eventsOf(recording: Recording, url: string, afterId: number | null): readonly ReplayEvent[] {
  const origin = new URL(url).origin;
  const spore = recording.spores.findIndex((one) => one.url === origin);
  return recording.events
    .filter(([, index, id]) => index === spore && (afterId === null || id > afterId))
    .map(([at, , id, type, data]) => ({ at, id, type, data }));
}
