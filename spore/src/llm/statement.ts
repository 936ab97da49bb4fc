/**
 * A recalled memory taken apart: who said it, when, and its sentences as exact ranges of its content.
 *
 * Documents are hard-wrapped and marked up, so lines are first joined to blocks: a paragraph, a list item, a row of a
 * table, the lines between two fences. A heading belongs to the block below it. A sentence may run over a line's end,
 * never over a block's.
 *
 * Invariant: every range is a substring of the memory's own content, so a quotation can be checked word for word.
 */
import type { EntryId } from "@synapse/shared/ids.ts";
import { cutWhole } from "@synapse/shared/whole-characters.ts";
import { type ParsedDate, parseDate } from "./stated-time.ts";

export interface Passage {
  readonly id: EntryId;
  readonly content: string;
  readonly score: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface Sentence {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Sentences of one paragraph, list item, table row or fenced block share a number. */
  readonly block: number;
  /** Between fences: read by machines before it is read by people. */
  readonly code: boolean;
  /** A heading: what follows in its block is about it. */
  readonly heading: boolean;
}

export interface Statement {
  readonly passage: Passage;
  readonly speaker: string | null;
  readonly saidOn: ParsedDate | null;
  readonly sentences: readonly Sentence[];
}

/** More is no name, and an answer that quotes three speakers would be longer than it may be. */
const SPEAKER_CHARS_MAX = 100;
const SPEAKER_KEYS = ["speaker", "author", "from", "sender", "name", "who"];
const DATE_KEYS = [
  "date",
  "date_time",
  "datetime",
  "said_on",
  "timestamp",
  "time",
  "session_date_time",
  "created",
];
/** `[8 May 2023] Caroline: …`, either part optional: how a transcript line is written when it has no metadata. */
const TRANSCRIPT_HEAD =
  /^\s*(?:[[(]([^\])]{4,60})[\])]\s*)?(?:(\p{Lu}[\p{L}'.-]*(?: \p{Lu}[\p{L}'.-]*){0,2}):\s+)?/u;
const SENTENCES = new Intl.Segmenter("en", { granularity: "sentence" });

export function toStatement(passage: Passage): Statement {
  const head = TRANSCRIPT_HEAD.exec(passage.content);
  const bodyStart = head?.[0].length ?? 0;
  const dateText = metadataText(passage.metadata, DATE_KEYS) ?? head?.[1] ?? null;
  const speaker = metadataText(passage.metadata, SPEAKER_KEYS) ?? head?.[2] ?? null;
  return {
    passage,
    speaker: speaker === null ? null : cutWhole(speaker, SPEAKER_CHARS_MAX),
    saidOn: dateText === null ? null : parseDate(dateText),
    sentences: sentencesOf(passage.content, bodyStart),
  };
}

function metadataText(metadata: Passage["metadata"], keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = metadata?.[key];
    if (typeof value === "string" && value.trim() !== "") return value.trim();
  }
  return null;
}

interface Block {
  readonly start: number;
  readonly end: number;
  readonly kind: "text" | "line" | "code";
}

const HEADING = /^\s{0,3}#{1,6}\s/;
const ITEM = /^\s*([-*+>]|\d{1,3}[.)])\s/;
const ROW = /^\s*\|/;
/** Words set in columns: part of a listing whose fences were cut off. */
const COLUMNS = /[^\s.!?:|] {2,}\S/;
/** Badges, pictures and tags, with which a page is decorated: what holds nothing else says nothing. */
const DECORATION =
  /\[?!\[[^\]]{0,300}\](?:\([^)]{0,500}\)|\[[^\]]{0,300}\])(?:\](?:\([^)]{0,500}\)|\[[^\]]{0,300}\]))?|<\/?[a-z][^>]{0,500}>|^\[[^\]]{1,300}\]:[^\S\n]+\S+$/gimu;
const FENCE = /^\s*(```|~~~)/;

function sentencesOf(content: string, from: number): Sentence[] {
  const sentences: Sentence[] = [];
  let number = -1;
  let afterHeading = false;
  for (const block of blocksOf(content, from)) {
    const text = content.slice(block.start, block.end);
    // A heading above it is about what comes after it.
    if (block.kind !== "code" && !/[\p{L}\p{N}]/u.test(text.replace(DECORATION, ""))) continue;
    if (!afterHeading) number += 1;
    afterHeading = HEADING.test(text);
    const parts = block.kind === "text" ? segmentsOf(text.replaceAll("\n", " ")) : linesOf(text);
    for (const { segment, index } of parts) {
      const trimmed = segment.trim();
      if (!/[\p{L}\p{N}]/u.test(trimmed)) continue;
      const start = block.start + index + segment.indexOf(trimmed);
      const end = start + trimmed.length;
      sentences.push({
        start,
        end,
        text: content.slice(start, end),
        block: number,
        code: block.kind === "code",
        heading: afterHeading,
      });
    }
  }
  return sentences;
}

/** Sentences as Unicode parts them, but `**Ticket.** A record …` after the mark that closes the bold word, not before it. */
function segmentsOf(text: string): { segment: string; index: number }[] {
  const starts = [...SENTENCES.segment(text)].map(
    ({ segment, index }) => index + (/^[*_]+(?=\s|$)/u.exec(segment)?.[0].length ?? 0),
  );
  starts[0] = 0;
  return starts.map((index, at) => ({ segment: text.slice(index, starts[at + 1]), index }));
}

function linesOf(text: string): { segment: string; index: number }[] {
  return [...text.matchAll(/[^\n]+/g)].map(({ 0: segment, index }) => ({ segment, index }));
}

function blocksOf(content: string, from: number): Block[] {
  const blocks: Block[] = [];
  let open: { start: number; end: number } | null = null;
  let fenced: { start: number; end: number } | null = null;
  const close = (): void => {
    if (open !== null)
      blocks.push({ ...open, kind: COLUMNS.test(content.slice(open.start, open.end)) ? "code" : "text" });
    open = null;
  };
  for (const { 0: line, index } of content.slice(from).matchAll(/[^\n]*(?:\n|$)/g)) {
    const [start, end] = [from + index, from + index + line.trimEnd().length];
    if (FENCE.test(line)) {
      close();
      if (fenced !== null) blocks.push({ ...fenced, kind: "code" });
      fenced = fenced === null ? { start: start + line.length, end: start + line.length } : null;
    } else if (fenced !== null) fenced.end = Math.max(fenced.end, end);
    else if (line.trim() === "") close();
    else if (HEADING.test(line) || ROW.test(line)) {
      close();
      blocks.push({ start, end, kind: "line" });
    } else if (open === null || ITEM.test(line)) {
      close();
      open = { start, end };
    } else open = { start: (open as { start: number }).start, end };
  }
  close();
  // A passage may be cut inside a fence: what was opened and not closed is code all the same.
  if (fenced !== null) blocks.push({ ...(fenced as { start: number; end: number }), kind: "code" });
  return blocks;
}

/** Also where the question is set in bold, as lists of questions and answers do. */
export function isQuestion(sentence: Sentence): boolean {
  return /\?[*_"”)]*$/u.test(sentence.text);
}
