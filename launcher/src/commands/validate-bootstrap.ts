/** `validate-bootstrap`: checks a seed list; with `--probe`, asks each seed who it is. */
import { existsSync, readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { join } from "node:path";
import { bootstrapSchema } from "@synapse/shared/contract/bootstrap.ts";
import type { CommandContext } from "../commands.ts";
import { probeSeeds } from "./seed-probe.ts";

/** Addresses that mean another machine to each reader; a public list names none of them. */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  PRIVATE.addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  ["::", 127],
  ["::ffff:0:0", 96],
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  PRIVATE.addSubnet(network, bits, "ipv6");

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
  const inward = seeds.flatMap(({ url }, at) =>
    isPrivate(url) ? [`seeds[${at}].url: ${url} is no public address`] : [],
  );
  if (inward.length > 0) return fail(inward);
  output.line(
    `${path}: valid; network "${network}", ${seeds.length} ${seeds.length === 1 ? "seed" : "seeds"}`,
  );
  const reports = parsed.has("probe") ? await probeSeeds(seeds, network) : [];
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

function seedPath(path: readonly PropertyKey[]): string {
  return path.length === 0
    ? "the file"
    : path
        .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
        .join("")
        .replace(/^\./, "");
}

function isPrivate(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  const family = isIP(host);
  return family !== 0 && PRIVATE.check(host, family === 4 ? "ipv4" : "ipv6");
}
