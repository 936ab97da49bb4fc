/** Spontaneous cognition of a spore, as this page reads it: every member may be missing in another version. */
import { z } from "zod";
import { list, number, opt, text } from "@/lib/lenient.ts";
import { mechanismSchema } from "@/lib/mechanism-view.ts";

const remarkSchema = z.looseObject({
  text: z.string(),
  novelty: number,
  at: text,
  fate: text,
  id: text,
});
export type Remark = z.infer<typeof remarkSchema>;

const part = <S extends z.ZodRawShape>(shape: S) => opt(z.looseObject(shape));
const recent = list(remarkSchema);

export const cognitionViewSchema = z.looseObject({
  mechanisms: list(mechanismSchema),
  parts: opt(z.record(z.string(), z.boolean())),
  oscillator: part({
    tick: number,
    periods: opt(z.record(z.string(), z.number())),
    bands: opt(z.record(z.string(), z.number())),
    gave_way: number,
  }),
  budget: part({
    tokens_hour: number,
    tokens_hour_max: number,
    seconds_hour: number,
    seconds_hour_max: number,
  }),
  thoughts: part({
    stored: number,
    of_entries: number,
    share: number,
    share_max: number,
    discard_rate: number,
  }),
  curiosity: part({
    curiosity_drive: number,
    observations: number,
    topics: number,
    recent_surprises: number,
    most_surprising: list(z.looseObject({ id: text, author: text, surprise: number, novelty: number })),
  }),
  free_thought: part({ total_thoughts: number, avg_novelty: number, recent }),
  dream: part({ total_dreams: number, last_dream_ago: number, avg_novelty: number, recent }),
  metacognition: part({
    total_audits: number,
    self_questions_generated: number,
    graded_items: number,
    brier: number,
    ece: number,
    recent_questions: recent,
  }),
  emergence: part({ tracked_claims: number, authors_needed: number, emergent_events: number, recent }),
  workspace: part({
    total_broadcasts: number,
    pending_nominations: number,
    threshold: number,
    primed: number,
  }),
});
export type CognitionView = z.infer<typeof cognitionViewSchema>;

export interface Band {
  readonly name: string;
  readonly meaning: string;
  /** Runs at every so many ticks. */
  readonly period: number | null;
  readonly ran: number | null;
}

const BAND_MEANINGS: readonly (readonly [name: string, meaning: string])[] = [
  ["gamma", "reasoning on tasks"],
  ["beta", "curiosity: what surprised it"],
  ["alpha", "free thought, self-analysis"],
  ["theta", "dreams: old and new put together"],
  ["delta", "audit, emergence, snapshot"],
];

export function bandsOf({ oscillator }: CognitionView): readonly Band[] {
  return BAND_MEANINGS.map(([name, meaning]) => ({
    name,
    meaning,
    period: oscillator?.periods?.[name] ?? null,
    ran: oscillator?.bands == null ? null : (oscillator.bands[name] ?? 0),
  }));
}

export interface Told {
  readonly part: string;
  readonly remark: Remark;
}

/** Everything it said to itself lately, newest first. */
export function remarksOf(view: CognitionView): readonly Told[] {
  const told = [
    ["thought", view.free_thought?.recent],
    ["dream", view.dream?.recent],
    ["question to itself", view.metacognition?.recent_questions],
    ["emergence", view.emergence?.recent],
  ] as const;
  return told
    .flatMap(([name, remarks]) => (remarks ?? []).map((remark) => ({ part: name, remark })))
    .sort((a, b) => ((a.remark.at ?? "") < (b.remark.at ?? "") ? 1 : -1));
}
