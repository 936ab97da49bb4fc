/** What a spore tells of the models it can ask: one with quotas, the embedded reasoner, and those without a key. */
import type { Providers } from "@synapse/shared/contract/status.ts";
import { MINUTE_MS } from "./fixtures.ts";

const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();
type Provider = Providers["providers"][number];

const groq = (): Provider => ({
  id: "groq",
  calls: 1_004,
  failures: 4,
  tokens_in: 812_000,
  tokens_out: 91_000,
  latency_ms_mean: 641,
  name: "Groq",
  configured: true,
  state: "limited",
  reason: "1,000 requests a day are used",
  until: ago(-90),
  mend: null,
  models: ["llama-3.3-70b-versatile"],
  usd: 0,
  quotas: [
    { pool: "groq", unit: "requests", window: "day", limit: 1_000, remaining: 0, resets_at: ago(-90) },
    { pool: "groq", unit: "tokens", window: "minute", limit: 12_000, remaining: 8_400, resets_at: ago(-1) },
  ],
  today: { calls: 1_004, tokens: 903_000, usd: 0 },
});

const embedded = (): Provider => ({
  id: "embedded",
  calls: 52,
  failures: 0,
  tokens_in: 0,
  tokens_out: 0,
  latency_ms_mean: 3.1,
  name: "Embedded extractive reasoner (no model)",
  configured: true,
  state: "ready",
  reason: null,
  until: null,
  mend: null,
  models: ["extractive"],
});

const openai = (): Provider => ({
  id: "openai",
  calls: 0,
  failures: 0,
  tokens_in: 0,
  tokens_out: 0,
  latency_ms_mean: null,
  name: "OpenAI",
  configured: false,
  state: "unused",
  reason: "no key: set OPENAI_API_KEY",
  until: null,
  mend: "get a key at https://platform.openai.com/api-keys",
  models: [],
});

const BUDGET = {
  today: { calls: 1_056, tokens: 948_000, usd: 0.42 },
  per_day: { calls: 10_000, tokens: 20_000_000, usd: 5 },
  per_task: { calls: 60, tokens: 400_000, usd: 1 },
};

export const providers = (): Providers => ({
  providers: [groq(), embedded(), openai()],
  budget: BUDGET,
  recent: [
    {
      at: ago(3),
      purpose: "reason",
      task: null,
      provider: "embedded",
      model: "extractive",
      tokens_in: 0,
      tokens_out: 0,
      usd: 0,
      latency_ms: 3,
      attempts: [],
      skipped: [
        {
          provider: "groq",
          model: "llama-3.3-70b-versatile",
          reason: "day limit reached",
          until: ago(-90),
        },
      ],
    },
  ],
  days: { [ago(0).slice(0, 10)]: { groq: { calls: 1_004, tokens: 903_000, usd: 0 } } },
});

export const providersWithoutKeys = (): Providers => ({
  providers: [embedded(), openai()],
  budget: { ...BUDGET, today: { calls: 0, tokens: 0, usd: 0 } },
  recent: [],
  days: {},
});

export const cortex = () => ({
  enabled: true,
  backend: "local",
  state: "loaded",
  model: "qwen3-4b-q4_k_m",
  loaded: true,
  load_error: null,
  total_calls: 12,
  failures: 0,
  total_tokens: 9_400,
  tokens_per_s: 6.2,
  memory_limit_mb: 12_000,
  context_tokens: 4_096,
  idle_unload_s: 600,
  download: null,
  file: "/data/models/qwen3-4b-q4_k_m.gguf",
  size_bytes: 2_497_280_256,
  pid: 4_112,
});

export const cortexOff = () => ({
  enabled: false,
  reason: "switched off: CORTEX_BACKEND=local or hf switches it on",
  backend: "off",
  state: "off",
  loaded: false,
});
