/**
 * Takes a model's thinking out of its reply. What is left is the reply; nothing left means the model gave none.
 *
 * Servers that know a model's format put the thinking into a field of its own, which is never read. Others leave it
 * in the text: as `<think>…</think>`, cut off before the closing tag when the tokens ran out, or without the opening
 * tag when the chat template had already written it; gpt-oss marks channels instead.
 */

const TAG = "(?:think|thinking|thought|reasoning|reflection)";
const CLOSED = new RegExp(`<(${TAG})(?:\\s[^>]*)?>[\\s\\S]*?</\\1\\s*>`, "gi");
const UNOPENED = new RegExp(`^[\\s\\S]*</${TAG}\\s*>`, "i");
const UNCLOSED = new RegExp(`<${TAG}(?:\\s[^>]*)?>[\\s\\S]*$`, "i");
const FINAL_CHANNEL = /<\|channel\|>final[^<]*<\|message\|>/g;
const CHANNEL_MARK = /<\|(?:end|return|start|channel|message|constrain)\|>/;

/** The text without its thinking, trimmed; possibly empty. */
export function stripThinking(text: string): string {
  if (CHANNEL_MARK.test(text)) return stripThinking(finalChannel(text));
  return text.replace(CLOSED, "").replace(UNOPENED, "").replace(UNCLOSED, "").trim();
}

function finalChannel(text: string): string {
  const last = [...text.matchAll(FINAL_CHANNEL)].at(-1);
  if (last === undefined) return "";
  const message = text.slice(last.index + last[0].length);
  const end = CHANNEL_MARK.exec(message);
  return end === null ? message : message.slice(0, end.index);
}
