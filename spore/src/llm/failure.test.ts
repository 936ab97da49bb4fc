import { describe, expect, test } from "bun:test";
import { PROVIDERS } from "@synapse/shared/providers.ts";
import { classifyHttpFailure, nextMidnight } from "./failure.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const classify = (status: number, body = "", headers: Record<string, string> = {}) =>
  classifyHttpFailure("groq", { status, headers, body }, NOW);

describe("classifyHttpFailure", () => {
  test.each([
    [401, "", "unauthorised"],
    [403, "", "unauthorised"],
    [400, '{"error":{"message":"API key not valid. Please pass a valid API key."}}', "unauthorised"],
    [400, '{"error":"Incorrect API key provided: xa***aa."}', "unauthorised"],
    [402, "", "exhausted"],
    [403, '{"error":{"message":"You have exceeded your monthly included credits"}}', "exhausted"],
    [403, '{"error":{"message":"Input flagged by moderation"}}', "invalid_reply"],
    [429, '{"error":{"code":"insufficient_quota"}}', "exhausted"],
    [429, '{"error":{"message":"Rate limit reached for requests per day (RPD)"}}', "exhausted"],
    [
      429,
      "Your team has either used all available credits or reached its monthly spending limit",
      "exhausted",
    ],
    [429, "slow down", "rate_limited"],
    [404, "", "model_gone"],
    [400, '{"error":{"message":"The model `llama-1` has been decommissioned"}}', "model_gone"],
    [400, '{"error":{"message":"Invalid model: x"}}', "model_gone"],
    [413, "", "context_too_long"],
    [400, '{"error":{"code":"context_length_exceeded"}}', "context_too_long"],
    [400, '{"error":{"message":"temperature must be a number"}}', "invalid_reply"],
    [500, "", "unreachable"],
    [502, "<html>", "unreachable"],
    [408, "", "unreachable"],
    [529, "", "unreachable"],
  ])("%i %s is %s", (status, body, kind) => {
    expect(classify(status, body).kind).toBe(kind as ReturnType<typeof classify>["kind"]);
  });

  test("a stated wait is taken over", () => {
    expect(classify(429, "", { "retry-after": "7" })).toMatchObject({ untilMs: NOW + 7_000 });
    expect(classify(429, '{"error":{"message":"Please try again in 7.66s."}}')).toMatchObject({
      untilMs: NOW + 7_660,
    });
    expect(classify(503, "", { "retry-after": "7" })).toMatchObject({
      kind: "rate_limited",
      untilMs: NOW + 7_000,
    });
    expect(classify(429, "requests per day", { "retry-after": "60" })).toMatchObject({
      kind: "exhausted",
      quota: "day",
      untilMs: NOW + 60_000,
    });
  });

  test("Z.ai's own codes decide what a 429 means", () => {
    const zai = PROVIDERS.find(({ id }) => id === "zai");
    const kindOf = (code: string) =>
      classifyHttpFailure(
        "zai",
        { status: 429, headers: {}, body: JSON.stringify({ error: { code, message: "x" } }) },
        NOW,
        zai,
      );
    expect(kindOf("1302")).toMatchObject({ kind: "rate_limited" });
    expect(kindOf("1304")).toMatchObject({ kind: "exhausted", quota: "day" });
    expect(kindOf("1113")).toMatchObject({ kind: "exhausted", quota: "balance" });
  });

  test("the message never repeats the server", () => {
    const body = '{"error":{"message":"Incorrect API key provided: sk-canary-1234"}}';
    for (const status of [400, 401, 402, 404, 413, 429, 500]) {
      expect(classify(status, body).message).not.toContain("canary");
    }
  });
});

test("midnight, in UTC and at the Pacific, across summer time", () => {
  expect(nextMidnight("UTC", NOW)).toBe(Date.UTC(2026, 10, 23));
  expect(nextMidnight("America/Los_Angeles", NOW)).toBe(Date.UTC(2026, 10, 23, 8));
  expect(nextMidnight("America/Los_Angeles", Date.UTC(2026, 6, 1, 6, 59))).toBe(Date.UTC(2026, 6, 1, 7));
  // 1 November 2026 has 25 hours there.
  expect(nextMidnight("America/Los_Angeles", Date.UTC(2026, 10, 1, 8))).toBe(Date.UTC(2026, 10, 2, 8));
});
