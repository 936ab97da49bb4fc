/**
 * Loaded before a spore (`bun --preload`), it lets a test set the wall clock of that one process while it runs: `Date.now` is
 * off by as many milliseconds as the file at TEST_CLOCK_FILE says. Steady time goes on as it does where somebody sets a clock.
 */
import { readFileSync } from "node:fs";

const file = process.env.TEST_CLOCK_FILE;
if (file === undefined) throw new Error("TEST_CLOCK_FILE names no file");

/** Looked at this often: a spore asks for the time far more often than that. */
const LOOK_EVERY_MS = 5;
const realNow = Date.now;
let offset = 0;
let lookedAt = Number.NEGATIVE_INFINITY;

Date.now = () => {
  const steady = performance.now();
  if (steady - lookedAt >= LOOK_EVERY_MS) {
    lookedAt = steady;
    offset = Number(readFileSync(file, "utf8"));
  }
  return realNow() + offset;
};
