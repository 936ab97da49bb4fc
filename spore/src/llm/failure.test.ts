import { describe, expect, test } from "bun:test";
import { classifyHttpFailure, retryAfterMs } from "./failure.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const classify = (status: number, body = "", headers: Record<string, string> = {}) =>
  classifyHttpFailure("groq", { status, headers, body }, NOW);

describe("classifyHttpFailure", () => {
  test.each([
    [401, "", "unauthorised"],
    [403, "", "unauthorised"],
    [402, "", "exhausted"],
    [403, '{"error":{"message":"You have exceeded your monthly included credits"}}', "exhausted"],
    [429, '{"error":{"code":"insufficient_quota"}}', "exhausted"],
    [429, '{"error":{"message":"Rate limit reached for requests per day (RPD)"}}', "exhausted"],
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
    expect(classify(429, "", { "retry-after": "7" })).toMatchObject({ retryAfterMs: 7_000 });
    expect(classify(503, "", { "retry-after": "7" })).toMatchObject({
      kind: "rate_limited",
      retryAfterMs: 7_000,
    });
    expect(classify(429, "requests per day", { "retry-after": "60" })).toMatchObject({
      untilMs: NOW + 60_000,
    });
  });

  test("the message never repeats the server", () => {
    const body = '{"error":{"message":"Incorrect API key provided: sk-canary-1234"}}';
    for (const status of [400, 401, 402, 404, 413, 429, 500]) {
      expect(classify(status, body).message).not.toContain("canary");
    }
  });
});

test("Retry-After is read as seconds or as an HTTP date, and as nothing else", () => {
  const read = (text: string) => retryAfterMs({ "retry-after": text }, NOW);
  expect(read("2")).toBe(2_000);
  expect(read("0.2")).toBe(200);
  expect(read("Sun, 22 Nov 2026 12:00:30 GMT")).toBe(30_000);
  expect(read("Sun, 22 Nov 2026 11:00:00 GMT")).toBe(0);
  expect(read("soon")).toBeNull();
  expect(read("")).toBeNull();
  expect(retryAfterMs({}, NOW)).toBeNull();
});
