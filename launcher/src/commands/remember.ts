/** `remember`: gives files and folders of text to a running swarm, in batches that can be sent again without harm. */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LABELS } from "@synapse/shared/contract/label.ts";
import { sha256Hex } from "@synapse/shared/hash.ts";
import { z } from "zod";
import { callSpore, failureText, type SporeAccess } from "../client/spore-client.ts";
import { reachableSpore } from "../client/swarm-locator.ts";
import type { CommandContext } from "../commands.ts";
import { didYouMean } from "../suggestion.ts";
import { filesBelow, type NewMemory, readMemories } from "../text-files.ts";

const BATCH = 200;
/** Characters in one request: a spore takes bodies up to 2 MiB, and text grows when it is escaped. */
const BATCH_CHARS = 400_000;
/** How often a batch is sent again when the spore asks for patience. */
const TRIES = 5;

const storedSchema = z.looseObject({ ids: z.array(z.string()) });

export async function runRemember(context: CommandContext): Promise<number> {
  const { parsed, output, cwd } = context;
  const label = parsed.string("label") ?? "cluster";
  if (!(LABELS as readonly string[]).includes(label)) {
    output.error(
      `--label: ${JSON.stringify(label)} is none of ${LABELS.join(", ")}${didYouMean(label, LABELS)}`,
    );
    return 2;
  }
  const missing = parsed.positionals.find((path) => !existsSync(resolve(cwd, path)));
  if (missing !== undefined) {
    output.error(`there is no file or folder ${missing}`);
    return 1;
  }
  const memories: NewMemory[] = [];
  const skipped: { file: string; reason: string }[] = [];
  let files = 0;
  for (const path of parsed.positionals.map((path) => resolve(cwd, path))) {
    for (const file of filesBelow(path)) {
      const read = readMemories(file, dirname(path));
      if (read.skipped !== null) skipped.push({ file, reason: read.skipped });
      else files++;
      memories.push(...read.memories);
    }
  }
  for (const { file, reason } of skipped) output.warn(`${file} ${reason}; it is left out`);
  if (parsed.has("dry-run")) {
    output.line(`${memories.length} passages of ${files} files would be remembered with label ${label}`);
    output.result({ passages: memories.length, files, skipped, stored: 0 });
    return files === 0 ? 1 : 0;
  }
  const spore = await reachableSpore(parsed, context.environment, cwd);
  if (!spore.ok) {
    output.error(spore.error);
    return 1;
  }
  let stored = 0;
  for (const batch of batches(memories)) {
    const result = await send(spore.value, batch, label);
    if (typeof result === "string") {
      output.progress(null);
      output.error(
        `${result}. ${stored} passages were stored; the same command again within a day stores no batch twice`,
      );
      output.result({ passages: memories.length, files, skipped, stored });
      return 1;
    }
    stored += result;
    output.progress(`${stored} of ${memories.length} passages`);
  }
  output.progress(null);
  output.line(`remembered ${stored} passages of ${files} files at ${spore.value.url}, label ${label}`);
  output.result({ passages: memories.length, files, skipped, stored });
  return files === 0 ? 1 : 0;
}

/** @returns how many entries were stored, or why they were not */
async function send(
  access: SporeAccess,
  memories: readonly NewMemory[],
  label: string,
): Promise<number | string> {
  const body = { memories, label };
  const headers = { "Idempotency-Key": sha256Hex(JSON.stringify(body)) };
  for (let attempt = 1; ; attempt++) {
    const reply = await callSpore(
      access,
      { method: "POST", path: "/api/memory", body, headers },
      storedSchema,
    );
    if (reply.ok) return reply.value.ids.length;
    const { error } = reply;
    const patience = error.kind === "refused" && error.status === 429 && attempt < TRIES;
    if (!patience) return failureText(error);
    await Bun.sleep(error.retryAfterMs ?? 1_000);
  }
}

function* batches(memories: readonly NewMemory[]): Generator<NewMemory[]> {
  let batch: NewMemory[] = [];
  let chars = 0;
  for (const memory of memories) {
    if (batch.length === BATCH || (chars + memory.content.length > BATCH_CHARS && batch.length > 0)) {
      yield batch;
      batch = [];
      chars = 0;
    }
    batch.push(memory);
    chars += memory.content.length;
  }
  if (batch.length > 0) yield batch;
}
