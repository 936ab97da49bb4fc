/**
 * Splits a text into passages for recall. Pure.
 *
 * 1. The passages' spans cover the text from end to end without gap or overlap: nothing is lost, nothing is doubled.
 * 2. A passage ends where the text pauses: before a heading, else between paragraphs, else between lines, sentences
 *    or words, and only as a last resort inside a word; never inside a grapheme that fits.
 * 3. A passage is at most PASSAGE_CHARS_MAX UTF-16 units; neighbouring paragraphs of one section share a passage.
 * 4. `content` is the span without the white space around it; spans of white space alone give no passage.
 */

/** About 300 tokens: one thought with its surroundings, small enough that several fit any model's window. */
export const PASSAGE_CHARS_MAX = 1_200;
/** A heading path is a label, not a text. */
const HEADING_CHARS_MAX = 300;

/** How a text is organised: `markdown` has headings, `prose` sentences, `lines` (code, logs, tables) lines. */
export type TextForm = "markdown" | "prose" | "lines";

export interface Passage {
  readonly content: string;
  /** The headings above it, outermost first, joined by " > "; null where there is none. */
  readonly heading: string | null;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly heading: string | null;
}

export function splitPassages(text: string, form: TextForm): Passage[] {
  return passageSpans(text, form).flatMap(({ start, end, heading }) => {
    // Blank lines around it go, the indentation of its first line stays: in code and lists it means something.
    const content = text
      .slice(start, end)
      .replace(/^(?:[^\S\n]*\n)+/, "")
      .trimEnd();
    return content.trim() === "" ? [] : [{ content, heading }];
  });
}

/** The spans, white space included; their concatenation is the text. */
export function passageSpans(text: string, form: TextForm): Span[] {
  const spans: Span[] = [];
  for (const section of form === "markdown"
    ? markdownSections(text)
    : [{ start: 0, end: text.length, heading: null }]) {
    let open: { start: number; end: number } | null = null;
    for (const piece of pieces(text, section.start, section.end, form)) {
      if (open !== null && piece.end - open.start <= PASSAGE_CHARS_MAX) open.end = piece.end;
      else {
        if (open !== null) spans.push({ ...open, heading: section.heading });
        open = { ...piece };
      }
    }
    if (open !== null) spans.push({ ...open, heading: section.heading });
  }
  return spans;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Paragraphs, and the parts of those that are too long, each at most PASSAGE_CHARS_MAX long. */
function* pieces(text: string, start: number, end: number, form: TextForm): Generator<Range> {
  for (const paragraph of ranges(text, start, end, /\n[^\S\n]*\n\s*?(?=\S|$)/g))
    yield* shortened(text, paragraph, form, 0);
}

/** Ever finer ways to part a paragraph that is too long. */
const PARTINGS: Readonly<Record<TextForm, readonly ((text: string, range: Range) => Iterable<Range>)[]>> = {
  markdown: [bySentence, byLine, byWord, byGrapheme],
  prose: [bySentence, byLine, byWord, byGrapheme],
  lines: [byLine, byWord, byGrapheme],
};

function* shortened(text: string, range: Range, form: TextForm, level: number): Generator<Range> {
  const parting = PARTINGS[form][level];
  if (range.end - range.start <= PASSAGE_CHARS_MAX) yield range;
  else if (parting === undefined) yield* byLength(text, range);
  else for (const part of parting(text, range)) yield* shortened(text, part, form, level + 1);
}

function bySentence(text: string, range: Range): Range[] {
  return bySegment(text, range, "sentence");
}

function byGrapheme(text: string, range: Range): Range[] {
  return bySegment(text, range, "grapheme");
}

function byLine(text: string, range: Range): Range[] {
  return [...ranges(text, range.start, range.end, /\n/g)];
}

function byWord(text: string, range: Range): Range[] {
  return [...ranges(text, range.start, range.end, /\s+/g)];
}

/** A single grapheme longer than a passage (thousands of combining marks): cut, but not through a surrogate pair. */
function* byLength(text: string, range: Range): Generator<Range> {
  let { start } = range;
  while (start < range.end) {
    let end = Math.min(range.end, start + PASSAGE_CHARS_MAX);
    const last = text.charCodeAt(end - 1);
    if (end < range.end && last >= 0xd800 && last <= 0xdbff) end -= 1;
    yield { start, end };
    start = end;
  }
}

function bySegment(text: string, range: Range, granularity: "sentence" | "grapheme"): Range[] {
  // No locale: the rules of Unicode (UAX 29) alone, so that every machine parts a text alike.
  const segments = new Intl.Segmenter("und", { granularity }).segment(text.slice(range.start, range.end));
  const found: Range[] = [];
  for (const { index, segment } of segments) {
    found.push({ start: range.start + index, end: range.start + index + segment.length });
  }
  return found;
}

/** The ranges that end with a match of `border` (the border belongs to the range before it). */
function* ranges(text: string, start: number, end: number, border: RegExp): Generator<Range> {
  const part = text.slice(start, end);
  let from = 0;
  for (const match of part.matchAll(border)) {
    const to = match.index + match[0].length;
    if (to === from || to >= part.length) continue;
    yield { start: start + from, end: start + to };
    from = to;
  }
  if (from < part.length) yield { start: start + from, end };
}

/** Sections by ATX headings (`## …`), outside of fenced code; each starts with its heading. */
function* markdownSections(text: string): Generator<Span> {
  const path: { readonly level: number; readonly title: string }[] = [];
  const heading = () =>
    path.length === 0
      ? null
      : path
          .map(({ title }) => title)
          .join(" > ")
          .slice(0, HEADING_CHARS_MAX)
          .toWellFormed();
  let fence: string | null = null;
  let start = 0;
  let offset = 0;
  for (const line of text.split("\n")) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== null) {
      if (mark?.startsWith(fence) === true && line.trim() === mark) fence = null;
    } else if (mark !== undefined) fence = mark;
    else {
      const match = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
      if (match?.[1] !== undefined && match[2] !== undefined) {
        if (offset > start) yield { start, end: offset, heading: heading() };
        start = offset;
        const level = match[1].length;
        while ((path.at(-1)?.level ?? 0) >= level) path.pop();
        if (match[2] !== "") path.push({ level, title: match[2] });
      }
    }
    offset += line.length + 1;
  }
  if (text.length > start) yield { start, end: text.length, heading: heading() };
}
