/**
 * Folds documents into the index file, a batch per transaction.
 *
 * Invariants:
 * 1. After `fold` returns, the batch and its watermark are committed; when it throws, neither is.
 * 2. Folding a document at or below the watermark again changes nothing.
 * 3. Links join whatever arrived first with whatever came later: a child may come before its parent.
 */
import { LABELS, type Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { z } from "zod";
import { analyze } from "./analyzer.ts";
import { AFTER_MAX, BEFORE_MAX, type IndexDocument } from "./document.ts";
import { encodeEntryRow, prefixOf } from "./entry-row.ts";
import { askingOf, speakerNumber, type TextRow, toForwardRow } from "./forward-row.ts";
import { type Connection, IndexDamaged, type Statement } from "./index-connection.ts";
import { postingsTable } from "./index-file.ts";
import { authorWord, filterNumber, kindWord, monthWord, taskWord, termWord } from "./index-words.ts";
import { LANGUAGES, type Language } from "./language.ts";
import { AFTER_WEIGHT, BEFORE_WEIGHT } from "./relevance.ts";
import { createSpellingWriter } from "./spelling.ts";
import { DIMENSIONS, embeddedVectors } from "./word-vectors.ts";

/** What metadata and dates count, against 1 for the text itself. */
const ASIDE_WEIGHT = 0.5;
/** Sources that were named and have not come; the oldest are given up, and only that link is missing then. */
const WAITING_MAX = 20_000;

const SIDE_BEFORE = 0;
const SIDE_AFTER = 1;

/** Links are counted per label of the other end: what is private must not take the place of what is public. */
function sideOf(side: typeof SIDE_BEFORE | typeof SIDE_AFTER, otherLabel: number): number {
  return 2 * otherLabel + side;
}

export function isBefore(side: number): boolean {
  return side % 2 === SIDE_BEFORE;
}

/** The number of a row that holds one, and that is always there. */
function one(row: readonly [number] | undefined): number {
  if (row === undefined) throw new IndexDamaged("a count or a number is missing");
  return row[0];
}

/** One end of a link. */
interface Joined {
  readonly seq: number;
  readonly length: number;
  /** By number. */
  readonly label: number;
}

const JOINED = ["number", "number", "number"] as const;

function toJoined(row: readonly [number, number, number] | undefined): Joined | null {
  if (row === undefined) return null;
  const [seq, length, label] = row;
  return { seq, length, label };
}

export interface LabelTotals {
  entries: number;
  /** Sum over entries of their length in context (relevance.ts). */
  contextLength: number;
  /** How many of them have a vector, and the sum of those: what all texts have in common (word-vectors.ts). */
  vectors: number;
  vectorSum: number[];
}

export interface IndexState {
  watermark: number;
  /** The id at the watermark: tells whether the feed is still the one that was folded. */
  watermarkId: EntryId | null;
  totals: Record<Label, LabelTotals>;
  languages: Language[];
}

function documentKey(name: string): number {
  return Number(BigInt.asUintN(48, BigInt(Bun.hash(name))));
}

const count = z.number().min(0);
const labelTotalsSchema = z.object({
  entries: count,
  contextLength: count,
  vectors: count,
  vectorSum: z.array(z.int()).length(DIMENSIONS),
});
const indexStateSchema = z.object({
  watermark: count,
  watermarkId: z.string().nullable(),
  totals: z.object({ private: labelTotalsSchema, cluster: labelTotalsSchema, public: labelTotalsSchema }),
  languages: z.array(z.enum(LANGUAGES as [Language, ...Language[]])),
});

function parseState(text: string): IndexState {
  try {
    return indexStateSchema.parse(JSON.parse(text)) as IndexState;
  } catch {
    throw new IndexDamaged("its state is not readable");
  }
}

export function loadState(connection: Connection): IndexState {
  const row = connection.prepare("SELECT value FROM meta WHERE key = 'state'", ["text"]).first();
  if (row !== undefined) return parseState(row[0]);
  const empty = (): LabelTotals => ({
    entries: 0,
    contextLength: 0,
    vectors: 0,
    vectorSum: new Array(DIMENSIONS).fill(0),
  });
  return {
    watermark: 0,
    watermarkId: null,
    totals: { private: empty(), cluster: empty(), public: empty() },
    languages: ["en"],
  };
}

export interface IndexRow {
  readonly row: TextRow;
  readonly language: Language;
  /** Term → stem (analyzer.ts). */
  readonly stems: ReadonlyMap<number, string>;
}

/** The forward row of a document's text and aside; null when it has nothing to be found by. */
export function rowOf(document: IndexDocument): IndexRow | null {
  if (document.text === null) return null;
  const text = analyze(document.text);
  const weights = new Map(text.terms);
  for (const [term, count] of analyze(document.title).terms) {
    weights.set(term, (weights.get(term) ?? 0) + count);
  }
  for (const [term, count] of analyze(document.aside).terms) {
    weights.set(term, (weights.get(term) ?? 0) + ASIDE_WEIGHT * count);
  }
  const [speaker] = analyze(document.speaker).terms.keys();
  const row = {
    ...toForwardRow(weights),
    speaker: speaker === undefined ? 0 : speakerNumber(speaker),
    asking: askingOf(document.text),
    vector: text.language === "en" ? embeddedVectors().ofText(text.words) : null,
  };
  return { row, language: text.language, stems: text.stems };
}

export interface IndexWriter {
  readonly state: Readonly<IndexState>;
  /** @param documents ascending by seq. */
  fold(documents: readonly IndexDocument[]): void;
}

export function createIndexWriter(connection: Connection): IndexWriter {
  const sql = {
    entry: connection.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)"),
    postings: Object.fromEntries(
      LABELS.map((label) => [
        label,
        connection.prepare(`INSERT INTO ${postingsTable(label)} (rowid, terms) VALUES (?, ?)`),
      ]),
    ) as Record<Label, Statement>,
    terms: connection.prepare(`
      INSERT INTO terms SELECT value ->> 0, ?, value ->> 1 FROM json_each(?) WHERE true
      ON CONFLICT DO UPDATE SET entries = entries + excluded.entries`),
    addAuthor: connection.prepare("INSERT OR IGNORE INTO authors (key) VALUES (?)"),
    author: connection.prepare("SELECT number FROM authors WHERE key = ?", ["number"]),
    byPrefix: connection.prepare("SELECT seq, length, label FROM entries WHERE prefix = ? LIMIT 1", JOINED),
    bySeq: connection.prepare("SELECT seq, length, label FROM entries WHERE seq = ?", JOINED),
    byPosition: connection.prepare(
      "SELECT seq, length, label FROM entries WHERE document = ? AND position = ? AND seq <> ? ORDER BY seq DESC LIMIT 1",
      JOINED,
    ),
    linkCount: connection.prepare("SELECT count(*) FROM links WHERE entry = ? AND side = ?", ["number"]),
    link: connection.prepare("INSERT OR IGNORE INTO links VALUES (?, ?, ?)"),
    wait: connection.prepare("INSERT OR IGNORE INTO waiting VALUES (?, ?)"),
    arrived: connection.prepare("DELETE FROM waiting WHERE prefix = ? RETURNING entry", ["number"]),
    forget: connection.prepare(
      "DELETE FROM waiting WHERE entry <= (SELECT entry FROM waiting ORDER BY entry LIMIT 1 OFFSET ?)",
    ),
    waiting: connection.prepare("SELECT count(*) FROM waiting", ["number"]),
    retraction: connection.prepare("INSERT OR IGNORE INTO retractions VALUES (?, ?)"),
    state: connection.prepare("INSERT OR REPLACE INTO meta VALUES ('state', ?)"),
  };
  const spellings = createSpellingWriter(connection);
  const authorNumbers = new Map<PublicKey, number>();
  let state = loadState(connection);
  let waiting = one(sql.waiting.first());
  const languages = new Set<Language>(state.languages);

  function authorNumber(key: PublicKey): number {
    let number = authorNumbers.get(key);
    if (number === undefined) {
      sql.addAuthor.run(key);
      number = one(sql.author.first(key));
      authorNumbers.set(key, number);
    }
    return number;
  }

  function link(before: Joined, after: Joined): boolean {
    const [afterSide, beforeSide] = [sideOf(SIDE_BEFORE, before.label), sideOf(SIDE_AFTER, after.label)];
    const linked = (entry: number, side: number) => one(sql.linkCount.first(entry, side));
    if (linked(after.seq, afterSide) >= BEFORE_MAX || linked(before.seq, beforeSide) >= AFTER_MAX)
      return false;
    sql.link.run(before.seq, beforeSide, after.seq);
    return sql.link.run(after.seq, afterSide, before.seq) > 0;
  }

  /** Joins a new entry with what stands around it. @returns by how much lengths in context grew, within its label. */
  function join(document: IndexDocument, own: Joined, key: number | null): number {
    let grown = own.length;
    const joined = (before: Joined, after: Joined): void => {
      const same = before.label === after.label;
      if (link(before, after) && same) grown += BEFORE_WEIGHT * before.length + AFTER_WEIGHT * after.length;
    };
    const placed = (position: number) => toJoined(sql.byPosition.first(key, position, own.seq));
    const previous = key === null ? null : placed(document.position - 1);
    const next = key === null ? null : placed(document.position + 1);
    if (previous !== null) joined(previous, own);
    if (next !== null) joined(own, next);
    for (const id of document.before) {
      const source = toJoined(sql.byPrefix.first(prefixOf(id)));
      if (source !== null) joined(source, own);
      else waiting += sql.wait.run(prefixOf(id), own.seq);
    }
    if (waiting > 0) {
      for (const [seq] of sql.arrived.all(prefixOf(document.id))) {
        waiting -= 1;
        const child = toJoined(sql.bySeq.first(seq));
        if (child !== null) joined(own, child);
      }
    }
    return grown;
  }

  function insert(document: IndexDocument, frequencies: Record<Label, Map<number, number>>): void {
    const analyzed = rowOf(document);
    if (analyzed === null) return;
    const { row, language, stems } = analyzed;
    const { seq, label } = document;
    const author = authorNumber(document.author);
    const key = document.document === null ? null : documentKey(document.document);
    const own: Joined = { seq, length: row.length, label: LABELS.indexOf(label) };
    const stored = encodeEntryRow({
      ...document,
      author,
      task: document.task === null ? null : prefixOf(document.task),
      row,
    });
    sql.entry.run(seq, prefixOf(document.id), own.label, key, document.position, row.length, stored);
    const filters = [kindWord(document.kind), authorWord(author), monthWord(document.createdAt)];
    if (document.task !== null) filters.push(taskWord(document.task));
    sql.postings[label].run(seq, [...Array.from(row.terms, termWord), ...filters].join(" "));
    for (const term of [...row.terms, ...filters.map(filterNumber)])
      frequencies[label].set(term, (frequencies[label].get(term) ?? 0) + 1);
    const totals = state.totals[label];
    totals.entries += 1;
    totals.contextLength += join(document, own, key);
    if (row.vector !== null) {
      totals.vectors += 1;
      for (const [j, value] of row.vector.entries()) totals.vectorSum[j] = (totals.vectorSum[j] ?? 0) + value;
    }
    languages.add(language);
    spellings.learn(label, stems);
  }

  function write(documents: readonly IndexDocument[]): void {
    const frequencies = { private: new Map(), cluster: new Map(), public: new Map() };
    for (const document of documents) {
      if (document.seq <= state.watermark) continue;
      insert(document, frequencies);
      for (const target of document.retracts) {
        sql.retraction.run(target, authorNumber(document.author));
      }
      state.watermark = document.seq;
      state.watermarkId = document.id;
    }
    for (const [at, label] of LABELS.entries()) {
      const sorted = [...frequencies[label]].sort((a, b) => a[0] - b[0]);
      if (sorted.length > 0) sql.terms.run(at, JSON.stringify(sorted));
    }
    spellings.store();
    if (waiting > WAITING_MAX) {
      sql.forget.run(WAITING_MAX / 2);
      waiting = one(sql.waiting.first());
    }
    state.languages = [...languages];
    sql.state.run(JSON.stringify(state));
  }

  return {
    get state() {
      return state;
    },
    fold(documents) {
      connection.exec("BEGIN IMMEDIATE");
      try {
        write(documents);
        connection.exec("COMMIT");
      } catch (error) {
        if (connection.inTransaction) connection.exec("ROLLBACK");
        authorNumbers.clear();
        spellings.forget();
        state = loadState(connection);
        throw error;
      }
    },
  };
}
