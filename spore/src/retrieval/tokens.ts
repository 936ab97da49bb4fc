/**
 * What a text costs a model, estimated, and how a text is cut to a budget. Pure.
 *
 * One meaning of "token" wherever recalled or contributed text fills a prompt or an answer. Models' tokenisers differ by
 * some 15 % among themselves; this errs to the large side.
 */

/** About 4 characters a token in ASCII, 2 in other alphabets, 1 in scripts whose characters are words or syllables. */
function tokensOf(code: number): number {
  return code < 0x80 ? 0.27 : code < 0x2e80 ? 0.5 : 1;
}

/** What stands where the middle of a text was cut out. */
const GAP = " … ";
const GAP_TOKENS = 2;

/** Tokens that a text costs, rounded up. */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const character of text) tokens += tokensOf(character.codePointAt(0) ?? 0);
  return Math.ceil(tokens);
}

/** The longest start of the text, cut at a space where there is one, that costs at most `budget` tokens. */
export function cutToTokens(text: string, budget: number): string {
  const end = lengthWithin(text, budget);
  if (end === text.length) return text;
  const space = text.lastIndexOf(" ", end);
  return text.slice(0, space > end / 2 ? space : end);
}

/** At most `budget` tokens of the text: its head and its tail, for where least is lost is the middle. */
export function cutMiddle(text: string, budget: number): string {
  if (lengthWithin(text, budget) === text.length) return text;
  const half = (budget - GAP_TOKENS) / 2;
  if (half <= 0) return "";
  return `${text.slice(0, lengthWithin(text, half))}${GAP}${tailWithin(text, half)}`.toWellFormed();
}

/** All of the texts within one budget: short ones whole, the long ones share what is left, so none silences others by its length. */
export function shareTokens(texts: readonly string[], budget: number): readonly string[] {
  const costs = texts.map(estimateTokens);
  const allowed = new Map<number, number>();
  let left = budget;
  let waiting = texts.length;
  for (const [at, cost] of [...costs.entries()].sort(([, a], [, b]) => a - b)) {
    const share = Math.min(cost, Math.floor(left / waiting));
    allowed.set(at, share);
    left -= share;
    waiting -= 1;
  }
  return texts.map((text, at) => cutMiddle(text, allowed.get(at) ?? 0));
}

/** UTF-16 units of the longest start that costs at most `budget` tokens; no character is torn. */
function lengthWithin(text: string, budget: number): number {
  let tokens = 0;
  let end = 0;
  for (const character of text) {
    tokens += tokensOf(character.codePointAt(0) ?? 0);
    if (tokens > budget) return end;
    end += character.length;
  }
  return end;
}

function tailWithin(text: string, budget: number): string {
  let tokens = 0;
  let start = text.length;
  while (start > 0) {
    const isPair = start > 1 && (text.codePointAt(start - 2) ?? 0) > 0xffff;
    const next = start - (isPair ? 2 : 1);
    tokens += tokensOf(text.codePointAt(next) ?? 0);
    if (tokens > budget) break;
    start = next;
  }
  return text.slice(start);
}
