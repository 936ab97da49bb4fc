/**
 * The workflow that judges a change of bootstrap.json, run as GitHub runs it: its own shell steps, on proposed lists that
 * are right and wrong in one way each. The summary says in plain words what was found.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeyPair } from "@synapse/spore/identity/keypair.ts";
import { ROOT, readSource } from "../support/source-tree.ts";

setDefaultTimeout(60_000);

interface Step {
  readonly name?: string;
  readonly run?: string;
}
const workflow = Bun.YAML.parse(readSource(".github/workflows/bootstrap.yml").text) as {
  jobs: { validate: { steps: readonly Step[] } };
};
const { steps } = workflow.jobs.validate;
const stepNamed = (start: string): string => steps.find(({ name }) => name?.startsWith(start))?.run ?? "";

const dir = mkdtempSync(join(tmpdir(), "synapse-action-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const operator = createKeyPair().publicKey;
const current = JSON.parse(readSource("bootstrap.json").text) as { seeds: object[] };
const seed = (url: string, added_by = "ada") => ({ url, operator, added_by });

/** Runs both judging steps, as `ada`; @returns exit codes and the summary. */
async function judge(proposed: string) {
  const summary = join(dir, "summary.md");
  writeFileSync(join(dir, "proposed.json"), proposed);
  writeFileSync(summary, "");
  const env = {
    ...process.env,
    RUNNER_TEMP: dir,
    GITHUB_STEP_SUMMARY: summary,
    AUTHOR: "ada",
    NO_COLOR: "1",
  };
  const run = async (script: string): Promise<number> => {
    expect(script).not.toBe("");
    // As GitHub starts it for `shell: bash`.
    const child = Bun.spawn(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
      cwd: ROOT,
      env,
      stdout: "ignore",
      stderr: "ignore",
    });
    return await child.exited;
  };
  const change = await run(stepNamed("Say what changes"));
  const validation = await run(stepNamed("Validate schema"));
  return { change, validation, text: readFileSync(summary, "utf8") };
}

const listOf = (...seeds: object[]) => JSON.stringify({ ...current, seeds: [...current.seeds, ...seeds] });

test("a list without a change passes both", async () => {
  const { change, validation, text } = await judge(listOf());
  expect([change, validation]).toEqual([0, 0]);
  expect(text).toContain("0 added, 0 changed or taken away");
  expect(text).toContain("valid; network");
});

test.each([
  ["plain http", listOf(seed("http://seed.invalid")), "must be an https URL"],
  [
    "the same seed twice",
    listOf(seed("https://a.invalid"), seed("https://A.invalid/")),
    "is the same seed as",
  ],
  ["more than an origin", listOf(seed("https://a.invalid/spore")), "must be an origin"],
  ["an address inside somebody's network", listOf(seed("https://192.168.1.4")), "is no public address"],
  ["this machine", listOf(seed("https://[::1]")), "is no public address"],
  ["no operator key", listOf({ url: "https://a.invalid", added_by: "ada" }), "operator"],
  ["nobody there", listOf(seed("https://seed.invalid")), "✗ https://seed.invalid"],
  ["not JSON", "{", "is not JSON"],
])("%s fails the validation, and the summary says so", async (_, proposed, words) => {
  const { validation, text } = await judge(proposed);
  expect(validation).toBe(1);
  expect(text).toContain(words);
  // Both fences of the summary are closed.
  expect(text.match(/```/g)?.length).toBe(2);
});

test("a seed that names somebody else is for a maintainer to decide", async () => {
  const { change, text } = await judge(listOf(seed("https://seed.invalid", "eve")));
  expect(change).toBe(1);
  expect(text).toContain("for a maintainer to decide");
  expect(text).toContain("the author is `ada`");
});
