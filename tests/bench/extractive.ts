/**
 * Measures the embedded reasoner on LoCoMo, and fits its two formulas: `bun tests/bench/extractive.ts [--fit]`.
 *
 * Candidates come from a plain BM25 with neighbouring turns (k1 1.2, b .5; neighbours .5 before and .3 after; date .5),
 * not from the product's recall, so that the figures say what the reasoner adds and nothing else.
 *
 * Reported over every question with marked evidence: `all` and `any`, the share whose citations hold all or any of it;
 * `first`, the share whose first citation is evidence; `abstained` on own and on foreign questions (the same questions
 * put to another conversation).
 */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { EntryId } from "@synapse/shared/ids.ts";
import { rankStatements } from "@synapse/spore/llm/evidence-ranking.ts";
import { confidenceSignals, type Passage, reasonExtractively } from "@synapse/spore/llm/extractive.ts";
import { analyseQuestion } from "@synapse/spore/llm/question.ts";
import { toStatement } from "@synapse/spore/llm/statement.ts";
import { termsOf } from "@synapse/spore/llm/terms.ts";

const DATA_FILE = fileURLToPath(new URL("../../../shared/data/locomo/locomo-dev5.json", import.meta.url));
const CANDIDATES = 40;

interface Turn {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text: string;
}
interface Conversation {
  readonly qa: readonly { readonly question: string; readonly evidence: readonly string[] }[];
  readonly conversation: Readonly<Record<string, unknown>>;
}
interface Memory {
  readonly content: string;
  readonly metadata: { readonly speaker: string; readonly date: string; readonly dia_id: string };
  readonly session: number;
}
interface Asked {
  readonly question: string;
  readonly evidence: readonly string[];
  readonly conversation: number;
}

export interface ExtractiveFigures {
  readonly questions: number;
  readonly all: number;
  readonly any: number;
  readonly first: number;
  readonly abstainedOwn: number;
  readonly abstainedForeign: number;
}

export function locomoIsPresent(): boolean {
  return existsSync(DATA_FILE);
}

function load() {
  const conversations = JSON.parse(readFileSync(DATA_FILE, "utf8")) as readonly Conversation[];
  const memories = conversations.map(({ conversation }) => memoriesOf(conversation));
  const asked = conversations.flatMap(({ qa }, index) =>
    qa.map(({ question, evidence }): Asked => {
      const known = new Set(memories[index]?.map(({ metadata }) => metadata.dia_id));
      const ids = evidence.flatMap((text) => text.split(/[;\s]+/)).filter((id) => known.has(id));
      return { question, evidence: ids, conversation: index };
    }),
  );
  return { search: memories.map(bm25), asked: asked.filter(({ evidence }) => evidence.length > 0) };
}

function memoriesOf(conversation: Conversation["conversation"]): Memory[] {
  const memories: Memory[] = [];
  for (let session = 1; Array.isArray(conversation[`session_${session}`]); session++) {
    const date = String(conversation[`session_${session}_date_time`]);
    for (const { speaker, dia_id, text } of conversation[`session_${session}`] as readonly Turn[]) {
      memories.push({ content: text, metadata: { speaker, date, dia_id }, session });
    }
  }
  return memories;
}

function bm25(memories: readonly Memory[]): (question: string) => readonly Passage[] {
  const own = memories.map(({ content }) => countsOf(termsOf(content)));
  const frequencies = memories.map(({ metadata, session }, index) => {
    const counts = new Map(own[index]);
    const add = (terms: Iterable<readonly [string, number]>, share: number) => {
      for (const [term, count] of terms) counts.set(term, (counts.get(term) ?? 0) + count * share);
    };
    add(countsOf(termsOf(metadata.speaker)), 1);
    add(countsOf(termsOf(metadata.date)), 0.5);
    if (memories[index - 1]?.session === session) add(own[index - 1] ?? [], 0.5);
    if (memories[index + 1]?.session === session) add(own[index + 1] ?? [], 0.3);
    return counts;
  });
  const lengths = frequencies.map((counts) => [...counts.values()].reduce((sum, count) => sum + count, 0));
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  const holding = countsOf(
    memories.flatMap(({ metadata }, index) => [
      ...new Set([...(own[index]?.keys() ?? []), ...termsOf(metadata.speaker)]),
    ]),
  );
  return (question) => {
    const terms = new Set(termsOf(question));
    const scored = memories.map(({ content, metadata }, index) => {
      let score = 0;
      for (const term of terms) {
        const frequency = frequencies[index]?.get(term) ?? 0;
        const count = holding.get(term) ?? 0.5;
        const rarity = Math.log1p((memories.length - count + 0.5) / (count + 0.5));
        const norm = 1.2 * (0.5 + (0.5 * (lengths[index] ?? 0)) / meanLength);
        score += (rarity * frequency * 2.2) / (frequency + norm);
      }
      return { id: metadata.dia_id as EntryId, content, metadata, score };
    });
    return scored
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, CANDIDATES);
  };
}

