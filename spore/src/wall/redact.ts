/**
 * Finds what must not be published: credentials, and personal data.
 *
 * Two classes, because they are treated differently: a `secret` (key, token, password, card number) is refused even
 * when the sender consents to publish, `personal` data (address, phone, path) is removed when text is distilled.
 * Patterns are anchored on the forms that providers document; ordinary words such as "risk-averse",
 * "task-orchestration" or "operator precedence" must survive, and the tests count both kinds of error.
 */

export interface Finding {
  readonly class: "secret" | "personal";
  /** What was found, in words a person understands, never the text itself. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

interface Pattern {
  readonly class: Finding["class"];
  readonly name: string;
  readonly expression: RegExp;
  /** A second look where the form alone says too little. */
  readonly confirm?: (match: string) => boolean;
}

const KEY_CHARS = "[A-Za-z0-9_-]";

const PATTERNS: readonly Pattern[] = [
  {
    class: "secret",
    name: "private key",
    expression: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  },
  {
    class: "secret",
    name: "API key (sk-…)",
    expression: new RegExp(`\\bsk-${KEY_CHARS}{16,}`, "g"),
    confirm: looksRandom,
  },
  { class: "secret", name: "Hugging Face token", expression: /\bhf_[A-Za-z0-9]{20,}/g },
  {
    class: "secret",
    name: "GitHub token",
    expression: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g,
  },
  { class: "secret", name: "GitLab token", expression: /\bglpat-[A-Za-z0-9_-]{16,}/g },
  { class: "secret", name: "npm token", expression: /\bnpm_[A-Za-z0-9]{30,}/g },
  { class: "secret", name: "xAI key", expression: /\bxai-[A-Za-z0-9]{20,}/g },
  { class: "secret", name: "Groq key", expression: /\bgsk_[A-Za-z0-9]{20,}/g },
  { class: "secret", name: "Cerebras key", expression: /\bcsk-[A-Za-z0-9]{20,}/g },
  { class: "secret", name: "Google API key", expression: /\bAIza[A-Za-z0-9_-]{30,}/g },
  { class: "secret", name: "AWS access key", expression: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { class: "secret", name: "Slack token", expression: /\bxox[abprs]-[A-Za-z0-9-]{10,}/g },
  { class: "secret", name: "Vercel token", expression: /\bvcp_[A-Za-z0-9]{20,}/g },
  {
    class: "secret",
    name: "JSON web token",
    expression: /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
  },
  {
    class: "secret",
    name: "bearer token",
    expression: /\bBearer\s+[A-Za-z0-9._~+/-]{16,}=*/g,
    confirm: looksRandom,
  },
  {
    class: "secret",
    name: "password or key in an assignment",
    expression:
      /\b(?:pass(?:word|wd|phrase)|secret|api[_-]?key|access[_-]?token|auth[_-]?token)\b["']?\s*[:=]\s*["']?[^\s"',;]{8,}/gi,
  },
  { class: "secret", name: "password in a URL", expression: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/gi },
  { class: "secret", name: "card number", expression: /\b(?:\d[ -]?){12,18}\d\b/g, confirm: isCardNumber },
  {
    class: "secret",
    name: "long random string",
    expression: /\b[A-Za-z0-9+/_-]{40,}={0,2}/g,
    confirm: isHighEntropy,
  },
  {
    class: "personal",
    name: "e-mail address",
    expression: /\b[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}\b/gu,
  },
  {
    class: "personal",
    name: "phone number",
    expression:
      /(?<![\w.-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,4}\)[ .-]?)?\d{2,4}(?:[ .-]\d{2,4}){2,4}(?![\w.-])/g,
    confirm: isPhone,
  },
  {
    class: "personal",
    name: "IPv4 address",
    expression: /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])/g,
  },
  {
    class: "personal",
    name: "IPv6 address",
    expression: /(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])/gi,
  },
  {
    class: "personal",
    name: "home directory",
    expression: /(?:\/(?:home|Users)\/|[A-Za-z]:\\Users\\)[^\s/\\"']+/g,
  },
];

/** All findings, in order of position; where two overlap the earlier pattern of the table wins. */
export function findSensitive(text: string): Finding[] {
  const findings: Finding[] = [];
  for (const pattern of PATTERNS) {
    for (const match of text.matchAll(pattern.expression)) {
      const [found] = match;
      if (pattern.confirm && !pattern.confirm(found)) continue;
      const start = match.index;
      const end = start + found.length;
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

/** Words joined by hyphens are not keys: a key mixes digits or cases. */
function looksRandom(text: string): boolean {
  return /\d/.test(text) && /[A-Za-z]/.test(text);
}

/** Shannon entropy per character; English text has about 4 over 26 letters, a random base64 key more over 64. */
function isHighEntropy(text: string): boolean {
  if (!/\d/.test(text) || !/[A-Z]/.test(text) || !/[a-z]/.test(text)) return false;
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits > 4.2;
}

/** Luhn's check digit (ISO/IEC 7812) over 13 to 19 digits. */
function isCardNumber(text: string): boolean {
  const digits = text.replaceAll(/\D/g, "");
  if (digits.length < 13 || digits.length > 19) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Nine digits or more, and not a date such as 2026-11-22. */
function isPhone(text: string): boolean {
  return text.replaceAll(/\D/g, "").length >= 9 && !/^\d{4}[ .-]\d{2}[ .-]\d{2}$/.test(text);
}
