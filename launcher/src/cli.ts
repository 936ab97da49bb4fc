/** From the command line to an exit code: finds the command, reads its flags, runs it. */
import { type FlagSpec, parseArguments } from "./arguments.ts";
import { COMMANDS, type CommandSpec } from "./commands.ts";
import { commandHelp, generalHelp, typedName } from "./help.ts";
import { type Layout, REPOSITORY_LAYOUT } from "./layout.ts";
import { createOutput } from "./output.ts";
import { didYouMean } from "./suggestion.ts";

const EXIT_USAGE = 2;
const HELP_FLAG: FlagSpec = { name: "help", short: "h", type: "boolean", help: "this text" };

/** @param layout where the parts lie that are started; tests bring their own */
export async function runCommandLine(
  argv: readonly string[],
  layout: Layout = REPOSITORY_LAYOUT,
): Promise<number> {
  const output = createOutput(argv.includes("--json"));
  const [first] = argv;
  if (first === undefined || first === "help" || first === "--help" || first === "-h") {
    process.stdout.write(`${generalHelp(COMMANDS)}\n`);
    return first === undefined ? EXIT_USAGE : 0;
  }
  const found = findCommand(argv);
  if (typeof found === "string") {
    output.error(`${found}; --help lists the commands`);
    return EXIT_USAGE;
  }
  const { command, rest } = found;
  const parsed = parseArguments(rest, [...command.flags, HELP_FLAG]);
  if (!parsed.ok) {
    output.error(`${parsed.error.message} (bun run ${typedName(command)} --help lists the flags)`);
    return EXIT_USAGE;
  }
  if (parsed.value.has("help")) {
    process.stdout.write(`${commandHelp(command)}\n`);
    return 0;
  }
  const [min, max] = command.takes;
  const { positionals } = parsed.value;
  if (positionals.length < min) {
    output.error(`something is missing: bun run ${typedName(command)} ${command.arguments}`);
    return EXIT_USAGE;
  }
  if (positionals.length > max) {
    output.error(
      `unexpected "${positionals[max]}"; usage: bun run ${typedName(command)} ${command.arguments}`,
    );
    return EXIT_USAGE;
  }
  const run = await command.load();
  return run({ parsed: parsed.value, output, layout, environment: process.env, cwd: process.cwd() });
}

/** @returns the command and what follows its name, or what is wrong */
function findCommand(
  argv: readonly string[],
): { readonly command: CommandSpec; readonly rest: readonly string[] } | string {
  const [first = "", second] = argv;
  const children = COMMANDS.filter(({ name }) => name.startsWith(`${first} `));
  if (children.length > 0 && second !== undefined && !second.startsWith("-")) {
    const command = children.find(({ name }) => name === `${first} ${second}`);
    if (command !== undefined) return { command, rest: argv.slice(2) };
    const known = children.map(({ name }) => name.slice(first.length + 1));
    return `unknown command "${first} ${second}"${didYouMean(second, known)}`;
  }
  const command = COMMANDS.find(({ name }) => name === first);
  if (command !== undefined) return { command, rest: argv.slice(1) };
  const known = COMMANDS.map(({ name }) => name).filter((name) => !name.includes(" "));
  return `unknown command "${first}"${didYouMean(first, known)}`;
}
