/** The theme, as the boot script left it on <html>; choosing one is remembered. */
"use client";

import { useSyncExternalStore } from "react";
import { THEME_KEY } from "@/lib/boot-script.ts";

export type Theme = "dark" | "light";
const listeners = new Set<() => void>();

function read(): Theme {
  return document.documentElement.dataset.theme === "light" ? "light" : "dark";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, read, () => "dark");
}

export function toggleTheme(): void {
  const next: Theme = read() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  window.localStorage.setItem(THEME_KEY, next);
  for (const listener of listeners) listener();
}
