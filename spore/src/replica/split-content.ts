/**
 * Cuts text that is too long for one entry, without losing a character: the parts put together are the text.
 *
 * Cuts at the last paragraph, line, sentence or word border that fits. The limit is in characters and in UTF-8 bytes,
 * because 8,000 Chinese characters are 24,000 bytes.
 */
import { CONTENT_CHARS_MAX, ENTRY_BYTES_MAX } from "@synapse/shared/contract/entry.ts";

/** What metadata and the envelope may take beside the content. */
const BYTES_FOR_THE_REST = 5_000;
const CONTENT_BYTES_MAX = ENTRY_BYTES_MAX - BYTES_FOR_THE_REST;
/** A long text is cut finer than it must be, so that recall returns the passage and not the chapter. */
const PART_CHARS = 2_000;

const BORDERS = [/\n\s*\n/g, /\n/g, /[.!?。！？]\s*/g, /\s+/g];

export function splitContent(text: string): string[] {
  if (fits(text, CONTENT_CHARS_MAX)) return [text];
  const parts: string[] = [];
  let rest = text;
  while (!fits(rest, PART_CHARS)) {
    const cut = cutAt(rest);
    parts.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  if (rest !== "") parts.push(rest);
  // A part of white space alone would be an empty memory: it stays with the part before it.
  return parts.reduce<string[]>((kept, part) => {
    const last = kept.length - 1;
    if (part.trim() === "" && last >= 0) kept[last] += part;
    else kept.push(part);
    return kept;
  }, []);
}

function fits(text: string, chars: number): boolean {
  // JSON escapes at most double the common control characters; they are rare in text, and the replica checks again.
  return text.length <= chars && Buffer.byteLength(JSON.stringify(text)) <= CONTENT_BYTES_MAX;
}

function cutAt(text: string): number {
  const head = text.slice(0, PART_CHARS);
  for (const border of BORDERS) {
    let cut = 0;
    for (const match of head.matchAll(border)) {
      const end = match.index + match[0].length;
      if (end < head.length) cut = end;
    }
    if (cut > PART_CHARS / 4) return cut;
  }
  // One endless word: never between the two halves of a surrogate pair.
  const last = head.charCodeAt(PART_CHARS - 1);
  return last >= 0xd800 && last <= 0xdbff ? PART_CHARS - 1 : PART_CHARS;
}
