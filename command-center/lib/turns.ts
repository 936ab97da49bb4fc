/**
 * Turns on the main thread. What a page starts all at once (twenty requests, twenty drawings) would keep it from
 * answering for the sum of them; in turns, whatever the visitor does comes in between.
 */
"use client";

import { useEffect, useState } from "react";
import { Queue } from "@/lib/queue.ts";

function inTask(step: () => void): void {
  if (typeof scheduler === "undefined") setTimeout(step, 0);
  else void scheduler.postTask(step);
}

const tasks = new Queue(inTask);
const frames = new Queue((step) => requestAnimationFrame(step));

/** Resolves in a task of its own, after those that asked before. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => tasks.add(resolve));
}

/**
 * False at first, true from this component's turn on: one a frame, in the order they stand on the page, so that what is
 * seen first is drawn first.
 */
export function useTurn(): boolean {
  const [mine, setMine] = useState(false);
  useEffect(() => {
    const go = () => setMine(true);
    frames.add(go);
    return () => frames.remove(go);
  }, []);
  return mine;
}

/** False at first, true once the page has had nothing to do for a moment, or after `latestMs`. */
export function useRest(latestMs: number): boolean {
  const [isAtRest, setAtRest] = useState(false);
  useEffect(() => {
    const rest = () => setAtRest(true);
    if (typeof requestIdleCallback === "undefined") {
      const timer = setTimeout(rest, latestMs);
      return () => clearTimeout(timer);
    }
    const handle = requestIdleCallback(rest, { timeout: latestMs });
    return () => cancelIdleCallback(handle);
  }, [latestMs]);
  return isAtRest;
}
