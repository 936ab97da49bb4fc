import { expect, test } from "bun:test";
import { type Offer, orderOffers, seatOf } from "./candidates.ts";
import { familyOf, thinksFirst } from "./model-family.ts";

const offer = (provider: string, model: string, source: Offer["source"] = "key"): Offer => ({
  provider,
  model,
  pool: model,
  source,
});

test.each([
  ["openai/gpt-oss-120b:free", "gpt-oss"],
  ["meta-llama/Llama-3.3-70B-Instruct", "llama"],
  ["nvidia/nemotron-3-super-120b-a12b", "llama"],
  ["deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", "qwen"],
  ["Qwen/Qwen3-4B", "qwen"],
  ["glm-4.7-flash", "glm"],
  ["google/gemma-3-27b-it", "gemini"],
  ["gpt-5-mini", "gpt"],
  ["mistral-small-latest", "mistral"],
  ["solar-pro-3", "solar"],
])("%s is of the family %s", (model, family) => {
  expect(familyOf(model)).toBe(family);
});

test("with two families or more, no swarm of two spores or more begins with one only", () => {
  const offers = [
    offer("groq", "openai/gpt-oss-120b"),
    offer("groq", "llama-3.3-70b-versatile"),
    offer("cerebras", "gpt-oss-120b"),
    offer("mistral", "mistral-small-latest"),
  ];
  for (let seat = 0; seat < 20; seat++) {
    const pair = [seat, seat + 1].map((one) => familyOf(orderOffers(offers, one)[0]?.model ?? ""));
    expect(new Set(pair).size).toBe(2);
    expect(orderOffers(offers, seat)).toHaveLength(offers.length);
  }
});

test("a later class of sources is asked after all of an earlier one", () => {
  const offers = [
    offer("cortex", "Qwen3-4B", "cortex"),
    offer("ollama", "llama3", "found"),
    offer("endpoint", "own", "endpoint"),
    offer("groq", "openai/gpt-oss-120b"),
  ];
  const order = orderOffers(offers, 5).map(({ source }) => source);
  expect(order).toEqual(["key", "endpoint", "found", "cortex"]);
});

test("a spore's seat is its index, or the place of its role where that was chosen", () => {
  expect(seatOf(8, "synthesizer")).toBe(8);
  expect(seatOf(0, "validator")).toBe(3);
});

test("models known to think before they answer get room for it at once", () => {
  for (const model of [
    "openai/gpt-oss-120b",
    "glm-4.7-flash",
    "gemini-flash-latest",
    "qwen/qwen3-32b",
    "gpt-5-mini",
  ])
    expect(thinksFirst(model)).toBe(true);
  for (const model of [
    "llama-3.3-70b-versatile",
    "Qwen/Qwen3-235B-A22B-Instruct-2507",
    "mistral-small-latest",
    "gpt-4.1-mini",
  ])
    expect(thinksFirst(model)).toBe(false);
});
