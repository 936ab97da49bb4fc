/**
 * Which spore a command talks to, and with which token.
 *
 * 1. `--spore URL`, else the spores of `<data-dir>/swarm.json`, else a single spore on its default port.
 * 2. The token of a data dir is sent to the spores of that data dir and to this machine only. For any other address
 *    it has to be named (`--token-file`, SPORE_TOKEN): a mistyped URL must not collect it.
 */

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CONFIG_DEFAULTS } from "@synapse/shared/config.ts";
import { swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import { isLoopbackUrl } from "@synapse/shared/loopback.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { FlagSpec, ParsedArguments } from "../arguments.ts";
import { readJsonFile } from "../platforms/local/atomic-file.ts";
import { dataDirAt } from "../platforms/local/data-dir.ts";
import { probeSpore } from "../platforms/local/health.ts";
import type { Environment } from "../settings.ts";
import { DATA_DIR_FLAG } from "../settings-flags.ts";
import type { SporeAccess } from "./spore-client.ts";

export const SPORE_FLAGS: readonly FlagSpec[] = [
  {
    name: "spore",
    type: "string",
    value: "URL",
    help: "the spore to talk to (else the running swarm's first)",
  },
  { name: "token-file", type: "string", value: "FILE", help: "file with the operator token of that spore" },
  DATA_DIR_FLAG,
];

/** The spores that may be asked, best first. Nothing is contacted. */
export function knownSpores(
  parsed: ParsedArguments,
  environment: Environment,
  cwd: string,
): Result<readonly SporeAccess[], string> {
  const dataDir = dataDirAt(resolve(cwd, parsed.string("data-dir") ?? CONFIG_DEFAULTS.data_dir));
  const tokenFile = parsed.string("token-file");
  if (tokenFile !== undefined && !existsSync(resolve(cwd, tokenFile))) {
    return err(`--token-file: there is no file ${tokenFile}`);
  }
  const named =
    tokenFile === undefined ? environment.SPORE_TOKEN?.trim() || null : readToken(resolve(cwd, tokenFile));
  const swarm = swarmFileSchema.safeParse(readJsonFile(dataDir.swarmFile));
  const own = swarm.success ? swarm.data.spores.map(({ url }) => url) : [];
  const given = parsed.string("spore");
  if (given !== undefined && !/^https?:\/\//.test(given)) {
    return err(`--spore expects a URL that starts with http:// or https://, got "${given}"`);
  }
  const urls = given !== undefined ? [given] : own.length > 0 ? own : [defaultSporeUrl()];
  return ok(
    urls.map((url) => ({
      url,
      token: named ?? (own.includes(url) || isLoopbackUrl(url) ? readToken(dataDir.operatorToken) : null),
    })),
  );
}

/** The first of the known spores that answers. */
export async function reachableSpore(
  parsed: ParsedArguments,
  environment: Environment,
  cwd: string,
): Promise<Result<SporeAccess, string>> {
  const known = knownSpores(parsed, environment, cwd);
  if (!known.ok) return known;
  const reasons: string[] = [];
  for (const access of known.value) {
    const probe = await probeSpore(access.url, null);
    if (probe.ok) return ok(access);
    reasons.push(`${access.url} ${probe.reason}`);
  }
  return err(
    `no spore answers (${reasons.join("; ")}). Start a swarm with: bun run launch, ` +
      "or name one with --spore URL or --data-dir DIR",
  );
}

function defaultSporeUrl(): string {
  return `http://127.0.0.1:${CONFIG_DEFAULTS.base_port}`;
}

function readToken(file: string): string | null {
  return existsSync(file) ? readFileSync(file, "utf8").trim() || null : null;
}
