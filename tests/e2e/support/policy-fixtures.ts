/** What a spore tells of its commander's policy: Sentinel, proposals, settings, blocklist, federation, wall. */
import type { FederationStatus } from "@synapse/shared/contract/federation-status.ts";
import type { Settings } from "@synapse/shared/contract/status.ts";
import { SPEAKS } from "@synapse/spore/federation/dna.ts";
import type { proposalsOf } from "@synapse/spore/http/routes/sentinel.ts";
import type { Sentinel } from "@synapse/spore/sentinel/sentinel.ts";
import { SIGNALS, type SignalName, type SignalState } from "@synapse/spore/sentinel/signals.ts";
import { DECLARED, type Declaration } from "@synapse/spore/settings/declared.ts";
import { DNA, idOf, keyOf, MINUTE_MS, OTHERS, SEAL_TASK } from "./fixtures.ts";

const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();

type Proposals = Awaited<ReturnType<typeof proposalsOf>>;
type Proposal = Proposals["proposals"][number];

export const OPEN_PROPOSAL = idOf("proposal 7");
const KEPT_PROPOSAL = idOf("proposal 6");

const deployments = (): Proposal["deployments"] => [
  {
    proposal: KEPT_PROPOSAL,
    setting: "reasoning.concurrent_tasks",
    from: 5,
    to: 4,
    spore: "harbour",
    status: "kept",
    success_criterion: "answer_seconds falls by at least 2 within 1800 s",
    before: 9.2,
    after: 6.8,
    reason: "the promised change was seen",
    applied_at: ago(900),
    ended_at: ago(870),
  },
];

export const proposals = (): Proposals => ({
  enabled: true,
  total: 2,
  proposals: [
    {
      id: OPEN_PROPOSAL,
      status: "open",
      summary: "reasoning.cycles_max: 4 → 5",
      setting: "reasoning.cycles_max",
      from: 4,
      to: 5,
      observation: "Four of the last ten tasks ended without agreement in the last round.",
      hypothesis: "One more round would have settled two of them.",
      success_criterion: "unresolved_share falls by at least 0.1 within 1800 s",
      risk: "low",
      proposed_by: "harbour",
      created_at: ago(30),
      debate: idOf(SEAL_TASK),
      decision: null,
      deployments: [],
    },
    {
      id: KEPT_PROPOSAL,
      status: "kept",
      summary: "reasoning.concurrent_tasks: 5 → 4",
      setting: "reasoning.concurrent_tasks",
      from: 5,
      to: 4,
      observation: "From question to answer takes 9.2 s, usually 5.1 s.",
      hypothesis: "Fewer tasks at the same time leave more of the machine to each.",
      success_criterion: "answer_seconds falls by at least 2 within 1800 s",
      risk: "low",
      proposed_by: "lantern",
      created_at: ago(910),
      debate: null,
      decision: { step: "approve", by: "harbour", at: ago(905) },
      deployments: deployments(),
    },
  ],
});

export const noProposals = (): Proposals => ({ enabled: true, total: 0, proposals: [] });

export const deploymentLog = () => ({ enabled: true, deployments: deployments(), total_deployments: 1 });
export const noDeployments = () => ({ enabled: true, deployments: [], total_deployments: 0 });

type Measured = Partial<Omit<SignalState, "signal">>;

const MEASURED: Readonly<Partial<Record<SignalName, Measured>>> = {
  unresolved_share: { value: 0.4, mean: 0.12, deviation: 0.06, drift: 2.4, state: "drifting" },
  agreement: { value: 0.58, mean: 0.71, deviation: 0.05, drift: 2.6, state: "drifting" },
  answer_seconds: { value: 6.8, mean: 6.1, deviation: 1.2, drift: 0.6, state: "steady" },
  confidence: { value: 0.71, mean: 0.7, deviation: 0.04, drift: -0.2, state: "steady" },
  gossip_lag: { value: 212, mean: 190, deviation: 40, drift: 0.5, state: "steady" },
  peers: { value: 2, samples: 12, state: "learning" },
  memory: { value: 212, mean: 205, deviation: 9, drift: 0.7, state: "steady" },
};

const signals = (measured: typeof MEASURED) =>
  (Object.keys(SIGNALS) as SignalName[]).map((signal) => ({
    signal,
    value: null,
    mean: null,
    deviation: null,
    drift: null,
    samples: measured[signal] === undefined ? 0 : 40,
    state: "unmeasured" as const,
    ...measured[signal],
    ...SIGNALS[signal],
  }));

const counts = {
  role: "explorer",
  active_proposal: null as string | null,
  proposals: 0,
  open_proposals: 0,
  total_deployments: 0,
};

export const sentinel = (): ReturnType<Sentinel["state"]> & typeof counts => ({
  enabled: true,
  proposes: true,
  looks: 412,
  last_look: ago(1),
  interval_s: 120,
  window_s: 1_800,
  pause_s: 1_800,
  signals: signals(MEASURED),
  ...counts,
  active_proposal: OPEN_PROPOSAL,
  proposals: 2,
  open_proposals: 1,
  total_deployments: 1,
});

export const sentinelOff = (): ReturnType<typeof sentinel> => ({
  ...sentinel(),
  enabled: false,
  reason: "switched off by its commander (setting sentinel.enabled)",
  proposes: false,
  looks: 0,
  last_look: null,
  signals: signals({}),
  ...counts,
});

/** One is changed, all others stand as declared. */
export const settings = (): Settings => ({
  settings: Object.entries(DECLARED as Readonly<Record<string, Declaration>>).map(([key, declared]) => {
    const changed = key === "quantum.annealing";
    return {
      ...declared,
      ...("choices" in declared ? { choices: [...declared.choices] } : { choices: undefined }),
      key,
      value: changed ? true : declared.default,
      changed_at: changed ? ago(200) : null,
    };
  }),
});

export const wall = () => ({
  crossings: 4,
  blocks: 1,
  filtered: 2,
  recent_audit: [
    { at: ago(12), action: "crossed", reason: "distilled from 2 private entries", kind: "thought" },
    { at: ago(50), action: "blocked", reason: "names a person", kind: "memory" },
  ],
});
export const closedWall = () => ({ crossings: 0, blocks: 0, filtered: 0, recent_audit: [] });

export const federation = (): FederationStatus => ({
  dna: DNA,
  network: "synapse",
  speaks: SPEAKS,
  capabilities: ["gzip", "listen", "log", "rumour", "sketch"],
  state: "connected",
  membership: "open",
  nodes: 3,
  operators: 1,
  vouched_by: null,
  invitation: null,
  bootstrap: {
    sources: [
      {
        source: "https://seeds.example/bootstrap.json",
        state: "read",
        detail: "2 seeds",
        seeds: 2,
        at: ago(40),
      },
    ],
    seeds: [
      {
        url: "https://fjord.example",
        operator: keyOf(OTHERS) as never,
        state: "joined",
        reason: null,
        tier: "stranger",
        attempts: 1,
        at: ago(39),
      },
    ],
  },
  refusals: [],
});
