/** `remember`: files and folders into the memory of a running swarm. */
import { LABELS, type Label, labelSchema } from "@synapse/shared/contract/label.ts";
import { failureText } from "../client/spore-client.ts";
import { reachableSpore } from "../client/swarm-locator.ts";
import type { CommandContext } from "../commands.ts";
import { durationText, type Output } from "../output.ts";
import { type Delivery, deliverBatch, toBatches } from "../remember/batches.ts";
import { type Collection, collectDocuments } from "../remember/collect.ts";
import { didYouMean } from "../suggestion.ts";

export async function runRemember(context: CommandContext): Promise<number> {
  const { parsed, output } = context;
  const label = readLabel(parsed.string("label") ?? "cluster", output);
  if (label === null) return 2;
  const collection = collectDocuments(parsed.positionals, context.cwd);
  for (const path of collection.missing) output.error(`there is no file or folder ${path}`);
  if (collection.missing.length > 0) return 1;
  if (collection.documents.length === 0) {
    output.result(summary(collection, label, { stored: 0, refused: [] }, 0, 0));
    reportNothing(collection, output);
    return 1;
  }
  report(collection, output);
  const memories = collection.documents.flatMap((document) => document.memories);
  const refusedBefore = collection.documents.reduce((sum, { refused }) => sum + refused.length, 0);
  const delivery: Delivery = { stored: 0, refused: [] };
  const startedAt = performance.now();
  if (!parsed.has("dry-run") && memories.length > 0) {
    const spore = await reachableSpore(parsed, context.environment, context.cwd);
    if (!spore.ok) {
      output.error(spore.error);
      return 1;
    }
    let handled = 0;
    for (const batch of toBatches(memories)) {
      output.progress(`remembering on ${spore.value.url}: ${handled} of ${memories.length} passages`);
      const sent = await deliverBatch(spore.value, batch, label, delivery);
      if (!sent.ok) {
        output.progress(null);
        output.error(
          `${failureText(sent.error)}. ${delivery.stored} of ${memories.length} passages are stored; the same command again within a day stores no batch twice`,
        );
        output.result(summary(collection, label, delivery, memories.length, refusedBefore));
        return 1;
      }
      handled += batch.length;
    }
    output.progress(null);
  }
  for (const { memory, reason } of delivery.refused) {
    const { document, index } = memory.sequence ?? { document: "a record", index: 0 };
    output.warn(`${document}, passage ${index + 1}: ${reason}`);
  }
  output.result(summary(collection, label, delivery, memories.length, refusedBefore));
  const files = `${collection.documents.length} ${collection.documents.length === 1 ? "file" : "files"}`;
  if (parsed.has("dry-run")) output.line(`${memories.length} passages of ${files} would be sent`);
  else {
    const took = durationText(performance.now() - startedAt);
    output.line(
      `remembered ${delivery.stored} of ${memories.length} passages of ${files} as ${label} in ${took}`,
    );
  }
  return delivery.refused.length + refusedBefore === 0 ? 0 : 1;
}

function readLabel(text: string, output: Output): Label | null {
  const label = labelSchema.safeParse(text);
  if (label.success) return label.data;
  output.error(`--label expects one of ${LABELS.join(", ")}, got "${text}"${didYouMean(text, LABELS)}`);
  return null;
}

function report({ documents, skipped }: Collection, output: Output): void {
  for (const { source, memories, notices, refused } of documents) {
    const notes = notices.length === 0 ? "" : ` (${notices.join("; ")})`;
    output.line(`${source}: ${memories.length} ${memories.length === 1 ? "passage" : "passages"}${notes}`);
    for (const reason of refused) output.warn(`${source}: ${reason}; not stored`);
  }
  for (const { source, reason } of skipped) output.warn(`${source}: ${reason}; skipped`);
}

/** One line where one file is all there was; otherwise why each was skipped, and what that comes to. */
function reportNothing({ skipped }: Collection, output: Output): void {
  const [only, ...others] = skipped;
  if (only !== undefined && others.length === 0) {
    output.error(`${only.source}: ${only.reason}; there is no text to remember`);
    return;
  }
  for (const { source, reason } of skipped) output.warn(`${source}: ${reason}; skipped`);
  output.error("there is no text to remember");
}

function summary(
  collection: Collection,
  label: Label,
  delivery: Delivery,
  passages: number,
  refusedBefore: number,
): object {
  return {
    files: collection.documents.length,
    skipped: collection.skipped,
    passages,
    stored: delivery.stored,
    refused: delivery.refused.length + refusedBefore,
    label,
  };
}
