/**
 * A small, consistent world for the page's tests: spores of two operators, tasks in every state, memories, and the
 * texts of attackers. Everything passes the contract's schemas when it is made, so a fixture cannot drift from it.
 */
import type { Phase, Role } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import {
  type Delta,
  type Health,
  healthSchema,
  type SwarmNode,
  swarmNodeSchema,
  type TaskDetail,
  type TaskSummary,
  taskDetailSchema,
  taskSummarySchema,
} from "@synapse/shared/contract/status.ts";
import { sha256Hex } from "@synapse/shared/hash.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { cognitionCounts } from "./cognition-counts.ts";

/** 43 characters, as a public key has; derived from a name so that tests can tell whose it is. */
export function keyOf(name: string): string {
  return Buffer.from(sha256Hex(name), "hex").toString("base64url");
}
export const idOf = (name: string): EntryId => sha256Hex(`entry ${name}`) as EntryId;

export const DNA = sha256Hex("dna");
export const MINUTE_MS = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();

export interface Cast {
  readonly name: string;
  readonly role: Role;
  readonly operator: string;
  readonly model: string;
}

export const MINE = "operator of the tests";
export const OTHERS = "another operator";

export const CAST: readonly Cast[] = [
  { name: "harbour", role: "explorer", operator: MINE, model: "extractive" },
  { name: "lantern", role: "synthesizer", operator: MINE, model: "qwen3-4b" },
  { name: "thistle", role: "adversarial", operator: MINE, model: "extractive" },
];

export function health(cast: Cast, change: Partial<Health> = {}): Health {
  return healthSchema.parse({
    spore: cast.name,
    key: keyOf(cast.name),
    operator: keyOf(cast.operator),
    role: cast.role,
    model: cast.model,
    version: "0.1.0",
    dna: DNA,
    memories: 214,
    memories_private: 12,
    memories_collective: 202,
    cycles: 41,
    deltas_produced: 17,
    deltas_received: 35,
    confidence: 0.71,
    peers: ["harbour", "lantern", "thistle"].filter((name) => name !== cast.name),
    active_tasks: 1,
    converged_tasks: 3,
    uptime_s: 5_240,
    last_provider: "local",
    last_model: cast.model,
    clock: { [`${keyOf(cast.name)}.0011223344556677`]: 91 },
    sce: cognitionCounts(),
    quantum: { enabled: true, temperature: 0.3, tunnel_events: 0, entangled_pairs: 0 },
    location: null,
    wall_clock: { state: "right", message: null, ahead_ms: null, agreeing: 0, entries_ahead_ms: 0 },
    ...change,
  });
}

export function node(cast: Cast, change: Partial<SwarmNode> = {}): SwarmNode {
  return swarmNodeSchema.parse({
    id: keyOf(cast.name),
    name: cast.name,
    operator: keyOf(cast.operator),
    url: `https://${cast.name}.example`,
    role: cast.role,
    model: cast.model,
    version: "0.1.0",
    dna: DNA,
    state: "live",
    tier: cast.operator === MINE ? "own" : "stranger",
    last_seen: new Date().toISOString(),
    summary: {
      memories: 202,
      cycles: 12,
      active_tasks: 0,
      converged_tasks: 3,
      confidence: 0.64,
      last_provider: null,
      last_model: null,
      peers: 2,
      uptime_s: 90_000,
    },
    location: null,
    ...change,
  });
}

interface TaskSeed {
  readonly description: string;
  readonly status: TaskDetail["status"];
  readonly phase: Phase;
  readonly cycle: number;
  readonly minutesAgo: number;
  readonly answer?: string;
  readonly label?: Label;
  readonly reason?: string;
}

const MEMORY_SEAL =
  "Maintenance note, 14 March: the irrigation pump in greenhouse B leaks at the shaft. Jonas replaced the seal with a NBR-70 ring; the old one lasted nine months.";
const MEMORY_ORDER =
  "Order 2291 from Valmet: 6 × seal ring NBR-70, delivered 2 February, stored in the grey cabinet, second drawer.";

export const MEMORIES = [
  { name: "seal", content: MEMORY_SEAL, kind: "memory", spore: "harbour" },
  { name: "order", content: MEMORY_ORDER, kind: "memory", spore: "harbour" },
  {
    name: "tide",
    content: "The tide gauge at the north pier reads 12 cm high since the storm of 3 January.",
    kind: "memory",
    spore: "thistle",
  },
  {
    name: "dream",
    content: "Seal rings and the tide gauge fail in the same weeks: both stand in salt spray.",
    kind: "thought",
    spore: "lantern",
  },
] as const;

export const SEAL_TASK = "Which seal fits the irrigation pump in greenhouse B, and where do we keep spares?";

const SEEDS: readonly TaskSeed[] = [
  {
    description:
      "Why does the tide gauge at the north pier read too high, and is it safe to use until April?",
    status: "reasoning",
    phase: "deepen",
    cycle: 2,
    minutesAgo: 3,
  },
  {
    description: SEAL_TASK,
    status: "converged",
    phase: "done",
    cycle: 3,
    minutesAgo: 26,
    answer:
      "A NBR-70 ring fits; it was replaced with one on 14 March. Six spares came with order 2291 and lie in the grey cabinet, second drawer.",
  },
  {
    description: "Should the night pumping move to two in the morning?",
    status: "unresolved",
    phase: "unresolved",
    cycle: 4,
    minutesAgo: 190,
    answer: "Probably, but the tariff change is not confirmed.",
    reason: "The budget of 4 cycles was spent at 48% agreement.",
  },
  {
    description: "How many seedlings went out in week 14?",
    status: "converged",
    phase: "done",
    cycle: 1,
    minutesAgo: 1_500,
    answer: "1,240 seedlings.",
    label: "public",
  },
  {
    description: "List the valves that were serviced this year.",
    status: "queued",
    phase: "diverge",
    cycle: 0,
    minutesAgo: 1,
  },
];

