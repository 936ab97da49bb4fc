/**
 * The hosted providers as they document themselves, in simulated time: their quotas are kept truly here, and stated in
 * each provider's own headers and bodies. What was stated is remembered, so that a call that ignores it is noticed.
 *
 * Sources: the rate-limit pages of each provider as of November 2026; see docs/providers.md. Amounts are made small so
 * that a simulated day fits a test; the forms are what matters.
 */
import type { Provider, ProviderId } from "@synapse/shared/providers.ts";
import { PROVIDERS } from "@synapse/shared/providers.ts";
import { nextMidnight } from "@synapse/spore/llm/failure.ts";
import type { Fetch } from "@synapse/spore/llm/limited-fetch.ts";
import { chatBody } from "./fake-provider.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A quota as the provider really counts it. */
interface TrueQuota {
  left(now: number): number;
  /** ms until nothing of it is spent any more. */
  fullIn(now: number): number;
  take(now: number): void;
  /** When one more call fits, given none fits now. */
  opensAt(now: number): number;
  readonly limit: number;
  /** Calls that fit between two moments if each is made as early as possible. */
  capacity(from: number, to: number): number;
}

function windowQuota(limit: number, endOf: (now: number) => number): TrueQuota {
  let end = 0;
  let used = 0;
  return {
    limit,
    left: (now) => (now < end ? limit - used : limit),
    take(now) {
      if (now >= end) used = 0;
      end = endOf(now);
      used += 1;
    },
    fullIn: (now) => endOf(now) - now,
    opensAt: (now) => endOf(now),
    capacity(from, to) {
      let windows = 0;
      for (let at = from; at < to; at = endOf(at)) windows += 1;
      return windows * limit;
    },
  };
}

function bucketQuota(limit: number, perMs: number): TrueQuota {
  let level = limit;
  let at: number | null = null;
  const levelAt = (now: number) => Math.min(limit, level + (now - (at ?? now)) * perMs);
  return {
    limit,
    left: (now) => Math.floor(levelAt(now) + 1e-9),
    take(now) {
      level = levelAt(now) - 1;
      at = now;
    },
    fullIn: (now) => (limit - levelAt(now)) / perMs,
    opensAt: (now) => now + Math.ceil((1 - levelAt(now)) / perMs),
    capacity: (from, to) => limit + Math.floor((to - from) * perMs),
  };
}

const every = (ms: number) => (now: number) => (Math.floor(now / ms) + 1) * ms;
const utcDay = (now: number) => nextMidnight("UTC", now);
const pacificDay = (now: number) => nextMidnight("America/Los_Angeles", now);

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What this reply says about when not to come before; ms since the epoch. */
  readonly notBefore?: number;
}

interface Plan {
  readonly quotas: readonly TrueQuota[];
  /** Headers of a good reply, and what they state. */
  readonly states: (now: number, quotas: readonly TrueQuota[]) => Pick<Reply, "headers" | "notBefore">;
  /** The refusal when the quota with this index is spent. */
  readonly refuses: (now: number, spent: number, quotas: readonly TrueQuota[]) => Reply;
  /** Times at which the service is down, ms from the start. */
  readonly outage?: readonly [from: number, to: number];
}

const seconds = (ms: number) => (ms / 1_000).toFixed(3);
/** As Go writes durations: `2m59.56s`. */
const goDuration = (ms: number) =>
  ms >= MINUTE ? `${Math.floor(ms / MINUTE)}m${seconds(ms % MINUTE)}s` : `${seconds(ms)}s`;
const silent = () => ({});

