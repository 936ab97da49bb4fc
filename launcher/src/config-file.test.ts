import { describe, expect, test } from "bun:test";
import { parseConfig } from "./config-file.ts";

const accepted = (text: string) => {
  const parsed = parseConfig(text, "config.yaml");
  if (!parsed.ok) throw new Error(parsed.error.messages.join("\n"));
  return parsed.value;
};
const complaints = (text: string) => {
  const parsed = parseConfig(text, "config.yaml");
  return parsed.ok ? [] : parsed.error.messages;
};

describe("problems say where and what", () => {
  test("a misspelt member, on its line, at any depth", () => {
    expect(complaints("target: local\ncuont: 3\n")).toEqual([
      'config.yaml:2: unknown member "cuont"; did you mean "count"?',
    ]);
    expect(complaints("count: 3\napi_keys:\n  gruq: abc\n")).toEqual([
      'config.yaml:3: unknown member "api_keys.gruq"; did you mean "groq"?',
    ]);
  });

  test("a wrong type, with what is expected and what was found", () => {
    expect(complaints('\n\ncount: "three"\n')).toEqual([
      'config.yaml:3: count: expected a whole number, got "three"',
    ]);
    expect(complaints("deploy_cc: maybe\n")[0]).toContain('expected true or false, got "maybe"');
    expect(complaints("target: moon\n")[0]).toContain("expected one of local, hf");
    expect(complaints("count: 0\n")[0]).toContain("expected at least 1, got 0");
    expect(complaints("base_port: 70000\n")[0]).toContain("expected at most 65535");
    expect(complaints("peers:\n  - https://a.example\n  - nowhere\n")[0]).toMatch(
      /^config\.yaml:1: peers\.1: expected a URL/,
    );
    expect(complaints("- a\n- b\n")[0]).toContain("a list");
  });

  test("all problems at once, and YAML that is none", () => {
    expect(complaints("count: x\ncc_port: y\n")).toHaveLength(2);
    const [first = ""] = complaints("count: [1\n");
    expect(first).toMatch(/^config\.yaml:\d+: this is not YAML: \S.*[^:]$/);
    expect(first).not.toMatch(/at line|column/);
  });

  test("the value of a secret never stands in a message", () => {
    const text =
      "hf_token: [sk-very-secret]\napi_keys:\n  xai: { a: sk-very-secret }\nvercel_token: 12345678\n";
    const told = complaints(text).join("\n");
    expect(complaints(text)).toHaveLength(3);
    expect(told).not.toContain("very-secret");
    expect(told).not.toContain("12345678");
  });
});

describe("what is understood", () => {
  test("members without a value count as absent, an empty file as empty", () => {
    expect(accepted("api_keys:\npeers:\ncount: 2\n").config).toEqual({ count: 2 });
    expect(accepted("# nothing yet\n").config).toEqual({});
    expect(accepted("").config).toEqual({});
  });

  test("the configuration of the earlier system, with a word about what changed", () => {
    const { config, notices } = accepted(
      "commander: me\nsentinel: true\nmodels: [a]\ncortex: true\napi_keys:\n  github: x\n  zai: y\n",
    );
    expect(config).toEqual({ hf_owner: "me", cortex: { backend: "local" }, api_keys: { zai: "y" } });
    expect(notices).toHaveLength(5);
  });
});
