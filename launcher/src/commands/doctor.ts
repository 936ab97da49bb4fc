/** `doctor`: what is configured, reachable, missing, and how to mend it. Names of keys, never their values. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { CONFIG_DEFAULTS, PROVIDER_KEYS, type ProviderKey } from "@synapse/shared/config.ts";
import { providersSchema } from "@synapse/shared/contract/status.ts";
import { callSpore } from "../client/spore-client.ts";
import { knownSpores } from "../client/swarm-locator.ts";
import type { CommandContext } from "../commands.ts";
import { dataDirAt } from "../platforms/local/data-dir.ts";
import { probeSpore } from "../platforms/local/health.ts";
import { resolveSettings } from "../settings.ts";

interface Finding {
  readonly what: string;
  /** `note` needs nothing; `mend` does. */
  readonly state: "good" | "note" | "mend";
  readonly detail: string;
}

const BUN_WANTED = "1.4.5";

export async function runDoctor(context: CommandContext): Promise<number> {
  const { output } = context;
  const findings = [
    ...machine(),
    ...settings(context),
    ...dataDir(context),
    ...keys(context),
    ...(await spores(context)),
  ];
  output.result({ findings });
  const marks = { good: output.green("✓"), note: output.dim("·"), mend: output.red("✗") };
  for (const { what, state, detail } of findings) output.line(`${marks[state]} ${what}: ${detail}`);
  const broken = findings.filter(({ state }) => state === "mend").length;
  output.line(
    broken === 0 ? output.green("\nNothing has to be mended.") : output.red(`\n${broken} to mend.`),
  );
  return broken === 0 ? 0 : 1;
}

function machine(): Finding[] {
  const enough = Bun.semver.order(Bun.version, BUN_WANTED) >= 0;
  const chromium = ["chromium", "chromium-browser", "google-chrome"].find((name) => Bun.which(name) !== null);
  return [
    {
      what: "Bun",
      state: enough ? "good" : "mend",
      detail: enough
        ? Bun.version
        : `${Bun.version} is older than ${BUN_WANTED}: npm i -g --allow-scripts=bun bun@${BUN_WANTED}`,
    },
    { what: "dependencies", state: "good", detail: "installed as bun.lock names them" },
    {
      what: "Chromium",
      state: chromium === undefined ? "note" : "good",
      detail: chromium ?? "not here; only the browser tests need one, and `bun run test` installs it",
    },
  ];
}

function settings({ parsed, environment, cwd }: CommandContext): Finding[] {
  const read = resolveSettings(parsed, environment, cwd);
  if (!read.ok) {
    const { error } = read;
    const messages = error.kind === "usage" ? [error.message] : error.messages;
    return messages.map((detail) => ({ what: "settings", state: "mend", detail }));
  }
  return [
    { what: "settings", state: "good", detail: `target ${read.value.target}, ${read.value.count} spores` },
  ];
}

function dataDir({ parsed, cwd }: CommandContext): Finding[] {
  const dir = dataDirAt(resolve(cwd, parsed.string("data-dir") ?? CONFIG_DEFAULTS.data_dir));
  if (!existsSync(dir.path))
    return [{ what: "data", state: "note", detail: `${dir.path} is made by the first launch` }];
  const findings: Finding[] = [{ what: "data", state: "good", detail: dir.path }];
  for (const file of [dir.operatorKey, dir.operatorToken]) {
    if (!existsSync(file)) continue;
    const open = (statSync(file).mode & 0o077) !== 0;
    findings.push({
      what: file,
      state: open ? "mend" : "good",
      detail: open ? `others on this machine can read it: chmod 600 ${file}` : "readable by you alone",
    });
  }
  return findings;
}

function keys({ environment }: CommandContext): Finding[] {
  const set = PROVIDER_KEYS.filter(({ variable, aliases }: ProviderKey) =>
    [variable, ...aliases].some((name) => (environment[name] ?? "") !== ""),
  );
  const endpoint = environment.LLM_ENDPOINT ?? "";
  return [
    {
      what: "model endpoint",
      state: "note",
      detail:
        endpoint === ""
          ? "LLM_ENDPOINT is not set: spores use the embedded extractive reasoner"
          : "LLM_ENDPOINT is set",
    },
    {
      what: "provider keys in the environment",
      state: "note",
      detail: set.length === 0 ? "none" : set.map(({ variable }) => variable).join(", "),
    },
  ];
}

async function spores(context: CommandContext): Promise<Finding[]> {
  const known = knownSpores(context.parsed, context.environment, context.cwd);
  if (!known.ok) return [{ what: "swarm", state: "mend", detail: known.error }];
  const findings: Finding[] = [];
  for (const access of known.value) {
    const probe = await probeSpore(access.url, null);
    if (!probe.ok) {
      findings.push({
        what: access.url,
        state: "note",
        detail: `${probe.reason}; start a swarm with: bun run launch`,
      });
      continue;
    }
    const { spore, memories, peers } = probe.value;
    findings.push({
      what: access.url,
      state: "good",
      detail: `${spore}, ${memories} memories, ${peers.length} peers`,
    });
    const reply = await callSpore(access, { method: "GET", path: "/api/providers" }, providersSchema);
    for (const { name, state, reason } of reply.ok ? reply.value.providers : []) {
      findings.push({
        what: `  ${name}`,
        state: state === "ready" ? "good" : "note",
        detail: reason === null ? state : `${state}: ${reason}`,
      });
    }
  }
  return findings;
}