function plans(): Readonly<Record<Exclude<ProviderId, "github_models">, Plan>> {
  return {
    groq: {
      quotas: [bucketQuota(600, 600 / DAY)],
      states: (now, [day]) => ({
        headers: {
          "x-ratelimit-limit-requests": "600",
          "x-ratelimit-remaining-requests": String(day?.left(now)),
          "x-ratelimit-reset-requests": goDuration(day?.fullIn(now) ?? 0),
          "x-ratelimit-limit-tokens": "8000",
          "x-ratelimit-remaining-tokens": "7900",
          "x-ratelimit-reset-tokens": "750ms",
        },
        // Spent quota drips back: the next call fits when one has.
        ...((day?.left(now) ?? 0) === 0 ? { notBefore: day?.opensAt(now) ?? now } : {}),
      }),
      refuses: (now, _, [day]) => ({
        status: 429,
        headers: { "retry-after": String(Math.ceil(((day?.opensAt(now) ?? now) - now) / 1_000)) },
        body: {
          error: { message: "Rate limit reached on requests per day (RPD)", code: "rate_limit_exceeded" },
        },
        notBefore: day?.opensAt(now) ?? now,
      }),
    },
    cerebras: {
      quotas: [windowQuota(500, utcDay)],
      states: (now, [day]) => ({
        headers: {
          "x-ratelimit-limit-requests-day": "500",
          "x-ratelimit-remaining-requests-day": String(day?.left(now)),
          "x-ratelimit-reset-requests-day": seconds(utcDay(now) - now),
          "x-ratelimit-limit-tokens-minute": "60000",
          "x-ratelimit-remaining-tokens-minute": "59000",
          "x-ratelimit-reset-tokens-minute": "30.5",
        },
        ...(day?.left(now) === 0 ? { notBefore: utcDay(now) } : {}),
      }),
      refuses: (now) => ({
        status: 429,
        headers: {
          "x-ratelimit-remaining-requests-day": "0",
          "x-ratelimit-reset-requests-day": seconds(utcDay(now) - now),
        },
        body: { message: "Requests per day limit exceeded", code: "request_quota_exceeded" },
        notBefore: utcDay(now),
      }),
    },
    openrouter: {
      quotas: [windowQuota(20, every(MINUTE)), windowQuota(50, utcDay)],
      states: silent,
      refuses: (now, spent) => {
        const until = spent === 0 ? every(MINUTE)(now) : utcDay(now);
        return {
          status: 429,
          body: {
            error: {
              message: `Rate limit exceeded: free-models-per-${spent === 0 ? "min" : "day"}.`,
              code: 429,
              metadata: {
                headers: {
                  "X-RateLimit-Limit": spent === 0 ? "20" : "50",
                  "X-RateLimit-Remaining": "0",
                  "X-RateLimit-Reset": String(until),
                },
              },
            },
          },
          notBefore: until,
        };
      },
    },
    google_ai: {
      quotas: [windowQuota(10, every(MINUTE)), windowQuota(150, pacificDay)],
      states: silent,
      refuses: (now, spent) => {
        const until = spent === 0 ? every(MINUTE)(now) : pacificDay(now);
        return {
          status: 429,
          body: [
            {
              error: {
                code: 429,
                message: "You exceeded your current quota, please check your plan and billing details.",
                status: "RESOURCE_EXHAUSTED",
                details: [
                  {
                    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                    violations: [
                      {
                        quotaId: `GenerateRequestsPer${spent === 0 ? "Minute" : "Day"}PerProjectPerModel-FreeTier`,
                      },
                    ],
                  },
                  // Google names a short delay even where the day's quota is spent.
                  {
                    "@type": "type.googleapis.com/google.rpc.RetryInfo",
                    retryDelay: `${seconds(spent === 0 ? until - now : 34_000)}s`,
                  },
                ],
              },
            },
          ],
          notBefore: until,
        };
      },
    },
    zai: {
      quotas: [windowQuota(200, utcDay)],
      states: silent,
      refuses: (now) => ({
        status: 429,
        body: { error: { code: "1304", message: "Daily call limit reached" } },
        notBefore: utcDay(now),
      }),
    },
    mistral: {
      quotas: [windowQuota(1, every(MINUTE))],
      states: (now, [minute]) => ({
        headers: {
          "x-ratelimit-limit-req-minute": "1",
          "x-ratelimit-remaining-req-minute": String(minute?.left(now)),
          "x-ratelimitbysize-limit-minute": "500000",
          "x-ratelimitbysize-remaining-minute": "499000",
          "ratelimitbysize-reset": String(Math.ceil((every(MINUTE)(now) - now) / 1_000)),
        },
      }),
      refuses: (now) => ({
        status: 429,
        headers: { "retry-after": String(Math.ceil((every(MINUTE)(now) - now) / 1_000)) },
        body: { object: "error", message: "Rate limit exceeded", type: "rate_limited", code: "1300" },
        notBefore: every(MINUTE)(now),
      }),
    },
    xai: {
      quotas: [windowQuota(1, every(MINUTE))],
      states: silent,
      refuses: (now) => ({
        status: 429,
        headers: { "retry-after": new Date(every(MINUTE)(now)).toUTCString() },
        body: { code: "Some resource has been exhausted", error: "Too many requests for your team" },
        notBefore: every(MINUTE)(now),
      }),
      outage: [6 * HOUR, 6.5 * HOUR],
    },
    openai: {
      quotas: [bucketQuota(1, 1 / MINUTE)],
      states: (now, [minute]) => ({
        headers: {
          "x-ratelimit-limit-requests": "1",
          "x-ratelimit-remaining-requests": String(minute?.left(now)),
          "x-ratelimit-reset-requests": goDuration(minute?.fullIn(now) ?? 0),
        },
      }),
      refuses: (now, _, [minute]) => ({
        status: 429,
        headers: { "retry-after-ms": String((minute?.opensAt(now) ?? now) - now) },
        body: { error: { code: "rate_limit_exceeded", type: "requests" } },
        notBefore: minute?.opensAt(now) ?? now,
      }),
    },
    llmapi: {
      quotas: [windowQuota(30, every(HOUR))],
      states: silent,
      // Says nothing about when to come back.
      refuses: () => ({ status: 429, body: "Too Many Requests" }),
    },
    hf_inference: {
      quotas: [windowQuota(300, () => Number.MAX_SAFE_INTEGER)],
      states: silent,
      refuses: () => ({
        status: 402,
        body: { error: "You have exceeded your monthly included credits for Inference Providers." },
      }),
    },
  };
}

