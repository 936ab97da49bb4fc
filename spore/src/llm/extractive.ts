/**
 * The embedded default reasoner: answers with sentences of recalled memories and with nothing else. It needs no model.
 *
 * Invariants:
 * 1. Every quote is a substring of the content of the memory it cites.
 * 2. The hypothesis is the same for every role, so spores that hold the same memory agree. The role is a lens: it
 *    changes what is looked for beyond the answer (claims, alternatives, the tail of the citations, the remark).
 * 3. Where the memories do not cover the question it abstains: no text, no vote.
 * 4. Pure: equal input, equal output.
 *
 * Whether to abstain and how confident to be are two logistic formulas over how much of the question the memories
 * cover (RELEVANCE and CONFIDENCE). They were fitted on five LoCoMo conversations: 997 questions put to the forty
 * best passages of their own conversation, and the same questions put to another one, names exchanged in 70 %
 * (tests/bench/extractive.ts --fit).
 */
import type { AnswerForm, Role } from "@synapse/shared/contract/entry.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { EMBEDDED_PROVIDER } from "@synapse/shared/rule/model-correlation.ts";
import { cutWhole } from "@synapse/shared/whole-characters.ts";
import { readValue } from "./checkable-value.ts";
import { contradictionOf } from "./contradiction.ts";
import { coverage, quoteOf, type RankedStatement, type Ranking, rankStatements } from "./evidence-ranking.ts";
import { analyseQuestion, type Question } from "./question.ts";
import { formatDate, resolveTime } from "./stated-time.ts";
import { type Passage, toStatement } from "./statement.ts";

export type { Passage } from "./statement.ts";

/** How the embedded reasoner names itself wherever a provider and a model are named. */
export const EXTRACTIVE_PROVIDER = EMBEDDED_PROVIDER;
export const EXTRACTIVE_MODEL = "extractive";

export interface ExtractiveInput {
  readonly question: string;
  readonly passages: readonly Passage[];
  readonly role: Role;
  readonly answer?: AnswerForm;
}

export interface ExtractiveReply {
  /** One to three quotations with who said them and when; empty when abstaining. */
  readonly hypothesis: string;
  /** Competing quotations; weights sum to 1. */
  readonly hypotheses: readonly { readonly content: string; readonly weight: number }[];
  /** Short quotations that stand for the answer and can be checked one by one. */
  readonly claims: readonly string[];
  /** Quoted memories first, then the supporting ones in order. */
  readonly citations: readonly { readonly id: EntryId; readonly quote: string }[];
  /** 0 to 1: estimated probability that a quoted memory holds the evidence. */
  readonly confidence: number;
  readonly value: string | null;
  readonly abstain: boolean;
  /** What this role noticed, in the reasoner's own words; empty when nothing. */
  readonly remark: string;
}

/** Fewer would lose the evidence of questions with several parts. */
const CITATIONS_MAX = 10;
/** An explorer adds this many memories from further down that bring something new; the contract allows 12 in all. */
const EXPLORER_FAR = 2;
const QUOTED_MAX = 3;
/** A further memory is quoted in the answer only when it ranks this close to the first (units of the ranking). */
const QUOTED_MARGIN = 1.5;
const ALTERNATIVES_MAX = 5;
const CLAIM_CHARS_MAX = 400;
const ALTERNATIVE_CHARS_MAX = 1_000;
/** What is said of peers comes before it, within 2,000. */
const REMARK_CHARS_MAX = 1_800;
/**
 * Probability that the question is about what is remembered at all: 1 / (1 + e^−(bias + Σ weight × signal)).
 * On the fitted questions an own one falls below ABSTAIN_BELOW in 2 % of cases, a foreign one in 63 %.
 */
const RELEVANCE: Formula = {
  bias: -7.94,
  first: 4.91,
  quoted: 0.19,
  recalled: 1.81,
  names: 0.82,
  length: 2.09,
  expected: 0.25,
  lead: 0.12,
};
const ABSTAIN_BELOW = 0.1;
/**
 * A first memory that covers less of the question shares a word with it and no subject ("the world cup", "the knowledge
 * world"). Measured as the fit was: first citations that are evidence .492 → .491, foreign questions refused .68 → .75.
 */
