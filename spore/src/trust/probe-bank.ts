/**
 * Questions whose answers the asker knows, made fresh each time so that no answer can be learnt by heart: arithmetic,
 * small word problems, sequences, logic and careful reading. Pure: all chance is an argument.
 *
 * A probe looks like any other short task; nothing in its entry tells it apart before its grades are written.
 */
import type { AnswerForm } from "@synapse/shared/contract/entry.ts";

export interface Probe {
  readonly question: string;
  readonly form: AnswerForm;
  /** In normal form. */
  readonly answer: string;
}

/** Uniform in [0, 1). */
type Random = () => number;

const NUMBER: AnswerForm = { type: "number" };
const GOODS = ["pencils", "apples", "bolts", "tickets", "envelopes", "bricks", "candles", "jars"];
const NAMES = ["Ines", "Tomas", "Wanjiru", "Mei", "Oskar", "Leila", "Ravi", "Nadia"];

const KINDS: readonly ((random: Random) => Probe)[] = [
  product,
  shopping,
  meeting,
  sequence,
  remainder,
  order,
  syllogism,
  letters,
  weekday,
];

export function drawProbe(random: Random): Probe {
  return (KINDS[Math.floor(random() * KINDS.length)] ?? product)(random);
}

function between(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

function shuffled<T>(random: Random, from: readonly T[]): T[] {
  const left = [...from];
  return from.map(() => left.splice(Math.floor(random() * left.length), 1)[0] as T);
}

function number(question: string, answer: number): Probe {
  return { question, form: NUMBER, answer: String(answer) };
}

function product(random: Random): Probe {
  const [a, b, c] = [between(random, 12, 49), between(random, 11, 39), between(random, 100, 900)];
  return number(`What is ${a} times ${b}, plus ${c}?`, a * b + c);
}

function shopping(random: Random): Probe {
  const [boxes, each, given] = [between(random, 4, 19), between(random, 6, 24), between(random, 3, 20)];
  const [name, goods] = [pick(random, NAMES), pick(random, GOODS)];
  return number(
    `${name} buys ${boxes} boxes with ${each} ${goods} each, gives ${given} ${goods} away and loses half of the rest, rounded down. How many ${goods} are left?`,
    Math.ceil((boxes * each - given) / 2),
  );
}

function meeting(random: Random): Probe {
  const [hour, minute, length] = [between(random, 8, 20), between(random, 0, 59), between(random, 35, 190)];
  const end = hour * 60 + minute + length;
  const clock = `${hour}:${String(minute).padStart(2, "0")}`;
  return number(
    `A meeting starts at ${clock} and takes ${length} minutes. How many minutes past midnight of the day it starts does it end?`,
    end,
  );
}

function sequence(random: Random): Probe {
  const [start, step, growth] = [between(random, 1, 20), between(random, 2, 9), between(random, 1, 5)];
  const terms = [start];
  for (let index = 0; index < 5; index += 1) terms.push((terms.at(-1) ?? 0) + step + growth * index);
  return number(
    `Each difference in this sequence is larger than the one before by the same amount: ${terms.slice(0, 5).join(", ")}, … What is the next number?`,
    terms[5] ?? 0,
  );
}

function remainder(random: Random): Probe {
  const [divisor, number_] = [between(random, 7, 19), between(random, 200, 999)];
  return number(`What remains when ${number_} is divided by ${divisor}?`, number_ % divisor);
}

function order(random: Random): Probe {
  const [first = "", second = "", third = "", fourth = ""] = shuffled(random, NAMES).slice(0, 4);
  const clues = shuffled(random, [
    `${first} is taller than ${second}.`,
    `${second} is taller than ${third}.`,
    `${third} is taller than ${fourth}.`,
  ]);
  const tall = random() < 0.5;
  return {
    question: `${clues.join(" ")} Who is the ${tall ? "second tallest" : "second shortest"}?`,
    form: { type: "choice", options: [first, second, third, fourth].sort() },
    answer: tall ? second : third,
  };
}

function syllogism(random: Random): Probe {
  const [a = "", b = "", c = ""] = shuffled(random, ["blickets", "wugs", "daxes", "feps", "zorbs"]);
  const valid = random() < 0.5;
  return {
    question: valid
      ? `All ${a} are ${b}. No ${b} are ${c}. Does it follow that no ${a} are ${c}?`
      : `All ${a} are ${b}. Some ${b} are ${c}. Does it follow that some ${a} are ${c}?`,
    form: { type: "choice", options: ["yes", "no"] },
    answer: valid ? "yes" : "no",
  };
}

function letters(random: Random): Probe {
  const words = ["committee", "bookkeeper", "possession", "millennium", "assassin", "tattooed", "successes"];
  const word = pick(random, words);
  const letter = pick(random, [...new Set(word)]);
  return number(
    `How many times does the letter "${letter}" occur in the word "${word}"?`,
    [...word].filter((one) => one === letter).length,
  );
}

function weekday(random: Random): Probe {
  const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  const [start, ahead] = [between(random, 0, 6), between(random, 20, 300)];
  return {
    question: `Today is ${days[start]}. Which day of the week is it in ${ahead} days?`,
    form: { type: "choice", options: days },
    answer: days[(start + ahead) % 7] ?? "",
  };
}
