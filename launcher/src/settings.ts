/**
 * What to launch: flags, then config.yaml, then the environment, then defaults, as one checked value.
 *
 * 1. Each source is checked by the same schema under its own name, so that a message says where the mistake is.
 * 2. A Hugging Face token in the environment never deploys anything: it serves inference. The same goes for Vercel.
 * 3. Pure but for the file it is given; the result holds secrets and is never printed as a whole.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CONFIG_DEFAULTS, type Config, configSchema, PORT_MAX } from "@synapse/shared/config.ts";
import { PROVIDERS } from "@synapse/shared/providers.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { ParsedArguments, UsageError } from "./arguments.ts";
import { type ConfigProblem, describeIssues, parseConfig } from "./config-file.ts";
import { flagOfMember, flagsToConfig } from "./settings-flags.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export type BootstrapChoice =
  /** The spore's own default: the list of the repository, else the file in the clone. */
  | { readonly kind: "default" }
  | { readonly kind: "given"; readonly value: string }
  | { readonly kind: "none" };

export interface Settings {
  readonly target: "local" | "hf";
  /** False where the target is only the default: verbs that look after a swarm then follow the one that runs. */
  readonly targetChosen: boolean;
  readonly count: number;
  readonly deployPage: boolean;
  readonly pageTarget: "local" | "vercel" | "hf";
  readonly pageName: string;
  readonly pagePort: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly basePort: number;
  readonly bootstrap: BootstrapChoice;
  /** URLs of further peers of every spore. */
  readonly peers: readonly string[];
  /** Variables that a spore reads, by name: keys, models, log level. Holds secrets. */
  readonly sporeVariables: Readonly<Record<string, string>>;
  /** Those of them that were chosen by flag or config.yaml: nothing else of this machine goes to a hosted spore. */
  readonly chosenVariables: Readonly<Record<string, string>>;
  /** A libSQL server for the spores' stores; `{spore}` in the URL stands for a spore's name. */
  readonly database: { readonly url: string; readonly token: string | null } | null;
  /** Snapshots of hosted spores. */
  readonly snapshot: NonNullable<Config["snapshot"]> | null;
  readonly mapboxToken: string | null;
  /** Of the commander's own; used with a token only. */
  readonly mapboxStyle: string | null;
  readonly startTimeoutMs: number;
  readonly hub: {
    readonly token: string | null;
    readonly owner: string | null;
    readonly url: string;
    readonly prefix: string;
    readonly private: boolean;
  };
  readonly vercel: { readonly token: string | null; readonly team: string | null };
  /** The config file that was read, or null. */
  readonly configFile: string | null;
  /** What the user should know about how the sources were understood. */
  readonly notices: readonly string[];
}

/** Variables that the launcher itself gives every spore; config.yaml cannot set them behind its back. */
const RESERVED_VARIABLES =
  /^(SPORE_(ID|INDEX|ROLE|DATA_DIR|PUBLIC_URL|PEERS|TOKEN|OPERATOR_KEY|PARENT_PID|DATABASE_URL|DATABASE_TOKEN|CERTIFICATE|KEY)|HOST|PORT)$/;

/** Docker images are built and started by somebody else's machines, which takes minutes. */
const HOSTED_START_TIMEOUT_S = 1_200;

export function resolveSettings(
  parsed: ParsedArguments,
  environment: Environment,
  cwd: string,
): Result<Settings, ConfigProblem | UsageError> {
  const fromFlags = flagsToConfig(parsed);
  if (!fromFlags.ok) return fromFlags;
  const file = readFile(parsed.string("config"), cwd);
  if (!file.ok) return file;
  const fromEnvironment = checked(environmentToConfig(environment), "environment");
  if (!fromEnvironment.ok) return fromEnvironment;
  const flags = checked(fromFlags.value, "flags", flagOfMember);
  if (!flags.ok) return flags;
  return assemble(flags.value, file.value, fromEnvironment.value, cwd, environment);
}

interface FoundFile {
  readonly path: string | null;
  readonly config: Config;
  readonly notices: readonly string[];
}

function readFile(named: string | undefined, cwd: string): Result<FoundFile, ConfigProblem> {
  const path = resolve(cwd, named ?? "config.yaml");
  if (!existsSync(path)) {
    if (named === undefined) return ok({ path: null, config: {}, notices: [] });
    return err({
      kind: "config",
      messages: [`--config ${named}: there is no such file (config.template.yaml shows what it may hold)`],
    });
  }
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return err({ kind: "config", messages: [`${path} cannot be read: ${(error as Error).message}`] });
  }
  const parsed = parseConfig(text, named ?? "config.yaml");
  return parsed.ok ? ok({ path, ...parsed.value }) : parsed;
}

