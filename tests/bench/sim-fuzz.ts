/**
 * `bun run bench sim --fuzz [--seed N] [--runs N]`: random worlds one after the other, until one breaks an invariant or
 * somebody presses Ctrl-C. A run is its seed: the world is drawn from it, so the printed command replays the failure.
 */
import { between, type Random, streamOf } from "../simulation/random.ts";
import { type Fault, HOSTILE_KINDS, type Scenario, scenarioSchema } from "../simulation/scenario.ts";
import { simulate } from "../simulation/simulator.ts";

export interface FuzzOptions {
  /** The first seed; a random one unless a failure is to be replayed. */
  readonly seed: number;
  /** Null: until stopped. */
  readonly runs: number | null;
  readonly say: (line: string) => void;
}

/** @returns false where a run broke an invariant. */
export async function fuzz({ seed: first, runs, say }: FuzzOptions): Promise<boolean> {
  for (let seed = first; runs === null || seed < first + runs; seed++) {
    const scenario = randomScenario(seed);
    const report = await simulate(scenario, seed);
    const { breach, spores, events, traceHash, convergedMs } = report;
    if (breach !== null) {
      say(`FAILED seed ${seed}: ${breach}`);
      say(JSON.stringify(scenario));
      say(`replay: bun run bench sim --fuzz --seed ${seed} --runs 1`);
      return false;
    }
    say(
      `seed ${seed}: ${spores} spores, ${events} events, equal ${convergedMs} ms after the last fault, trace ${traceHash.slice(0, 16)}`,
    );
  }
  return true;
}

export function randomScenario(seed: number): Scenario {
  const random = streamOf(seed, "scenario");
  const chance = (share: number) => random() < share;
  const some = (most: number) => Math.floor(random() * (most + 1));
  const hostile = Object.fromEntries(
    HOSTILE_KINDS.filter(() => chance(0.3)).map((kind) => [kind, random() * 0.1]),
  );
  return scenarioSchema.parse({
    name: `fuzz-${seed}`,
    spores: 4 + some(36),
    sporesPerOperator: 1 + some(4),
    uncallable: chance(0.5) ? random() * 0.4 : 0,
    seeds: 1 + some(3),
    acquainted: chance(0.5),
    intervalS: between([2, 12], random),
    link: {
      delayMs: [1 + some(20), 30 + some(300)],
      jitterMs: some(400),
      loss: chance(0.6) ? random() * 0.2 : 0,
      duplicate: chance(0.5) ? random() * 0.2 : 0,
    },
    disk: { slowShare: chance(0.4) ? random() * 0.3 : 0 },
    writes: {
      everyS: 0.1 + random() * 2,
      public: some(30),
      cluster: some(30),
      private: some(10),
      evidence: some(10),
    },
    // The product's figures would never be reached by sets of this size.
    logCopy: { behindMin: 1 + some(20), pageItems: 1 + some(30) },
    churnPerHour: chance(0.4) ? random() * 20 : 0,
    faults: Array.from({ length: some(5) }, () => randomFault(random)),
    hostile,
    runS: 40 + some(80),
    settleS: 1_800,
  });
}

function randomFault(random: Random): Fault {
  const base = {
    atS: Math.round(between([5, 60], random)),
    forS: Math.round(between([1, 40], random)),
    share: between([0.05, 0.5], random),
  };
  const kind = Math.floor(random() * 5);
  if (kind === 4) return { do: "block", ...base, stays: random() < 0.5 };
  if (kind === 0) return { do: "partition", ...base, oneWay: random() < 0.4 };
  if (kind === 1) return { do: "crash", ...base, wipe: random() < 0.3 };
  // Ahead by less than entries are refused for; further ahead they would rightly wait until their time has come.
  if (kind === 2) return { do: "clock", ...base, byS: Math.round(between([-7_200, 240], random)) };
  return { do: "disk_full", ...base };
}
