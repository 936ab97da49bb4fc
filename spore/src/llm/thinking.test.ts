import { expect, test } from "bun:test";
import { stripThinking } from "./thinking.ts";

test.each([
  ["plain answer", "plain answer"],
  ["<think>a\nb</think>\n\nanswer", "answer"],
  ["<think>a</think>one<think>b</think> two", "one two"],
  ["<thinking>never closed and 42", ""],
  ["answer first <think>then cut", "answer first"],
  ["the template opened it</think>answer", "answer"],
  ["<THINK type='x'>a</THINK >answer", "answer"],
  ["<think>", ""],
  ["a < b and b > c, I think", "a < b and b > c, I think"],
  [
    "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>done<|return|>",
    "done",
  ],
  ["<|channel|>analysis<|message|>cut off in the thought", ""],
])("%j becomes %j", (given, expected) => {
  expect(stripThinking(given)).toBe(expected);
});
