/**
 * `bun run bench sim`: 10, 100 and 1,000 spores of the simulator (tests/simulation) in the same worlds, and what it takes
 * until everybody has what somebody wrote. All figures but the last are of virtual time and exact for a seed.
 *
 * A round is the mean time between two comparisons of one spore, 10 s. Pushed entries arrive within the first.
 */
import { type Scenario, scenarioOf } from "../simulation/scenario.ts";
import { type RunReport, simulate } from "../simulation/simulator.ts";
import type { BenchContext } from "./main.ts";
import type { BenchResult, BenchRow } from "./result.ts";

const SIZES = [10, 100, 1_000] as const;
const SIZES_QUICK = [10] as const;
const SCENARIOS = ["calm", "loss-5", "loss-20", "churn-20", "partition", "compare-only"] as const;
const SEED = 1;
const ROUNDS_MAX = 10;
const P99_MS_MAX = 2_000;
const PAYLOADS_MAX = 2;
const CPU_S_MAX = 600;

export async function benchSim({ quick, say }: BenchContext): Promise<BenchResult> {
  const rows: BenchRow[] = [];
  for (const spores of quick ? SIZES_QUICK : SIZES) {
    const before = process.cpuUsage();
    for (const name of SCENARIOS) {
      const scenario = scenarioOf(name, { spores });
      say(`${name}, ${spores} spores`);
      rows.push(...rowsOf(scenario, await simulate(scenario, SEED)));
      Bun.gc(true);
    }
    const { user, system } = process.cpuUsage(before);
    rows.push({
      quantity: `all of it with ${spores} spores`,
      value: (user + system) / 1e6,
      unit: "CPU s",
      ...(spores === 1_000 ? bound((user + system) / 1e6, CPU_S_MAX, "CPU s") : {}),
    });
  }
  return {
    id: "sim",
    title: `Simulated swarms, seed ${SEED}: rounds of 10 s, bodies of messages, 100 MB/s links of 10–120 ms one way`,
    rows,
  };
}

function rowsOf(scenario: Scenario, report: RunReport): BenchRow[] {
  const { breach, delivery, traffic, traceHash } = report;
  if (breach !== null)
    throw new Error(`${scenario.name}, ${scenario.spores} spores, seed ${SEED}: ${breach}`);
  const name = `${scenario.name}, ${scenario.spores} spores`;
  const rounds = (ms: number | null) => (ms ?? Number.POSITIVE_INFINITY) / (scenario.intervalS * 1_000);
  const perItem = scenario.spores * delivery.items;
  const isGoal = scenario.name === "loss-5" && scenario.spores === 1_000;
  const all = rounds(delivery.ms100);
  const payloads = traffic.payloads / perItem;
  return [
    { quantity: `${name}: 99 % of spores have it`, value: rounds(delivery.ms99), unit: "rounds" },
    {
      quantity: `${name}: all have it`,
      value: all,
      unit: "rounds",
      ...(scenario.name === "partition" ? {} : bound(all, ROUNDS_MAX, "rounds")),
    },
    {
      quantity: `${name}: p99 over spores and entries`,
      value: delivery.p99Ms,
      unit: "ms",
      ...(isGoal ? bound(delivery.p99Ms, P99_MS_MAX, "ms") : {}),
    },
    {
      quantity: `${name}: copies of an entry a spore is sent`,
      value: payloads,
      unit: "payloads",
      ...(isGoal ? bound(payloads, PAYLOADS_MAX, "payloads") : {}),
    },
    {
      quantity: `${name}: pushing and announcing, a spore and entry`,
      value: traffic.deliveryBytes / perItem,
      unit: "bytes",
    },
    {
      quantity: `${name}: everything on the wire, a spore and second`,
      value: report.allBytes / scenario.spores / (report.virtualMs / 1_000),
      unit: "bytes/s",
    },
    { quantity: `${name}: trace ${traceHash.slice(0, 16)}, steps`, value: report.events, unit: "events" },
  ];
}

function bound(value: number, most: number, unit: string): Pick<BenchRow, "goal" | "met"> {
  return { goal: `≤ ${most.toLocaleString("en-US")} ${unit}`, met: value <= most };
}
