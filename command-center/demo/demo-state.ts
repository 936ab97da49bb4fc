/**
 * Whether this tab plays the demo, and since when. `?demo=1` starts it, `?demo=0` ends it; the start is kept for the
 * tab, so that a reload goes on where it was.
 */
"use client";

import { useSyncExternalStore } from "react";

const KEY = "synapse.demo";
const listeners = new Set<() => void>();

/** Host names that exist only inside this page: `.invalid` is reserved, so no request could ever reach anybody. */
const DEMO_HOST = /\.demo\.invalid$/;

export function isDemoUrl(url: string): boolean {
  return URL.canParse(url) && DEMO_HOST.test(new URL(url).hostname);
}

/** When the replay began, ms; null while no demo is played. */
export function demoStartedAt(): number | null {
  const asked = new URLSearchParams(window.location.search).get("demo");
  const kept = Number(window.sessionStorage.getItem(KEY));
  if (asked === "0") return null;
  if (kept > 0) return kept;
  if (asked !== "1") return null;
  const now = Date.now();
  window.sessionStorage.setItem(KEY, String(now));
  return now;
}

export function startDemo(): void {
  window.sessionStorage.setItem(KEY, String(Date.now()));
  for (const listener of listeners) listener();
}

export function endDemo(): void {
  window.sessionStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useDemoStart(): number | null {
  return useSyncExternalStore(subscribe, demoStartedAt, () => null);
}
