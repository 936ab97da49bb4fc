/** Reads seed lists and makes one of several. Pure. */
import {
  type Bootstrap,
  type BootstrapSeed,
  bootstrapSchema,
  localBootstrapSchema,
  seedUrlKey,
} from "@synapse/shared/contract/bootstrap.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";

/**
 * @param isLocal the list lies on the own machine, so it may name seeds that are called over plain http.
 * @returns the seeds, or in plain words why the list is not used.
 */
export function readSeedList(
  text: string,
  network: string,
  isLocal: boolean,
): Result<readonly BootstrapSeed[], string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err("is not JSON");
  }
  const parsed = (isLocal ? localBootstrapSchema : bootstrapSchema).safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return err(`${issue?.path.join(".") || "the list"}: ${issue?.message ?? "has another form"}`);
  }
  const list: Bootstrap = parsed.data;
  return list.network === network
    ? ok(list.seeds)
    : err(`is of the network "${list.network}", this spore is of "${network}"`);
}

/** Each address once; where lists disagree about the operator behind it, the earlier list counts. */
export function mergeSeeds(lists: readonly (readonly BootstrapSeed[])[]): BootstrapSeed[] {
  const byUrl = new Map<string, BootstrapSeed>();
  for (const seed of lists.flat()) {
    const key = seedUrlKey(seed.url);
    if (!byUrl.has(key)) byUrl.set(key, seed);
  }
  return [...byUrl.values()];
}

/**
 * At most `count` seeds in random order, one of each operator before a second of any: an operator that lists a hundred
 * addresses is met as often as one that lists a single one.
 */
export function pickSeeds(
  seeds: readonly BootstrapSeed[],
  count: number,
  random: () => number,
): BootstrapSeed[] {
  const byOperator = new Map<string, BootstrapSeed[]>();
  for (const seed of seeds) {
    const held = byOperator.get(seed.operator) ?? [];
    held.splice(Math.floor(random() * (held.length + 1)), 0, seed);
    byOperator.set(seed.operator, held);
  }
  const rounds = [...byOperator.values()].flatMap((held) =>
    held.map((seed, round) => ({ seed, order: round + random() })),
  );
  return rounds
    .sort((a, b) => a.order - b.order)
    .slice(0, count)
    .map(({ seed }) => seed);
}
