/** What a spore tells of its judgement: trust, quantum layer, spontaneous cognition. The figures belong together. */
import type { QuantumStatus } from "@synapse/shared/contract/quantum-status.ts";
import type { TrustStatus } from "@synapse/shared/contract/trust-status.ts";
import { cognitionMechanisms } from "@synapse/spore/cognition/cognition-state.ts";
import { T_COLD, T_HOT } from "@synapse/spore/quantum/annealing.ts";
import { DECAY_PER_DAY, DECOHERENCE_FLOOR } from "@synapse/spore/quantum/decoherence.ts";
import { ENTANGLED_FROM } from "@synapse/spore/quantum/entanglement.ts";
import { mechanismsOf } from "@synapse/spore/reasoning/quantum-view.ts";
import { cognitionCounts } from "./cognition-counts.ts";
import { CAST, idOf, keyOf, MINE, MINUTE_MS, SEAL_TASK } from "./fixtures.ts";

const [HARBOUR, LANTERN, THISTLE] = CAST.map((cast) => keyOf(cast.name)) as [string, string, string];
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();

const belief = (positive: number, negative: number, mean: number, lower: number) => ({
  positive,
  negative,
  mean,
  lower,
});
const UNKNOWN = belief(0, 0, 0.5, 0.13);

type Peer = TrustStatus["peers"][number];

const peer = (id: string, mean: number, lower: number, tier: Peer["tier"], evidence: number): Peer => ({
  id: id as Peer["id"],
  name: CAST.find(({ name }) => keyOf(name) === id)?.name ?? id,
  operator: keyOf(MINE),
  own: true,
  self: id === HARBOUR,
  mean,
  lower,
  tier,
  weight: Math.round(lower * 150) / 100,
  observer_trust: id === HARBOUR ? 1 : lower,
  changed_at: null,
  evidence,
  dimensions: {
    integrity: belief(3, 0, 0.8, 0.52),
    causality: UNKNOWN,
    consistency: UNKNOWN,
    competence: belief(6, 2, mean, lower),
    calibration: belief(4.1, 1.2, 0.7, 0.46),
  },
  topics: [
    { topic: "irrigation", mean, lower, tier, positive: 5, negative: 1 },
    { topic: "tides", mean: mean - 0.1, lower: lower - 0.1, tier: "observer", positive: 2, negative: 1 },
  ],
});

const pair = {
  a: HARBOUR,
  b: THISTLE,
  a_name: "harbour",
  b_name: "thistle",
  successes: 0.6,
  errors: 0.71,
  items: 9,
};

export const trust = (): TrustStatus => ({
  enabled: true,
  spore: HARBOUR as TrustStatus["spore"],
  as_of: ago(0),
  half_life_days: 60,
  dimensions: ["integrity", "causality", "consistency", "competence", "calibration"],
  graded_items: 14,
  damping: 0.4,
  best_peer: LANTERN,
  calibration: { slope: 1, shift: 0, items: 14, ece: 0.08, brier: 0.14 },
  voices: 3,
  effective_voices: 2.1,
  background_correlation: 0.35,
  peers: [
    peer(LANTERN, 0.84, 0.66, "peer", 41),
    peer(HARBOUR, 0.71, 0.44, "contributor", 28),
    peer(THISTLE, 0.55, 0.22, "observer", 9),
  ],
  entangled: [pair],
});

/** As with nothing graded yet: everybody is a stranger at even odds. */
export const trustOfNobody = (): TrustStatus => ({
  ...trust(),
  graded_items: 0,
  damping: 1,
  best_peer: null,
  calibration: { slope: 1, shift: 0, items: 0, ece: null, brier: null },
  effective_voices: 1.8,
  peers: [LANTERN, HARBOUR, THISTLE].map((id) => ({
    ...peer(id, 0.5, 0.13, "stranger", 0),
    weight: 1,
    observer_trust: id === HARBOUR ? 1 : 0,
    dimensions: {
      integrity: UNKNOWN,
      causality: UNKNOWN,
      consistency: UNKNOWN,
      competence: UNKNOWN,
      calibration: UNKNOWN,
    },
    topics: [],
  })),
  entangled: [],
});

const mechanisms = mechanismsOf({
  annealing: true,
  exploration: false,
  superposition: true,
  interference: false,
  tunnelling: true,
  entanglement: true,
  entanglement_prior: false,
  decoherence: true,
  decoherence_corroboration: false,
});

