/**
 * What a spore answers over HTTP, as schemas: the spore builds these shapes, the Command Center, launcher and MCP
 * clients parse them. Members that a later version adds pass through unharmed (`looseObject`), because the page
 * meets spores of other versions.
 */
import { z } from "zod";
import {
  answerFormSchema,
  citationSchema,
  entryIdSchema,
  KINDS,
  type Kind,
  phaseSchema,
  publicKeySchema,
  roleSchema,
} from "./entry.ts";
import { labelSchema } from "./label.ts";
import { cardSummarySchema, placeSchema } from "./peer-card.ts";

const count = z.int().min(0);
const unit = z.number().min(0).max(1);
/** ISO 8601 in UTC with milliseconds. */
const instant = z.iso.datetime();
const kindSchema = z.enum(KINDS as [Kind, ...Kind[]]);

/** What every route answers when it refuses: the message says what is wrong and how to mend it. */
export const errorSchema = z.looseObject({
  error: z.looseObject({ code: z.string(), message: z.string() }),
});

/** A part of the mission that this spore does not run, with the reason. Never invented numbers. */
export const disabledSchema = z.looseObject({ enabled: z.literal(false), reason: z.string() });

/** A part's free-form state; `enabled: false` carries a reason. */
export const partStateSchema = z.looseObject({ enabled: z.boolean(), reason: z.string().optional() });
export type PartState = z.infer<typeof partStateSchema>;

export const clockStateSchema = z.enum(["unknown", "right", "unsure", "off"]);
export type ClockState = z.infer<typeof clockStateSchema>;

/** What its peers say of the clock of a spore's machine. */
export const clockVerdictSchema = z.looseObject({
  /** `off`: independent peers agree that it is wrong; `unsure`: only one does, and nobody contradicts it. */
  state: clockStateSchema,
  /** How far it is ahead of theirs, ms; below 0 where it is behind, null where it is not known to be either. */
  ahead_ms: z.number().nullable(),
  /** Independent peers that say so. */
  agreeing: count,
  /** What is wrong and how to mend it, for people; null for nothing. */
  message: z.string().nullable(),
});
export type ClockVerdict = z.infer<typeof clockVerdictSchema>;

export const wallClockSchema = clockVerdictSchema.extend({
  /** How far the newest entry of this spore is dated ahead of its clock, ms: it was ahead when that was written. */
  entries_ahead_ms: z.number().min(0),
});
export type WallClock = z.infer<typeof wallClockSchema>;

export const healthSchema = z.looseObject({
  spore: z.string(),
  key: publicKeySchema,
  operator: publicKeySchema,
  role: roleSchema,
  model: z.string(),
  version: z.string(),
  dna: z.string(),
  memories: count,
  memories_private: count,
  memories_collective: count,
  cycles: count,
  deltas_produced: count,
  deltas_received: count,
  /** Mean confidence of the last answers, null before the first. */
  confidence: unit.nullable(),
  /** Names of the spores exchanged with lately. */
  peers: z.array(z.string()),
  active_tasks: count,
  converged_tasks: count,
  uptime_s: z.number().min(0),
  last_provider: z.string().nullable(),
  last_model: z.string().nullable(),
  /** Vector clock of the public set: replica id → highest counter without a gap. */
  clock: z.record(z.string(), count),
  sce: partStateSchema,
  quantum: partStateSchema,
  location: placeSchema.nullable().optional(),
  wall_clock: wallClockSchema.optional(),
});
export type Health = z.infer<typeof healthSchema>;

export const taskStatusSchema = z.enum(["queued", "reasoning", "converged", "unresolved"]);
export type TaskStatus = z.infer<typeof taskStatusSchema>;

export const taskSummarySchema = z.looseObject({
  task_id: entryIdSchema,
  description: z.string(),
  label: labelSchema,
  priority: z.enum(["low", "normal", "high"]),
  status: taskStatusSchema,
  phase: phaseSchema,
  cycle: count,
  converged: z.boolean(),
  final_answer: z.string().nullable(),
  confidence: unit.nullable(),
  agreement: unit.nullable(),
  contributors: z.array(z.string()),
  deltas: count,
  author: z.string(),
  created_at: instant,
  updated_at: instant,
});
export type TaskSummary = z.infer<typeof taskSummarySchema>;

export const taskListSchema = z.looseObject({
  tasks: z.array(taskSummarySchema),
  next: z.string().nullable(),
});

