/**
 * Finds what must not be published: credentials, and personal data.
 *
 * Two classes, because they are treated differently: a `secret` is refused even when the sender consents to publish,
 * `personal` data is removed when text is distilled. Ordinary words such as "risk-averse", "task-orchestration" or
 * "operator precedence" must survive; the tests count both kinds of error over a corpus.
 */
import { PATTERNS } from "./sensitive-patterns.ts";

export interface Finding {
  readonly class: "secret" | "personal";
  /** What was found, in words a person understands, never the text itself. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const URLS = /\bhttps?:\/\/[^\s"'<>]+/gi;

/** All findings, in order of position; where two overlap the earlier pattern of the table wins. */
export function findSensitive(text: string): Finding[] {
  const findings: Finding[] = [];
  const urls = [...text.matchAll(URLS)].map(({ 0: url, index }) => ({
    start: index,
    end: index + url.length,
  }));
  for (const pattern of PATTERNS) {
    for (const match of text.matchAll(pattern.expression)) {
      const [found] = match;
      if (pattern.confirm && !pattern.confirm(found)) continue;
      const start = match.index;
      const end = start + found.length;
      if (pattern.outsideUrls && urls.some((url) => start >= url.start && end <= url.end)) continue;
      if (findings.some((other) => start < other.end && other.start < end)) continue;
      findings.push({ class: pattern.class, name: pattern.name, start, end });
    }
  }
  return findings.sort((a, b) => a.start - b.start);
}

/** The text with every finding replaced by its name in brackets. */
export function redact(text: string): string {
  let result = "";
  let from = 0;
  for (const { start, end, name } of findSensitive(text)) {
    result += `${text.slice(from, start)}[${name}]`;
    from = end;
  }
  return result + text.slice(from);
}
