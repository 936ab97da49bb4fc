/**
 * Reads a file as text, or says why it is none.
 *
 * UTF-8 unless a byte order mark says UTF-16; bytes that are not UTF-8 are read as Windows-1252, which older notes are
 * written in, and that is said. Control characters mean that it is not text at all.
 */
import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { convert, type FormatCallback } from "html-to-text";
import type { TextForm } from "./passages.ts";

/** A text that size is a database; it is read into memory as a whole. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes that are looked at to tell text from binary, as git does. */
const SNIFF_BYTES = 8_000;
const MARKDOWN = new Set([".md", ".markdown", ".mdx"]);
const PROSE = new Set([".txt", ".rst", ".tex", ".html", ".htm", ".adoc", ".org", ""]);
const HTML = new Set([".html", ".htm", ".xhtml"]);

export interface TextFile {
  readonly text: string;
  readonly form: TextForm;
  /** How it was read, where that is not plain UTF-8. */
  readonly notice: string | null;
}

/** @returns the text, or why the file is skipped */
export function readTextFile(path: string): Result<TextFile, string> {
  const { size } = statSync(path);
  if (size > FILE_BYTES_MAX) return err(`larger than ${FILE_BYTES_MAX / 1024 / 1024} MiB`);
  const decoded = decodeText(readFileSync(path));
  if (decoded === null) return err("not text");
  const extension = extname(path).toLowerCase();
  const text = HTML.has(extension) ? textOfHtml(decoded.text) : decoded.text;
  const normal = text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").toWellFormed();
  const isMarkdown = MARKDOWN.has(extension) || HTML.has(extension);
  return ok({
    text: normal,
    form: isMarkdown ? "markdown" : PROSE.has(extension) ? "prose" : "lines",
    notice: decoded.notice,
  });
}

/** @returns null for what is not text */
export function decodeText(bytes: Uint8Array): { text: string; notice: string | null } | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe)
    return { text: new TextDecoder("utf-16le").decode(bytes), notice: "read as UTF-16" };
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return { text: new TextDecoder("utf-16be").decode(bytes), notice: "read as UTF-16" };
  if (bytes.subarray(0, SNIFF_BYTES).some(isBinaryByte)) return null;
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), notice: null };
  } catch {
    // Not UTF-8, but free of control characters: an older single-byte encoding.
    return { text: new TextDecoder("windows-1252").decode(bytes), notice: "not UTF-8: read as Windows-1252" };
  }
}

/** Control characters other than tab, line feed, form feed, carriage return and escape (logs carry colours). */
function isBinaryByte(byte: number): boolean {
  return byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27;
}

const formatHeading: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 2 });
  builder.addLiteral(`${"#".repeat(Number(element.name?.slice(1) ?? 1))} `);
  walk(element.children, builder);
  builder.closeBlock({ trailingLineBreaks: 2 });
};

/** The words of a page, headings marked as in Markdown, without scripts, styles and the targets of links. */
function textOfHtml(html: string): string {
  return convert(html, {
    wordwrap: false,
    formatters: { markedHeading: formatHeading },
    selectors: [
      { selector: "a", options: { ignoreHref: true } },
      { selector: "img", format: "skip" },
      ...[1, 2, 3, 4, 5, 6].map((level) => ({ selector: `h${level}`, format: "markedHeading" })),
    ],
  });
}