export const deltaSchema = z.looseObject({
  id: entryIdSchema,
  author: z.string(),
  spore: z.string(),
  role: roleSchema,
  provider: z.string(),
  model: z.string(),
  cycle: count,
  phase: phaseSchema,
  temperature: z.number(),
  hypothesis: z.string(),
  hypotheses: z.array(z.looseObject({ content: z.string(), weight: unit })),
  claims: z.array(z.string()),
  citations: z.array(citationSchema),
  confidence: unit,
  value: z.string().nullable(),
  abstain: z.boolean(),
  /** No other contribution to this task is among its ancestors: it was made blind. */
  independent: z.boolean(),
  response_to_peers: z.string(),
  parents: z.array(entryIdSchema),
  created_at: instant,
});
export type Delta = z.infer<typeof deltaSchema>;

export const agreementPointSchema = z.looseObject({
  cycle: count,
  agreement: unit,
  velocity: z.number(),
  clusters: count,
  at: instant,
});

export const hypothesisSchema = z.looseObject({
  text: z.string(),
  /** Posterior of this group of answers among the competing ones and none of them, at the last count. */
  weight: unit,
  holders: z.array(z.string()),
});

export const dissentSchema = z.looseObject({ text: z.string(), holders: z.array(z.string()) });

export const taskDetailSchema = z.looseObject({
  task_id: entryIdSchema,
  description: z.string(),
  label: labelSchema,
  priority: z.enum(["low", "normal", "high"]),
  answer_form: answerFormSchema.nullable(),
  author: z.string(),
  status: taskStatusSchema,
  phase: phaseSchema,
  cycle: count,
  converged: z.boolean(),
  final_answer: z.string().nullable(),
  value: z.string().nullable(),
  confidence: unit.nullable(),
  posterior: unit.nullable(),
  validation: z.enum(["confirmed", "disputed", "unvalidated"]).nullable(),
  contributors: z.array(z.string()),
  citations: z.array(z.looseObject({ id: entryIdSchema, quote: z.string(), content: z.string().nullable() })),
  deltas: z.array(deltaSchema),
  agreement_history: z.array(agreementPointSchema),
  hypotheses: z.array(hypothesisSchema),
  dissent: z.array(dissentSchema),
  synthesis_id: entryIdSchema.nullable(),
  answer_id: entryIdSchema.nullable(),
  /** Why a task ended without agreement, else null. */
  reason: z.string().nullable(),
  created_at: instant,
  updated_at: instant,
});
export type TaskDetail = z.infer<typeof taskDetailSchema>;

export const searchResultSchema = z.looseObject({
  id: entryIdSchema,
  content: z.string(),
  score: z.number(),
  author: z.string(),
  spore: z.string(),
  kind: kindSchema,
  label: labelSchema,
  created_at: instant,
  metadata: z.record(z.string(), z.unknown()).optional(),
  explain: z.record(z.string(), z.unknown()).optional(),
  /** With `explain`: what it was made from or stands after, and what was made from it or follows. */
  before: z.array(entryIdSchema).optional(),
  after: z.array(entryIdSchema).optional(),
  /** With `budget`: the entries that this passage joins. */
  members: z.array(entryIdSchema).optional(),
});
export type SearchResult = z.infer<typeof searchResultSchema>;

export const searchSchema = z.looseObject({
  results: z.array(searchResultSchema),
  /** With `budget`: tokens that the passages cost, estimated. */
  tokens: count.optional(),
  took_ms: z.number(),
});

export const memoryOverviewSchema = z.looseObject({
  total_memories: count,
  private: count,
  cluster: count,
  public: count,
  /** Replica → up to which counter all of its entries are here. */
  clock: z.record(z.string(), count),
  /** Replica → how many of its entries are here although an earlier one is not; absent where none is missing. */
  beyond: z.record(z.string(), count).optional(),
  /** Merkle root of the public set, 64 hex. */
  root: z.string(),
  roots: z.looseObject({ public: z.string(), cluster: z.string().optional() }),
  recent: z.array(
    z.looseObject({
      id: entryIdSchema,
      content: z.string(),
      author: z.string(),
      spore: z.string(),
      kind: kindSchema,
      label: labelSchema,
      created_at: instant,
    }),
  ),
});
export type MemoryOverview = z.infer<typeof memoryOverviewSchema>;

export const nodeStateSchema = z.enum(["self", "live", "stale", "unreachable"]);

