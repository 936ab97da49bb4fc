/**
 * The recording of a real swarm that a page without any spore can replay: what each spore answered, when it answered
 * something else, and every event it sent. Made by tests/e2e/support/record-demo.ts, kept as public/demo.json.
 */
import { z } from "zod";

/** [ms since the recording began, what was answered from then on]. */
const snapshotSchema = z.tuple([z.number(), z.unknown()]);

export const recordingSchema = z.object({
  v: z.literal(1),
  /** When it was made. */
  recorded_at: z.iso.datetime(),
  duration_ms: z.number().positive(),
  version: z.string(),
  spores: z.array(z.object({ url: z.url(), name: z.string() })).min(1),
  /** By `<index of the spore> <path>`; the first spore answers for those that were not asked. */
  snapshots: z.record(z.string(), z.array(snapshotSchema)),
  /** [ms, index of the spore, id, type, data]. */
  events: z.array(z.tuple([z.number(), z.number(), z.number(), z.string(), z.unknown()])),
});
export type Recording = z.infer<typeof recordingSchema>;

let loading: Promise<Recording> | null = null;

export function loadRecording(): Promise<Recording> {
  loading ??= fetch("/demo.json", { credentials: "omit" })
    .then((response) => response.json())
    .then((json) => recordingSchema.parse(json));
  // A failed read is tried again by the next question.
  loading.catch(() => {
    loading = null;
  });
  return loading;
}
