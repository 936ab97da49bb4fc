/** Which files hold text to remember, and what is in them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { CONTENT_CHARS_MAX, metadataSchema } from "@synapse/shared/contract/entry.ts";
import { z } from "zod";
import { splitPassages } from "./passages.ts";

export interface NewMemory {
  readonly content: string;
  readonly metadata?: z.infer<typeof metadataSchema>;
  readonly sequence?: { readonly document: string; readonly index: number };
}

export interface ReadFile {
  readonly file: string;
  readonly memories: readonly NewMemory[];
  /** Why nothing of it is remembered; null when something is. */
  readonly skipped: string | null;
}

/** A text larger than this is no note; it is named and skipped rather than held in memory. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
/** Folders of programs, never of notes. */
const SKIPPED_FOLDERS = new Set(["node_modules", ".git", ".synapse", ".next"]);

const importedSchema = z.strictObject({
  content: z.string().min(1).max(CONTENT_CHARS_MAX),
  metadata: metadataSchema.optional(),
  sequence: z.strictObject({ document: z.string().min(1).max(200), index: z.int().min(0) }).optional(),
});

/** All files below the paths, in order, hidden ones left out; a path that is not there is an error of the caller. */
export function* filesBelow(path: string): Generator<string> {
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".") || SKIPPED_FOLDERS.has(entry.name)) continue;
    const child = join(path, entry.name);
    if (entry.isDirectory()) yield* filesBelow(child);
    else if (entry.isFile()) yield child;
  }
}

/** @param root the path it was named by, for the name of the document */
export function readMemories(file: string, root: string): ReadFile {
  const skip = (skipped: string): ReadFile => ({ file, memories: [], skipped });
  if (statSync(file).size > FILE_BYTES_MAX) return skip("is larger than 64 MiB");
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    return skip(`cannot be read (${(cause as NodeJS.ErrnoException).code ?? "unknown"})`);
  }
  if (bytes.subarray(0, 8_192).includes(0)) return skip("is not text");
  const text = decode(bytes);
  if (text === null) return skip("is not UTF-8 text: convert it first");
  if (text.trim() === "") return skip("is empty");
  const imported = /\.jsonl?$/i.test(file) ? readImport(text, file) : null;
  if (imported !== null) return { file, memories: imported, skipped: null };
  const source = relative(root, file) || basename(file);
  const document = source.slice(-200).toWellFormed();
  const memories = splitPassages(text).map(({ content, heading }, index) => ({
    content,
    metadata: { source: document, ...(heading === null ? {} : { heading }) },
    sequence: { document, index },
  }));
  return { file, memories, skipped: null };
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    // Another encoding: remembering it with replacement characters would lose text without a word.
    return null;
  }
}

/** Objects with `content` are taken as they stand; any other JSON is a text like the others (null). */
function readImport(text: string, file: string): NewMemory[] | null {
  try {
    const values: unknown = file.toLowerCase().endsWith(".jsonl")
      ? text
          .split("\n")
          .filter((line) => line.trim() !== "")
          .map((line): unknown => JSON.parse(line))
      : JSON.parse(text);
    const parsed = z.array(importedSchema).min(1).safeParse(values);
    return parsed.success ? (parsed.data as NewMemory[]) : null;
  } catch {
    // Not JSON after all: it is read as text.
    return null;
  }
}
