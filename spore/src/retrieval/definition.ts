/**
 * Questions for what something is or does ("What is a spore?"), and whether a text says so.
 *
 * Where a thing is explained it is named once, and everywhere else it is used: by its words alone the explanation comes last.
 * It is known by where the name stands:
 *
 * | part    | the text                                                                     |
 * |---------|------------------------------------------------------------------------------|
 * | opening | has a sentence, item or row that opens with the name: "A spore is …", "**Spore.** …" |
 * | title   | is the first under a heading that names it and nothing else                     |
 * | intro   | is the first of a document whose title or file names it                         |
 *
 * Only what recall found is read, so this costs the same whatever the memory holds. English only.
 */
import { contentOf } from "@synapse/shared/contract/entry.ts";
import type { ChangeFeed, StoredEntry } from "../replica/feed.ts";
import { analyze } from "./analyzer.ts";
import { metadataOf } from "./document.ts";
import type { Candidate } from "./index-reader.ts";

/** Candidates read, the most relevant: what explains a thing names it seldom, so it may stand far down. */
const READ_MAX = 64;
/** Each part adds this much of a text's relevance. */
const OPENING_SHARE = 1;
/** The name has one more word: "Playwright Test is …" where Playwright is asked about. */
const NEARLY_OPENING_SHARE = 0.5;
const TITLE_SHARE = 1;
const INTRO_SHARE = 1;
/** A text that explains in several ways is still one explanation. */
const SHARE_MAX = 1.5;

/** The name of what is asked about. */
export interface Named {
  readonly terms: ReadonlySet<number>;
  /** How its words begin, in lower case: a sentence without them is not looked at any closer. */
  readonly starts: readonly string[];
}

/** What a text says of its place. */
export interface Explaining {
  readonly content: string;
  /** The headings above it, outermost first, joined by " > "; else empty. */
  readonly heading: string;
  /** The file it is from; else empty. */
  readonly source: string;
  /** Its document begins with it. */
  readonly first: boolean;
}

const NAME = String.raw`[\p{L}\p{N}][\p{L}\p{N}.+#@/_–-]*`;
const ASKED = new RegExp(
  String.raw`^\s*(?:what|who)(?:\s+(?:is|are)|['’]s)\s+(?:(?:an?|the|your|our)\s+)?(${NAME}(?:\s+${NAME}){0,3}?)(?:\s+for)?\s*\??\s*$|^\s*what\s+does\s+(?:(?:an?|the)\s+)?(${NAME}(?:\s+${NAME}){0,2}?)\s+(?:mean|do)\s*\??\s*$`,
  "iu",
);

/** "The tower height of Aldermoor" asks for a fact about Aldermoor and not for what a word means: nothing explains it. */
const PART_OF = /\s(?:of|in|at|on|from|by|to|with|between)\s/iu;

/** Where sentences, items and rows begin. */
const BEGINNING = /\n+|(?<=[.!?:])\s+/u;
/** What is to be explained, then a mark or a verb that explains it. */
const OPENING =
  /^[\s>*_`"“(|+\-–\d.)]*(?:(?:an?|the)\s+)?([\p{L}\p{N}`"“”*_@'’/.+# –-]{1,60}?)(?:[*_`"”]*\s*(?:[:—|(]|[.:]\s?\*\*|\*\*|\s[-–]\s)|[*_`"”]*\s+(?:is|are|means|was|were|refers?|stands)\s|[*_`"”]*\s+(?:allows?|lets|calls?|holds?|describes?|represents?|provides?|gives?)\s)/iu;
/** A name stands at the beginning of a sentence or not at all. */
const OPENING_CHARS = 120;
/** Letters that all forms of a word have in common, about. */
const START_CHARS = 3;
const HEADING = /^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$/mu;
const CODE = /`[^`]*`/gu;
const OR = /,?\s+or\s+/u;

const termsOf = (text: string): ReadonlySet<number> => new Set(analyze(text).terms.keys());

const holdsAll = (terms: ReadonlySet<number>, { terms: named }: Named): boolean =>
  named.values().every((term) => terms.has(term));

/** @returns null for a question that asks for something else. */
export function meaningAsked(question: string): Named | null {
  const match = ASKED.exec(question);
  const name = match?.[1] ?? match?.[2] ?? "";
  if (PART_OF.test(name)) return null;
  const { terms, words } = analyze(name);
  const starts = words.map((word) => word.slice(0, START_CHARS));
  return terms.size === 0 ? null : { terms: new Set(terms.keys()), starts };
}

function openingShare(sentence: string, named: Named): number {
  const opening = sentence.slice(0, OPENING_CHARS);
  const lower = opening.toLowerCase();
  if (!named.starts.every((start) => lower.includes(start))) return 0;
  const shares = (OPENING.exec(opening)?.[1] ?? "").split(OR).map((part) => {
    const terms = termsOf(part);
    if (!holdsAll(terms, named)) return 0;
    const more = terms.size - named.terms.size;
    return more === 0 ? OPENING_SHARE : more === 1 ? NEARLY_OPENING_SHARE : 0;
  });
  return Math.max(...shares);
}

function toExplaining(stored: StoredEntry): Explaining {
  const { heading, source } = metadataOf(stored) ?? {};
  const sequence = stored.entry.kind === "memory" ? stored.entry.body.sequence : undefined;
  return {
    content: contentOf(stored.entry) ?? "",
    heading: typeof heading === "string" ? heading : "",
    source: typeof source === "string" ? source : "",
    first: sequence?.index === 0,
  };
}

/** By how much a text's relevance grows because it explains what is asked about, as a share of it: 0 to SHARE_MAX. */
export function explainsBy(named: Named, { content, heading, source, first }: Explaining): number {
  const title = HEADING.exec(content)?.[1] ?? "";
  const above = heading.split(" > ").at(-1) ?? "";
  const opens = /^\s{0,3}#/u.test(content);
  const titled = [title, opens ? above : ""].some((text) => {
    const terms = termsOf(text.replace(CODE, "") || text);
    return terms.size === named.terms.size && holdsAll(terms, named);
  });
  const introduced = first && holdsAll(termsOf(`${title} ${above} ${source.split("/").at(-1) ?? ""}`), named);
  const opening = Math.max(...content.split(BEGINNING).map((sentence) => openingShare(sentence, named)));
  return Math.min(SHARE_MAX, opening + (titled ? TITLE_SHARE : 0) + (introduced ? INTRO_SHARE : 0));
}

/** For a question of what something is, what explains it counts more. @param found the most relevant first. */
export async function preferExplaining(
  question: string,
  found: readonly Candidate[],
  feed: Pick<ChangeFeed, "get">,
): Promise<readonly Candidate[]> {
  const named = meaningAsked(question);
  if (named === null) return found;
  const stored = await feed.get(found.slice(0, READ_MAX).map(({ id }) => id));
  const shares = new Map(stored.map((entry) => [entry.id, explainsBy(named, toExplaining(entry))]));
  return found.map((candidate) => {
    const explaining = 1 + (shares.get(candidate.id) ?? 0);
    const relevance = candidate.relevance * explaining;
    return { ...candidate, relevance, parts: { ...candidate.parts, explaining } };
  });
}