function environmentToConfig(environment: Environment): Record<string, unknown> {
  const read = (...names: string[]): string | undefined =>
    names.map((name) => environment[name]?.trim()).find((value) => value !== undefined && value !== "");
  const interval = read("SPORE_GOSSIP_INTERVAL_MS");
  const keys = PROVIDERS.map(({ id, variable, aliases }) => [id, read(variable, ...aliases)] as const);
  return defined({
    bootstrap: read("BOOTSTRAP_URL"),
    peers: read("SPORE_PEERS")
      ?.split(",")
      .map((url) => url.trim())
      .filter((url) => url !== ""),
    api_keys: defined(Object.fromEntries(keys)),
    llm: defined({
      endpoint: read("LLM_ENDPOINT"),
      model: read("LLM_MODEL"),
      api_key: read("LLM_API_KEY"),
    }),
    cortex: defined({ backend: read("CORTEX_BACKEND"), model: read("CORTEX_MODEL") }),
    // As it was typed where it is no number, so that the message can show it.
    gossip_interval_ms: interval !== undefined && /^\d+$/.test(interval) ? Number(interval) : interval,
    log_level: read("LOG_LEVEL")?.toLowerCase(),
    log_format: read("LOG_FORMAT")?.toLowerCase(),
    hf_owner: read("HF_OWNER"),
    vercel_token: read("VERCEL_TOKEN"),
  });
}

function assemble(
  flags: Config,
  file: FoundFile,
  ambient: Config,
  cwd: string,
  environment: Environment,
): Result<Settings, ConfigProblem> {
  const first: FirstGiven = (name) => flags[name] ?? file.config[name] ?? ambient[name];
  const chosenVercel = flags.vercel_token ?? file.config.vercel_token;
  const givenHubToken = flags.hf_token ?? file.config.hf_token ?? null;
  const target = first("target") ?? (givenHubToken === null ? CONFIG_DEFAULTS.target : "hf");
  // Alone it deploys nothing; next to an explicit --target hf it is the token that no process list ever shows.
  const hubToken = givenHubToken ?? (target === "hf" ? environment.HF_TOKEN?.trim() || null : null);
  const count = first("count") ?? CONFIG_DEFAULTS.count;
  const basePort = first("base_port") ?? CONFIG_DEFAULTS.base_port;
  const pagePort = first("cc_port") ?? CONFIG_DEFAULTS.cc_port;
  const deployPage = first("deploy_cc") ?? CONFIG_DEFAULTS.deploy_cc;
  const pageTarget = first("cc_target") ?? (chosenVercel === undefined ? target : "vercel");
  const bootstrap = first("bootstrap");
  const extra = file.config.environment ?? {};
  const problems = [
    ...Object.keys(extra)
      .filter((name) => RESERVED_VARIABLES.test(name))
      .map((name) => `environment.${name}: the launcher sets this variable itself for each spore`),
    ...(target === "local"
      ? portProblems(count, basePort, deployPage && pageTarget === "local" ? pagePort : null)
      : []),
    ...databaseProblems(first, count),
  ];
  if (problems.length > 0) return err({ kind: "config", messages: problems });
  const apiKeys = { ...ambient.api_keys, ...file.config.api_keys, ...flags.api_keys };
  const chosenKeys = { ...file.config.api_keys, ...flags.api_keys };
  const notices = [
    ...file.notices,
    ...tokenNotices(target, givenHubToken, flags, file.config, environment),
    ...retiredNotices(apiKeys),
    ...(target === "hf" ? leftAtHome(ambient, chosenKeys) : []),
    ...mapboxNotices(first),
  ];
  const databaseUrl = first("database_url");
  return ok({
    target,
    targetChosen: first("target") !== undefined || givenHubToken !== null,
    count,
    deployPage,
    pageTarget,
    pageName: first("cc_name") ?? CONFIG_DEFAULTS.cc_name,
    pagePort,
    dataDir: resolve(cwd, first("data_dir") ?? CONFIG_DEFAULTS.data_dir),
    basePort,
    bootstrap: bootstrapChoice(bootstrap, cwd),
    peers: first("peers") ?? CONFIG_DEFAULTS.peers,
    sporeVariables: sporeVariables(apiKeys, flags, file.config, ambient, extra),
    chosenVariables: sporeVariables(chosenKeys, flags, file.config, {}, extra),
    database: databaseUrl === undefined ? null : { url: databaseUrl, token: first("database_token") ?? null },
    snapshot: first("snapshot") ?? null,
    mapboxToken: first("mapbox_token") ?? null,
    mapboxStyle: first("mapbox_style") ?? null,
    startTimeoutMs:
      (first("start_timeout_s") ??
        (target === "hf" ? HOSTED_START_TIMEOUT_S : CONFIG_DEFAULTS.start_timeout_s)) * 1000,
    hub: hubSettings(first, hubToken),
    vercel: {
      token: chosenVercel ?? ambient.vercel_token ?? null,
      team: first("vercel_team") ?? null,
    },
    configFile: file.path,
    notices,
  });
}

/** A member from the first source that has it. */
type FirstGiven = <K extends keyof Config>(name: K) => Config[K];

function hubSettings(first: FirstGiven, token: string | null): Settings["hub"] {
  return {
    token,
    owner: first("hf_owner") ?? null,
    url: first("hub_url") ?? CONFIG_DEFAULTS.hub_url,
    prefix: first("prefix") ?? CONFIG_DEFAULTS.prefix,
    private: first("private") ?? CONFIG_DEFAULTS.private,
  };
}

