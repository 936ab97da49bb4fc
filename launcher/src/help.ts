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
    "`bun run backup` and `bun run restore` keep a whole data dir in one encrypted file (docs/backup.md).",
  ].join("\n");
}

/** The command as the repository runs it: package.json gives one of them another name. */
export function typedName({ name }: CommandSpec): string {
  return name.replace("validate-bootstrap", "validate:bootstrap");
}

export function commandHelp(command: CommandSpec): string {
  const rows = command.flags.map(({ name, short, value, help }) => [
    `  ${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
    help,
  ]);
  return [
    `bun run ${`${typedName(command)} ${command.arguments}`.trim()}${rows.length > 0 ? " [flags]" : ""}`,
    `  ${command.summary}`,
    ...(command.details === undefined ? [] : ["", ...command.details]),
    ...(rows.length === 0 ? [] : ["", "Flags", ...tableLines(rows)]),
  ].join("\n");
}
