/** One crosshair for all charts of a page that share a time axis: looking at one moment shows it in every panel. */
"use client";

import { useSyncExternalStore } from "react";

let at: number | null = null;
const listeners = new Set<() => void>();

export function pointAt(x: number | null): void {
  if (x === at) return;
  at = x;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The moment looked at, on the axis the charts share; null while nobody looks. */
export function useCrosshair(): number | null {
  return useSyncExternalStore(
    subscribe,
    () => at,
    () => null,
  );
}
