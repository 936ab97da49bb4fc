/**
 * An entry as the index takes it in: only what ranking needs, so that little crosses into the worker.
 *
 * | part  | counts | holds                                                                            |
 * |-------|--------|----------------------------------------------------------------------------------|
 * | text  | 1      | the content, after the speaker, title or heading it stands under                  |
 * | title | 1 more | the title or heading: few words that say most of what it is about                 |
 * | aside | ½      | the other metadata and the date: where and when, which questions also ask for     |
 */
import { contentOf, type Kind, taskOf } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";

export interface IndexDocument {
  readonly seq: number;
  readonly id: EntryId;
  readonly label: Label;
  readonly kind: Kind;
  readonly author: PublicKey;
  /** By the author's clock, ms since the epoch. */
  readonly createdAt: number;
  /** The earlier of createdAt and the time of arrival: an author cannot look younger by a clock that runs ahead. */
  readonly knownAt: number;
  readonly task: EntryId | null;
  /** Null: nothing to be found by (evidence, answers …); the watermark still moves past it. */
  readonly text: string | null;
  /** The title or heading alone; it is part of `text` as well, and so counts twice. */
  readonly title: string;
  /** Who says it, where somebody does; else empty. Part of `text` as well. */
  readonly speaker: string;
  readonly aside: string;
  /** Names the longer text it is part of, apart from equal names of other authors. */
  readonly document: string | null;
  readonly position: number;
  /** What it was made from, the first BEFORE_MAX. */
  readonly before: readonly EntryId[];
  /** What it hides, if its author may. */
  readonly retracts: readonly EntryId[];
}

/** Neighbours read on either side of an entry: more would drown it in them. */
export const BEFORE_MAX = 4;
export const AFTER_MAX = 4;
/** Half weight of what little metadata is worth indexing; a whole file in there is not. */
const ASIDE_CHARS_MAX = 512;

/** Metadata that heads the text, in the order in which it is read. */
const TITLE_KEYS = ["title", "heading"];
const SPEAKER_KEY = "speaker";
const HEADING_KEYS = [...TITLE_KEYS, SPEAKER_KEY];
/** Metadata that says when; with one of these the entry's own clock says nothing about its content. */
const DATE_KEYS = new Set(["date", "session_date", "date_time", "datetime", "timestamp", "time"]);

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** "7 May 2023": days are asked for in words. */
function dayOf(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

function isoToWords(value: string): string {
  const day = /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(day) ? value : dayOf(day);
}

function scalarsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(scalarsOf);
  return [];
}

interface Surroundings {
  readonly title: string;
  readonly speaker: string;
  readonly aside: string;
}

function surroundingsOf(metadata: Readonly<Record<string, unknown>>, createdAt: number): Surroundings {
  const title = TITLE_KEYS.flatMap((key) => scalarsOf(metadata[key])).join(" ");
  const speaker = scalarsOf(metadata[SPEAKER_KEY]).join(" ");
  const aside: string[] = [];
  let dated = false;
  for (const [key, value] of Object.entries(metadata)) {
    if (HEADING_KEYS.includes(key)) continue;
    const isDate = DATE_KEYS.has(key);
    dated ||= isDate;
    aside.push(...scalarsOf(value).map(isDate ? isoToWords : String));
  }
  if (!dated) aside.push(dayOf(createdAt));
  return { title, speaker, aside: aside.join(" ").slice(0, ASIDE_CHARS_MAX) };
}

/** The entry's metadata, or null for kinds that carry none. */
export function metadataOf(stored: StoredEntry): Readonly<Record<string, unknown>> | null {
  const { entry } = stored;
  if (entry.kind === "memory") return entry.body.metadata ?? null;
  if (entry.kind === "thought") return entry.body.details ?? null;
  return null;
}

export function toIndexDocument(stored: StoredEntry): IndexDocument {
  const { id, entry, seq } = stored;
  const author = replicaKey(entry.replica);
  const createdAt = entry.clock[0];
  const content = contentOf(entry);
  const metadata = entry.kind === "memory" ? (entry.body.metadata ?? {}) : {};
  const { title, speaker, aside } = surroundingsOf(metadata, createdAt);
  const heading = [title, speaker].filter((part) => part !== "").join(" ");
  const sequence = entry.kind === "memory" ? entry.body.sequence : undefined;
  const task = taskOf(stored);
  const sources = task !== null && task !== id ? [task, ...entry.parents] : entry.parents;
  return {
    seq,
    id,
    label: entry.label,
    kind: entry.kind,
    author,
    createdAt,
    knownAt: Math.min(createdAt, stored.receivedAt),
    task,
    text: content === null || content === "" ? null : heading === "" ? content : `${heading}: ${content}`,
    title,
    speaker,
    aside,
    document: sequence === undefined ? null : `${author}\n${sequence.document}`,
    position: sequence?.index ?? 0,
    before: [...new Set(sources)].slice(0, BEFORE_MAX),
    retracts: entry.kind === "retraction" ? entry.body.targets : [],
  };
}
