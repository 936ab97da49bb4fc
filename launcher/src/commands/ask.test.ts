/** What `ask` prints under an answer, from a spore that is scripted to have answered already. */
import { afterAll, beforeEach, expect, test } from "bun:test";
import type { Health, TaskDetail } from "@synapse/shared/contract/status.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { parseArguments } from "../arguments.ts";
import { SPORE_FLAGS } from "../client/swarm-locator.ts";
import type { CommandContext } from "../commands.ts";
import { createOutput } from "../output.ts";
import { runAsk } from "./ask.ts";

const TASK = "ab".repeat(32);
const AT = "2026-01-01T00:00:00.000Z";
/** Ids that can be told apart by their first twelve characters, which is what is printed. */
const idOf = (name: string): string => Buffer.from(name.padEnd(32, ".")).toString("hex");

type Citation = TaskDetail["citations"][number];
let citations: readonly Citation[] = [];
let finalAnswer = "";
const cite = (name: string, quote: string, content: string | null = `${name} as a whole`): Citation =>
  ({ id: idOf(name), quote, content }) as Citation;

const task = (): object => ({
  task_id: TASK,
  description: "When does the ferry leave?",
  label: "cluster",
  priority: "normal",
  answer_form: null,
  author: "spore-0",
  status: "converged",
  phase: "done",
  cycle: 1,
  converged: true,
  final_answer: finalAnswer,
  value: null,
  confidence: 0.9,
  posterior: 0.9,
  validation: "confirmed",
  contributors: ["spore-0"],
  citations,
  deltas: [],
  agreement_history: [],
  hypotheses: [],
  dissent: [],
  synthesis_id: null,
  answer_id: null,
  reason: null,
  created_at: AT,
  updated_at: AT,
});

const HEALTH: Health = {
  spore: "spore-0",
  key: "A".repeat(43) as PublicKey,
  operator: "A".repeat(43) as PublicKey,
  role: "brain",
  model: "none",
  version: "0.1.0",
  dna: "d".repeat(64),
  memories: 0,
  memories_private: 0,
  memories_collective: 0,
  cycles: 0,
  deltas_produced: 0,
  deltas_received: 0,
  confidence: null,
  peers: [],
  active_tasks: 0,
  converged_tasks: 0,
  uptime_s: 1,
  last_provider: null,
  last_model: null,
  clock: {},
  sce: { enabled: true },
  quantum: { enabled: true },
};

const spore = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (request.method === "POST" && pathname === "/api/task") {
      return Response.json({ task_id: TASK }, { status: 201 });
    }
    if (pathname === `/api/task/${TASK}`) return Response.json(task());
    return Response.json(HEALTH);
  },
});
afterAll(() => spore.stop(true));
beforeEach(() => {
  citations = [];
  finalAnswer = "It leaves at nine.";
});

/** The lines printed below the answer. */
async function printed(): Promise<string[]> {
  const parsed = parseArguments(
    ["When does the ferry leave?", "--spore", `http://127.0.0.1:${spore.port}`],
    SPORE_FLAGS,
  );
  if (!parsed.ok) throw new Error(parsed.error.message);
  let stdout = "";
  const write = (text: string): void => {
    stdout += text;
  };
  const stream = { isTTY: false, columns: 200, write };
  const output = createOutput(false, { stdout: stream, stderr: stream, environment: {} });
  const context = { parsed: parsed.value, output, environment: {}, cwd: "/" } as unknown as CommandContext;
  expect(await runAsk(context)).toBe(0);
  const lines = stdout.split("\n").map((line) => line.trim());
  return lines.slice(lines.indexOf(finalAnswer) + 2).filter((line) => /^(\[\d+\]|and \d+ more)/.test(line));
}

const line = (number: number, name: string, text: string): string =>
  `[${number}] ${text} ${idOf(name).slice(0, 12)}`;

test("what the answer quotes stands first, each group in the order in which it was cited", async () => {
  finalAnswer = "It leaves at nine, from the northern pier.";
  citations = [
    cite("one", "the lantern burns red"),
    cite("two", "from the northern pier"),
    cite("three", ""),
    cite("four", "at nine"),
    cite("five", "in spring"),
  ];
  expect(await printed()).toEqual([
    line(1, "two", "“from the northern pier”"),
    line(2, "four", "“at nine”"),
    line(3, "one", "“the lantern burns red”"),
    line(4, "three", "three as a whole"),
    line(5, "five", "“in spring”"),
  ]);
});

test("of more than five the quoted one is shown though it was cited last; how many are not shown is said", async () => {
  citations = [
    ...["one", "two", "three", "four", "five", "six"].map((name) => cite(name, "something else")),
    cite("seven", "at nine"),
  ];
  const lines = await printed();
  expect(lines[0]).toBe(line(1, "seven", "“at nine”"));
  expect(lines.slice(1, 5)).toEqual(
    ["one", "two", "three", "four"].map((name, at) => line(at + 2, name, "“something else”")),
  );
  expect(lines[5]).toBe("and 2 more that it rests on, all of them in the receipt");
});

test("an empty question is refused before anything is sent", async () => {
  for (const question of ["", " \n"]) {
    let told = "";
    const write = (text: string): void => {
      told += text;
    };
    const stream = { isTTY: false, columns: 200, write };
    const output = createOutput(false, { stdout: stream, stderr: stream, environment: {} });
    // Nothing listens there: a request would end with exit code 1.
    const parsed = parseArguments([question, "--spore", "http://127.0.0.1:1"], SPORE_FLAGS);
    if (!parsed.ok) throw new Error(parsed.error.message);
    const context = { parsed: parsed.value, output, environment: {}, cwd: "/" } as unknown as CommandContext;
    expect(await runAsk(context)).toBe(2);
    expect(told).toMatch(/^error: there is no question; say what is to be answered.*\n$/);
  }
});

test("an empty quotation is in every answer, and makes nothing come first", async () => {
  citations = [cite("whole", ""), cite("quoted", "at nine"), cite("gone", "", null)];
  expect(await printed()).toEqual([
    line(1, "quoted", "“at nine”"),
    line(2, "whole", "whole as a whole"),
    `[3]  ${idOf("gone").slice(0, 12)}`,
  ]);
});