const COVERED_LEAST = 0.15;
/** Probability that a quoted memory holds the evidence; expected calibration error on the fitted questions .03. */
const CONFIDENCE: Formula = {
  bias: -8.22,
  first: 3.16,
  quoted: 1.16,
  recalled: 0.47,
  names: 0.38,
  length: 2.33,
  expected: 0.69,
  lead: 0.26,
};

interface Signals {
  /** Share of the question's weight covered by the first memory, the quoted ones, all recalled ones. */
  readonly first: number;
  readonly quoted: number;
  readonly recalled: number;
  /** Share of the names in the question that any recalled memory knows. */
  readonly names: number;
  /** ln(1 + distinct terms): covering a short question proves little. */
  readonly length: number;
  /** 1 when the first memory holds the kind of thing asked for. */
  readonly expected: number;
  /** By how much the first memory leads the second, at most 2. */
  readonly lead: number;
}

type Formula = Signals & { readonly bias: number };

interface Quotation extends RankedStatement {
  readonly quote: string;
  readonly weight: number;
}

export function reasonExtractively(input: ExtractiveInput): ExtractiveReply {
  const question = analyseQuestion(input.question);
  const ranking = rankStatements(question, input.passages.map(toStatement));
  const quotations = quote(question, ranking);
  const signals = confidenceSignals(question, ranking);
  const confidence = signals.recalled === 0 ? 0 : probability(CONFIDENCE, signals);
  const known = signals.first >= COVERED_LEAST && probability(RELEVANCE, signals) >= ABSTAIN_BELOW;
  const remark = cutWhole(remarkOf(input.role, question, quotations, known), REMARK_CHARS_MAX);
  if (!known) return abstention([], confidence, remark);

  const value = input.answer === undefined ? null : readValue(input.answer, question, quotations);
  const citations = citationsOf(input.role, quotations);
  if (input.answer !== undefined && value === null) return abstention(citations, confidence, remark);

  const answered = quotedIn(quotations);
  const opposed = input.role === "adversarial" ? opponentsOf(quotations) : [];
  return {
    hypothesis: answered.map((quotation) => render(question, quotation)).join("\n"),
    hypotheses: alternativesOf(question, [...answered, ...opposed], quotations),
    claims: [...answered, ...opposed].map(({ quote: text }) => cutWhole(text, CLAIM_CHARS_MAX)),
    citations,
    confidence,
    value,
    abstain: false,
    remark,
  };
}

function abstention(
  citations: ExtractiveReply["citations"],
  confidence: number,
  remark: string,
): ExtractiveReply {
  return {
    hypothesis: "",
    hypotheses: [],
    claims: [],
    citations,
    confidence,
    value: null,
    abstain: true,
    remark,
  };
}

function quote(question: Question, ranking: Ranking): Quotation[] {
  const best = ranking.ranked[0]?.score ?? 0;
  const shares = ranking.ranked.map(({ score }) => Math.exp(score - best));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return ranking.ranked.map((ranked, index) => ({
    ...ranked,
    quote: quoteOf(question, ranking, ranked),
    weight: (shares[index] ?? 0) / total,
  }));
}

function quotedIn(quotations: readonly Quotation[]): readonly Quotation[] {
  const best = quotations[0]?.score ?? 0;
  return quotations.slice(0, QUOTED_MAX).filter(({ score }) => best - score <= QUOTED_MARGIN);
}

/** How well the memories cover the question. Exported so that the fit can be repeated. */
export function confidenceSignals(question: Question, ranking: Ranking): Signals {
  const { ranked, weightOf } = ranking;
  const covers = (some: readonly RankedStatement[]) =>
    coverage(question, weightOf, new Set(some.flatMap(({ terms }) => [...terms])));
  const known = question.names.filter((name) => ranked.some(({ terms }) => terms.has(name))).length;
  return {
    first: covers(ranked.slice(0, 1)),
    quoted: covers(ranked.slice(0, QUOTED_MAX)),
    recalled: covers(ranked),
    names: question.names.length === 0 ? 1 : known / question.names.length,
    length: Math.log1p(question.terms.length),
    expected: Number(ranked[0]?.holdsExpected ?? false),
    lead: Math.min(2, (ranked[0]?.score ?? 0) - (ranked[1]?.score ?? 0)),
  };
}

