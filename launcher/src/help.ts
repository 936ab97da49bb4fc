/** What `--help` prints. Pure. */

import type { CommandSpec } from "./commands.ts";
import { tableLines } from "./output.ts";

export function generalHelp(commands: readonly CommandSpec[]): string {
  const rows = commands.map(({ name, summary }) => [`  ${name}`, summary]);
  return [
    "Synapse: a federated reasoning swarm. Commands, each with --help:",
    "",
    ...tableLines(rows),
    "",
    "From the repository, `bun run <command>` does the same; validate-bootstrap is `bun run validate:bootstrap` there.",
  ].join("\n");
}

export function commandHelp(command: CommandSpec): string {
  const rows = command.flags.map(({ name, short, value, help }) => [
    `  ${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
    help,
  ]);
  return [
    `bun run ${`${command.name.replace("validate-bootstrap", "validate:bootstrap")} ${command.arguments}`.trim()}${rows.length > 0 ? " [flags]" : ""}`,
    `  ${command.summary}`,
    ...(command.details === undefined ? [] : ["", ...command.details]),
    ...(rows.length === 0 ? [] : ["", "Flags", ...tableLines(rows)]),
  ].join("\n");
}
