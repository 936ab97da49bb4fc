/**
 * Public collections with graded evidence, where they lie beside the repository: LoCoMo conversations (Maharana et al.
 * 2024), SciFact (Wadden et al. 2020) and NFCorpus (Boteva et al. 2016). They are measured with and not part of the project.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/source-tree.ts";

const FOLDER = join(ROOT, "../shared/data");

/** A text to be remembered, in the form in which `POST /api/memory` takes it. */
export interface Text {
  readonly content: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly sequence?: { readonly document: string; readonly index: number };
}

export interface Question {
  readonly text: string;
  /** Index of a text → its grade, above 0. */
  readonly relevant: ReadonlyMap<number, number>;
  /** Of what sort it is, where the collection says so. */
  readonly sort: string;
}

export interface Collection {
  readonly name: string;
  readonly texts: readonly Text[];
  readonly questions: readonly Question[];
}

const SORTS = ["", "multi-hop", "temporal", "open-domain", "single-hop", "adversarial"];

interface Turn {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text: string;
  readonly blip_caption?: string;
}

interface Conversation {
  readonly conversation: Readonly<Record<string, unknown>>;
  readonly qa: readonly {
    readonly question: string;
    readonly evidence: string[];
    readonly category: number;
  }[];
}

function read<T>(path: string): T | null {
  const file = join(FOLDER, path);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : null;
}

/** One collection a conversation: its turns are the memories, the marked turns of a question its evidence. */
export function locomo(): readonly Collection[] | null {
  const conversations = read<Conversation[]>("locomo/locomo-dev5.json");
  return conversations?.map(toCollection) ?? null;
}

function toCollection({ conversation, qa }: Conversation, number: number): Collection {
  const texts: Text[] = [];
  const indexes = new Map<string, number>();
  for (let session = 1; Array.isArray(conversation[`session_${session}`]); session++) {
    const date = String(conversation[`session_${session}_date_time`] ?? "");
    for (const { speaker, dia_id, text, blip_caption } of conversation[`session_${session}`] as Turn[]) {
      indexes.set(dia_id, texts.length);
      texts.push({
        content: `${speaker}: ${text}${blip_caption ? ` [shares ${blip_caption}]` : ""}`,
        metadata: { speaker, date },
        sequence: { document: "conversation", index: texts.length },
      });
    }
  }
  const questions = qa.map(({ question, evidence, category }) => ({
    text: question,
    relevant: new Map(
      evidence.flatMap((id) => (indexes.has(id) ? [[indexes.get(id) ?? 0, 1] as const] : [])),
    ),
    sort: SORTS[category] ?? "",
  }));
  return {
    name: `conversation ${number + 1}`,
    texts,
    questions: questions.filter(({ relevant }) => relevant.size > 0),
  };
}

interface GradedSet {
  readonly docs: readonly { readonly id: string; readonly title: string; readonly text: string }[];
  readonly queries: readonly { readonly id: string; readonly text: string }[];
  readonly qrels: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Longest text one memory holds. */
const CONTENT_CHARS_MAX = 8_000;

export function gradedSet(name: "scifact" | "nfcorpus"): Collection | null {
  const set = read<GradedSet>(`retrieval/${name}-dev.json`);
  if (set === null) return null;
  const indexes = new Map(set.docs.map(({ id }, index) => [id, index]));
  const questions = set.queries.map(({ id, text }) => {
    const grades = Object.entries(set.qrels[id] ?? {}).filter(
      ([doc, grade]) => grade > 0 && indexes.has(doc),
    );
    return {
      text,
      relevant: new Map(grades.map(([doc, grade]) => [indexes.get(doc) ?? 0, grade])),
      sort: "",
    };
  });
  return {
    name,
    texts: set.docs.map(({ title, text }) => ({
      content: text.slice(0, CONTENT_CHARS_MAX),
      metadata: { title },
    })),
    questions: questions.filter(({ relevant }) => relevant.size > 0),
  };
}
