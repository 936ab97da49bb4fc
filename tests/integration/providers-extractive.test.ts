import { expect, test } from "bun:test";
import { locomoIsPresent, measureExtractive } from "../bench/extractive.ts";

if (!locomoIsPresent())
  process.stdout.write("skipped: the embedded reasoner on LoCoMo (no data folder beside the clone)\n");

test.skipIf(!locomoIsPresent())(
  "the embedded reasoner cites the marked evidence and knows what it does not know",
  () => {
    const figures = measureExtractive();
    // A little below the measured .727, .821, .490, .016 and .66, so that only a real loss fails.
    expect(figures.all).toBeGreaterThan(0.7);
    expect(figures.any).toBeGreaterThan(0.8);
    expect(figures.first).toBeGreaterThan(0.46);
    expect(figures.abstainedOwn).toBeLessThan(0.03);
    expect(figures.abstainedForeign).toBeGreaterThan(0.55);
  },
  60_000,
);
