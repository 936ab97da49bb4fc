/**
 * Every provider of models that a spore can use, as one table: adding one is adding an entry here.
 *
 * The launcher reads flags and variables from it, the spore everything else. Names of models and prices age in weeks:
 * they are what to ask for until the provider's own `/models` has been read, and an upper bound for budgets, never a
 * truth. Limits are not in the table at all, because providers state them in every reply.
 */

/** A span over which providers count; `unstated` where a header does not say. */
export const QUOTA_WINDOWS = ["second", "minute", "hour", "day", "month", "unstated"] as const;
export type QuotaWindow = (typeof QUOTA_WINDOWS)[number];

/** US dollars per million tokens. */
export interface Price {
  readonly in: number;
  readonly out: number;
}

export interface Provider {
  /** The member of `api_keys`, and the name in entries, events and metrics. */
  readonly id: string;
  /** Shown to people. */
  readonly name: string;
  /** The command line flag, without the dashes. */
  readonly flag: string;
  /** The environment variable a spore reads. */
  readonly variable: string;
  /** Older names of the variable that are understood too. */
  readonly aliases: readonly string[];
  /** The address of its chat completions API, without a slash at the end. */
  readonly baseUrl: string;
  /** The environment variable that replaces `baseUrl`: a proxy, a region, a test. */
  readonly baseUrlVariable: string;
  /** Which client speaks to it. */
  readonly client: "openai" | "huggingface";
  /** Preferred models, best first. Those that its `/models` does not list are not asked for. */
  readonly models: readonly string[];
  /** Which listed models may stand in when none of the preferred ones is listed any more. */
  readonly substitutes: RegExp;
  /** Who shares one quota: all of an account, each model by itself, or all models whose name ends in `:free`. */
  readonly quota: "account" | "model" | "free_models";
  /** What its headers mean where they name no window. */
  readonly windows: { readonly requests: QuotaWindow; readonly tokens: QuotaWindow };
  /** Whether spent quota drips back all the time (a token bucket) or returns as a whole when the window ends. */
  readonly refill: "continuous" | "window";
  /** What codes of its own in the body of a 429 mean; a code that is not here, and no other sign, means a rate. */
  readonly codes?: Readonly<Record<string, "rate" | "day" | "balance">>;
  /** The time zone at whose midnight its daily quota returns. */
  readonly dayEnds: "UTC" | "America/Los_Angeles";
  /** Calls at the same time. Metered free tiers count a burst as abuse; one by one loses nothing there. */
  readonly concurrency: number;
  /** True where the longest possible reply is taken off the token quota in advance. */
  readonly reservesReply: boolean;
  /** Upper bound of what the preferred models cost; zero for a free tier, null where it is not known. */
  readonly price: Price | null;
  /** Answers 401 to a wrong key and 2xx to a right one at no cost; absolute, or below `baseUrl`. */
  readonly checkPath: string;
  /** Where a person gets a key. */
  readonly keyPage: string;
  /** Set where the provider no longer exists: why its key is kept but not used. */
  readonly retired?: string;
}

const FREE: Price = { in: 0, out: 0 };
const PER_MINUTE = { requests: "minute", tokens: "minute" } as const;

