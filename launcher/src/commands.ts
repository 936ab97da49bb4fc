/** Every command: its name, its flags, what it says of itself, and where it is. Loaded one by one, when called. */
import type { FlagSpec, ParsedArguments } from "./arguments.ts";
import { SPORE_FLAGS } from "./client/swarm-locator.ts";
import type { Layout } from "./layout.ts";
import type { Output } from "./output.ts";
import type { Environment } from "./settings.ts";
import { SETTINGS_FLAGS } from "./settings-flags.ts";

export interface CommandContext {
  readonly parsed: ParsedArguments;
  readonly output: Output;
  readonly layout: Layout;
  readonly environment: Environment;
  readonly cwd: string;
}

/** @returns the exit code: 0 done, 1 failed, 2 wrongly called; more where the command's help names more */
export type CommandRun = (context: CommandContext) => Promise<number>;

export interface CommandSpec {
  /** As it is typed, such as `launch status`. */
  readonly name: string;
  readonly arguments: string;
  readonly summary: string;
  readonly details?: readonly string[];
  readonly flags: readonly FlagSpec[];
  /** How many arguments it takes. */
  readonly takes: readonly [min: number, max: number];
  readonly load: () => Promise<CommandRun>;
}

const JSON_FLAG: FlagSpec = { name: "json", type: "boolean", help: "machine-readable output on stdout" };
const LABEL_HELP = "private (one spore), cluster (your spores; default) or public (everyone)";

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "launch",
    arguments: "[plan|status|logs|down|destroy]",
    summary: "start a swarm and stay with it; Ctrl-C stops everything",
    details: [
      "Without a Hugging Face token the spores are processes on this machine: no account, no key, no network needed.",
      "Flags win over config.yaml (see config.template.yaml), which wins over the environment.",
      "Keys given as flags can be seen by other users of this machine; config.yaml (mode 0600) and the environment cannot.",
      "Without any flag, in a terminal and without a config.yaml, a short wizard asks for what it needs.",
    ],
    flags: [
      ...SETTINGS_FLAGS,
      { name: "dry-run", type: "boolean", help: "say what would be done, with every file; do nothing" },
      { name: "yes", short: "y", type: "boolean", help: "do not ask before something is created elsewhere" },
      { name: "wizard", type: "boolean", help: "ask for the settings and write config.yaml first" },
      JSON_FLAG,
    ],
    takes: [0, 0],
    load: async () => (await import("./commands/launch.ts")).runLaunch,
  },
  {
    name: "launch plan",
    arguments: "",
    summary: "say what launch would do, do nothing",
    flags: [...SETTINGS_FLAGS, JSON_FLAG],
    takes: [0, 0],
    load: async () => (await import("./commands/launch.ts")).runPlan,
  },
  {
    name: "launch status",
    arguments: "",
    summary: "which parts run, and how they are; exit code 0 only if all are healthy",
    flags: [...SETTINGS_FLAGS, JSON_FLAG],
    takes: [0, 0],
    load: async () => (await import("./commands/launch-control.ts")).runStatus,
  },
  {
    name: "launch logs",
    arguments: "[part…]",
    summary: "what the parts wrote",
    flags: [
      ...SETTINGS_FLAGS,
      { name: "lines", short: "n", type: "integer", value: "N", help: "how many lines of each (40)" },
      { name: "follow", short: "f", type: "boolean", help: "go on until Ctrl-C" },
      JSON_FLAG,
    ],
    takes: [0, 100],
    load: async () => (await import("./commands/launch-control.ts")).runLogs,
  },
  {
    name: "launch down",
    arguments: "",
    summary: "stop a running swarm from anywhere; what was remembered stays",
    flags: [...SETTINGS_FLAGS, JSON_FLAG],
    takes: [0, 0],
    load: async () => (await import("./commands/launch-control.ts")).runDown,
  },
  {
    name: "launch destroy",
    arguments: "",
    summary: "stop it and remove its data for good: key, token, memories, logs",
    flags: [...SETTINGS_FLAGS, { name: "yes", short: "y", type: "boolean", help: "do not ask" }, JSON_FLAG],
    takes: [0, 0],
    load: async () => (await import("./commands/launch-control.ts")).runDestroy,
  },
  {
    name: "spore",
    arguments: "",
    summary: "run one spore in the foreground, configured by its environment",
    flags: [],
    takes: [0, 0],
    load: async () => (await import("./commands/spore.ts")).runSpore,
  },
  {
    name: "remember",
    arguments: "<file|folder>…",
    summary: "give a running swarm texts to remember",
    details: [
      "Texts are split at headings and paragraphs. A .json or .jsonl file of {content, metadata?, sequence?} objects is",
      "taken as it stands. Files that are not text are named and skipped.",
      "Exit code 0: all text that was found is stored; 1: something was refused, or there was no text at all.",
    ],
    flags: [
      ...SPORE_FLAGS,
      { name: "label", type: "string", value: "LABEL", help: LABEL_HELP },
      { name: "dry-run", type: "boolean", help: "count the passages, send nothing" },
      JSON_FLAG,
    ],
    takes: [1, 10_000],
    load: async () => (await import("./commands/remember.ts")).runRemember,
  },
  {
    name: "ask",
    arguments: '"question"',
    summary: "ask a running swarm and watch the answer form",
    details: [
      "Exit code 0: answered; 1: failed; 3: the swarm ended without agreement; 4: timed out, it goes on reasoning.",
    ],
    flags: [
      ...SPORE_FLAGS,
      { name: "label", type: "string", value: "LABEL", help: LABEL_HELP },
      { name: "priority", type: "string", value: "low|normal|high", help: "how soon (normal)" },
      { name: "choices", type: "list", value: "A,B…", help: "the answer is one of these" },
      { name: "number", type: "boolean", help: "the answer is a number" },
      { name: "receipt", type: "string", value: "FILE", help: "save the signed receipt" },
      { name: "timeout", type: "integer", value: "SECONDS", help: "how long to wait for the answer (300)" },
      JSON_FLAG,
    ],
    takes: [1, 1],
    load: async () => (await import("./commands/ask.ts")).runAsk,
  },
  {
    name: "verify",
    arguments: "<receipt.json>",
    summary: "check a receipt offline",
    details: ["Exit code 0: everything it proves was recomputed; 1: something does not hold."],
    flags: [JSON_FLAG],
    takes: [1, 1],
    load: async () => (await import("./commands/verify.ts")).runVerify,
  },
  {
    name: "mcp",
    arguments: "",
    summary: "an MCP server over stdio, for clients that start one; talks to the running swarm",
    flags: [...SPORE_FLAGS],
    takes: [0, 0],
    load: async () => (await import("./commands/mcp.ts")).runMcp,
  },
  {
    name: "doctor",
    arguments: "",
    summary: "what is configured, reachable, missing, and how to mend it",
    details: ["Exit code 1 if something has to be mended. Values of keys are never shown."],
    flags: [
      ...SETTINGS_FLAGS,
      { name: "check-keys", type: "boolean", help: "also ask each provider whether it accepts its key" },
      JSON_FLAG,
    ],
    takes: [0, 0],
    load: async () => (await import("./commands/doctor.ts")).runDoctor,
  },
  {
    name: "validate-bootstrap",
    arguments: "[file]",
    summary: "check a seed list: schema, uniqueness, https",
    flags: [
      { name: "probe", type: "boolean", help: "also ask each seed for its health, DNA and operator" },
      JSON_FLAG,
    ],
    takes: [0, 1],
    load: async () => (await import("./commands/validate-bootstrap.ts")).runValidateBootstrap,
  },
];
