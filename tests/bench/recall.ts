/** `bun run bench recall [--full]`: what recall finds, and what it costs at 1k, 10k and 100k memories; 1M with `--full`. */
import type { BenchContext } from "./main.ts";
import { measureQuality } from "./recall-quality.ts";
import { measureSpeed } from "./recall-speed.ts";
import type { BenchResult } from "./result.ts";

export async function benchRecall({ folder, quick, full, say }: BenchContext): Promise<BenchResult> {
  const quality = await measureQuality(folder, quick, say);
  if (quality.length === 0) say("skipped: quality: ../shared/data is not here");
  say("quality measured");
  const sizes = quick ? [300] : [1_000, 10_000, 100_000, ...(full ? [1_000_000] : [])];
  const speed = await measureSpeed(folder, sizes, quick, say);
  return { id: "recall", title: "Recall: evidence found, and what it costs", rows: [...quality, ...speed] };
}