const quantumTask = (): QuantumStatus["tasks"][number] => ({
  task_id: idOf(SEAL_TASK),
  description: SEAL_TASK,
  label: "cluster",
  phase: "converge",
  cycle: 4,
  budget: 5,
  temperature: 0.45,
  reheated_at: 3,
  curve: [1, 0.62, 0.86, 0.45].map((temperature, index) => ({
    cycle: index + 1,
    phase: index === 0 ? ("diverge" as const) : ("deepen" as const),
    event: index === 1 ? "tunnelled" : "split",
    temperature,
    agreement: 0.4 + index * 0.15,
    posterior: 0.42 + index * 0.14,
    uncertainty: 0.5 - index * 0.1,
    effective_voices: 2.1,
    tunnel_probability: [0, 0.58, 0.31, 0.12][index] ?? 0,
    at: ago(5 - index),
  })),
  hypotheses: [
    { text: "A NBR-70 ring fits; six spares are in the grey cabinet.", weight: 0.84, holders: ["harbour"] },
    { text: "The old ring was a Viton one.", weight: 0.16, holders: ["thistle"] },
  ],
  uncertainty: 0.2,
  interference: {
    in_force: false,
    voices: [
      { spore: "harbour", contribution: idOf("said by harbour"), aligned: 0.67, factor: 1.27 },
      { spore: "thistle", contribution: idOf("said by thistle"), aligned: 0.33, factor: 0.75 },
    ],
  },
});

export const quantum = (): QuantumStatus => ({
  enabled: true,
  mechanisms,
  annealing: { enabled: true, current_temperature: 0.62, t_hot: T_HOT, t_cold: T_COLD, cycles_max: 5 },
  tunnelling: {
    enabled: true,
    total: 1,
    events: [
      {
        enabled: true,
        task_id: idOf(SEAL_TASK),
        event: "tunnelled",
        cycle: 2,
        temperature: 0.62,
        agreement: 0.55,
        posterior: 0.56,
        tunnel_probability: 0.58,
        at: ago(4),
      },
    ],
    threshold: 0.18,
    probability_max: 0.92,
    from_cycle: 2,
    cooldown_cycles: 3,
  },
  entanglement: { enabled: true, threshold: ENTANGLED_FROM, pairs: [pair] },
  decoherence: { enabled: true, min_factor: DECOHERENCE_FLOOR, decay_per_day: DECAY_PER_DAY },
  tasks: [quantumTask()],
});

export const quantumAtRest = (): QuantumStatus => {
  const { annealing, tunnelling, entanglement, ...rest } = quantum();
  return {
    ...rest,
    annealing: { ...annealing, current_temperature: T_COLD },
    tunnelling: { ...tunnelling, total: 0, events: [] },
    entanglement: { ...entanglement, pairs: [] },
    tasks: [],
  };
};

const remark = (text: string, novelty: number, minutes: number) => ({
  text,
  novelty,
  at: ago(minutes),
  fate: "kept",
  id: idOf("seal"),
});

/** For its commander also what it thought. */
export const cognition = () => {
  const counts = cognitionCounts();
  return {
    spore: "harbour",
    role: "explorer",
    version: "0.1.0",
    ...counts,
    mechanisms: cognitionMechanisms(() => true),
    curiosity: {
      ...counts.curiosity,
      most_surprising: [
        {
          topic: 2,
          surprise: 48.4,
          novelty: 0.97,
          id: idOf("seal"),
          author: LANTERN,
          at: Date.now() - 40 * MINUTE_MS,
        },
      ],
      peers: [
        { author: LANTERN, novelty: 0.31, texts: 130 },
        { author: THISTLE, novelty: 0.22, texts: 71 },
      ],
    },
    free_thought: {
      ...counts.free_thought,
      recent: [
        remark("The pump and the tide gauge both stand in salt spray: check their seals together.", 0.52, 12),
      ],
    },
    dream: {
      ...counts.dream,
      recent: [remark("Three notes speak of NBR-70 rings; none says when they were last counted.", 0.44, 26)],
    },
    metacognition: {
      ...counts.metacognition,
      topics: [],
      open_doubts: 1,
      recent_questions: [
        remark("Which of my notes about tides are older than the last calibration?", 0.6, 60),
      ],
    },
    emergence: { ...counts.emergence, recent: [] },
  };
};

export const cognitionOff = () => ({
  ...cognition(),
  enabled: false,
  reason: "switched off by its commander (setting cognition.enabled)",
});
