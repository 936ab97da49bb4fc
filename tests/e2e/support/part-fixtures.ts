/**
 * What the parts of a spore tell of themselves, for the page's tests and pictures: trust, quantum layer, cognition,
 * Sentinel, providers, settings. Shapes follow the contract; the figures belong together.
 */
import type { Settings } from "@synapse/shared/contract/status.ts";
import { CAST, idOf, keyOf, MINUTE_MS, SEAL_TASK } from "./fixtures.ts";

const [HARBOUR, LANTERN, THISTLE] = CAST.map((cast) => keyOf(cast.name)) as [string, string, string];
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();

const belief = { positive: 6, negative: 2, mean: 0.7, lower: 0.44 };
const peer = (id: string, name: string, mean: number, lower: number, tier: string, evidence: number) => ({
  id,
  name,
  operator: keyOf("operator of the tests"),
  own: true,
  self: name === "harbour",
  tier,
  mean,
  lower,
  weight: lower / 2,
  observer_trust: mean,
  evidence,
  dimensions: { competence: belief, integrity: belief },
  topics: [
    { topic: "irrigation", mean, lower, tier, positive: 5, negative: 1 },
    { topic: "tides", mean: mean - 0.1, lower: lower - 0.1, tier: "observer", positive: 2, negative: 1 },
  ],
});

const trust = () => ({
  enabled: true,
  spore: HARBOUR,
  as_of: ago(0),
  graded_items: 14,
  damping: 0.4,
  best_peer: LANTERN,
  calibration: { slope: 1, shift: 0, items: 14, ece: 0.08, brier: 0.14 },
  voices: 3,
  effective_voices: 2.1,
  peers: [
    peer(LANTERN, "lantern", 0.84, 0.66, "peer", 41),
    peer(HARBOUR, "harbour", 0.71, 0.44, "contributor", 28),
    peer(THISTLE, "thistle", 0.55, 0.22, "observer", 9),
  ],
  entangled: [
    { a: HARBOUR, b: THISTLE, a_name: "harbour", b_name: "thistle", successes: 0.6, errors: 0.71, items: 9 },
  ],
});

const mechanism = (name: string, meaning: string, enabled = true) => ({
  name,
  enabled,
  setting: `quantum.${name}`,
  meaning,
});

const quantum = () => ({
  enabled: true,
  mechanisms: [
    mechanism("annealing", "a falling sampling temperature"),
    mechanism("superposition", "a distribution over competing answers"),
    mechanism("interference", "agreement amplifies, isolation damps", false),
    mechanism("tunnelling", "a chance to leave a premature answer"),
    mechanism("entanglement", "spores whose results move together"),
    mechanism("decoherence", "relevance fades, memory does not"),
  ],
  annealing: { current_temperature: 0.62, t_hot: 1, t_cold: 0.3 },
  tunnelling: { total: 1, threshold: 0.5, events: [{ task: idOf(SEAL_TASK), cycle: 2, at: ago(4) }] },
  entanglement: {
    threshold: 0.55,
    pairs: [{ a: "harbour", b: "thistle", successes: 0.6, errors: 0.71, items: 9 }],
  },
  decoherence: { min_factor: 0.15 },
  tasks: [
    {
      task_id: idOf(SEAL_TASK),
      description: SEAL_TASK,
      phase: "converge",
      cycle: 4,
      budget: 5,
      temperature: 0.45,
      reheated_at: 2,
      curve: [1, 0.62, 0.86, 0.45].map((temperature, index) => ({
        cycle: index + 1,
        phase: index === 0 ? "diverge" : "deepen",
        event: index === 2 ? "reheated" : "cooled",
        temperature,
        agreement: 0.4 + index * 0.15,
        posterior: 0.42 + index * 0.14,
        uncertainty: 0.5 - index * 0.1,
        tunnel_probability: [0, 0.58, 0.31, 0.12][index] ?? 0,
        at: ago(5 - index),
      })),
      hypotheses: [
        {
          text: "A NBR-70 ring fits; six spares are in the grey cabinet.",
          weight: 0.84,
          holders: ["harbour"],
        },
        { text: "The old ring was a Viton one.", weight: 0.16, holders: ["thistle"] },
      ],
      interference: {
        in_force: true,
        voices: [
          { spore: HARBOUR, aligned: 0.67, factor: 1.27 },
          { spore: THISTLE, aligned: 0.33, factor: 0.75 },
        ],
      },
    },
  ],
});

