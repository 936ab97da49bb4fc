/**
 * A shorter prompt for a server that says this one is too long. Pure.
 *
 * Prompts are data blocks of one record a line (reasoning/prompts.ts). Whole lines are dropped from the end of the
 * longest blocks, the least valuable records first; what frames the blocks and the rules above them stay whole.
 */
import type { ChatMessage } from "./provider.ts";

/** Each attempt keeps this share; three of them leave a fifth. */
const KEPT_SHARE = 0.6;

/** Null where nothing is left that could be dropped. */
export function shrinkMessages(messages: readonly ChatMessage[]): readonly ChatMessage[] | null {
  const longest = messages.reduce<ChatMessage | null>(
    (best, one) => (one.role === "user" && one.content.length > (best?.content.length ?? 0) ? one : best),
    null,
  );
  if (longest === null) return null;
  const content = shrink(longest.content);
  if (content.length >= longest.content.length) return null;
  return messages.map((message) => (message === longest ? { ...message, content } : message));
}

function shrink(text: string): string {
  const goal = text.length * KEPT_SHARE;
  const lines = text.split("\n");
  let length = text.length;
  const isRecord = (line: string) => line.startsWith("{");
  while (length > goal) {
    const last = lastOfLongestBlock(lines, isRecord);
    if (last === -1) break;
    length -= (lines[last]?.length ?? 0) + 1;
    lines.splice(last, 1);
  }
  if (length <= goal) return lines.join("\n");
  // One long record, or no data blocks at all: cut in the middle, where least is lost.
  const left = lines.join("\n");
  const half = Math.floor(goal / 2);
  return left.length <= goal ? left : `${left.slice(0, half)}\n[…]\n${left.slice(-half)}`.toWellFormed();
}

/** Index of the last line of the block with the most text that has more than one record; -1 where there is none. */
function lastOfLongestBlock(lines: readonly string[], isRecord: (line: string) => boolean): number {
  let best = { size: 0, end: -1 };
  let size = 0;
  let count = 0;
  for (let index = 0; index <= lines.length; index++) {
    const line = lines[index] ?? "";
    if (isRecord(line)) {
      size += line.length;
      count += 1;
      continue;
    }
    if (count > 1 && size > best.size) best = { size, end: index - 1 };
    size = 0;
    count = 0;
  }
  return best.end;
}