function countsOf(terms: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}

export function measureExtractive(): ExtractiveFigures {
  const { search, asked } = load();
  const sums = { all: 0, any: 0, first: 0, abstainedOwn: 0, abstainedForeign: 0 };
  for (const { question, evidence, conversation } of asked) {
    const passages = search[conversation]?.(question) ?? [];
    const reply = reasonExtractively({ question, passages, role: "generalist" });
    const cited = reply.citations.map(({ id }) => String(id));
    sums.all += Number(evidence.every((id) => cited.includes(id)));
    sums.any += Number(evidence.some((id) => cited.includes(id)));
    sums.first += Number(evidence.includes(cited[0] ?? ""));
    sums.abstainedOwn += Number(reply.abstain);
    const foreign = search[(conversation + 1) % search.length]?.(question) ?? [];
    sums.abstainedForeign += Number(
      reasonExtractively({ question, passages: foreign, role: "generalist" }).abstain,
    );
  }
  const share = (count: number) => count / asked.length;
  return {
    questions: asked.length,
    all: share(sums.all),
    any: share(sums.any),
    first: share(sums.first),
    abstainedOwn: share(sums.abstainedOwn),
    abstainedForeign: share(sums.abstainedForeign),
  };
}

/** One row of a logistic fit: signals with a leading 1, and what was true. */
interface Row {
  readonly signals: readonly number[];
  readonly relevant: number;
  readonly hit: number;
}

const SIGNAL_NAMES = ["bias", "first", "quoted", "recalled", "names", "length", "expected", "lead"] as const;

function rows(): Row[] {
  const { search, asked } = load();
  const speakers = search.map((find) => speakersOf(find));
  return asked.flatMap(({ question, evidence, conversation }, index) => {
    // Seven in ten foreign questions name the people of the conversation they are put to, so names give nothing away.
    const other = (conversation + 1 + (index % (search.length - 1))) % search.length;
    const foreign =
      index % 10 < 7 ? exchange(question, speakers[conversation] ?? [], speakers[other] ?? []) : question;
    const own = rowOf(question, search[conversation]?.(question) ?? [], evidence, 1);
    return [own, rowOf(foreign, search[other]?.(foreign) ?? [], [], 0)];
  });
}

function speakersOf(find: (question: string) => readonly Passage[]): string[] {
  const passages = find("I we you really great thanks good time work family love things");
  return [...new Set(passages.map(({ metadata }) => String(metadata?.speaker)))].sort();
}

function exchange(question: string, from: readonly string[], to: readonly string[]): string {
  return from.reduce((text, name, index) => text.replaceAll(name, to[index] ?? name), question);
}

function rowOf(
  text: string,
  passages: readonly Passage[],
  evidence: readonly string[],
  relevant: number,
): Row {
  const question = analyseQuestion(text);
  const ranking = rankStatements(question, passages.map(toStatement));
  const signals = confidenceSignals(question, ranking);
  const quoted = ranking.ranked.slice(0, 3).map(({ statement }) => String(statement.passage.id));
  return {
    signals: SIGNAL_NAMES.map((name) => (name === "bias" ? 1 : signals[name])),
    relevant,
    hit: Number(evidence.some((id) => quoted.includes(id))),
  };
}

/** Logistic regression by gradient descent with a little ridge: eight weights need nothing more. */
function fitWeights(data: readonly Row[], truth: "relevant" | "hit"): number[] {
  const weights: number[] = SIGNAL_NAMES.map(() => 0);
  for (let step = 0; step < 6_000; step++) {
    const gradient: number[] = SIGNAL_NAMES.map(() => 0);
    for (const { signals, [truth]: label } of data) {
      const logit = signals.reduce((sum, signal, at) => sum + signal * (weights[at] ?? 0), 0);
      const error = label - 1 / (1 + Math.exp(-logit));
      signals.forEach((signal, at) => {
        gradient[at] = (gradient[at] ?? 0) + error * signal;
      });
    }
    for (let at = 0; at < weights.length; at++) {
      const ridge = at === 0 ? 0 : 0.0005 * (weights[at] ?? 0);
      weights[at] = (weights[at] ?? 0) + (1.5 * (gradient[at] ?? 0)) / data.length - ridge;
    }
  }
  return weights;
}

function printFit(): void {
  const data = rows();
  for (const truth of ["relevant", "hit"] as const) {
    const weights = fitWeights(data, truth);
    const shown = SIGNAL_NAMES.map((name, at) => `${name} ${weights[at]?.toFixed(2)}`);
    process.stdout.write(`${truth}: ${shown.join(", ")}\n`);
  }
}

if (import.meta.main) {
  if (!locomoIsPresent()) process.stdout.write("skipped: the LoCoMo data folder is not there\n");
  else if (process.argv.includes("--fit")) printFit();
  else process.stdout.write(`${JSON.stringify(measureExtractive())}\n`);
}
