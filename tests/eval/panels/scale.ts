/**
 * Does it scale? The deterministic simulator with the product's own replica and gossip, from 10 spores on, with churn and
 * a partition; a thousand spores with `--seeds` unchanged take minutes and are `bun run bench sim`.
 */
import { scenarioOf } from "../../simulation/scenario.ts";
import { simulate } from "../../simulation/simulator.ts";
import type { Measurement, Panel } from "../panel.ts";

const SIZES = [10, 30, 100] as const;

export const scale: Panel = {
  name: "scale",
  question: "Does it scale?",
  async run({ seeds }) {
    return [await rounds(seeds), await growth(seeds), await replay(seeds)];
  },
};

/** Rounds of 10 s until 99 % of the spores have an entry, with churn of 20 % an hour: the slowest entry of each run. */
async function rounds(seeds: readonly number[]): Promise<Measurement> {
  const found: number[] = [];
  for (const spores of SIZES) {
    for (const seed of seeds) {
      const scenario = scenarioOf("churn-20", { spores });
      const { breach, delivery } = await simulate(scenario, seed);
      if (breach !== null) throw new Error(`${spores} spores, seed ${seed}: ${breach}`);
      found.push((delivery.ms99 ?? Number.POSITIVE_INFINITY) / (scenario.intervalS * 1_000));
    }
  }
  const sorted = [...found].sort((a, b) => a - b);
  return {
    id: "scale.rounds",
    value: sorted.at(-1) ?? Number.NaN,
    low: sorted[0] ?? Number.NaN,
    high: sorted.at(-1) ?? Number.NaN,
    baseline: null,
    n: found.length,
    detail: `the slowest of ${found.length} runs with ${SIZES.join(", ")} spores; interval: quickest to slowest`,
  };
}

/** Bytes a spore spends on pushing one entry: at 100 spores against 30. With a fixed fan-out it must not grow with the network. */
async function growth(seeds: readonly number[]): Promise<Measurement> {
  const ratios: number[] = [];
  for (const seed of seeds) {
    const bytes = async (spores: number) => {
      const { delivery, traffic } = await simulate(scenarioOf("calm", { spores }), seed);
      return traffic.deliveryBytes / (spores * delivery.items);
    };
    ratios.push((await bytes(100)) / (await bytes(30)));
  }
  const sorted = [...ratios].sort((a, b) => a - b);
  return {
    id: "scale.bytes-growth",
    value: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    low: sorted[0] ?? Number.NaN,
    high: sorted.at(-1) ?? Number.NaN,
    baseline: 100 / 30,
    n: ratios.length,
    detail: "bytes a spore and new entry, 100 spores over 30; baseline: a mesh, where each sends to all",
  };
}

/** Share of seeds whose second run has the trace hash of the first. */
async function replay(seeds: readonly number[]): Promise<Measurement> {
  let same = 0;
  for (const seed of seeds) {
    const scenario = scenarioOf("everything", { spores: 12 });
    const [first, again] = [await simulate(scenario, seed), await simulate(scenario, seed)];
    if (first.traceHash === again.traceHash) same++;
  }
  const value = same / seeds.length;
  return { id: "scale.replay", value, low: value, high: value, baseline: null, n: seeds.length };
}
