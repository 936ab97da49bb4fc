/**
 * What a model's reply becomes before anybody else sees it: checked, clamped, with its quotations verified.
 *
 * Models answer in fences, with prose around the JSON, with "85%" or "high" for a number, cut off in mid-string. All of
 * that is read; none of it can throw, and whatever comes out fits the contract of an entry.
 *
 * 1. A reply without a position is a failure or an abstention, never a contribution with an error text in it.
 * 2. A citation is kept only if its words stand in the cited memory, as printed there.
 * 3. Nothing is invented: what is missing is empty, and a missing confidence is UNSTATED_CONFIDENCE.
 */
import type { AnswerForm, Citation } from "@synapse/shared/contract/entry.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { normaliseAnswer } from "@synapse/shared/rule/normalise.ts";
import { cutWhole } from "@synapse/shared/whole-characters.ts";
import { z } from "zod";
import type { MemorySource } from "./prompts.ts";

/** A model that says nothing about its certainty is believed neither more nor less. */
export const UNSTATED_CONFIDENCE = 0.5;

export interface ContributionReply {
  readonly hypothesis: string;
  readonly hypotheses: { content: string; weight: number }[];
  readonly claims: string[];
  readonly citations: Citation[];
  readonly confidence: number;
  readonly value: string | null;
  readonly abstain: boolean;
  readonly response_to_peers: string;
}

export interface SynthesisReply {
  readonly text: string;
  readonly value: string | null;
  /** `by` holds indexes into the contributions that were shown, from 0. */
  readonly contested: { readonly claim: string; readonly by: readonly number[] }[];
  readonly citations: Citation[];
}

export interface ValidationReply {
  readonly verdict: "confirmed" | "disputed";
  readonly note: string;
}

export interface ReplyFailure {
  readonly kind: "empty_reply" | "no_verdict";
  readonly retryable: true;
  readonly message: string;
}

/** What is asked of the server where it can enforce a schema. Looser than needed: reading is tolerant anyway. */
export const contributionReplySchema = z.object({
  hypothesis: z.string(),
  hypotheses: z.array(z.object({ content: z.string(), weight: z.number() })),
  claims: z.array(z.string()),
  citations: z.array(z.object({ ref: z.string(), quote: z.string() })),
  confidence: z.number(),
  value: z.string().nullable(),
  abstain: z.boolean(),
  response_to_peers: z.string(),
});

export const synthesisReplySchema = z.object({
  text: z.string(),
  value: z.string().nullable(),
  contested: z.array(z.object({ claim: z.string(), by: z.array(z.string()) })),
  citations: z.array(z.object({ ref: z.string(), quote: z.string() })),
});

export const validationReplySchema = z.object({
  verdict: z.enum(["confirmed", "disputed"]),
  note: z.string(),
});

export function readContribution(
  text: string,
  form: AnswerForm | null,
  memories: readonly MemorySource[],
): Result<ContributionReply, ReplyFailure> {
  const raw = readObject(text);
  const hypotheses = readHypotheses(raw?.hypotheses);
  const stated = cleanText(raw?.hypothesis ?? raw?.answer, 4_000);
  // Prose instead of JSON is still an answer; so is the heaviest of the listed hypotheses.
  const hypothesis =
    stated || hypotheses[0]?.content || (raw === null ? cleanText(withoutFences(text), 4_000) : "");
  const abstain = raw?.abstain === true || raw?.abstain === "true";
  if (hypothesis === "" && !abstain) {
    return err({ kind: "empty_reply", retryable: true, message: "the model's reply holds no position" });
  }
  const value = form === null ? null : readValue(raw?.value, hypothesis, form);
  return ok({
    hypothesis,
    hypotheses,
    claims: readTexts(raw?.claims, 8, 400),
    citations: readCitations(raw?.citations, memories),
    confidence: readConfidence(raw?.confidence),
    value,
    abstain,
    response_to_peers: cleanText(raw?.response_to_peers, 2_000),
  });
}

