/**
 * The simulator in its small form: every named scenario with 10 spores, the harder ones with more, replay to the byte, and
 * that the invariants can fail at all. `bun run bench sim` runs a thousand spores, `--fuzz` random scenarios without end.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { SCENARIOS, scenarioOf } from "./scenario.ts";
import { Simulator, simulate } from "./simulator.ts";

/** A run ends by itself; this is for a machine with much else to do. */
setDefaultTimeout(120_000);

const SEED = 7;

describe("every scenario", () => {
  test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", async (_, scenario) => {
    const report = await simulate(scenario, SEED);
    expect(report.breach, `seed ${SEED}`).toBeNull();
    expect(report.convergedMs).not.toBeNull();
  });
});

describe("a hundred spores", () => {
  test("5 % loss: everywhere within ten rounds, at most two payloads a spore and entry", async () => {
    const scenario = scenarioOf("loss-5", { spores: 100 });
    const { breach, delivery, traffic } = await simulate(scenario, SEED);
    expect(breach, `seed ${SEED}`).toBeNull();
    expect(delivery).toMatchObject({ items: 10, share: 1 });
    expect(delivery.p99Ms).toBeLessThanOrEqual(2_000);
    expect(delivery.ms100 ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(10 * scenario.intervalS * 1_000);
    expect(traffic.payloads / (scenario.spores * delivery.items)).toBeLessThanOrEqual(2);
  });

  test("comparing alone carries old entries everywhere within twelve rounds", async () => {
    const scenario = scenarioOf("compare-only", { spores: 100 });
    const { breach, delivery } = await simulate(scenario, SEED);
    expect(breach, `seed ${SEED}`).toBeNull();
    expect(delivery.share).toBe(1);
    expect(delivery.ms100 ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(12 * scenario.intervalS * 1_000);
  });
});

describe("replay", () => {
  test("a seed replays to the byte, another seed is another run", async () => {
    const scenario = scenarioOf("everything", { spores: 20 });
    const [first, again, other] = [
      await simulate(scenario, 3),
      await simulate(scenario, 3),
      await simulate(scenario, 4),
    ];
    expect(again).toEqual(first);
    expect(other.traceHash).not.toBe(first.traceHash);
  });
});

describe("the invariants notice", () => {
  test("an acknowledged write that its disk forgets", async () => {
    const simulator = new Simulator(
      scenarioOf("calm", {
        faults: [{ do: "crash", atS: 66, forS: 1, share: 1, wipe: false }],
      }),
      SEED,
    );
    for (const spore of simulator.spores) {
      const { crash } = spore;
      spore.crash = () => {
        crash.call(spore);
        spore.wipe();
      };
    }
    expect((await simulator.run()).breach).toMatch(/^spore-\d+ lost [0-9a-f]{8}, which it acknowledged/);
  });

  test("spores that cannot reach each other at the end", async () => {
    const simulator = new Simulator(scenarioOf("calm", { settleS: 5 }), SEED);
    simulator.faults.cut((from, to) => from.setup.index % 2 !== to.setup.index % 2);
    expect((await simulator.run()).breach).toMatch(/^not converged/);
  });

  test("a private entry elsewhere, a cluster entry at another operator's, a forged one", async () => {
    const scenario = scenarioOf("calm", { writes: { ...scenarioOf("calm").writes, private: 5, cluster: 5 } });
    const simulator = new Simulator(scenario, SEED);
    expect((await simulator.run()).breach).toBeNull();
    const { spores, invariants } = simulator;
    const rowOf = (label: string) => {
      const row = spores.flatMap(({ disk }) => disk.rows).find(({ entry }) => entry.label === label);
      const author = spores.find(({ publicKey }) => row?.entry.replica.startsWith(publicKey));
      const stranger = spores.find(
        ({ certificate }) => certificate.operator !== author?.certificate.operator,
      );
      if (row === undefined || stranger === undefined) throw new Error(`no ${label} entry was written`);
      return { row, stranger };
    };
    for (const label of ["private", "cluster"]) {
      const { row, stranger } = rowOf(label);
      expect(() => invariants.stored(stranger, row)).toThrow(`a ${label} entry of`);
    }
    const { row, stranger } = rowOf("public");
    const forged = { ...row, id: row.id.replaceAll("a", "b") as typeof row.id };
    expect(() => invariants.stored(stranger, forged)).toThrow("forged");
  });
});
