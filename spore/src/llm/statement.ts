/**
 * A recalled memory taken apart: who said it, when, and its sentences as exact ranges of its content.
 *
 * Invariant: every range is a substring of the memory's own content, so a quotation can be checked word for word.
 */
import type { EntryId } from "@synapse/shared/ids.ts";
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
}

export interface Statement {
  readonly passage: Passage;
  readonly speaker: string | null;
  readonly saidOn: ParsedDate | null;
  readonly sentences: readonly Sentence[];
}

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
  return {
    passage,
    speaker: metadataText(passage.metadata, SPEAKER_KEYS) ?? head?.[2] ?? null,
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

function sentencesOf(content: string, from: number): Sentence[] {
  const sentences: Sentence[] = [];
  for (const line of content.slice(from).matchAll(/[^\n]+/g)) {
    for (const { segment, index } of SENTENCES.segment(line[0])) {
      const text = segment.trim();
      if (!/[\p{L}\p{N}]/u.test(text)) continue;
      const start = from + line.index + index + segment.indexOf(text);
      sentences.push({ start, end: start + text.length, text });
    }
  }
  return sentences;
}

export function isQuestion(sentence: Sentence): boolean {
  return sentence.text.endsWith("?");
}
