import { expect, test } from "bun:test";
import type { AnswerForm } from "../contract/entry.ts";
import { gradeAnswer, normaliseAnswer } from "./normalise.ts";

const NUMBER: AnswerForm = { type: "number" };
const LETTERS: AnswerForm = { type: "choice", options: ["A", "B", "C", "D"] };
const WORDS: AnswerForm = { type: "choice", options: ["approve", "reject", "approve with changes"] };
const JSON_FORM: AnswerForm = { type: "json" };

test.each([
  ["42", "42"],
  ["The answer is 42.", "42"],
  ["6 apples and 7 pears make 13.", "13"],
  ["So 3 + 4 = 7, the answer is 3 + 4 = 7.", "7"],
  ["The answer is 42 because 6 * 7 = 42 and nothing else is.", "42"],
  ["#### 1,234,567", "1234567"],
  ["\\boxed{-3.50}", "-3.5"],
  ["from 3-5 to 9-12", "12"],
  ["1e3", "1000"],
  ["$ .75", "0.75"],
  ["-0", "0"],
  ["no number here", null],
])("number in %p is %p", (text, value) => {
  expect(normaliseAnswer(text, NUMBER)).toBe(value);
});

test.each([
  ["B", "B"],
  ["b", "B"],
  ["(C) because of friction", "C"],
  ["The answer is D because the others fail", "D"],
  ["I think the answer is (A).", "A"],
  ["A good question, but there is no answer", null],
  ["E", null],
])("letter in %p is %p", (text, value) => {
  expect(normaliseAnswer(text, LETTERS)).toBe(value);
});

test.each([
  ["Approve", "approve"],
  ["We should approve with changes.", "approve with changes"],
  ["Approve or reject, hard to say", null],
  ["B", "reject"],
])("option in %p is %p", (text, value) => {
  expect(normaliseAnswer(text, WORDS)).toBe(value);
});

test.each([
  ['{"b":1,"a":[1,2.0]}', '{"a":[1,2],"b":1}'],
  ['Here it is:\n```json\n{"a": 1}\n```\nDone.', '{"a":1}'],
  ["[3, 1]", "[3,1]"],
  [`${"[".repeat(60)}${"]".repeat(60)}`, null],
  ['{"a": "\\ud800"}', null],
  ["{broken", null],
])("json in %p is %p", (text, value) => {
  expect(normaliseAnswer(text, JSON_FORM)).toBe(value);
});

test("grades by the form, and says null where there is nothing to grade", () => {
  expect(gradeAnswer("1,000.0", "1000", NUMBER)).toBe(true);
  expect(gradeAnswer("999", "1000", NUMBER)).toBe(false);
  expect(gradeAnswer("999", "1000", { type: "number", tolerance: 1 })).toBe(true);
  expect(gradeAnswer("none", "1000", NUMBER)).toBeNull();
  expect(gradeAnswer(null, "1000", NUMBER)).toBeNull();
  expect(gradeAnswer('{"a":1,"b":2}', '{"b":2,"a":1}', JSON_FORM)).toBe(true);
});
