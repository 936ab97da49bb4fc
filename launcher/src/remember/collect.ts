/** Files and folders → memories to send, and what was skipped and why. */
import { readdirSync, statSync } from "node:fs";
import { basename, extname, join, relative, resolve } from "node:path";
import { sha256Hex } from "@synapse/shared/hash.ts";
import { splitPassages } from "./passages.ts";
import { type MemoryDraft, parseRecords, SEQUENCE_CHARS_MAX } from "./records.ts";
import { readTextFile } from "./text-file.ts";

/** Folders that hold what tools made, not what anybody wrote. */
const SKIPPED_FOLDERS = new Set(["node_modules", "__pycache__", "target", "dist", "venv"]);
/** Enough to tell versions of one document apart. */
const VERSION_CHARS = 8;

export interface Document {
  /** As people know it: the given folder's name and the path below it. */
  readonly source: string;
  readonly memories: readonly MemoryDraft[];
  readonly notices: readonly string[];
  /** Parts of it that cannot be stored. */
  readonly refused: readonly string[];
}

export interface Collection {
  readonly documents: readonly Document[];
  readonly skipped: readonly { readonly source: string; readonly reason: string }[];
  /** Named paths that cannot be read at all. */
  readonly missing: readonly string[];
}

export function collectDocuments(paths: readonly string[], cwd: string): Collection {
  const documents: Document[] = [];
  const skipped: { source: string; reason: string }[] = [];
  const missing: string[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    const root = resolve(cwd, path);
    const stat = statSync(root, { throwIfNoEntry: false });
    if (stat === undefined) {
      missing.push(path);
      continue;
    }
    for (const file of stat.isDirectory() ? filesBelow(root) : [root]) {
      if (seen.has(file)) continue;
      seen.add(file);
      const source = stat.isDirectory() ? join(basename(root), relative(root, file)) : basename(root);
      const document = readDocument(file, source);
      if (typeof document === "string") skipped.push({ source, reason: document });
      else documents.push(document);
    }
  }
  return { documents, skipped, missing };
}

/** @returns the document, or why it is skipped */
function readDocument(file: string, source: string): Document | string {
  let read: ReturnType<typeof readTextFile>;
  try {
    read = readTextFile(file);
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
  if (!read.ok) return read.error;
  const { text, form, notice } = read.value;
  if (text.trim() === "") return "empty";
  const notices = notice === null ? [] : [notice];
  const sequence = sequenceName(source, text);
  const extension = extname(file).toLowerCase();
  if ([".json", ".jsonl", ".ndjson"].includes(extension)) {
    const records = parseRecords(text, extension, sequence);
    if (records !== null) {
      const { memories, refused, ignoredMembers } = records;
      if (ignoredMembers.length > 0) notices.push(`not stored: the members ${ignoredMembers.join(", ")}`);
      return { source, memories, notices, refused };
    }
  }
  const memories = splitPassages(text, form).map(({ content, heading }, index) => ({
    content,
    metadata: { source: source.slice(-SOURCE_CHARS_MAX), ...(heading === null ? {} : { heading }) },
    sequence: { document: sequence, index },
  }));
  return { source, memories, notices, refused: [] };
}

/** What the contract allows for a text in metadata. */
const SOURCE_CHARS_MAX = 2_000;

/**
 * Names one version of one document: the passages of a changed file form a sequence of their own, instead of two that
 * share their numbers.
 */
function sequenceName(source: string, text: string): string {
  const version = `@${sha256Hex(text).slice(0, VERSION_CHARS)}`;
  return `${source.slice(-(SEQUENCE_CHARS_MAX - version.length)).toWellFormed()}${version}`;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith(".") && !SKIPPED_FOLDERS.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path);
      // A link may lead out of the folder, or round in a circle.
      return entry.isFile() ? [path] : [];
    });
}
