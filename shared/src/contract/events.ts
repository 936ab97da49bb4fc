/**
 * Server-sent events of `GET /api/events`.
 *
 * Frame: `id: <sequence>`, `event: <type>`, `data: <one JSON object>`. A client that reconnects with `Last-Event-ID`
 * gets what it missed, or one `reset` event where the spore no longer has it: it then reads the snapshots again.
 * Callers without authorisation receive what concerns public entries, peers and counts only.
 */
import { z } from "zod";
import { entryIdSchema, KINDS, type Kind, phaseSchema } from "./entry.ts";
import { labelSchema } from "./label.ts";
import { deltaSchema, nodeStateSchema, partStateSchema, taskSummarySchema } from "./status.ts";

const kindSchema = z.enum(KINDS as [Kind, ...Kind[]]);

export const eventSchemas = {
  /** A task appeared or changed status. */
  task: taskSummarySchema,
  /** A contribution arrived or was made here. */
  delta: z.looseObject({ task_id: entryIdSchema, delta: deltaSchema }),
  phase: z.looseObject({
    task_id: entryIdSchema,
    phase: phaseSchema,
    cycle: z.int(),
    agreement: z.number().nullable(),
  }),
  answer: taskSummarySchema,
  /** An entry was stored; content only as far as the caller may read it. */
  memory: z.looseObject({
    id: entryIdSchema,
    kind: kindSchema,
    label: labelSchema,
    author: z.string(),
    spore: z.string(),
    content: z.string(),
    /** When its author made it; absent from spores of before. */
    created_at: z.iso.datetime().optional(),
    total_memories: z.int(),
  }),
  peer: z.looseObject({
    id: z.string(),
    name: z.string(),
    url: z.string().nullable(),
    state: nodeStateSchema,
  }),
  trust: z.looseObject({ subject: z.string(), topic: z.string() }),
  quantum: partStateSchema,
  cognition: partStateSchema,
  /** A proposal of the Sentinel changed its state. */
  proposal: z.looseObject({ id: z.string(), status: z.string(), setting: z.string() }),
  provider: z.looseObject({
    id: z.string(),
    state: z.string(),
    reason: z.string().nullable(),
    until: z.iso.datetime().nullable().optional(),
  }),
  reset: z.looseObject({ reason: z.string() }),
} as const;

export type EventType = keyof typeof eventSchemas;
export const EVENT_TYPES = Object.keys(eventSchemas) as readonly EventType[];

export type SporeEvent = {
  [T in EventType]: { readonly type: T; readonly data: z.infer<(typeof eventSchemas)[T]> };
}[EventType];
