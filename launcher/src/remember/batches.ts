/**
 * Sends memories in batches, each under a key made of its content: sent again, it is the same request.
 *
 * A batch that is refused as a whole (one text too large, one secret in a public memory) is halved until the texts
 * that are meant stand alone; everything else is stored. A spore that asks to wait is waited for.
 */

import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import { CONTENT_CHARS_MAX } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { sha256Hex } from "@synapse/shared/hash.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { z } from "zod";
import { callSpore, failureText, type SporeAccess, type SporeFailure } from "../client/spore-client.ts";
import type { MemoryDraft } from "./records.ts";

export const BATCH_ITEMS_MAX = 200;
/** Well below the megabyte at which servers start to refuse bodies; always holds a memory of the largest size. */
const BATCH_CHARS_MAX = Math.max(200_000, CONTENT_CHARS_MAX);
/** A commander's own spore that is still busy after that many pauses is not going to take it. */
const RETRIES_MAX = 5;
const PAUSE_DEFAULT_MS = 1_000;
const PAUSE_MAX_MS = 60_000;
/** Refusals that speak of the content; others (401, 404 …) hold for every batch alike. */
const CONTENT_REFUSALS = new Set([400, 413, 422]);

export interface Refusal {
  readonly memory: MemoryDraft;
  readonly reason: string;
}

export interface Delivery {
  stored: number;
  readonly refused: Refusal[];
}

export function toBatches(memories: readonly MemoryDraft[]): MemoryDraft[][] {
  const batches: MemoryDraft[][] = [];
  let chars = 0;
  for (const memory of memories) {
    const open = batches.at(-1);
    const size = JSON.stringify(memory).length;
    if (open === undefined || open.length >= BATCH_ITEMS_MAX || chars + size > BATCH_CHARS_MAX) {
      batches.push([memory]);
      chars = size;
    } else {
      open.push(memory);
      chars += size;
    }
  }
  return batches;
}

/** Adds to `delivery` what became of each memory; the failure is one that holds for all further batches too. */
export async function deliverBatch(
  access: SporeAccess,
  batch: readonly MemoryDraft[],
  label: Label,
  delivery: Delivery,
): Promise<Result<null, SporeFailure>> {
  const sent = await postPatiently(access, batch, label);
  if (sent.ok) {
    delivery.stored += sent.value;
    return ok(null);
  }
  const { error } = sent;
  if (error.kind !== "refused" || !CONTENT_REFUSALS.has(error.status)) return err(error);
  const [first] = batch;
  if (batch.length === 1 && first !== undefined) {
    delivery.refused.push({ memory: first, reason: failureText(error) });
    return ok(null);
  }
  const half = Math.ceil(batch.length / 2);
  const front = await deliverBatch(access, batch.slice(0, half), label, delivery);
  return front.ok ? deliverBatch(access, batch.slice(half), label, delivery) : front;
}

const storedSchema = z.looseObject({ ids: z.array(z.string()) });

async function postPatiently(
  access: SporeAccess,
  batch: readonly MemoryDraft[],
  label: Label,
): Promise<Result<number, SporeFailure>> {
  const memories = batch.map((memory) => ({ ...memory, label }));
  const key = sha256Hex(canonicalJson({ memories }));
  for (let attempt = 0; ; attempt += 1) {
    const answer = await callSpore(
      access,
      { method: "POST", path: "/api/memory", body: { memories }, headers: { "Idempotency-Key": key } },
      storedSchema,
    );
    if (answer.ok) return ok(answer.value.ids.length);
    const { error } = answer;
    const passing = error.kind === "refused" && (error.status === 429 || error.status === 503);
    if (!passing || attempt >= RETRIES_MAX) return answer;
    await Bun.sleep(Math.min(PAUSE_MAX_MS, error.retryAfterMs ?? PAUSE_DEFAULT_MS * 2 ** attempt));
  }
}
