/**
 * Every failure class of every provider, in the form its documentation gives it: what it is taken for, and what the
 * ledger then leaves alone. A new provider does not compile here before all of its classes are written down.
 */
import { describe, expect, test } from "bun:test";
import { PROVIDERS, type Provider, type ProviderId } from "@synapse/shared/providers.ts";
import { readMeters } from "./limit-headers.ts";
import { failedResponse } from "./model-server.ts";
import type { ChatFailure } from "./provider.ts";
import { createQuotaLedger, type SkipKind } from "./quota-ledger.ts";

const NOW = Date.UTC(2026, 10, 26, 12);
const S = 1_000;
const TO_UTC_MIDNIGHT = 12 * 3_600 * S;
const TO_PACIFIC_MIDNIGHT = 20 * 3_600 * S;

interface Sample {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** How long it is left alone, ms; null: a backoff of 2 to 60 s. */
  readonly waitMs?: number | null;
}

type FailureClass = "minute" | "day" | "balance" | "key" | "model" | "context" | "server" | "overloaded";

/** What each class is taken for, and what the ledger says of the model afterwards. */
const MEANING: Readonly<Record<FailureClass, { kind: ChatFailure["kind"]; skip: SkipKind | null }>> = {
  minute: { kind: "rate_limited", skip: "rate" },
  day: { kind: "exhausted", skip: "day" },
  balance: { kind: "exhausted", skip: "balance" },
  key: { kind: "unauthorised", skip: "key" },
  model: { kind: "model_gone", skip: "model_gone" },
  context: { kind: "context_too_long", skip: null },
  server: { kind: "unreachable", skip: "server" },
  overloaded: { kind: "rate_limited", skip: "rate" },
};

const COMMON = {
  balance: { status: 402, body: { error: { message: "Insufficient credits" } } },
  key: { status: 401, body: { error: { message: "Invalid API key", code: "invalid_api_key" } } },
  model: { status: 404, body: { error: { code: "model_not_found" } } },
  context: { status: 400, body: { error: { code: "context_length_exceeded" } } },
  server: { status: 502, body: "<html>bad gateway</html>" },
  overloaded: { status: 503, headers: { "retry-after": "12" }, waitMs: 12 * S },
} as const satisfies Partial<Record<FailureClass, Sample>>;

const google = (per: "Minute" | "Day", delay: string) => [
  {
    error: {
      code: 429,
      status: "RESOURCE_EXHAUSTED",
      message: "You exceeded your current quota, please check your plan and billing details.",
      details: [
        { violations: [{ quotaId: `GenerateRequestsPer${per}PerProjectPerModel-FreeTier` }] },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: delay },
      ],
    },
  },
];

