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
import { analyze } from "./analyzer.ts";
import { AFTER_MAX, BEFORE_MAX, type IndexDocument } from "./document.ts";
import { encodeEntryRow, prefixOf } from "./entry-row.ts";
import { type ForwardRow, toForwardRow } from "./forward-row.ts";
import { type Connection, postingsTable, type Statement } from "./index-file.ts";
import { authorWord, kindWord, monthWord, taskWord, termWord } from "./index-words.ts";
import type { Language } from "./language.ts";
import { AFTER_WEIGHT, BEFORE_WEIGHT } from "./relevance.ts";

/** What metadata and dates count, against 1 for the text itself. */
const ASIDE_WEIGHT = 0.5;
/** Sources that were named and have not come; the oldest are given up, and only that link is missing then. */
const WAITING_MAX = 20_000;

export const SIDE_BEFORE = 0;
export const SIDE_AFTER = 1;

export interface LabelTotals {
  entries: number;
  /** Sum over entries of their length in context (relevance.ts). */
  contextLength: number;
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

export function loadState(connection: Connection): IndexState {
  const row = connection.prepare("SELECT value FROM meta WHERE key = 'state'").get() as
    | { value: string }
    | undefined;
  if (row !== undefined) return JSON.parse(row.value) as IndexState;
  const empty = (): LabelTotals => ({ entries: 0, contextLength: 0 });
  return {
    watermark: 0,
    watermarkId: null,
    totals: { private: empty(), cluster: empty(), public: empty() },
    languages: ["en"],
  };
}

export interface IndexRow {
  readonly row: ForwardRow;
  readonly language: Language;
}

/** The forward row of a document's text and aside; null when it has nothing to be found by. */
export function rowOf(document: IndexDocument): IndexRow | null {
  if (document.text === null) return null;
  const text = analyze(document.text);
  const weights = new Map(text.terms);
  for (const [term, count] of analyze(document.aside).terms) {
    weights.set(term, (weights.get(term) ?? 0) + ASIDE_WEIGHT * count);
  }
  return { row: toForwardRow(weights), language: text.language };
}

export interface IndexWriter {
  readonly state: Readonly<IndexState>;
  /** @param documents ascending by seq. */
  fold(documents: readonly IndexDocument[]): void;
}

export function createIndexWriter(connection: Connection): IndexWriter {
  const sql = {
    entry: connection.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)"),
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
    author: connection.prepare("SELECT number FROM authors WHERE key = ?").raw(),
    byPrefix: connection.prepare("SELECT seq, length FROM entries WHERE prefix = ? LIMIT 1").raw(),
    byPosition: connection
      .prepare(
        "SELECT seq, length FROM entries WHERE document = ? AND position = ? AND seq <> ? ORDER BY seq DESC LIMIT 1",
      )
      .raw(),
    linkCount: connection.prepare("SELECT count(*) FROM links WHERE entry = ? AND side = ?").raw(),
    link: connection.prepare("INSERT OR IGNORE INTO links VALUES (?, ?, ?)"),
    wait: connection.prepare("INSERT OR IGNORE INTO waiting VALUES (?, ?)"),
    arrived: connection.prepare("DELETE FROM waiting WHERE prefix = ? RETURNING entry").raw(),
    forget: connection.prepare(
      "DELETE FROM waiting WHERE entry <= (SELECT entry FROM waiting ORDER BY entry LIMIT 1 OFFSET ?)",
    ),
    waiting: connection.prepare("SELECT count(*) FROM waiting").raw(),
    retraction: connection.prepare("INSERT OR IGNORE INTO retractions VALUES (?, ?)"),
    state: connection.prepare("INSERT OR REPLACE INTO meta VALUES ('state', ?)"),
  };
  const authorNumbers = new Map<PublicKey, number>();
  let state = loadState(connection);
  let waiting = (sql.waiting.get() as [number])[0];
  const languages = new Set<Language>(state.languages);

  function authorNumber(key: PublicKey): number {
    let number = authorNumbers.get(key);
    if (number === undefined) {
      sql.addAuthor.run(key);
      number = (sql.author.get(key) as [number])[0];
      authorNumbers.set(key, number);
    }
    return number;
  }

  function link(before: number, after: number): boolean {
    const count = (entry: number, side: number) => (sql.linkCount.get(entry, side) as [number])[0];
    if (count(after, SIDE_BEFORE) >= BEFORE_MAX || count(before, SIDE_AFTER) >= AFTER_MAX) return false;
    sql.link.run(after, SIDE_BEFORE, before);
    sql.link.run(before, SIDE_AFTER, after);
    return true;
  }

  /** Joins a new entry with what stands around it. @returns by how much lengths in context grew. */
  function join(document: IndexDocument, length: number, key: number | null): number {
    let grown = length;
    const joined = (before: number, beforeLength: number, after: number, afterLength: number): void => {
      if (link(before, after)) grown += BEFORE_WEIGHT * beforeLength + AFTER_WEIGHT * afterLength;
    };
    const { seq } = document;
    const placed = (position: number) =>
      sql.byPosition.get(key, position, seq) as [number, number] | undefined;
    const previous = key === null ? undefined : placed(document.position - 1);
    const next = key === null ? undefined : placed(document.position + 1);
    if (previous !== undefined) joined(previous[0], previous[1], seq, length);
    if (next !== undefined) joined(seq, length, next[0], next[1]);
    for (const id of document.before) {
      const source = sql.byPrefix.get(prefixOf(id)) as [number, number] | undefined;
      if (source !== undefined && source[0] !== seq) {
        joined(source[0], source[1], seq, length);
      } else {
        sql.wait.run(prefixOf(id), seq);
        waiting += 1;
      }
    }
    if (waiting > 0) {
      for (const [child] of sql.arrived.all(prefixOf(document.id)) as [number][]) {
        waiting -= 1;
        joined(seq, length, child, length);
      }
    }
    return grown;
  }

  function insert(document: IndexDocument, frequencies: Record<Label, Map<number, number>>): void {
    const analyzed = rowOf(document);
    if (analyzed === null) return;
    const { row, language } = analyzed;
    const { seq, label } = document;
    const author = authorNumber(document.author);
    const key = document.document === null ? null : documentKey(document.document);
    const stored = encodeEntryRow({
      ...document,
      author,
      task: document.task === null ? null : prefixOf(document.task),
      row,
    });
    sql.entry.run(seq, prefixOf(document.id), key, document.position, row.length, stored);
    const words = Array.from(row.terms, termWord);
    words.push(kindWord(document.kind), authorWord(author), monthWord(document.createdAt));
    if (document.task !== null) words.push(taskWord(document.task));
    sql.postings[label].run(seq, words.join(" "));
    for (const term of row.terms) frequencies[label].set(term, (frequencies[label].get(term) ?? 0) + 1);
    state.totals[label].entries += 1;
    state.totals[label].contextLength += join(document, row.length, key);
    languages.add(language);
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
    if (waiting > WAITING_MAX) {
      sql.forget.run(WAITING_MAX / 2);
      waiting = (sql.waiting.get() as [number])[0];
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
        state = loadState(connection);
        throw error;
      }
    },
  };
}
