/** The flags that say what to launch, and the members of config.yaml they stand for. */
import { CONFIG_DEFAULTS } from "@synapse/shared/config.ts";
import { PROVIDERS } from "@synapse/shared/providers.ts";
import { ok, type Result } from "@synapse/shared/result.ts";
import { type FlagSpec, type ParsedArguments, type UsageError, usageError } from "./arguments.ts";

const d = CONFIG_DEFAULTS;

/** Flag name → member of config.yaml, for those whose value is taken as it stands. */
const MEMBERS = {
  target: "target",
  count: "count",
  "cc-target": "cc_target",
  "cc-name": "cc_name",
  "cc-port": "cc_port",
  "data-dir": "data_dir",
  "base-port": "base_port",
  bootstrap: "bootstrap",
  peers: "peers",
  "start-timeout": "start_timeout_s",
  "hf-token": "hf_token",
  "hf-owner": "hf_owner",
  "hub-url": "hub_url",
  prefix: "prefix",
  "vercel-token": "vercel_token",
} as const;

/** Shared by every command that looks at a data dir. */
export const DATA_DIR_FLAG: FlagSpec = {
  name: "data-dir",
  type: "string",
  value: "DIR",
  help: `where keys, spores and logs live (${d.data_dir})`,
};

export const SETTINGS_FLAGS: readonly FlagSpec[] = [
  { name: "count", type: "integer", value: "N", help: `how many spores (${d.count})` },
  { name: "deploy-cc", type: "boolean", help: "also build and serve the Command Center" },
  { name: "target", type: "string", value: "local|hf", help: "where the spores run (local)" },
  { name: "config", type: "string", value: "FILE", help: "configuration file (config.yaml, if it is there)" },
  DATA_DIR_FLAG,
  { name: "base-port", type: "integer", value: "PORT", help: `spore i listens on PORT+i (${d.base_port})` },
  { name: "cc-port", type: "integer", value: "PORT", help: `port of the Command Center (${d.cc_port})` },
  { name: "cc-target", type: "string", value: "local|vercel|hf", help: "where the Command Center goes" },
  { name: "cc-name", type: "string", value: "NAME", help: `its name when hosted (${d.cc_name})` },
  { name: "bootstrap", type: "string", value: "URL|PATH|none", help: "seed list; none joins no network" },
  { name: "peers", type: "list", value: "URL…", help: "further peers of every spore" },
  {
    name: "start-timeout",
    type: "integer",
    value: "SECONDS",
    help: `how long everything may take to become healthy (${d.start_timeout_s})`,
  },
  { name: "hf-token", type: "string", value: "TOKEN", help: "Hugging Face token; selects --target hf" },
  { name: "hf-owner", type: "string", value: "NAME", help: "account or organisation on the Hub" },
  { name: "hub-url", type: "string", value: "URL", help: `another Hub endpoint (${d.hub_url})` },
  { name: "prefix", type: "string", value: "NAME", help: `first part of the Spaces' names (${d.prefix})` },
  { name: "private", type: "boolean", help: "protected Spaces: files closed, address open (default)" },
  { name: "public", type: "boolean", help: "public Spaces: files open to everyone" },
  { name: "vercel-token", type: "string", value: "TOKEN", help: "deploys the Command Center to Vercel" },
  { name: "llm-endpoint", type: "string", value: "URL", help: "an OpenAI-compatible server, with its /v1" },
  { name: "llm-model", type: "string", value: "NAME", help: "the model to ask it for" },
  ...PROVIDERS.map(
    (provider): FlagSpec => ({
      name: provider.flag,
      type: "string",
      value: "KEY",
      help: `key for ${provider.name} (or ${provider.variable})`,
    }),
  ),
];

/** The flag that stands for a member of config.yaml (dotted path), or the member itself. */
export function flagOfMember(member: string): string {
  const named = Object.entries(MEMBERS).find(([, known]) => known === member.split(".")[0])?.[0];
  const provider = PROVIDERS.find(({ id }) => `api_keys.${id}` === member)?.flag;
  const flag = named ?? provider ?? { "llm.endpoint": "llm-endpoint", "llm.model": "llm-model" }[member];
  return flag === undefined ? member : `--${flag}`;
}

/** Only what was really given, in the shape of config.yaml. */
export function flagsToConfig(parsed: ParsedArguments): Result<Record<string, unknown>, UsageError> {
  if (parsed.has("private") && parsed.has("public")) {
    return usageError("--private and --public exclude each other");
  }
  const config: Record<string, unknown> = {};
  for (const [flag, member] of Object.entries(MEMBERS)) {
    const value = parsed.string(flag) ?? parsed.integer(flag) ?? parsed.list(flag);
    if (value !== undefined) config[member] = value;
  }
  if (parsed.has("deploy-cc")) config.deploy_cc = true;
  if (parsed.has("private")) config.private = true;
  if (parsed.has("public")) config.private = false;
  const keys = PROVIDERS.flatMap(({ id, flag }) => {
    const key = parsed.string(flag);
    return key === undefined ? [] : [[id, key] as const];
  });
  if (keys.length > 0) config.api_keys = Object.fromEntries(keys);
  const endpoint = parsed.string("llm-endpoint");
  const model = parsed.string("llm-model");
  if (endpoint !== undefined || model !== undefined) {
    config.llm = {
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(model === undefined ? {} : { model }),
    };
  }
  return ok(config);
}