const MATRIX: Readonly<Record<Exclude<ProviderId, "github_models">, Record<FailureClass, Sample>>> = {
  xai: {
    ...COMMON,
    minute: {
      status: 429,
      headers: { "retry-after": "3" },
      body: { code: "rate", error: "Too many requests" },
      waitMs: 3 * S,
    },
    day: { status: 429, body: { error: "Daily limit reached for this team" }, waitMs: TO_UTC_MIDNIGHT },
    balance: {
      status: 429,
      body: "Your team x has either used all available credits or reached its monthly spending limit.",
    },
    key: {
      status: 400,
      body: { code: "Client specified an invalid argument", error: "Incorrect API key provided: xa***aa" },
    },
    model: {
      status: 404,
      body: { error: "The model grok-3-mini does not exist or your team does not have access to it." },
    },
  },
  llmapi: {
    ...COMMON,
    minute: { status: 429, body: "Too Many Requests", waitMs: null },
    day: { status: 429, body: { error: "daily quota reached" }, waitMs: TO_UTC_MIDNIGHT },
  },
  openrouter: {
    ...COMMON,
    minute: {
      status: 429,
      body: {
        error: {
          code: 429,
          message: "Rate limit exceeded: free-models-per-min.",
          metadata: { headers: { "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": String(NOW + 9 * S) } },
        },
      },
      waitMs: 9 * S,
    },
    day: {
      status: 429,
      body: {
        error: {
          code: 429,
          message: "Rate limit exceeded: free-models-per-day.",
          metadata: {
            headers: { "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": String(NOW + 5 * 3_600 * S) },
          },
        },
      },
      waitMs: 5 * 3_600 * S,
    },
    key: { status: 401, body: { error: { code: 401, message: "No auth credentials found" } } },
    model: {
      status: 400,
      body: { error: { code: 400, message: "x/y:free is not a valid model ID, no such model" } },
    },
  },
  zai: {
    ...COMMON,
    minute: {
      status: 429,
      body: { error: { code: "1302", message: "High concurrency usage" } },
      waitMs: null,
    },
    day: { status: 429, body: { error: { code: "1304", message: "limit" } }, waitMs: TO_UTC_MIDNIGHT },
    balance: { status: 429, body: { error: { code: "1113", message: "Your account is in arrears" } } },
    model: {
      status: 400,
      body: { error: { code: "1211", message: "Unknown Model, please check the model code." } },
    },
    context: { status: 400, body: { error: { code: "1261", message: "Prompt too long" } } },
  },
  google_ai: {
    ...COMMON,
    minute: { status: 429, body: google("Minute", "34s"), waitMs: 34 * S },
    day: { status: 429, body: google("Day", "34s"), waitMs: TO_PACIFIC_MIDNIGHT },
    balance: {
      status: 403,
      body: [{ error: { message: "This API method requires billing to be enabled." } }],
    },
    key: {
      status: 400,
      body: [
        { error: { status: "INVALID_ARGUMENT", message: "API key not valid. Please pass a valid API key." } },
      ],
    },
    context: {
      status: 400,
      body: [{ error: { message: "The input token count exceeds the maximum context window" } }],
    },
  },
  groq: {
    ...COMMON,
    minute: {
      status: 429,
      headers: {
        "retry-after": "7",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "6.5s",
        "x-ratelimit-limit-tokens": "6000",
      },
      body: {
        error: {
          message: "Rate limit reached on tokens per minute (TPM). Please try again in 6.5s.",
          code: "rate_limit_exceeded",
        },
      },
      waitMs: 7 * S,
    },
    day: {
      status: 429,
      headers: { "retry-after": "600" },
      body: {
        error: { message: "Rate limit reached on requests per day (RPD)", code: "rate_limit_exceeded" },
      },
      waitMs: 600 * S,
    },
    model: {
      status: 400,
      body: { error: { code: "model_decommissioned", message: "The model has been decommissioned" } },
    },
    context: {
      status: 413,
      body: { error: { message: "Request too large for model on tokens per minute" } },
    },
  },
  cerebras: {
    ...COMMON,
    minute: {
      status: 429,
      headers: { "x-ratelimit-remaining-tokens-minute": "0", "x-ratelimit-reset-tokens-minute": "11.382867" },
      body: { message: "Tokens per minute limit exceeded", code: "token_quota_exceeded" },
      waitMs: 11_383,
    },
    day: {
      status: 429,
      headers: {
        "x-ratelimit-remaining-requests-day": "0",
        "x-ratelimit-reset-requests-day": "33011.382867",
      },
      body: { code: "request_quota_exceeded" },
      waitMs: 33_011_383,
    },
  },
  mistral: {
    ...COMMON,
    minute: {
      status: 429,
      headers: { "retry-after": "1" },
      body: { type: "rate_limited", code: "1300" },
      waitMs: S,
    },
    day: { status: 429, body: { message: "Requests per day exceeded" }, waitMs: TO_UTC_MIDNIGHT },
    model: { status: 400, body: { type: "invalid_model", message: "Invalid model: x", code: "1500" } },
    context: {
      status: 400,
      body: {
        message: "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
      },
    },
  },
  openai: {
    ...COMMON,
    minute: {
      status: 429,
      headers: {
        "retry-after-ms": "1500",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-limit-requests": "60",
      },
      body: { error: { code: "rate_limit_exceeded" } },
      waitMs: 1_500,
    },
    day: {
      status: 429,
      headers: { "retry-after": "60" },
      body: { error: { message: "Rate limit reached on requests per day (RPD)" } },
      waitMs: 60 * S,
    },
    balance: { status: 429, body: { error: { code: "insufficient_quota", type: "insufficient_quota" } } },
  },
  hf_inference: {
    ...COMMON,
    minute: { status: 429, headers: { "ratelimit-remaining": "0", "ratelimit-reset": "21" }, waitMs: 21 * S },
    day: { status: 429, body: { error: "daily limit" }, waitMs: TO_UTC_MIDNIGHT },
    balance: {
      status: 402,
      body: { error: "You have exceeded your monthly included credits for Inference Providers." },
    },
    model: {
      status: 400,
      body: { error: { message: "The requested model 'x/y' does not exist", code: "model_not_found" } },
    },
  },
};

describe.each(Object.entries(MATRIX))("%s", (id, classes) => {
  const provider = PROVIDERS.find((one) => one.id === id) as Provider;
  const candidate = { provider: id, model: "a", pool: "a" };
  const sibling = { provider: id, model: "b", pool: "b" };

  test.each(Object.entries(classes) as [FailureClass, Sample][])("%s", (name, sample) => {
    const body = typeof sample.body === "string" ? sample.body : JSON.stringify(sample.body ?? {});
    const response = { status: sample.status, headers: sample.headers ?? {}, body };
    const outcome = failedResponse({ id, dialect: provider }, response, NOW);
    const failure = outcome.result.ok ? null : outcome.result.error;
    const { kind, skip } = MEANING[name];
    expect(failure?.kind).toBe(kind);
    expect(failure?.message).not.toMatch(/team|billing|Prompt|xa\*/);

    const terms = { account: id, concurrency: 9, reservesReply: false, dialect: provider, goneMs: 3_600 * S };
    const ledger = createQuotaLedger(
      () => terms,
      () => 0.5,
    );
    const lease = ledger.lease(candidate, 10, NOW);
    const meters = readMeters(outcome.headers, provider.windows, NOW);
    ledger.settle(lease, { failure, status: sample.status, meters, tokens: 0 }, NOW);
    const after = ledger.skip(candidate, 10, "reason", NOW + 1);
    expect(after?.kind ?? null).toBe(skip);
    // What one quota or model says is nothing about the next; what the account says is about all of it.
    const others = ledger.skip(sibling, 10, "reason", NOW + 1);
    expect(others?.kind ?? null).toBe(skip === "balance" || skip === "key" ? skip : null);
    if (skip === null) return;
    const until = after?.until ?? 0;
    expect(until).toBeGreaterThan(NOW);
    if (sample.waitMs === null || sample.waitMs === undefined) {
      if (skip === "rate" || skip === "server") expect(until - NOW).toBeLessThanOrEqual(60 * S);
    } else expect(until - NOW).toBeGreaterThanOrEqual(sample.waitMs);
    if (typeof sample.waitMs === "number") expect(until - NOW).toBeLessThanOrEqual(sample.waitMs + 100 + S);
    // And when that time has passed it is asked again.
    expect(ledger.skip(candidate, 10, "reason", until + 61 * S)).toBeNull();
  });
});
