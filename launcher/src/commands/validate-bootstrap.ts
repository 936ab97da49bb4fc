/** `validate-bootstrap`: checks a seed list; with `--probe`, asks each seed who it is. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type BootstrapSeed, bootstrapSchema } from "@synapse/shared/contract/bootstrap.ts";
import type { CommandContext } from "../commands.ts";
import { probeSpore } from "../platforms/local/health.ts";

interface SeedReport {
  readonly url: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly dna: string | null;
}

export async function runValidateBootstrap(context: CommandContext): Promise<number> {
  const { output, parsed, layout } = context;
  const path = parsed.positionals[0] ?? join(layout.root, "bootstrap.json");
  const fail = (problems: readonly string[]): number => {
    for (const problem of problems) output.error(`${path}: ${problem}`);
    output.result({ file: path, valid: false, problems, seeds: [] });
    return 1;
  };
  if (!existsSync(path)) return fail(["there is no such file"]);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return fail([`is not JSON: ${(error as Error).message}`]);
  }
  const bootstrap = bootstrapSchema.safeParse(json);
  if (!bootstrap.success) {
    return fail(bootstrap.error.issues.map(({ path: at, message }) => `${seedPath(at)}: ${message}`));
  }
  const { seeds, network } = bootstrap.data;
  output.line(
    `${path}: valid; network "${network}", ${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}`,
  );
  const reports = parsed.has("probe") ? await probeSeeds(seeds) : [];
  for (const { url, ok, detail } of reports)
    output.line(`${ok ? output.green("✓") : output.red("✗")} ${url}: ${detail}`);
  const reachable = reports.every(({ ok }) => ok);
  output.result({
    file: path,
    valid: true,
    network,
    problems: [],
    seeds: parsed.has("probe") ? reports : seeds,
  });
  return reachable ? 0 : 1;
}

/** Each seed must answer as a spore of the operator it is listed with; all of them must speak the same protocol. */
async function probeSeeds(seeds: readonly BootstrapSeed[]): Promise<SeedReport[]> {
  const probes = await Promise.all(
    seeds.map(async (seed) => ({ seed, probe: await probeSpore(seed.url, null) })),
  );
  const dnas = probes.flatMap(({ probe }) => (probe.ok ? [probe.value.dna] : []));
  const common = mostFrequent(dnas);
  return probes.map(({ seed: { url, operator }, probe }) => {
    if (!probe.ok) return { url, ok: false, detail: probe.reason, dna: null };
    const { spore, dna, version, operator: actual } = probe.value;
    if (actual !== operator) {
      return { url, ok: false, detail: `belongs to operator ${actual}, the list says ${operator}`, dna };
    }
    if (dna !== common) {
      return {
        url,
        ok: false,
        detail: `speaks another protocol (DNA ${dna.slice(0, 12)}) than the other seeds`,
        dna,
      };
    }
    return { url, ok: true, detail: `${spore}, version ${version}, DNA ${dna.slice(0, 12)}`, dna };
  });
}

function mostFrequent(items: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

function seedPath(path: readonly PropertyKey[]): string {
  return path.length === 0
    ? "the file"
    : path
        .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
        .join("")
        .replace(/^\./, "");
}
