import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseDuration, parseMoment, readMeters, readRetryAfter } from "./limit-headers.ts";

const NOW = Date.UTC(2026, 10, 26, 12);
const MINUTE = { requests: "minute", tokens: "minute" } as const;

describe("a moment", () => {
  test.each([
    ["7", 7_000],
    ["1.5", 1_500],
    ["0", 0],
    ["6m0s", 360_000],
    ["2m59.56s", 179_560],
    ["120ms", 120],
    ["1h30m", 5_400_000],
    ["1d", 86_400_000],
    [String(NOW / 1_000 + 30), 30_000],
    [String(NOW + 30_000), 30_000],
    ["Thu, 26 Nov 2026 12:00:09 GMT", 9_000],
    ["2026-11-26T12:01:00Z", 60_000],
    ["Thu, 26 Nov 2020 12:00:09 GMT", 0],
    ["999999999", 32 * 86_400_000],
  ])("%s", (text, waitMs) => {
    expect(parseMoment(text, NOW)).toBe(NOW + waitMs);
  });

  test.each(["", "soon", "-5", "NaN", "tomorrow 3", "1,5", "5 apples"])("%p is none", (text) => {
    expect(parseMoment(text, NOW)).toBeNull();
  });

  test("whatever a server writes, the wait is bounded and never negative", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String)), (text) => {
        const at = parseMoment(text, NOW);
        return at === null || (at >= NOW && at <= NOW + 32 * 86_400_000);
      }),
    );
  });

  test("a duration needs its units", () => {
    expect(parseDuration("6m0s")).toBe(360_000);
    expect(parseDuration("6")).toBeNull();
  });
});

test("Retry-After as seconds, a date, and in its millisecond form", () => {
  expect(readRetryAfter({ "retry-after": "9" }, NOW)).toBe(NOW + 9_000);
  expect(readRetryAfter({ "retry-after": "Thu, 26 Nov 2026 12:00:09 GMT" }, NOW)).toBe(NOW + 9_000);
  expect(readRetryAfter({ "retry-after-ms": "250", "retry-after": "9" }, NOW)).toBe(NOW + 250);
  expect(readRetryAfter({}, NOW)).toBeNull();
});

describe("meters", () => {
  test("Groq: unsuffixed requests are the day's, tokens the minute's", () => {
    const headers = {
      "x-ratelimit-limit-requests": "14400",
      "x-ratelimit-remaining-requests": "14370",
      "x-ratelimit-reset-requests": "2m59.56s",
      "x-ratelimit-limit-tokens": "18000",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-tokens": "7.66s",
    };
    expect(readMeters(headers, { requests: "day", tokens: "minute" }, NOW)).toEqual([
      { unit: "requests", window: "day", limit: 14_400, remaining: 14_370, resetsAt: NOW + 179_560 },
      { unit: "tokens", window: "minute", limit: 18_000, remaining: 0, resetsAt: NOW + 7_660 },
    ]);
  });

  test("Cerebras: the window is in the name, the reset in seconds", () => {
    const headers = {
      "x-ratelimit-limit-requests-day": "1000",
      "x-ratelimit-remaining-requests-day": "999",
      "x-ratelimit-reset-requests-day": "33011.382867",
      "x-ratelimit-remaining-tokens-minute": "59990",
    };
    expect(readMeters(headers, MINUTE, NOW)).toEqual([
      { unit: "requests", window: "day", limit: 1_000, remaining: 999, resetsAt: NOW + 33_011_383 },
      { unit: "tokens", window: "minute", limit: null, remaining: 59_990, resetsAt: null },
    ]);
  });

  test("Mistral: by size means tokens; OpenRouter: an epoch in ms; the IETF draft", () => {
    expect(
      readMeters(
        {
          "x-ratelimitbysize-limit-minute": "500000",
          "x-ratelimitbysize-remaining-minute": "1",
          "ratelimitbysize-reset": "21",
          "x-ratelimit-remaining-req-minute": "59",
        },
        MINUTE,
        NOW,
      ),
    ).toEqual([
      { unit: "tokens", window: "minute", limit: 500_000, remaining: 1, resetsAt: NOW + 21_000 },
      { unit: "requests", window: "minute", limit: null, remaining: 59, resetsAt: null },
    ]);
    const router = {
      "x-ratelimit-limit": "20",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(NOW + 5_000),
    };
    expect(readMeters(router, { requests: "unstated", tokens: "unstated" }, NOW)).toEqual([
      { unit: "requests", window: "unstated", limit: 20, remaining: 0, resetsAt: NOW + 5_000 },
    ]);
    expect(readMeters({ "ratelimit-remaining": "3", "ratelimit-reset": "10" }, MINUTE, NOW)).toEqual([
      { unit: "requests", window: "minute", limit: null, remaining: 3, resetsAt: NOW + 10_000 },
    ]);
  });

  test("nonsense is no reading", () => {
    const headers = { "x-ratelimit-remaining": "many", "x-ratelimit-reset": "1", "x-ratelimit-foo": "3" };
    expect(readMeters(headers, MINUTE, NOW)).toEqual([]);
  });
});