const remark = (text: string, novelty: number, minutes: number) => ({
  text,
  novelty,
  at: ago(minutes),
  fate: "kept",
  id: idOf("seal"),
});

const cognition = () => ({
  spore: "harbour",
  enabled: true,
  parts: { free_thought: true, dream: true, curiosity: true, metacognition: true, emergence: true },
  oscillator: {
    tick: 412,
    periods: { gamma: 1, beta: 3, alpha: 5, theta: 10, delta: 25 },
    bands: { gamma: 398, beta: 131, alpha: 74, theta: 37, delta: 15 },
    gave_way: 14,
  },
  budget: { tokens_hour: 5_200, tokens_hour_max: 20_000, seconds_hour: 41, seconds_hour_max: 600 },
  thoughts: { stored: 9, of_entries: 318, share: 0.028, share_max: 0.05, discard_rate: 0.62 },
  curiosity: {
    curiosity_drive: 0.58,
    observations: 318,
    topics: 6,
    recent_surprises: 2,
    most_surprising: [{ id: idOf("seal"), author: LANTERN, surprise: 48.4, novelty: 1 }],
  },
  free_thought: {
    total_thoughts: 5,
    avg_novelty: 0.41,
    recent: [
      remark("The pump and the tide gauge both stand in salt spray: check their seals together.", 0.52, 12),
    ],
  },
  dream: {
    total_dreams: 4,
    last_dream_ago: 900,
    avg_novelty: 0.36,
    recent: [remark("Three notes speak of NBR-70 rings; none says when they were last counted.", 0.44, 26)],
  },
  metacognition: {
    total_audits: 6,
    self_questions_generated: 1,
    graded_items: 14,
    brier: 0.14,
    ece: 0.08,
    recent_questions: [remark("Which of my notes about tides are older than the last calibration?", 0.6, 60)],
  },
  emergence: { tracked_claims: 33, authors_needed: 3, emergent_events: 1, recent: [] },
  workspace: { total_broadcasts: 3, pending_nominations: 1, threshold: 0.42, primed: 2 },
  learning: { claims_let_out: 2 },
});

export const OPEN_PROPOSAL = "proposal-7";

const proposals = () => ({
  enabled: true,
  proposals: [
    {
      id: OPEN_PROPOSAL,
      state: "open",
      setting: "reasoning.cycles_max",
      from: 4,
      to: 5,
      observation: "Four of the last ten tasks ended without agreement in the last round.",
      hypothesis: "One more round would have settled two of them.",
      success: { metric: "tasks_unresolved", below: 0.2, window_h: 24 },
      debate: idOf(SEAL_TASK),
      risk: "Answers take a quarter longer.",
    },
    {
      id: "proposal-6",
      state: "kept",
      setting: "reasoning.concurrent_tasks",
      from: 5,
      to: 4,
      observation: "p95 was 9 s.",
    },
  ],
});

