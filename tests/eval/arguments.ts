/** The command line of the evaluation. Pure. */
import { parseArgs } from "node:util";
import { err, ok, type Result } from "@synapse/shared/result.ts";

export interface EvalArguments {
  /** None means all. */
  readonly panels: readonly string[];
  readonly data: string | undefined;
  readonly seeds: number;
  readonly json: boolean;
  readonly quick: boolean;
  readonly write: boolean;
  readonly help: boolean;
}

const SEEDS_DEFAULT = 5;
/** A seed takes minutes; nobody waits for more. */
const SEEDS_MAX = 1_000;

/** @param known names of the panels there are; the error is one line */
export function readArguments(
  argv: readonly string[],
  known: readonly string[],
): Result<EvalArguments, string> {
  let read: ReturnType<typeof parse>;
  try {
    read = parse(argv);
  } catch (error) {
    const [reason = ""] = (error as Error).message.split(/\. |\n/);
    return err(`${reason.replace(/\.$/, "")} (bun run eval --help lists the flags)`);
  }
  const { values, positionals: panels } = read;
  const unknown = panels.filter((name) => !known.includes(name));
  if (unknown.length > 0) return err(`no such panel: ${unknown.join(", ")}. There are: ${known.join(", ")}`);
  const seeds = Number(values.seeds ?? SEEDS_DEFAULT);
  if (!Number.isInteger(seeds) || seeds < 1 || seeds > SEEDS_MAX)
    return err(`--seeds expects a whole number from 1 to ${SEEDS_MAX}, got "${values.seeds}"`);
  const { data, json = false, quick = false, write = false, help = false } = values;
  return ok({ panels, data, seeds, json, quick, write, help });
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      data: { type: "string" },
      seeds: { type: "string" },
      json: { type: "boolean" },
      quick: { type: "boolean" },
      write: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
}

export function usage(known: readonly string[]): string {
  return [
    "bun run eval [panel…] [flags]",
    "  the researcher's questions, answered offline; all panels where none is named",
    "",
    `Panels: ${known.join(", ")}`,
    "Exit code 0: every goal that could be measured was reached; 1: one was missed, or nothing could be measured; 2: a wrong call.",
    "",
    "Flags",
    "  --data DIR   a folder with gsm8k.json and mmlu-pro.json: recorded answers of models",
    `  --seeds N    how many seeds (${SEEDS_DEFAULT})`,
    "  --quick      a smaller form of the long panels, to see that they run",
    "  --json       one JSON object on stdout; words go to stderr",
    "  --write      write what was measured beside each mechanism",
  ].join("\n");
}