function probability(formula: Formula, signals: Signals): number {
  const { bias, ...weights } = formula;
  let logit = bias;
  for (const name of Object.keys(weights) as (keyof Signals)[]) logit += weights[name] * signals[name];
  return 1 / (1 + Math.exp(-logit));
}

function citationsOf(role: Role, quotations: readonly Quotation[]): ExtractiveReply["citations"] {
  const near = quotations.slice(0, CITATIONS_MAX);
  const far = role === "explorer" ? mostNovel(near, quotations.slice(CITATIONS_MAX)) : [];
  return [...near, ...far].map(({ statement, quote: text }) => ({ id: statement.passage.id, quote: text }));
}

/** Of the memories further down, those that share least with what is already cited. */
function mostNovel(near: readonly Quotation[], rest: readonly Quotation[]): readonly Quotation[] {
  const seen = new Set(near.flatMap(({ terms }) => [...terms]));
  const novelty = ({ terms }: Quotation) =>
    [...terms].filter((term) => !seen.has(term)).length / Math.max(1, terms.size);
  const candidates = rest.slice(0, CITATIONS_MAX);
  return [...candidates].sort((a, b) => novelty(b) - novelty(a)).slice(0, EXPLORER_FAR);
}

function alternativesOf(
  question: Question,
  leading: readonly Quotation[],
  quotations: readonly Quotation[],
): ExtractiveReply["hypotheses"] {
  const chosen = [...new Set([...leading, ...quotations])].slice(0, ALTERNATIVES_MAX);
  const total = chosen.reduce((sum, { weight }) => sum + weight, 0);
  return chosen.map((quotation) => ({
    content: cutWhole(render(question, quotation), ALTERNATIVE_CHARS_MAX),
    weight: total === 0 ? 0 : quotation.weight / total,
  }));
}

function opponentsOf(quotations: readonly Quotation[]): readonly Quotation[] {
  const answer = quotations[0];
  if (answer === undefined) return [];
  return quotations
    .slice(1, CITATIONS_MAX)
    .filter((other) => contradictionOf(answer.quote, other.quote) !== null)
    .slice(0, QUOTED_MAX);
}

/** `“quote” (speaker, date; “yesterday” is 7 May 2023)`. Only the part in quotation marks is the memory's own. */
function render(question: Question, { statement, quote: text }: Quotation): string {
  const { speaker, saidOn } = statement;
  const resolved = question.expected === "time" ? resolveTime(text, saidOn) : null;
  const said = [speaker, saidOn === null ? null : formatDate(saidOn)]
    .filter((part) => part !== null)
    .join(", ");
  const notes = [said, resolved === null ? "" : `“${resolved.stated}” is ${formatDate(resolved.date)}`];
  const source = notes.filter((note) => note !== "").join("; ");
  return source === "" ? `“${text}”` : `“${text}” (${source})`;
}

function remarkOf(
  role: Role,
  question: Question,
  quotations: readonly Quotation[],
  isAnswered: boolean,
): string {
  switch (role) {
    case "adversarial": {
      if (!isAnswered) return "";
      const opposed = opponentsOf(quotations).map(({ quote: text }) => `“${text}”`);
      return opposed.length === 0
        ? "Nothing recalled contradicts the quoted memory."
        : `Possibly contradicted by: ${opposed.join(" ")}`;
    }
    case "validator":
    case "brain": {
      const missing = question.terms.filter((term) => !quotations.some(({ terms }) => terms.has(term)));
      return missing.length === 0 ? "" : `Nothing recalled mentions: ${missing.join(", ")}.`;
    }
    case "explorer":
      return quotations.length > CITATIONS_MAX ? `Read beyond the first ${CITATIONS_MAX} memories.` : "";
    case "synthesizer":
    case "generalist":
    case "sentinel":
      return "";
  }
}