export function readSynthesis(
  text: string,
  form: AnswerForm | null,
  memories: readonly MemorySource[],
): Result<SynthesisReply, ReplyFailure> {
  const raw = readObject(text);
  const written = cleanText(raw === null ? withoutFences(text) : (raw.text ?? raw.answer), 6_000);
  if (written === "") {
    return err({ kind: "empty_reply", retryable: true, message: "the model wrote no synthesis" });
  }
  return ok({
    text: written,
    value: form === null ? null : readValue(raw?.value, written, form),
    contested: readContested(raw?.contested),
    citations: readCitations(raw?.citations, memories),
  });
}

export function readValidation(text: string): Result<ValidationReply, ReplyFailure> {
  const raw = readObject(text);
  const verdict = cleanText(raw?.verdict, 40).toLowerCase();
  if (verdict !== "confirmed" && verdict !== "disputed") {
    return err({ kind: "no_verdict", retryable: true, message: "the reply names neither verdict" });
  }
  return ok({ verdict, note: cleanText(raw?.note, 1_000) });
}

type Raw = Readonly<Record<string, unknown>>;

/** The first JSON object in the text: whole, fenced, between prose, or cut off at the end. Null: there is none. */
function readObject(text: string): Raw | null {
  const start = text.indexOf("{");
  if (start < 0) return null;
  const end = text.lastIndexOf("}");
  const body = text.slice(start);
  const candidates = [text.slice(start, end + 1), balanced(body), ...closings(body)];
  for (const candidate of candidates) {
    try {
      const parsed: unknown = JSON.parse(candidate);
      if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as Raw;
    } catch {
      // Not JSON as it stands: the next candidate repairs a little more.
    }
  }
  return null;
}

/** Up to the brace that closes the first one, strings taken into account. */
function balanced(text: string): string {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted && char === "\\") at += 1;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === "{") depth += 1;
    else if (!quoted && char === "}") {
      depth -= 1;
      if (depth === 0) return text.slice(0, at + 1);
    }
  }
  return "";
}

/** A reply cut off by its token limit: end the open string, array and object. */
function closings(text: string): readonly string[] {
  const closed = (body: string): string => {
    const open: string[] = [];
    let quoted = false;
    for (let at = 0; at < body.length; at += 1) {
      const char = body[at];
      if (quoted && char === "\\") at += 1;
      else if (char === '"') quoted = !quoted;
      else if (!quoted && (char === "{" || char === "[")) open.push(char === "{" ? "}" : "]");
      else if (!quoted && (char === "}" || char === "]")) open.pop();
    }
    return `${body}${quoted ? '"' : ""}${open.reverse().join("")}`;
  };
  const atLastComma = text.slice(0, Math.max(0, text.lastIndexOf(",")));
  return [closed(text.replace(/\\$/u, "")), closed(atLastComma)];
}