const PROVIDERS = {
  providers: [
    {
      id: "groq",
      name: "Groq",
      configured: true,
      state: "limited",
      reason: "1,000 requests a day are used",
      until: new Date(Date.now() + 90 * MINUTE_MS).toISOString(),
      mend: null,
      models: ["llama-3.3-70b-versatile"],
      calls: 1_004,
      failures: 4,
      tokens_in: 812_000,
      tokens_out: 91_000,
      usd: 0,
      latency_ms_mean: 641,
      quotas: [
        { pool: "groq", unit: "requests", window: "day", limit: 1_000, remaining: 0, resets_at: ago(-90) },
        {
          pool: "groq",
          unit: "tokens",
          window: "minute",
          limit: 12_000,
          remaining: 8_400,
          resets_at: ago(-1),
        },
      ],
    },
    {
      id: "extractive",
      name: "Extractive reasoner",
      configured: true,
      state: "ready",
      reason: null,
      models: ["extractive"],
      calls: 52,
      failures: 0,
      tokens_in: 41_200,
      tokens_out: 3_800,
      latency_ms_mean: 3.1,
    },
    {
      id: "openai",
      name: "OpenAI",
      configured: false,
      state: "unused",
      reason: "no key: set OPENAI_API_KEY",
      mend: "get a key",
      models: [],
      calls: 0,
      failures: 0,
      tokens_in: 0,
      tokens_out: 0,
      latency_ms_mean: null,
    },
  ],
  budget: {
    today: { calls: 1_056, tokens: 948_000, usd: 0.42 },
    per_day: { calls: 10_000, tokens: 20_000_000, usd: 5 },
    per_task: { calls: 60, tokens: 400_000, usd: 1 },
  },
  recent: [
    {
      at: ago(3),
      purpose: "reason",
      task: null,
      provider: "extractive",
      model: "extractive",
      tokens_in: 800,
      tokens_out: 60,
      usd: 0,
      latency_ms: 3,
      attempts: [],
      skipped: [
        {
          provider: "Groq",
          model: "llama-3.3-70b-versatile",
          reason: "day limit reached",
          until: ago(-90),
        },
      ],
    },
  ],
};

export const SETTINGS: Settings["settings"] = [
  {
    key: "reasoning.cycles_max",
    title: "Rounds of reasoning on one task: one blind, the rest debate",
    type: "integer",
    value: 4,
    default: 4,
    min: 1,
    max: 10,
    unit: "rounds",
    changed_at: null,
  },
  {
    key: "wall.share_from",
    title: "The most restricted memories from which distilled claims may be published",
    type: "choice",
    value: "public",
    default: "public",
    choices: ["nothing", "public", "cluster", "private"],
    changed_at: ago(200),
  },
];

/** By path, made anew for each question so that ages are right. */
export const PARTS: Readonly<Record<string, () => unknown>> = {
  "/api/trust": trust,
  "/api/quantum": quantum,
  "/api/cognition": cognition,
  "/api/proposals": proposals,
  "/api/providers": () => PROVIDERS,
  "/api/settings": () => ({ settings: SETTINGS }),
  "/api/sentinel/status": () => ({
    enabled: true,
    cooldown_s: 0,
    signals: [
      {
        signal: "agreement",
        title: "Posterior of the leading answer at the end of a task",
        unit: "probability",
        value: 0.58,
        mean: 0.71,
        deviation: 0.05,
        drift: -2.6,
        samples: 40,
        state: "drifting",
        worse: "down",
      },
      {
        signal: "gossip_lag",
        title: "Median age of rumours at arrival",
        unit: "ms",
        value: 212,
        mean: 190,
        deviation: 40,
        drift: 0.5,
        samples: 40,
        state: "steady",
        worse: "up",
      },
    ],
  }),
  "/api/sentinel/deployments": () => ({
    enabled: true,
    deployments: [
      {
        id: "proposal-6",
        change: "providers.order",
        criterion: "p95 below 5 s",
        outcome: "kept",
        at: ago(900),
      },
    ],
  }),
  "/api/cortex": () => ({
    enabled: true,
    backend: "local",
    model: "qwen3-4b-q4_k_m",
    state: "loaded",
    calls: 12,
  }),
  "/api/blocklist": () => ({ enabled: true, blocked: [] }),
};
