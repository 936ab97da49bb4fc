/**
 * Reads config.yaml and says what is wrong with it: file, line, member, what is expected, and the nearest known name.
 *
 * 1. A member without a value (`api_keys:`) counts as absent, so that the template can be filled in piece by piece.
 * 2. Values of secret members never appear in a message, only their type.
 * 3. The members of the earlier system's config.yaml are understood, or named as having no effect.
 */
import { type Config, configSchema, isSecretConfigPath } from "@synapse/shared/config.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { isMap, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { didYouMean } from "./suggestion.ts";

export interface ConfigFile {
  readonly config: Config;
  /** What was understood differently from how it was written. */
  readonly notices: readonly string[];
}

/** One line per problem. */
export interface ConfigProblem {
  readonly kind: "config";
  readonly messages: readonly string[];
}

/** @param name the file's name for messages */
export function parseConfig(text: string, name: string): Result<ConfigFile, ConfigProblem> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    return err({
      kind: "config",
      messages: document.errors.map((error) => {
        const line = error.linePos?.[0].line ?? 1;
        return `${name}:${line}: this is not YAML: ${withoutPosition(error.message)}`;
      }),
    });
  }
  const raw = withoutNulls(document.toJS());
  if (raw === undefined) return ok({ config: {}, notices: [] });
  if (!isRecord(raw)) {
    return err({
      kind: "config",
      messages: [`${name}:1: expected "name: value" lines, got ${typeText(raw)}`],
    });
  }
  const { config, notices } = translateEarlier(raw);
  const parsed = configSchema.safeParse(config);
  if (parsed.success)
    return ok({ config: parsed.data, notices: notices.map((notice) => `${name}: ${notice}`) });
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length--) {
      const parent = document.getIn(path.slice(0, length - 1) as string[], true);
      const holder = length === 1 ? document.contents : parent;
      if (!isMap(holder)) continue;
      const pair = holder.items.find((item) => String(item.key) === String(path[length - 1]));
      const start = (pair?.key as { range?: readonly number[] } | undefined)?.range?.[0];
      if (start !== undefined) return lines.linePos(start).line;
    }
    return 1;
  };
  const messages = describeIssues(parsed.error, config).map(
    ({ path, text: problem }) => `${name}:${lineOf(path)}: ${problem}`,
  );
  return err({ kind: "config", messages });
}

/** The parser ends its first line with the position, which stands before it already, and shows the text below. */
function withoutPosition(message: string): string {
  return (message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, "");
}

export interface DescribedIssue {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

/**
 * The problems zod found in a Config, in words.
 * @param input what was checked
 * @param nameOfMember how the user wrote the member with this dotted path
 */
export function describeIssues(
  error: z.ZodError,
  input: unknown,
  nameOfMember: (member: string) => string = (member) => member,
): DescribedIssue[] {
  return error.issues.flatMap((issue): DescribedIssue[] => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => {
        const path = [...issue.path, key];
        return {
          path,
          text: `unknown member "${path.join(".")}"${didYouMean(key, knownMembers(issue.path))}`,
        };
      });
    }
    const dotted = issue.path.join(".");
    const value = issue.path.reduce<unknown>(
      (holder, key) => (isRecord(holder) || Array.isArray(holder) ? (holder as never)[key] : undefined),
      input,
    );
    const shown = isSecretConfigPath(dotted) ? typeText(value) : valueText(value);
    return [
      { path: issue.path, text: `${nameOfMember(dotted)}: expected ${expectation(issue)}, got ${shown}` },
    ];
  });
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return EXPECTED_TYPES[issue.expected] ?? issue.expected;
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return issue.origin === "string" ? "text that is not empty" : `at least ${issue.minimum}`;
    case "too_big":
      return `at most ${issue.maximum}${issue.origin === "string" ? " characters" : ""}`;
    case "invalid_format":
      return issue.format === "url" ? "a URL that starts with http:// or https://" : issue.message;
    default:
      return issue.message;
  }
}

const EXPECTED_TYPES: Readonly<Record<string, string>> = {
  int: "a whole number",
  // Every number of config.yaml is a whole one.
  number: "a whole number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "a group of members",
  record: "a group of members",
};

/** The names a group of config.yaml may hold. */
function knownMembers(path: readonly PropertyKey[]): string[] {
  let schema: unknown = configSchema;
  for (const key of path) {
    if (!(schema instanceof z.ZodObject)) return [];
    schema = schema.shape[String(key)];
    if (schema instanceof z.ZodOptional) schema = schema.unwrap();
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** Members of the earlier system that still say something, under their names of today. */
function translateEarlier(raw: Readonly<Record<string, unknown>>): {
  config: Record<string, unknown>;
  notices: string[];
} {
  const { commander, sentinel, models, ...rest } = raw;
  const config: Record<string, unknown> = rest;
  const notices: string[] = [];
  if (commander !== undefined) {
    config.hf_owner ??= commander;
    notices.push("commander is now called hf_owner");
  }
  if (sentinel !== undefined) {
    notices.push("sentinel has no effect: the seventh spore is the Sentinel, so count: 7 has one");
  }
  if (models !== undefined) {
    notices.push("models has no effect: each provider's models are discovered; llm.model names a local one");
  }
  if (typeof config.cortex === "boolean") {
    notices.push(`cortex: ${config.cortex} is now cortex: { backend: ${config.cortex ? "local" : "off"} }`);
    config.cortex = { backend: config.cortex ? "local" : "off" };
  }
  const keys = config.api_keys;
  if (isRecord(keys) && "github" in keys) {
    const { github: _, ...others } = keys;
    config.api_keys = others;
    notices.push("api_keys.github has no effect: no spore writes to GitHub");
  }
  if (config.hf_token !== undefined && config.target === undefined) {
    notices.push("hf_token selects the Hugging Face target; write target: local to stay on this machine");
  }
  return { config, notices };
}

function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(withoutNulls).filter((item) => item !== undefined);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, withoutNulls(member)] as const)
      .filter(([, member]) => member !== undefined),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typeText(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return (
    { string: "text", number: "a number", boolean: "true or false", object: "a group of members" }[
      typeof value as string
    ] ?? typeof value
  );
}

function valueText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? JSON.stringify(value)
    : typeText(value);
}