function withoutFences(text: string): string {
  return text.replace(/```[a-z]*\n?/giu, "");
}

/** Text fit for an entry: a string, well-formed, no control characters but line breaks, cut to size. */
function cleanText(value: unknown, max: number): string {
  if (typeof value !== "string" && typeof value !== "number") return "";
  const printable = String(value)
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/gu, "");
  return cutWhole(printable.trim(), max);
}

function readTexts(value: unknown, count: number, max: number): string[] {
  const list = Array.isArray(value) ? value : typeof value === "string" ? [value] : [];
  return list
    .map((item) => cleanText(item, max))
    .filter((text) => text !== "")
    .slice(0, count);
}

/** "0.8", 0.8, "85%", 85 and words; anything else is unstated. */
function readConfidence(value: unknown): number {
  if (typeof value === "string") {
    const word = CONFIDENCE_WORDS[value.trim().toLowerCase()];
    if (word !== undefined) return word;
    const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*$/u.exec(value);
    if (match === null) return UNSTATED_CONFIDENCE;
    return readConfidence(match[2] === "%" ? Number(match[1]) / 100 : Number(match[1]));
  }
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0) return UNSTATED_CONFIDENCE;
  if (value <= 1) return value;
  // Between 1 and 10 it could be a mark out of ten or a per cent: nobody knows what was meant.
  return value > 10 && value <= 100 ? value / 100 : UNSTATED_CONFIDENCE;
}

const CONFIDENCE_WORDS: Readonly<Record<string, number>> = {
  "very high": 0.95,
  high: 0.8,
  medium: 0.5,
  moderate: 0.5,
  low: 0.3,
  "very low": 0.1,
};

/** Descending, weights summing to 1. */
function readHypotheses(value: unknown): { content: string; weight: number }[] {
  if (!Array.isArray(value)) return [];
  const read = value
    .flatMap((item: unknown) => {
      const raw = typeof item === "object" && item !== null ? (item as Raw) : { content: item };
      const content = cleanText(raw.content, 1_000);
      return content === "" ? [] : [{ content, weight: readConfidence(raw.weight) }];
    })
    .slice(0, 5);
  const total = read.reduce((sum, { weight }) => sum + weight, 0);
  return read
    .map(({ content, weight }) => ({ content, weight: total === 0 ? 1 / read.length : weight / total }))
    .sort((a, b) => b.weight - a.weight);
}

function readValue(value: unknown, hypothesis: string, form: AnswerForm): string | null {
  const stated = typeof value === "object" && value !== null ? JSON.stringify(value) : cleanText(value, 500);
  const normalised = stated === "" ? null : normaliseAnswer(stated, form);
  return normalised ?? normaliseAnswer(hypothesis, form);
}

function readCitations(value: unknown, memories: readonly MemorySource[]): Citation[] {
  if (!Array.isArray(value)) return [];
  return value
    .flatMap((item: unknown) => {
      const raw = typeof item === "object" && item !== null ? (item as Raw) : {};
      const index = Number(/^M(\d{1,3})$/u.exec(cleanText(raw.ref, 8))?.[1] ?? 0) - 1;
      const memory = memories[index];
      return memory === undefined ? [] : citationsIn(memory, cleanText(raw.quote, 1_000));
    })
    .slice(0, 12);
}

/** A quotation is of the memory it stands in; one that runs over several neighbours is of each the part that it holds. */
function citationsIn({ content, members }: MemorySource, quote: string): Citation[] {
  for (const { id, content: own } of members) {
    const found = findQuote(own, quote);
    if (found !== null) return [{ id: id as EntryId, quote: found }];
  }
  const whole = findQuote(content, quote);
  if (whole === null) return [];
  const from = content.indexOf(whole);
  let start = 0;
  return members.flatMap(({ id, content: own }) => {
    const part = own.slice(Math.max(0, from - start), Math.max(0, from + whole.length - start)).trim();
    start += own.length + 1;
    return part === "" ? [] : [{ id: id as EntryId, quote: part }];
  });
}

/** The words as they stand in the content, where the quotation differs at most in white space and letter case. */
function findQuote(content: string, quote: string): string | null {
  if (quote === "") return null;
  if (content.includes(quote)) return quote;
  const words = quote.split(/\s+/u).map((word) => word.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&"));
  const [found] = new RegExp(words.join("\\s+"), "iu").exec(content) ?? [];
  return found === undefined ? null : cutWhole(found, 1_000);
}

function readContested(value: unknown): { claim: string; by: number[] }[] {
  if (!Array.isArray(value)) return [];
  return value
    .flatMap((item: unknown) => {
      const raw = typeof item === "object" && item !== null ? (item as Raw) : { claim: item };
      const claim = cleanText(raw.claim, 500);
      const by = readTexts(raw.by, 64, 8).flatMap((ref) => {
        const index = Number(/^P(\d{1,3})$/u.exec(ref)?.[1] ?? 0) - 1;
        return index >= 0 ? [index] : [];
      });
      return claim === "" ? [] : [{ claim, by }];
    })
    .slice(0, 16);
}