function delta(
  cast: Cast,
  task: string,
  cycle: number,
  text: string,
  minutesAgo: number,
  change: Partial<Delta> = {},
) {
  return {
    id: idOf(`${task} ${cast.name} ${cycle}`),
    author: keyOf(cast.name),
    spore: cast.name,
    role: cast.role,
    provider: cast.model === "extractive" ? "extractive" : "local",
    model: cast.model,
    cycle,
    phase: cycle === 1 ? "diverge" : "deepen",
    temperature: 0.7,
    hypothesis: text,
    hypotheses: [{ content: text, weight: 1 }],
    claims: [],
    citations: [],
    confidence: 0.7,
    value: null,
    abstain: false,
    independent: cycle === 1,
    response_to_peers: "",
    parents: [idOf("seal")],
    created_at: ago(minutesAgo),
    ...change,
  };
}

function deltasOf(seed: TaskSeed): unknown[] {
  const [explorer, synthesizer, adversarial] = CAST as [Cast, Cast, Cast];
  if (seed.status === "queued") return [];
  const cite = [{ id: idOf("seal"), quote: "replaced the seal with a NBR-70 ring" }];
  return [
    delta(
      explorer,
      seed.description,
      1,
      "The gauge was knocked in the storm of 3 January; every reading since is 12 cm high.",
      seed.minutesAgo - 0.5,
      {
        claims: [
          "Readings before 3 January agree with the harbour office.",
          "The offset has been constant since.",
        ],
        citations: cite,
      },
    ),
    delta(
      synthesizer,
      seed.description,
      1,
      "A fixed offset of 12 cm fits all readings after the storm.",
      seed.minutesAgo - 0.8,
      { confidence: 0.64 },
    ),
    delta(adversarial, seed.description, 1, "", seed.minutesAgo - 1, { abstain: true, confidence: 0 }),
    ...(seed.cycle < 2
      ? []
      : [
          delta(
            adversarial,
            seed.description,
            2,
            "A constant offset explains the mean, not the drift at spring tide.",
            seed.minutesAgo - 1.5,
            {
              response_to_peers:
                "The two spring tides in February differ by 4 cm. Nobody has looked at the float.",
              confidence: 0.58,
            },
          ),
        ]),
  ];
}

export function detail(seed: TaskSeed): TaskDetail {
  const deltas = deltasOf(seed);
  const closed = seed.status === "converged" || seed.status === "unresolved";
  return taskDetailSchema.parse({
    task_id: idOf(seed.description),
    description: seed.description,
    label: seed.label ?? "cluster",
    priority: "normal",
    answer_form: null,
    author: keyOf("harbour"),
    status: seed.status,
    phase: seed.phase,
    cycle: seed.cycle,
    converged: seed.status === "converged",
    final_answer: seed.answer ?? null,
    value: null,
    confidence: closed ? 0.78 : null,
    posterior: closed ? 0.83 : null,
    validation: seed.status === "converged" ? "confirmed" : null,
    contributors: deltas.length === 0 ? [] : CAST.map((cast) => keyOf(cast.name)),
    citations:
      seed.status === "converged"
        ? [
            { id: idOf("seal"), quote: "replaced the seal with a NBR-70 ring", content: MEMORY_SEAL },
            { id: idOf("order"), quote: "stored in the grey cabinet, second drawer", content: MEMORY_ORDER },
          ]
        : [],
    deltas,
    agreement_history: Array.from({ length: seed.cycle }, (_, index) => ({
      cycle: index + 1,
      agreement: Math.min(0.92, 0.34 + index * 0.24),
      velocity: index === 0 ? 0 : 0.24,
      clusters: Math.max(1, 3 - index),
      at: ago(seed.minutesAgo - index),
    })),
    hypotheses:
      deltas.length === 0
        ? []
        : [
            {
              text: "A fixed offset of 12 cm since the storm.",
              weight: 0.66,
              holders: [keyOf("harbour"), keyOf("lantern")],
            },
            { text: "An offset and a drift at spring tide.", weight: 0.34, holders: [keyOf("thistle")] },
          ],
    dissent:
      seed.status === "unresolved"
        ? [{ text: "The tariff may not change before June.", holders: [keyOf("thistle")] }]
        : [],
    synthesis_id: closed ? idOf(`synthesis ${seed.description}`) : null,
    answer_id: closed ? idOf(`answer ${seed.description}`) : null,
    reason: seed.reason ?? null,
    created_at: ago(seed.minutesAgo),
    updated_at: ago(Math.max(0, seed.minutesAgo - 2)),
  });
}

export const tasks = (): TaskDetail[] => SEEDS.map(detail);

export function summaryOf(task: TaskDetail): TaskSummary {
  const { task_id, description, label, priority, status, phase, cycle, converged, final_answer } = task;
  const { confidence, contributors, author, created_at, updated_at } = task;
  return taskSummarySchema.parse({
    ...{ task_id, description, label, priority, status, phase, cycle, converged, final_answer },
    ...{ confidence, contributors, author, created_at, updated_at },
    agreement: task.agreement_history.at(-1)?.agreement ?? null,
    deltas: task.deltas.length,
  });
}

/** A task with nothing special but its text. */
export function plainTask(description: string, minutesAgo: number): TaskDetail {
  return detail({
    description,
    status: "converged",
    phase: "done",
    cycle: 1,
    minutesAgo,
    answer: `Answer to ${description}`,
  });
}