export const swarmNodeSchema = z.looseObject({
  /** The spore's public key. */
  id: publicKeySchema,
  name: z.string(),
  operator: publicKeySchema,
  url: z.string().nullable(),
  role: roleSchema,
  model: z.string(),
  version: z.string(),
  dna: z.string(),
  state: nodeStateSchema,
  /** Standing of its operator: `own`, `vouched`, `stranger`; left out by older spores. */
  tier: z.string().optional(),
  last_seen: instant,
  summary: cardSummarySchema,
  location: placeSchema.nullable().optional(),
});
export type SwarmNode = z.infer<typeof swarmNodeSchema>;

export const swarmSchema = z.looseObject({
  spore: publicKeySchema,
  nodes: z.array(swarmNodeSchema),
  edges: z.array(z.looseObject({ from: publicKeySchema, to: publicKeySchema, kind: z.string() })),
  as_of: instant,
});
export type Swarm = z.infer<typeof swarmSchema>;

export const wallSchema = z.looseObject({
  crossings: count,
  blocks: count,
  filtered: count,
  recent_audit: z.array(
    z.looseObject({ at: instant, action: z.string(), reason: z.string(), kind: z.string().nullable() }),
  ),
});

const spendingSchema = z.object({ calls: count, tokens: count, usd: z.number().min(0) });
const limitSchema = z.number().min(0);

export const providersSchema = z.looseObject({
  providers: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      configured: z.boolean(),
      /** `ready`, `untried`, `limited`, `failing`, `off`, `unused`, `retired`. */
      state: z.string(),
      reason: z.string().nullable(),
      /** When it can be asked again; null where nobody knows, or when it can be now. */
      until: instant.nullable().optional(),
      /** What a person can do about it. */
      mend: z.string().nullable().optional(),
      models: z.array(z.string()),
      calls: count,
      failures: count,
      tokens_in: count,
      tokens_out: count,
      /** Authorised callers only: US dollars since the start, as stated or by list price; a free tier counts 0. */
      usd: z.number().min(0).optional(),
      latency_ms_mean: z.number().nullable(),
      /** Authorised callers only: what the provider stated of each quota, and what was used today (UTC). */
      quotas: z
        .array(
          z.looseObject({
            pool: z.string(),
            unit: z.string(),
            window: z.string(),
            limit: z.number().nullable(),
            remaining: z.number().nullable(),
            resets_at: instant.nullable(),
          }),
        )
        .optional(),
      today: spendingSchema.optional(),
    }),
  ),
  /** Authorised callers only: what the commander allows metered sources; days are UTC days. */
  budget: z
    .looseObject({
      today: spendingSchema,
      per_day: z.looseObject({ calls: limitSchema, tokens: limitSchema, usd: limitSchema }),
      per_task: z.looseObject({ calls: limitSchema, tokens: limitSchema, usd: limitSchema }),
    })
    .optional(),
  /** Authorised callers only: the last requests, newest first, with who was tried and who was not asked and why. */
  recent: z
    .array(
      z.looseObject({
        at: instant,
        purpose: z.string(),
        task: z.string().nullable(),
        provider: z.string().nullable(),
        model: z.string().nullable(),
        tokens_in: count,
        tokens_out: count,
        usd: z.number().min(0).nullable(),
        latency_ms: z.number(),
        attempts: z.array(z.looseObject({ provider: z.string(), model: z.string(), outcome: z.string() })),
        skipped: z.array(
          z.looseObject({
            provider: z.string(),
            model: z.string(),
            reason: z.string(),
            until: instant.nullable(),
          }),
        ),
      }),
    )
    .optional(),
  /** Authorised callers only: what was spent, by UTC day and provider. */
  days: z.record(z.string(), z.record(z.string(), spendingSchema)).optional(),
});
export type Providers = z.infer<typeof providersSchema>;

export const historySchema = z.looseObject({
  metric: z.string(),
  unit: z.string(),
  step_s: z.number(),
  /** [start of the bucket in ms, value or null where nothing was measured]. */
  points: z.array(z.tuple([z.number(), z.number().nullable()])),
});

export const settingsSchema = z.looseObject({
  settings: z.array(
    z.looseObject({
      key: z.string(),
      title: z.string(),
      type: z.enum(["number", "integer", "boolean", "choice", "text"]),
      value: z.union([z.string(), z.number(), z.boolean()]),
      default: z.union([z.string(), z.number(), z.boolean()]),
      min: z.number().optional(),
      max: z.number().optional(),
      unit: z.string().optional(),
      choices: z.array(z.string()).optional(),
      changed_at: instant.nullable(),
    }),
  ),
});
export type Settings = z.infer<typeof settingsSchema>;
