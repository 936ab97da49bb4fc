/**
 * Ready-made memories: a .json array or a .jsonl file of `{content, metadata?, sequence?}`. Pure.
 *
 * A file is one of memories when every record has a text `content`; any other JSON is a text like others. A record
 * whose metadata the contract does not allow is refused with its reason, not bent into shape.
 */
import { bodySchemas, CONTENT_CHARS_MAX } from "@synapse/shared/contract/entry.ts";
import { z } from "zod";
import { splitPassages } from "./passages.ts";

export interface MemoryDraft {
  readonly content: string;
  readonly metadata?: Record<string, unknown>;
  readonly sequence?: { readonly document: string; readonly index: number };
}

export interface Records {
  readonly memories: readonly MemoryDraft[];
  /** `record 3: metadata.x …` */
  readonly refused: readonly string[];
  /** Members that stand beside the known ones and are not stored. */
  readonly ignoredMembers: readonly string[];
}

const recordSchema = z.looseObject({ content: z.string() });
const { metadata: metadataSchema, sequence: sequenceSchema } = bodySchemas.memory.shape;
const KNOWN_MEMBERS = new Set(["content", "metadata", "sequence"]);

/** @returns null for a text that is not a list of memories */
export function parseRecords(text: string, extension: string, document: string): Records | null {
  const values = extension === ".jsonl" || extension === ".ndjson" ? parseLines(text) : parseArray(text);
  if (values === null || values.length === 0) return null;
  const records = z.array(recordSchema).safeParse(values);
  if (!records.success) return null;
  const memories: MemoryDraft[] = [];
  const refused: string[] = [];
  const ignored = new Set<string>();
  for (const [index, record] of records.data.entries()) {
    for (const member of Object.keys(record)) if (!KNOWN_MEMBERS.has(member)) ignored.add(member);
    const metadata = metadataSchema.safeParse(record.metadata ?? undefined);
    const sequence = sequenceSchema.safeParse(record.sequence ?? undefined);
    const content = record.content.toWellFormed();
    const problem = !metadata.success
      ? `metadata.${metadata.error.issues[0]?.path.join(".")} ${metadata.error.issues[0]?.message}`
      : !sequence.success
        ? `sequence.${sequence.error.issues[0]?.path.join(".")} ${sequence.error.issues[0]?.message}`
        : content.trim() === ""
          ? "content is empty"
          : null;
    if (problem !== null) refused.push(`record ${index + 1}: ${problem}`);
    else {
      memories.push(...draftsOf(content, metadata.data, sequence.data, `${document}#${index + 1}`));
    }
  }
  return { memories, refused, ignoredMembers: [...ignored] };
}

/** One memory, or several where the text is longer than one may be. */
function draftsOf(
  content: string,
  metadata: Record<string, unknown> | undefined,
  sequence: MemoryDraft["sequence"],
  document: string,
): MemoryDraft[] {
  const shared = metadata === undefined ? {} : { metadata };
  if (content.length <= CONTENT_CHARS_MAX)
    return [{ content, ...shared, ...(sequence === undefined ? {} : { sequence }) }];
  return splitPassages(content, content.includes("\n") ? "lines" : "prose").map((passage, index) => ({
    content: passage.content,
    ...shared,
    sequence: { document: document.slice(-SEQUENCE_CHARS_MAX), index },
  }));
}

/** What the contract allows for `sequence.document`. */
export const SEQUENCE_CHARS_MAX = 200;

function parseArray(text: string): unknown[] | null {
  const value = parseJson(text);
  return Array.isArray(value) ? value : null;
}

function parseLines(text: string): unknown[] | null {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const values = lines.map(parseJson);
  return values.includes(undefined) ? null : values;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Undefined is no JSON value, so it cannot be mistaken for one.
    return undefined;
  }
}