function sporeVariables(
  apiKeys: Config["api_keys"],
  flags: Config,
  file: Config,
  ambient: Config,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const llm = { ...ambient.llm, ...file.llm, ...flags.llm };
  const cortex = { ...ambient.cortex, ...file.cortex, ...flags.cortex };
  const interval = flags.gossip_interval_ms ?? file.gossip_interval_ms ?? ambient.gossip_interval_ms;
  return defined({
    ...Object.fromEntries(PROVIDERS.map(({ id, variable }) => [variable, apiKeys?.[id]])),
    LLM_ENDPOINT: llm.endpoint,
    LLM_MODEL: llm.model,
    LLM_API_KEY: llm.api_key,
    CORTEX_BACKEND: cortex.backend,
    CORTEX_MODEL: cortex.model,
    SPORE_GOSSIP_INTERVAL_MS: interval?.toString(),
    LOG_LEVEL: flags.log_level ?? file.log_level ?? ambient.log_level ?? CONFIG_DEFAULTS.log_level,
    LOG_FORMAT: flags.log_format ?? file.log_format ?? ambient.log_format ?? CONFIG_DEFAULTS.log_format,
    ...extra,
  }) as Record<string, string>;
}

/** What a token did not do, so that nobody waits for it. */
function tokenNotices(
  target: Settings["target"],
  given: string | null,
  flags: Config,
  file: Config,
  environment: Environment,
): string[] {
  if (target !== "local") return [];
  if (given === null) {
    const isThere = (environment.HF_TOKEN ?? "") !== "";
    return isThere
      ? ["HF_TOKEN from the environment serves inference only; --target hf or --hf-token deploys"]
      : [];
  }
  const isMeant = flags.target === undefined && file.target === "local" && file.cc_target !== "hf";
  return isMeant ? ["hf_token is not used by the local target"] : [];
}

function retiredNotices(apiKeys: Config["api_keys"]): string[] {
  return PROVIDERS.flatMap((provider) =>
    "retired" in provider && apiKeys?.[provider.id] !== undefined
      ? [`the key for ${provider.name} is not used: ${provider.retired}`]
      : [],
  );
}

/** Keys of this machine that a hosted spore does not get, by the names of their variables. */
function leftAtHome(ambient: Config, chosen: Config["api_keys"]): string[] {
  const names = PROVIDERS.filter(
    ({ id }) => id !== "hf_inference" && ambient.api_keys?.[id] !== undefined && chosen?.[id] === undefined,
  ).map(({ variable }) => variable);
  if (names.length === 0) return [];
  return [
    `${names.join(", ")} of the environment stay on this machine; keys written into config.yaml (api_keys) go to the Spaces`,
  ];
}

function databaseProblems(first: FirstGiven, count: number): string[] {
  const url = first("database_url");
  if (url === undefined) return [];
  const problems: string[] = [];
  if (count > 1 && !url.includes("{spore}"))
    problems.push(
      "database_url: each spore needs a database of its own; write {spore} where its name belongs",
    );
  if (first("snapshot") !== undefined)
    problems.push(
      "snapshot: with database_url nothing is on the spores' disks that a snapshot could keep; take one of the two away",
    );
  return problems;
}

function mapboxNotices(first: FirstGiven): string[] {
  const idle = first("mapbox_style") !== undefined && first("mapbox_token") === undefined;
  return idle ? ["mapbox_style has no effect without mapbox_token"] : [];
}

function bootstrapChoice(value: string | undefined, cwd: string): BootstrapChoice {
  if (value === undefined) return { kind: "default" };
  if (value === "none") return { kind: "none" };
  return { kind: "given", value: /^https?:\/\//.test(value) ? value : resolve(cwd, value) };
}

/** Whether the page is a process of this machine. */
export function servesPage({ deployPage, pageTarget }: Settings): boolean {
  return deployPage && pageTarget === "local";
}

function portProblems(count: number, basePort: number, pagePort: number | null): string[] {
  const last = basePort + count - 1;
  if (last > PORT_MAX) {
    return [
      `base_port ${basePort} with ${count} spores needs port ${last}; the highest there is, is ${PORT_MAX}`,
    ];
  }
  if (pagePort !== null && pagePort >= basePort && pagePort <= last) {
    return [`cc_port ${pagePort} is also the port of spore-${pagePort - basePort}; choose another --cc-port`];
  }
  return [];
}

function checked(
  config: Record<string, unknown>,
  source: string,
  nameOfMember: (member: string) => string = (member) => member,
): Result<Config, ConfigProblem> {
  const parsed = configSchema.safeParse(config);
  if (parsed.success) return ok(parsed.data);
  return err({
    kind: "config",
    messages: describeIssues(parsed.error, config, nameOfMember).map(({ text }) => `${source}: ${text}`),
  });
}

/** Without the members that are undefined or empty groups. */
function defined(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).filter(
      ([, value]) =>
        value !== undefined &&
        !(
          typeof value === "object" &&
          value !== null &&
          !Array.isArray(value) &&
          Object.keys(value).length === 0
        ),
    ),
  );
}
