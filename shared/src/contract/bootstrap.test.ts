import { describe, expect, test } from "bun:test";
import { bootstrapSchema, bootstrapUrlOfRepository, localBootstrapSchema, seedUrlKey } from "./bootstrap.ts";

const KEY = "A".repeat(43);
const problems = (seeds: readonly object[]) => {
  const parsed = bootstrapSchema.safeParse({ version: 1, network: "synapse", seeds });
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
};

describe("a seed list", () => {
  test("may be empty", () => {
    expect(problems([])).toEqual([]);
  });

  test("names each seed once, however it is spelt", () => {
    expect(
      problems([
        { url: "https://a.example", operator: KEY },
        { url: "https://b.example", operator: KEY },
      ]),
    ).toEqual([]);
    for (const url of ["https://A.example/", "https://a.example:443", "https://a.example/?x#y"]) {
      expect(
        problems([
          { url: "https://a.example", operator: KEY },
          { url, operator: KEY },
        ]),
      ).toContain("seeds.1.url is the same seed as seeds[0] (https://a.example)");
    }
  });

  test("on the own machine may name seeds without TLS", () => {
    const list = { version: 1, network: "synapse", seeds: [{ url: "http://10.0.0.5:7860", operator: KEY }] };
    expect(localBootstrapSchema.safeParse(list).success).toBe(true);
    expect(bootstrapSchema.safeParse(list).success).toBe(false);
  });

  test("takes https alone, and a key that is one", () => {
    expect(problems([{ url: "http://a.example", operator: KEY }])[0]).toContain("https");
    expect(problems([{ url: "https://a.example/spore", operator: KEY }])[0]).toContain("origin");
    expect(problems([{ url: "https://a:b@a.example", operator: KEY }])[0]).toContain("origin");
    expect(problems([{ url: "nowhere", operator: KEY }])[0]).toContain("https");
    expect(problems([{ url: "https://a.example", operator: "short" }])[0]).toContain("seeds.0.operator");
    expect(problems([{ url: "https://a.example", operator: KEY, adress: 1 }])).toHaveLength(1);
  });
});

test("paths tell seeds apart, trailing slashes do not", () => {
  expect(seedUrlKey("https://a.example/x/")).toBe("https://a.example/x");
  expect(seedUrlKey("https://a.example/y")).not.toBe(seedUrlKey("https://a.example/x"));
});

test("the list of a repository is found from any spelling of its URL", () => {
  const wanted = "https://raw.githubusercontent.com/owner/name/main/bootstrap.json";
  for (const url of [
    "git+https://github.com/owner/name.git",
    "https://github.com/owner/name",
    "git@github.com:owner/name.git",
  ]) {
    expect(bootstrapUrlOfRepository(url)).toBe(wanted);
  }
  expect(bootstrapUrlOfRepository("https://gitlab.com/owner/name")).toBeNull();
});
