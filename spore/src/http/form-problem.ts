/**
 * The one place that words what is wrong with the form of a request, for HTTP and MCP alike: the member, and what it may
 * be. Never the value, which may be a secret.
 *
 * Of a union the branch that was meant is told: the one that lacks fewest of its members and has fewest that are not its own.
 */
import { z } from "zod";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** A member's name comes from the caller. */
const PATH_CHARS_MAX = 200;
/** Names of members told where one is unknown. */
const NAMES_MAX = 40;
/** Branches of a union that are told where none fits better than another. */
const BRANCHES_MAX = 3;

/** `member.0.member: message`; at the root the message alone, about the body. */
export function problemAt(path: Path, message: string): string {
  const at = path.map(String).join(".");
  const short = at.length > PATH_CHARS_MAX ? `${at.slice(0, PATH_CHARS_MAX).toWellFormed()}…` : at;
  return short === "" ? `the body ${message}; GET /openapi.json shows its members` : `${short}: ${message}`;
}

/** @returns the first problem of a value that the schema refuses, or null where it takes it */
export function formProblem(schema: z.ZodType, value: unknown): string | null {
  const parsed = schema.safeParse(value, { error: wording, reportInput: true });
  const issue = parsed.error?.issues[0];
  return issue === undefined ? null : told(issue, []);
}

function told(issue: Issue, above: Path): string {
  const path = [...above, ...issue.path];
  if (issue.code === "invalid_union" && issue.errors.length > 0) return toldUnion(issue, path);
  if (issue.code === "unrecognized_keys") return problemAt([...path, issue.keys[0] ?? ""], issue.message);
  if (issue.code === "invalid_key") return problemAt(path, `its name: ${issue.issues[0]?.message}`);
  return problemAt(path, issue.message);
}

function toldUnion({ errors, message }: z.core.$ZodIssueInvalidUnion, path: Path): string {
  const ranked = errors.map((issues) => ({ issues, distance: distanceOf(issues) }));
  const least = Math.min(...ranked.map(({ distance }) => distance));
  // The union's own words are about values that are none of its branches.
  if (least >= OTHER_KIND && message !== UNWORDED) return problemAt(path, message);
  const nearest = ranked.filter(({ distance }) => distance === least);
  const texts = nearest.flatMap(({ issues: [first] }) => (first === undefined ? [] : [told(first, path)]));
  return [...new Set(texts)].slice(0, BRANCHES_MAX).join("; or ");
}

/** How far a branch is from what was sent: another kind of value altogether, or members too few and too many. */
function distanceOf(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => {
    if (issue.code === "unrecognized_keys") return sum + issue.keys.length;
    if (issue.path.length === 1 && issue.input === undefined) return sum + 1;
    if (issue.path.length > 0) return sum;
    if (issue.code === "invalid_union") return sum + Math.min(...issue.errors.map(distanceOf));
    return issue.code === "invalid_type" || issue.code === "custom" ? sum + OTHER_KIND : sum;
  }, 0);
}
const OTHER_KIND = 1_000;
const UNWORDED = "is of no kind that is taken here";

/** Words for what Zod says in its own; what a schema says itself comes first, and what is not listed stays as it is. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? `is missing: must be ${kindOf(issue.expected)}`
        : `must be ${kindOf(issue.expected)}`;
    case "invalid_value":
      return `must be ${(issue.values as readonly unknown[]).map((one) => JSON.stringify(one)).join(" or ")}`;
    case "unrecognized_keys":
      return `is not a member here; ${membersOf(issue.inst)}`;
    case "too_big":
      return limited("at most", issue.origin, issue.maximum);
    case "too_small":
      return limited("at least", issue.origin, issue.minimum);
    case "invalid_union":
      return UNWORDED;
    default:
      return undefined;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "a JSON object",
  record: "a JSON object",
  string: "text",
};

const kindOf = (expected: unknown): string => KINDS[String(expected)] ?? String(expected);

function limited(bound: string, origin: unknown, limit: unknown): string {
  if (origin === "string") return `must have ${bound} ${limit} characters`;
  return origin === "array" ? `must have ${bound} ${limit} items` : `must be ${bound} ${limit}`;
}

function membersOf(inst: unknown): string {
  const names = inst instanceof z.ZodObject ? Object.keys(inst.shape) : [];
  return names.length === 0 ? "there are none" : `there are ${names.slice(0, NAMES_MAX).join(", ")}`;
}
