/**
 * Hands on the text of a streamed reply as it comes, without the model's thinking.
 *
 * A tag may arrive in pieces, so a tail that could still become one is held back until it is decided.
 */
import { stripThinking } from "./thinking.ts";

const MAYBE_TAG = /<[^>\s]{0,20}$/;

export function createTextFeed(onText: (text: string) => void) {
  let raw = "";
  let handed = "";
  return {
    add(delta: string): void {
      raw += delta;
      const visible = stripThinking(raw.replace(MAYBE_TAG, ""));
      // What was handed on stays; text that a later tag declares to be thinking is not taken back.
      if (visible.length <= handed.length || !visible.startsWith(handed)) return;
      const fresh = visible.slice(handed.length);
      handed = visible;
      onText(fresh);
    },
    text: () => raw,
  };
}
