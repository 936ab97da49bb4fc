/**
 * Cuts a text into passages that stand on their own. Pure; nothing but white space at the borders is lost.
 *
 * Borders are headings and empty lines. Paragraphs are put together up to the size, a longer one is cut at a sentence,
 * a word, or where it must be. Each passage knows the heading above it.
 */

/** About two hundred words: enough to say something, little enough to be the thing that was asked for. */
export const PASSAGE_CHARS_MAX = 1_200;

export interface Passage {
  readonly content: string;
  readonly heading: string | null;
}

export function splitPassages(text: string, maxChars: number = PASSAGE_CHARS_MAX): Passage[] {
  const passages: Passage[] = [];
  let heading: string | null = null;
  let open = "";
  const flush = () => {
    if (open !== "") passages.push({ content: open, heading });
    open = "";
  };
  for (const block of text
    .toWellFormed()
    .replaceAll("\r\n", "\n")
    .split(/\n[ \t]*(?:\n[ \t]*)+|\n(?=#{1,6}[ \t]+\S)/)) {
    const paragraph = block.trim();
    if (paragraph === "") continue;
    const title = /^#{1,6}[ \t]+(.+)$/m.exec(paragraph.split("\n", 1)[0] ?? "")?.[1]?.trim();
    if (title !== undefined) {
      flush();
      heading = title.slice(0, 200).toWellFormed();
    }
    for (const piece of cut(paragraph, maxChars)) {
      if (open !== "" && open.length + piece.length + 2 > maxChars) flush();
      open = open === "" ? piece : `${open}\n\n${piece}`;
    }
  }
  flush();
  return passages;
}

function cut(paragraph: string, maxChars: number): string[] {
  const pieces: string[] = [];
  let rest = paragraph;
  while (rest.length > maxChars) {
    const head = rest.slice(0, maxChars);
    const border = [/[.!?。！？]["')\]]?\s(?=[^\s])/gu, /\s/g]
      .map((pattern) => [...head.matchAll(pattern)].at(-1))
      .find((match) => match !== undefined && match.index > maxChars / 4);
    let at = border === undefined ? maxChars : border.index + border[0].length;
    // Never between the two halves of one character.
    if (/[\ud800-\udbff]$/.test(rest.slice(0, at))) at--;
    pieces.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trim();
  }
  if (rest !== "") pieces.push(rest);
  return pieces.filter((piece) => piece !== "");
}
