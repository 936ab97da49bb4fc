import { describe, expect, test } from "bun:test";
import { type FlagSpec, parseArguments } from "./arguments.ts";

const FLAGS: readonly FlagSpec[] = [
  { name: "count", type: "integer", value: "N", help: "" },
  { name: "deploy-cc", type: "boolean", help: "" },
  { name: "data-dir", type: "string", value: "DIR", help: "" },
  { name: "peers", type: "list", value: "URL…", help: "" },
  { name: "follow", short: "f", type: "boolean", help: "" },
];

const parse = (...argv: string[]) => {
  const parsed = parseArguments(argv, FLAGS);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
};
const complaint = (...argv: string[]) => {
  const parsed = parseArguments(argv, FLAGS);
  return parsed.ok ? "none" : parsed.error.message;
};

describe("what is understood", () => {
  test("values behind a space or an equals sign, short flags, and what stands for itself", () => {
    const parsed = parse("notes", "--count", "3", "--data-dir=/tmp/a b", "-f", "more");
    expect(parsed.integer("count")).toBe(3);
    expect(parsed.string("data-dir")).toBe("/tmp/a b");
    expect(parsed.has("follow")).toBe(true);
    expect(parsed.has("deploy-cc")).toBe(false);
    expect(parsed.positionals).toEqual(["notes", "more"]);
  });

  test("a list takes everything up to the next flag, commas and repetition", () => {
    const parsed = parse("--peers", "a", "b", "--deploy-cc", "--peers=c,d");
    expect(parsed.list("peers")).toEqual(["a", "b", "c", "d"]);
    expect(parsed.positionals).toEqual([]);
    expect(parse("--peers", "a", "--", "b").positionals).toEqual(["b"]);
  });

  test("no flag at all is told from a flag", () => {
    expect(parse().isBare).toBe(true);
    expect(parse("--deploy-cc").isBare).toBe(false);
  });
});

describe("what is refused, and how", () => {
  test("an unknown flag, with the one that was probably meant", () => {
    expect(complaint("--deploy-ccc")).toBe('unknown flag --deploy-ccc; did you mean "--deploy-cc"?');
    expect(complaint("--zebra")).toBe("unknown flag --zebra");
  });

  test("a flag without its value, and a value where none belongs", () => {
    expect(complaint("--count", "--deploy-cc")).toContain("--count needs a value: --count N");
    expect(complaint("--data-dir")).toContain("--data-dir needs a value");
    expect(complaint("--deploy-cc=yes")).toContain("takes no value");
  });

  test("a number that is none", () => {
    for (const text of ["three", "3.5", "1e3", "0x10", "99999999999999999999"]) {
      expect(complaint("--count", text)).toContain(`--count expects a whole number, got "${text}"`);
    }
  });
});
