/**
 * The command line, parsed against the flags a command declares. Pure.
 *
 * The tokens come from node:util; what is added is what people need: lists (`--peers A B`), whole numbers, a refusal
 * of unknown flags with the nearest known one, and of flags whose value was forgotten.
 */
import { parseArgs } from "node:util";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { didYouMean } from "./suggestion.ts";

export interface FlagSpec {
  readonly name: string;
  readonly short?: string;
  readonly type: "boolean" | "string" | "integer" | "list";
  /** What stands for the value in the help, such as `PORT`. */
  readonly value?: string;
  readonly help: string;
}

type FlagValue = string | number | boolean | readonly string[];

/** What the user wrote wrongly; printed as it stands, exit code 2. */
export interface UsageError {
  readonly kind: "usage";
  readonly message: string;
}

export class ParsedArguments {
  readonly positionals: readonly string[];
  readonly #values: ReadonlyMap<string, FlagValue>;

  constructor(positionals: readonly string[], values: ReadonlyMap<string, FlagValue>) {
    this.positionals = positionals;
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.get(name) === true;
  }

  string(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  integer(name: string): number | undefined {
    const value = this.#values.get(name);
    return typeof value === "number" ? value : undefined;
  }

  list(name: string): readonly string[] | undefined {
    const value = this.#values.get(name);
    return Array.isArray(value) ? value : undefined;
  }

  /** True when no flag at all was given. */
  get isBare(): boolean {
    return this.#values.size === 0;
  }
}

export function usageError(message: string): { readonly ok: false; readonly error: UsageError } {
  return err({ kind: "usage", message });
}

export function parseArguments(
  argv: readonly string[],
  specs: readonly FlagSpec[],
): Result<ParsedArguments, UsageError> {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      specs.map((spec) => [
        spec.name,
        {
          type: spec.type === "boolean" ? ("boolean" as const) : ("string" as const),
          ...(spec.short === undefined ? {} : { short: spec.short }),
        },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, FlagValue>();
  const positionals: string[] = [];
  let openList: string | null = null;
  for (const token of tokens) {
    if (token.kind === "option-terminator") openList = null;
    else if (token.kind === "positional") {
      if (openList === null) positionals.push(token.value);
      else values.set(openList, [...((values.get(openList) as string[]) ?? []), token.value]);
    } else {
      openList = null;
      const spec = byName.get(token.name);
      if (spec === undefined) return unknownFlag(token.rawName, [...byName.keys()]);
      const value = readValue(spec, token.value, token.inlineValue === true);
      if (!value.ok) return value;
      if (spec.type === "list") {
        openList = spec.name;
        values.set(spec.name, [...((values.get(spec.name) as string[]) ?? []), ...(value.value as string[])]);
      } else values.set(spec.name, value.value);
    }
  }
  return ok(new ParsedArguments(positionals, values));
}

function unknownFlag(raw: string, known: readonly string[]): ReturnType<typeof usageError> {
  const names = known.map((name) => `--${name}`);
  return usageError(`unknown flag ${raw}${didYouMean(raw, names)}`);
}

function readValue(spec: FlagSpec, text: string | undefined, inline: boolean): Result<FlagValue, UsageError> {
  const flag = `--${spec.name}`;
  if (spec.type === "boolean") {
    return text === undefined ? ok(true) : usageError(`${flag} takes no value`);
  }
  // `--count --deploy-cc` forgot a number; `--task=--x` is meant.
  if (text === undefined || text === "" || (!inline && text.startsWith("--"))) {
    return usageError(`${flag} needs a value: ${flag} ${spec.value ?? "VALUE"}`);
  }
  if (spec.type === "integer") {
    const number = Number(text);
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number))
      return usageError(`${flag} expects a whole number, got "${text}"`);
    return ok(number);
  }
  if (spec.type === "list") return ok(text.split(",").filter((item) => item !== ""));
  return ok(text);
}
