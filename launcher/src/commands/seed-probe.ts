/**
 * Calls the seeds of a list and judges them: is it there, is it healthy, is it whom the list names, does it belong to the
 * network, do the others understand it?
 */
import type { BootstrapSeed } from "@synapse/shared/contract/bootstrap.ts";
import { seedUrlKey } from "@synapse/shared/contract/bootstrap.ts";
import type { Speaks } from "@synapse/shared/contract/federation.ts";
import { federationStatusSchema } from "@synapse/shared/contract/federation-status.ts";
import { type Health, swarmSchema } from "@synapse/shared/contract/status.ts";
import { negotiate } from "@synapse/shared/dialects.ts";
import { getJson, type Probe, probeSpore } from "../platforms/local/health.ts";

export interface SeedReport {
  readonly url: string;
  readonly ok: boolean;
  /** What was found, or what is wrong, in plain words. */
  readonly detail: string;
  readonly dna: string | null;
  readonly latencyMs: number | null;
}

/** What a seed says of itself. */
export interface SeedAnswer {
  readonly health: Health;
  readonly latencyMs: number;
  /** Null for a spore too old to say. */
  readonly speaks: Speaks | null;
  /** The address it goes by; null where it knows none, or does not say. */
  readonly ownUrl: string | null;
}

/** Seeds called at once: a list may hold a thousand. */
const PROBES_AT_ONCE = 16;

export async function probeSeeds(seeds: readonly BootstrapSeed[], network: string): Promise<SeedReport[]> {
  const answers: Probe<SeedAnswer>[] = [];
  for (let from = 0; from < seeds.length; from += PROBES_AT_ONCE) {
    const part = seeds.slice(from, from + PROBES_AT_ONCE);
    answers.push(...(await Promise.all(part.map(({ url }) => probeSeed(url)))));
  }
  return judgeSeeds(seeds, answers, network);
}

async function probeSeed(url: string): Promise<Probe<SeedAnswer>> {
  const health = await probeSpore(url, null);
  if (!health.ok) return health;
  const [status, swarm] = await Promise.all([
    getJson(new URL("/api/federation/status", url).href),
    getJson(new URL("/api/swarm", url).href),
  ]);
  const spoken = status.ok ? federationStatusSchema.safeParse(status.value.body) : null;
  const seen = swarm.ok ? swarmSchema.safeParse(swarm.value.body) : null;
  const own = seen?.success ? seen.data.nodes.find(({ state }) => state === "self") : undefined;
  return {
    ok: true,
    latencyMs: health.latencyMs,
    value: {
      health: health.value,
      latencyMs: health.latencyMs,
      speaks: spoken?.success ? spoken.data.speaks : null,
      ownUrl: own?.url ?? null,
    },
  };
}

/** Pure: one report for each seed, in order. */
export function judgeSeeds(
  seeds: readonly BootstrapSeed[],
  answers: readonly Probe<SeedAnswer>[],
  network: string,
): SeedReport[] {
  const spoken = answers.flatMap((answer) => (answer.ok && answer.value.speaks ? [answer.value.speaks] : []));
  // Whom most of the others understand.
  const reference = [...spoken].sort((a, b) => understoodBy(b, spoken) - understoodBy(a, spoken))[0] ?? null;
  return seeds.map((seed, index) => {
    const answer = answers[index];
    if (answer === undefined || !answer.ok) {
      const detail = answer === undefined ? "was not called" : answer.reason;
      return { url: seed.url, ok: false, detail, dna: null, latencyMs: null };
    }
    const { health, latencyMs } = answer.value;
    const problem = problemWith(seed, answer.value, network, reference);
    const found = `${health.spore} (${health.role}), version ${health.version}, DNA ${health.dna.slice(0, 12)}, ${Math.round(latencyMs)} ms`;
    return { url: seed.url, ok: problem === null, detail: problem ?? found, dna: health.dna, latencyMs };
  });
}

function problemWith(
  { url, operator }: BootstrapSeed,
  { health, speaks, ownUrl }: SeedAnswer,
  network: string,
  reference: Speaks | null,
): string | null {
  if (health.operator !== operator)
    return `belongs to operator ${health.operator}, the list says ${operator}`;
  if (speaks === null) return "does not say which protocol it speaks (GET /api/federation/status)";
  if (speaks.network !== network) return `is of the network "${speaks.network}", the list of "${network}"`;
  if (reference !== null) {
    const agreement = negotiate(speaks, reference);
    if (!agreement.ok) return `speaks another protocol than the other seeds: ${agreement.error.message}`;
  }
  if (ownUrl === null) return "goes by no address of its own: set SPORE_PUBLIC_URL, or nobody can join at it";
  return seedUrlKey(ownUrl) === seedUrlKey(url) ? null : `goes by another address: ${ownUrl}`;
}

function understoodBy(speaks: Speaks, others: readonly Speaks[]): number {
  return others.filter((other) => negotiate(other, speaks).ok).length;
}
