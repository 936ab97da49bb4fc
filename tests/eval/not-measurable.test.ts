/** What cannot be measured is named and never counted as reached; what was called wrongly is one line. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../support/source-tree.ts";

setDefaultTimeout(170_000);

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

interface Report {
  readonly panels: readonly { readonly id: string; readonly value: number; readonly passed: boolean }[];
  readonly not_measurable: readonly { readonly id: string; readonly reason: string }[];
}

async function run(...args: readonly string[]) {
  const child = Bun.spawn([process.execPath, "tests/eval/main.ts", ...args], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout, child.stderr].map((s) => new Response(s).text()));
  return { code: await child.exited, stdout: stdout ?? "", stderr: stderr ?? "" };
}

function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), "synapse-answers-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  return folder;
}

const QUESTIONS = 160;
const range = (length: number) => Array.from({ length }, (_, index) => index);
/** The format of the recorded answers, with models nobody has heard of: model m is wrong in every (m + 2)th question. */
const gsm = {
  ids: range(QUESTIONS).map((index) => `q${index}`),
  gold: range(QUESTIONS),
  answers: Object.fromEntries(
    range(3).map((m) => [`new-${m}`, range(QUESTIONS).map((i) => (i % (m + 2) === 0 ? -1 : i))]),
  ),
};
const mmlu = {
  question_ids: range(QUESTIONS),
  gold: "A".repeat(QUESTIONS),
  n_options: range(QUESTIONS).map(() => 4),
  category: range(QUESTIONS).map((index) => `topic ${index % 3}`),
  answers: Object.fromEntries(
    range(13).map((m) => [
      `other-${m}`,
      range(QUESTIONS)
        .map((i) => (i % (m + 2) === 0 ? "B" : "A"))
        .join(""),
    ]),
  ),
};

test("without recorded answers everything that needs them is named, and that is no success", async () => {
  const half = folderWith({ "gsm8k.json": gsm });
  for (const data of ["/nope", half]) {
    const { code, stdout, stderr } = await run(
      "diversity",
      "--data",
      data,
      "--json",
      "--quick",
      "--seeds",
      "1",
    );
    const { panels, not_measurable } = JSON.parse(stdout) as Report;
    expect(panels).toEqual([]);
    expect(not_measurable.map(({ id }) => id)).toEqual([
      "diversity.free-tier",
      "diversity.free-tier.margin",
      "diversity.same-family.margin",
      "diversity.near-equal",
      "diversity.near-equal.margin",
      "diversity.uneven.margin",
      "diversity.all.margin",
      "diversity.random.margin",
    ]);
    for (const { reason } of not_measurable) expect(reason).toContain(`${data}/mmlu-pro.json`);
    expect(stderr).toContain("nothing was measured; not measurable here: 8");
    expect(code).toBe(1);
  }
});

test("what is measured decides the exit code, and what is not measurable is said beside it", async () => {
  const args = ["separation", "experience", "--data", "/nope", "--seeds", "1"];
  const { code, stdout } = await run(...args, "--json");
  const { panels, not_measurable } = JSON.parse(stdout) as Report;
  expect(panels.length).toBeGreaterThan(0);
  expect(not_measurable.map(({ id }) => id)).toEqual(["experience.25", "experience.100", "experience.3000"]);
  expect(code).toBe(panels.every(({ passed }) => passed) ? 0 : 1);
});

test("answers of other models: what needs named ones says which are lacking, the rest is measured", async () => {
  const data = folderWith({ "gsm8k.json": gsm, "mmlu-pro.json": mmlu });
  const { code, stdout, stderr } = await run(
    ...["diversity", "robustness", "ablation", "experience", "--data", data, "--json", "--seeds", "1"],
  );
  expect(stderr).not.toContain("    at ");
  const { panels, not_measurable } = JSON.parse(stdout) as Report;
  const reasonOf = (id: string) => not_measurable.find((one) => one.id === id)?.reason;
  expect(reasonOf("diversity.free-tier")).toContain("Qwen2-7B-Instruct");
  expect(reasonOf("robustness.sybil.200")).toContain("Qwen2-7B-Instruct");
  expect(reasonOf("robustness.hostile.30")).toContain("needs 21 models; there are 3");
  expect(reasonOf("ablation.interference")).toContain("gemini-1.5-flash-002");
  expect(reasonOf("ablation.topics")).toContain("needs more than 1000 questions; there are 160");
  expect(reasonOf("experience.100")).toContain("needs 200 questions; there are 160");
  const measured = panels.map(({ id }) => id);
  for (const id of ["diversity.all.margin", "diversity.random.margin", "ablation.entanglement.prior"])
    expect(measured).toContain(id);
  expect(measured).toContain("experience.25");
  for (const { value } of panels) expect(Number.isFinite(value)).toBe(true);
  expect(code).toBe(panels.every(({ passed }) => passed) ? 0 : 1);
});

test("answers of a wrong shape are one line that names file and member", async () => {
  for (const [files, word] of [
    [{ "gsm8k.json": { ids: "all" }, "mmlu-pro.json": mmlu }, "gsm8k.json: ids"],
    [{ "gsm8k.json": gsm, "mmlu-pro.json": "not json" }, "mmlu-pro.json: is not JSON"],
    [{ "gsm8k.json": gsm, "mmlu-pro.json": { ...mmlu, gold: "AB" } }, "gold: 2 values for 160 questions"],
    [{ "gsm8k.json": { ...gsm, answers: {} }, "mmlu-pro.json": mmlu }, "no model answers"],
  ] as const) {
    const { code, stderr } = await run("diversity", "--data", folderWith(files));
    expect(stderr).toContain(word);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(code).toBe(2);
  }
});

test("--help is an answer; an unknown flag or a wrong number is one line and exit code 2", async () => {
  const help = await run("--help");
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toContain("--data DIR");
  for (const [args, word] of [
    [["--nope"], "--nope"],
    [["--data"], "--data"],
    [["--seeds", "many"], "--seeds expects a whole number"],
    [["--json=no"], "--json"],
  ] as const) {
    const { code, stderr, stdout } = await run(...args);
    expect(`${stdout}${stderr}`).toContain(word);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(code).toBe(2);
  }
});