function capacityOf({ quotas }: Plan, from: number, to: number): number {
  return Math.min(...quotas.map((quota) => quota.capacity(from, to)));
}

function outageOf(plan: Plan, from: number): number {
  if (plan.outage === undefined) return 0;
  const [begin, end] = plan.outage;
  return capacityOf(plan, from + begin, from + end);
}

export interface ProviderTally {
  calls: number;
  successes: number;
  /** Calls that came although the provider had stated that they would be refused. */
  ignored: number;
  readonly capacity: (from: number, to: number) => number;
  /** Whether a call made now would be served. */
  readonly isOpen: (now: number) => boolean;
}

export interface SimulatedProviders {
  readonly fetch: Fetch;
  readonly tallies: ReadonlyMap<string, ProviderTally>;
  readonly environment: Readonly<Record<string, string>>;
}

/** How long every good or bad reply takes. */
export const LATENCY_MS = 800;

/** @param sleep passes simulated time */
export function simulateProviders(
  now: () => number,
  sleep: (ms: number) => Promise<void>,
): SimulatedProviders {
  const started = now();
  const tallies = new Map<string, ProviderTally>();
  const servers = new Map<
    string,
    { provider: Provider; plan: Plan; tally: ProviderTally; notBefore: number }
  >();
  const environment: Record<string, string> = {};
  for (const [id, plan] of Object.entries(plans())) {
    const provider = PROVIDERS.find((one) => one.id === id) as Provider;
    const isDown = (at: number) =>
      plan.outage !== undefined && at - started >= plan.outage[0] && at - started < plan.outage[1];
    const tally: ProviderTally = {
      calls: 0,
      successes: 0,
      ignored: 0,
      capacity: (from, to) => capacityOf(plan, from, to) - outageOf(plan, from),
      isOpen: (at) => !isDown(at) && plan.quotas.every((quota) => quota.left(at) > 0),
    };
    const host = `${id.replace("_", "-")}.test`;
    tallies.set(id, tally);
    servers.set(host, { provider, plan, tally, notBefore: 0 });
    environment[provider.variable] = `key-of-${id}`;
    environment[provider.baseUrlVariable] = `https://${host}/v1`;
  }

  async function chat(
    server: typeof servers extends Map<string, infer S> ? S : never,
    model: string,
  ): Promise<Response> {
    const { plan, tally } = server;
    const at = now();
    tally.calls += 1;
    if (at < server.notBefore) tally.ignored += 1;
    const down = plan.outage !== undefined && at - started >= plan.outage[0] && at - started < plan.outage[1];
    const spent = plan.quotas.findIndex((quota) => quota.left(at) < 1);
    const served = !down && spent === -1;
    if (served) {
      for (const quota of plan.quotas) quota.take(at);
      tally.successes += 1;
    }
    await sleep(LATENCY_MS);
    // Durations count from when the reply is written.
    const reply: Reply = served
      ? { status: 200, body: chatBody("fine", model), ...plan.states(now(), plan.quotas) }
      : down
        ? { status: 503, body: "<html>upstream</html>" }
        : plan.refuses(now(), spent, plan.quotas);
    // Known from the moment the reply is there, not before.
    server.notBefore = Math.max(server.notBefore, reply.notBefore ?? 0);
    const body = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? {});
    return new Response(body, {
      status: reply.status,
      headers: { "content-type": "application/json", ...reply.headers },
    });
  }

  return {
    tallies,
    environment,
    async fetch(input, init) {
      const url = new URL(String(input instanceof Request ? input.url : input));
      const server = servers.get(url.host);
      if (server === undefined) throw new Error(`nobody is ${url.host}`);
      if (url.pathname.endsWith("/models")) {
        // One model each: more of them would only multiply the quotas of those that count by model.
        return Response.json({ data: server.provider.models.slice(0, 1).map((id) => ({ id })) });
      }
      const { model } = JSON.parse(String(init?.body)) as { model: string };
      return await chat(server, model);
    },
  };
}