export const PROVIDERS = [
  {
    id: "xai",
    name: "xAI",
    flag: "xai-key",
    variable: "XAI_API_KEY",
    aliases: [],
    baseUrl: "https://api.x.ai/v1",
    baseUrlVariable: "XAI_BASE_URL",
    client: "openai",
    models: ["grok-4-fast-non-reasoning", "grok-4-fast", "grok-4"],
    substitutes: /^grok-\d/,
    quota: "model",
    windows: PER_MINUTE,
    refill: "window",
    dayEnds: "UTC",
    concurrency: 4,
    reservesReply: false,
    price: { in: 3, out: 15 },
    checkPath: "models",
    keyPage: "https://console.x.ai",
  },
  {
    id: "llmapi",
    name: "LLM API",
    flag: "llmapi-key",
    variable: "LLMAPI_API_KEY",
    aliases: ["LLMAPI_KEY"],
    baseUrl: "https://api.llmapi.ai/v1",
    baseUrlVariable: "LLMAPI_BASE_URL",
    client: "openai",
    models: ["meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8", "llama4-maverick"],
    substitutes: /llama-?[34]/i,
    quota: "account",
    windows: PER_MINUTE,
    refill: "window",
    dayEnds: "UTC",
    concurrency: 2,
    reservesReply: false,
    price: null,
    checkPath: "models",
    keyPage: "https://www.llmapi.com",
  },
  {
    id: "openrouter",
    name: "OpenRouter",
    flag: "openrouter-key",
    variable: "OPENROUTER_API_KEY",
    aliases: ["OPENROUTER_KEY"],
    baseUrl: "https://openrouter.ai/api/v1",
    baseUrlVariable: "OPENROUTER_BASE_URL",
    client: "openai",
    models: [
      "openai/gpt-oss-120b:free",
      "meta-llama/llama-3.3-70b-instruct:free",
      "qwen/qwen3-235b-a22b:free",
      "z-ai/glm-4.5-air:free",
      "nvidia/nemotron-3-super-120b-a12b:free",
      "openrouter/free",
    ],
    substitutes: /:free$/,
    quota: "free_models",
    windows: { requests: "unstated", tokens: "unstated" },
    refill: "window",
    dayEnds: "UTC",
    concurrency: 2,
    reservesReply: false,
    price: FREE,
    checkPath: "key",
    keyPage: "https://openrouter.ai/keys",
  },
  {
    id: "zai",
    name: "Z.ai",
    flag: "zai-key",
    variable: "ZAI_API_KEY",
    aliases: [],
    baseUrl: "https://api.z.ai/api/paas/v4",
    baseUrlVariable: "ZAI_BASE_URL",
    client: "openai",
    models: ["glm-4.7-flash", "glm-4.5-flash"],
    substitutes: /^glm-.*flash/,
    quota: "account",
    windows: PER_MINUTE,
    refill: "window",
    // docs.z.ai/api-reference/api-code: a 429 covers bursts, spent allowances and an empty balance alike.
    codes: {
      "1302": "rate",
      "1303": "rate",
      "1305": "rate",
      "1304": "day",
      "1308": "day",
      "1310": "day",
      "1112": "balance",
      "1113": "balance",
      "1121": "balance",
      "1309": "balance",
    },
    dayEnds: "UTC",
    concurrency: 1,
    reservesReply: false,
    price: FREE,
    checkPath: "models",
    keyPage: "https://z.ai/manage-apikey/apikey-list",
  },
  {
    id: "google_ai",
    name: "Google AI",
    flag: "google-key",
    variable: "GEMINI_API_KEY",
    aliases: ["GOOGLE_AI_KEY"],
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
    baseUrlVariable: "GEMINI_BASE_URL",
    client: "openai",
    models: ["gemini-flash-latest", "gemini-flash-lite-latest"],
    substitutes: /gemini-[\d.]+-flash/,
    quota: "model",
    windows: PER_MINUTE,
    refill: "window",
    dayEnds: "America/Los_Angeles",
    concurrency: 2,
    reservesReply: false,
    price: FREE,
    checkPath: "models",
    keyPage: "https://aistudio.google.com/apikey",
  },
  {
    id: "groq",
    name: "Groq",
    flag: "groq-key",
    variable: "GROQ_API_KEY",
    aliases: [],
    baseUrl: "https://api.groq.com/openai/v1",
    baseUrlVariable: "GROQ_BASE_URL",
    client: "openai",
    models: ["openai/gpt-oss-120b", "llama-3.3-70b-versatile", "qwen/qwen3-32b", "openai/gpt-oss-20b"],
    substitutes: /gpt-oss|llama|qwen/,
    quota: "model",
    windows: { requests: "day", tokens: "minute" },
    refill: "continuous",
    dayEnds: "UTC",
    concurrency: 2,
    reservesReply: false,
    price: FREE,
    checkPath: "models",
    keyPage: "https://console.groq.com/keys",
  },
  {
    id: "cerebras",
    name: "Cerebras",
    flag: "cerebras-key",
    variable: "CEREBRAS_API_KEY",
    aliases: [],
    baseUrl: "https://api.cerebras.ai/v1",
    baseUrlVariable: "CEREBRAS_BASE_URL",
    client: "openai",
    models: ["gpt-oss-120b", "llama-3.3-70b"],
    substitutes: /gpt-oss|llama|qwen|glm/,
    quota: "model",
    windows: { requests: "day", tokens: "minute" },
    refill: "window",
    dayEnds: "UTC",
    concurrency: 2,
    reservesReply: true,
    price: FREE,
    checkPath: "models",
    keyPage: "https://cloud.cerebras.ai",
  },
  {
    id: "mistral",
    name: "Mistral",
    flag: "mistral-key",
    variable: "MISTRAL_API_KEY",
    aliases: [],
    baseUrl: "https://api.mistral.ai/v1",
    baseUrlVariable: "MISTRAL_BASE_URL",
    client: "openai",
    models: ["mistral-small-latest", "open-mistral-nemo"],
    substitutes: /^(mistral-small|ministral)/,
    quota: "account",
    windows: PER_MINUTE,
    refill: "window",
    dayEnds: "UTC",
    concurrency: 1,
    reservesReply: false,
    price: FREE,
    checkPath: "models",
    keyPage: "https://console.mistral.ai/api-keys",
  },
  {
    id: "openai",
    name: "OpenAI",
    flag: "openai-key",
    variable: "OPENAI_API_KEY",
    aliases: [],
    baseUrl: "https://api.openai.com/v1",
    baseUrlVariable: "OPENAI_BASE_URL",
    client: "openai",
    models: ["gpt-5-mini", "gpt-4.1-mini"],
    substitutes: /^gpt-[\d.]+-mini/,
    quota: "model",
    windows: PER_MINUTE,
    refill: "continuous",
    dayEnds: "UTC",
    concurrency: 4,
    reservesReply: false,
    price: { in: 0.5, out: 2 },
    checkPath: "models",
    keyPage: "https://platform.openai.com/api-keys",
  },
  {
    id: "hf_inference",
    name: "Hugging Face Inference",
    flag: "hf-inference-key",
    variable: "HF_TOKEN",
    aliases: [],
    baseUrl: "https://router.huggingface.co/v1",
    baseUrlVariable: "HF_INFERENCE_BASE_URL",
    client: "huggingface",
    models: [
      "openai/gpt-oss-120b",
      "Qwen/Qwen3-235B-A22B-Instruct-2507",
      "meta-llama/Llama-3.3-70B-Instruct",
      "deepseek-ai/DeepSeek-V3.1",
      "google/gemma-3-27b-it",
    ],
    substitutes: /instruct|-it$/i,
    quota: "account",
    windows: PER_MINUTE,
    refill: "window",
    dayEnds: "UTC",
    concurrency: 2,
    reservesReply: false,
    price: { in: 1, out: 3 },
    checkPath: "https://huggingface.co/api/whoami-v2",
    keyPage: "https://huggingface.co/settings/tokens",
  },
  {
    id: "github_models",
    name: "GitHub Models",
    flag: "github-models-key",
    variable: "GITHUB_MODELS_KEY",
    aliases: [],
    baseUrl: "https://models.github.ai/inference",
    baseUrlVariable: "GITHUB_MODELS_BASE_URL",
    client: "openai",
    models: [],
    substitutes: /$^/,
    quota: "account",
    windows: PER_MINUTE,
    refill: "window",
    dayEnds: "UTC",
    concurrency: 1,
    reservesReply: false,
    price: FREE,
    checkPath: "models",
    keyPage: "https://github.com/marketplace/models",
    retired: "GitHub Models was retired on 30 July 2026",
  },
] as const satisfies readonly Provider[];

export type ProviderId = (typeof PROVIDERS)[number]["id"];

/** Every variable that may hold the key of a provider: what is a secret, and what a spore may inherit. */
export const PROVIDER_KEY_VARIABLES: readonly string[] = PROVIDERS.flatMap(({ variable, aliases }) => [
  variable,
  ...aliases,
]);

/** The URL that tells whether a key is accepted. */
export function keyCheckUrl({ baseUrl, checkPath }: Pick<Provider, "baseUrl" | "checkPath">): string {
  return /^https?:/.test(checkPath) ? checkPath : `${baseUrl}/${checkPath}`;
}

/** Model servers that run on a person's own machine, where they listen unless told otherwise. */
export const LOCAL_SERVERS = [
  { id: "ollama", name: "Ollama", baseUrl: "http://127.0.0.1:11434/v1" },
  { id: "lm_studio", name: "LM Studio", baseUrl: "http://127.0.0.1:1234/v1" },
  { id: "llama_cpp", name: "llama.cpp", baseUrl: "http://127.0.0.1:8080/v1" },
] as const;
