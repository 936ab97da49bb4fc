/**
 * Twenty-four simulated hours of ten hosted providers under constant demand: is any quota left unused while the spore
 * is idle, and is anybody called who had said not to be?
 *
 * Chain, adapters and parsers are the real ones; only clock and network are simulated (simulated-providers.ts).
 */
import { expect, test } from "bun:test";
import { type ChainState, NO_STATE } from "@synapse/spore/llm/chain-state.ts";
import { createManualClock, startChain } from "../support/model-chain.ts";
import { CHAT_REQUEST } from "../support/model-server-suite.ts";
import { simulateProviders } from "../support/simulated-providers.ts";

const START = Date.UTC(2026, 10, 26);
const DAY_MS = 24 * 3_600_000;
const WORKERS = 3;
/** An idle worker looks again at least this often. */
const LOOK_AGAIN_MS = 30_000;

/** A small linear congruential generator (Numerical Recipes): the same jitter in every run. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** As a database would give it back. */
function copy(state: ChainState): ChainState {
  return JSON.parse(JSON.stringify(state));
}

async function simulateDay(seed: number) {
  const clock = createManualClock(START);
  let blocked = 0;
  const sleep = async (ms: number) => {
    blocked += 1;
    await new Promise<void>((resolve) =>
      clock.after(ms, () => {
        blocked -= 1;
        resolve();
      }),
    );
  };
  const world = simulateProviders(clock.now, sleep);
  const random = seeded(seed);
  let state = NO_STATE;
  const start = async () => {
    const { environment, fetch } = world;
    const store = {
      load: async () => state,
      async save(saved: ChainState) {
        state = copy(saved);
      },
    };
    return (await startChain({ environment, fetch, clock, random, store })).chain;
  };
  let chain = await start();
  let restarted = false;
  const end = START + DAY_MS;
  const idle = new Set<number>();
  const answers = { given: 0, refused: 0 };

  async function work(worker: number): Promise<void> {
    while (clock.now() < end) {
      const result = await chain.model.ask({ ...CHAT_REQUEST, patienceMs: 0 });
      if (result.ok) {
        answers.given += 1;
        continue;
      }
      answers.refused += 1;
      if (result.error.kind !== "no_provider") continue;
      const until = Math.min(result.error.untilMs ?? Number.MAX_SAFE_INTEGER, clock.now() + LOOK_AGAIN_MS);
      idle.add(worker);
      await sleep(Math.max(100, until - clock.now()));
      idle.delete(worker);
    }
  }

  const workers = Array.from({ length: WORKERS }, (_, worker) => work(worker));
  let idleThoughOpenMs = 0;
  const idleFor = new Map<string, number>();
  while (clock.now() < end) {
    // Simulated time stands still until every worker waits for it.
    while (blocked < WORKERS) await new Promise((resolve) => setImmediate(resolve));
    const next = Math.min(clock.next() ?? end, end);
    // At noon the spore is stopped and started again: what it knows of quotas has to survive that.
    if (!restarted && idle.size === WORKERS && clock.now() >= START + DAY_MS / 2) {
      restarted = true;
      await chain.close();
      chain = await start();
    }
    if (idle.size === WORKERS) {
      // Where a quota returns while everybody is idle, only the time after that counts.
      const step = 250;
      for (let at = clock.now(); at < next; at += step) {
        const open = [...world.tallies].filter(([, tally]) => tally.isOpen(at)).map(([id]) => id);
        if (open.length > 0) idleThoughOpenMs += Math.min(step, next - at);
        for (const id of open) idleFor.set(id, (idleFor.get(id) ?? 0) + Math.min(step, next - at));
      }
    }
    clock.pass(next - clock.now());
  }
  clock.pass(DAY_MS);
  await Promise.race([Promise.all(workers), new Promise((resolve) => setImmediate(resolve))]);

  const tallies = [...world.tallies].map(([id, tally]) => ({
    id,
    ...tally,
    capacity: tally.capacity(START, end),
    idleThoughOpenMs: idleFor.get(id) ?? 0,
  }));
  const successes = tallies.reduce((sum, one) => sum + one.successes, 0);
  const capacity = tallies.reduce((sum, one) => sum + one.capacity, 0);
  return {
    restarted,
    tallies,
    answers,
    ignored: tallies.reduce((sum, one) => sum + one.ignored, 0),
    idleShare: idleThoughOpenMs / DAY_MS,
    successShare: successes / capacity,
  };
}

test("a day of ten providers: never idle while a quota is left, never asking in vain", async () => {
  const day = await simulateDay(1);
  const report = day.tallies.map(
    ({ id, calls, successes, capacity, ignored, idleThoughOpenMs }) =>
      `${id}: ${successes} of ${capacity} in ${calls} calls, ${ignored} in vain, left open while idle ${Math.round(idleThoughOpenMs / 1_000)} s`,
  );
  process.stdout.write(
    `${report.join("\n")}\nidle though open ${(day.idleShare * 100).toFixed(2)} %, successful share ${(day.successShare * 100).toFixed(2)} %\n`,
  );
  expect(day.restarted).toBe(true);
  expect(day.ignored).toBe(0);
  expect(day.idleShare).toBeLessThanOrEqual(0.01);
  expect(day.successShare).toBeGreaterThanOrEqual(0.99);
}, 240_000);
