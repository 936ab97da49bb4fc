/** The environment, understood or refused with every problem at once. */
import { expect, test } from "bun:test";
import { readConfig } from "./config.ts";

function problemsOf(env: Record<string, string>): readonly string[] {
  const result = readConfig(env);
  return result.ok ? [] : result.error.problems;
}

test("an empty environment is a spore on loopback that nobody else can write to", () => {
  const result = readConfig({});
  expect(result.ok && result.value).toMatchObject({
    name: "spore-0",
    role: "explorer",
    host: "127.0.0.1",
    port: 7860,
    token: null,
  });
});

test("the role follows the index, modulo seven, unless it is named", () => {
  const role = (env: Record<string, string>) => {
    const result = readConfig(env);
    return result.ok ? result.value.role : null;
  };
  expect(role({ SPORE_INDEX: "6" })).toBe("sentinel");
  expect(role({ SPORE_INDEX: "9" })).toBe("adversarial");
  expect(role({ SPORE_INDEX: "9", SPORE_ROLE: "Brain" })).toBe("brain");
});

test("every problem is named with its variable, and no secret is repeated", () => {
  const problems = problemsOf({
    PORT: "99999",
    SPORE_ROLE: "king",
    SPORE_ID: "Not A Name",
    SPORE_PEERS: "https://good.example, nonsense",
    SPORE_ALLOW_PEER_NETWORKS: "10.0.0.0/99",
    SPORE_PLACE: "somewhere",
    SPORE_TOKEN: "do-not-print-me",
    BOOTSTRAP_URL: "http://plain.example/bootstrap.json",
  });
  for (const name of [
    "PORT",
    "SPORE_ROLE",
    "SPORE_ID",
    "SPORE_PEERS",
    "SPORE_ALLOW_PEER_NETWORKS",
    "SPORE_PLACE",
    "BOOTSTRAP_URL",
  ]) {
    expect(problems.some((problem) => problem.startsWith(name))).toBe(true);
  }
  expect(problems.join()).not.toContain("do-not-print-me");
});
