/** Scenarios are data: how many spores, what the world does to them, and what must hold in the end. */
import { z } from "zod";
import named from "./scenarios.json" with { type: "json" };

const share = z.number().min(0).max(1);
const span = z.tuple([z.number().min(0), z.number().min(0)]);

/** What happens once, to a share of the spores drawn by the seed. */
const faultSchema = z.discriminatedUnion("do", [
  /** Cut the network into two parts. `oneWay`: the smaller part is heard and hears nothing. */
  z.strictObject({
    do: z.literal("partition"),
    atS: z.number().min(0),
    forS: z.number().min(0),
    share,
    oneWay: z.boolean().default(false),
  }),
  /** End processes at once, and start them again later; `wipe`: with an empty disk and the same key. */
  z.strictObject({
    do: z.literal("crash"),
    atS: z.number().min(0),
    forS: z.number().min(0),
    share,
    wipe: z.boolean().default(false),
  }),
  /** Set clocks forward or back, and right again later. */
  z.strictObject({
    do: z.literal("clock"),
    atS: z.number().min(0),
    forS: z.number().min(0),
    share,
    byS: z.number(),
  }),
  /** Let disks refuse every write for a while. */
  z.strictObject({ do: z.literal("disk_full"), atS: z.number().min(0), forS: z.number().min(0), share }),
  /** Let commanders block one honest spore of another operator, and pardon it later; `stays`: never. */
  z.strictObject({
    do: z.literal("block"),
    atS: z.number().min(0),
    forS: z.number().min(0),
    share,
    stays: z.boolean().default(false),
  }),
]);
export type Fault = z.infer<typeof faultSchema>;

export const HOSTILE_KINDS = ["forger", "liar", "equivocator", "flooder", "crowd"] as const;
export type HostileKind = (typeof HOSTILE_KINDS)[number];

export const scenarioSchema = z.strictObject({
  name: z.string().min(1),
  spores: z.int().min(2).max(5_000),
  /** Each operator runs about this many. */
  sporesPerOperator: z.int().min(1).default(3),
  /** Share of spores that nobody can call. */
  uncallable: share.default(0),
  /** Seeds that each spore starts with. */
  seeds: z.int().min(1).default(3),
  /** Every spore knows every card at the start; false: the network forms before the run's eyes. */
  acquainted: z.boolean().default(true),
  intervalS: z.number().min(0.1).default(10),
  link: z
    .strictObject({
      delayMs: span.default([10, 120]),
      jitterMs: z.number().min(0).default(20),
      loss: share.default(0),
      duplicate: share.default(0),
      bytesPerMs: z.number().min(1).default(2_500),
    })
    .prefault({}),
  disk: z
    .strictObject({
      latencyMs: span.default([1, 6]),
      slowShare: share.default(0),
      slowMs: span.default([100, 800]),
    })
    .prefault({}),
  writes: z
    .strictObject({
      fromS: z.number().min(0).default(5),
      everyS: z.number().min(0).default(0.5),
      public: z.int().min(0).default(10),
      cluster: z.int().min(0).default(0),
      private: z.int().min(0).default(0),
      evidence: z.int().min(0).default(0),
      /** Written long before the start: nothing pushes them, comparing alone carries them. */
      old: z.boolean().default(false),
    })
    .prefault({}),
  /** From which difference a log is copied, and in pages of how many: smaller than the product's, as the sets are. */
  logCopy: z
    .strictObject({
      behindMin: z.int().min(1).default(1_000),
      pageItems: z.int().min(1).max(1_000).default(1_000),
    })
    .prefault({}),
  churnPerHour: z.number().min(0).default(0),
  faults: z.array(faultSchema).default([]),
  hostile: z.partialRecord(z.enum(HOSTILE_KINDS), share).default({}),
  /** Until the last write and fault are over; then it settles. */
  runS: z.number().min(1).default(30),
  settleS: z.number().min(1).default(180),
});
export type Scenario = z.infer<typeof scenarioSchema>;

const all = z.array(scenarioSchema).parse(named);

export const SCENARIOS: readonly Scenario[] = all;

export function scenarioOf(name: string, changes: Partial<Scenario> = {}): Scenario {
  const found = all.find((scenario) => scenario.name === name);
  if (found === undefined) {
    throw new Error(`no scenario ${name}; there are: ${all.map((one) => one.name).join(", ")}`);
  }
  return { ...found, ...changes };
}
