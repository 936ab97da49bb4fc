/** Turns a globe slowly while asked to. Off unless the visitor switches it on: the page moves for changes only. */
"use client";

import { useEffect, useRef } from "react";

/** Once around in two minutes. */
const DEGREES_PER_MS = 360 / 120_000;
/** After a pause of the tab the globe goes on where it stood, rather than jump. */
const STEP_MS_MAX = 100;

export function useSpin(on: boolean, turn: (degrees: number) => void): void {
  const latest = useRef(turn);
  useEffect(() => {
    latest.current = turn;
  });
  useEffect(() => {
    if (!on) return;
    let before: number | null = null;
    let frame = requestAnimationFrame(function step(now) {
      latest.current(Math.min(STEP_MS_MAX, now - (before ?? now)) * DEGREES_PER_MS);
      before = now;
      frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [on]);
}
