/** The present, as one shared tick a second: ages move together, and not at all in a hidden tab. */
"use client";

import { useSyncExternalStore } from "react";

const TICK_MS = 1000;
let now = 0;
let timer: ReturnType<typeof setInterval> | null = null;
const listeners = new Set<() => void>();

function tick(): void {
  if (document.hidden) return;
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === null) {
    timer = setInterval(tick, TICK_MS);
    document.addEventListener("visibilitychange", tick);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    document.removeEventListener("visibilitychange", tick);
    timer = null;
  };
}

function read(): number {
  // The first reader must not see the epoch.
  if (now === 0) now = Date.now();
  return now;
}

/** Milliseconds since the epoch, fresh to a second; 0 while prerendering. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, read, () => 0);
}
