/**
 * `ask`: puts a question to a running swarm and prints the answer as it forms.
 *
 * It looks at the task again and again instead of holding a stream open: a look is one small request, and a spore that
 * restarts in the middle is simply asked once more.
 */
import { existsSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { AnswerForm } from "@synapse/shared/contract/entry.ts";
import { LABELS } from "@synapse/shared/contract/label.ts";
import { type TaskDetail, taskDetailSchema } from "@synapse/shared/contract/status.ts";
import { receiptSchema } from "@synapse/shared/receipt.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { z } from "zod";
import type { ParsedArguments } from "../arguments.ts";
import { callSpore, failureText, type SporeAccess } from "../client/spore-client.ts";
import { reachableSpore } from "../client/swarm-locator.ts";
import type { CommandContext } from "../commands.ts";
import { durationText, type Output, shellQuoted } from "../output.ts";
import { didYouMean } from "../suggestion.ts";
import { confidentialText } from "./receipt-label.ts";

const EXIT_UNRESOLVED = 3;
const EXIT_TIMED_OUT = 4;
const TIMEOUT_SECONDS = 300;
const LOOK_EVERY_MS = 200;
/** A spore that is restarted by its launcher is back within this time. */
const OUTAGE_MAX_MS = 20_000;
const LINE_CHARS = 160;
/** Memories printed under an answer; those it quotes come first. */
const CITATIONS_SHOWN = 5;

const acceptedSchema = z.looseObject({ task_id: z.string() });

export async function runAsk(context: CommandContext): Promise<number> {
  const { parsed, output } = context;
  const question = parsed.positionals[0] ?? "";
  const body = requestBody(question, parsed);
  if (!body.ok) {
    output.error(body.error);
    return 2;
  }
  const file = parsed.string("receipt");
  // Said before the question is asked, which costs minutes.
  if (file !== undefined && !existsSync(dirname(resolve(context.cwd, file)))) {
    output.error(`--receipt: there is no folder ${dirname(resolve(context.cwd, file))}`);
    return 2;
  }
  const spore = await reachableSpore(parsed, context.environment, context.cwd);
  if (!spore.ok) {
    output.error(spore.error);
    return 1;
  }
  const access = spore.value;
  const accepted = await callSpore(
    access,
    {
      method: "POST",
      path: "/api/task",
      body: body.value,
      headers: { "Idempotency-Key": crypto.randomUUID() },
    },
    acceptedSchema,
  );
  if (!accepted.ok) {
    output.error(failureText(accepted.error));
    return 1;
  }
  const id = accepted.value.task_id;
  output.line(output.dim(`task ${id} at ${access.url}`));
  const timeoutMs = (parsed.integer("timeout") ?? TIMEOUT_SECONDS) * 1_000;
  const task = await follow(access, id, timeoutMs, output);
  if (task === null) return 1;
  const ended = task.status === "converged" || task.status === "unresolved";
  if (!ended) {
    output.result(task);
    output.warn(
      `no answer after ${durationText(timeoutMs)}; the swarm goes on. Later: GET ${access.url}/api/task/${id}`,
    );
    return EXIT_TIMED_OUT;
  }
  output.result(task);
  printAnswer(task, output);
  const saved = file === undefined || (await saveReceipt(access, id, resolve(context.cwd, file), output));
  if (file === undefined)
    output.line(output.dim(`receipt: ${access.url}/api/task/${id}/receipt (--receipt FILE saves it)`));
  if (!saved) return 1;
  return task.status === "converged" ? 0 : EXIT_UNRESOLVED;
}

function requestBody(question: string, parsed: ParsedArguments): Result<object, string> {
  if (question.trim() === "") {
    return err(
      'there is no question; say what is to be answered, such as: bun run ask "What do my notes say?"',
    );
  }
  const label = parsed.string("label");
  if (label !== undefined && !(LABELS as readonly string[]).includes(label)) {
    return err(
      `--label: ${JSON.stringify(label)} is none of ${LABELS.join(", ")}${didYouMean(label, LABELS)}`,
    );
  }
  const priority = parsed.string("priority");
  const priorities = ["low", "normal", "high"];
  if (priority !== undefined && !priorities.includes(priority)) {
    return err(`--priority: ${JSON.stringify(priority)} is none of ${priorities.join(", ")}`);
  }
  const choices = parsed
    .list("choices")
    ?.flatMap((item) => item.split(","))
    .map((item) => item.trim())
    .filter(Boolean);
  if (choices !== undefined && parsed.has("number")) return err("--choices and --number exclude each other");
  if (choices !== undefined && choices.length < 2)
    return err("--choices needs two or more, separated by commas");
  const answer: AnswerForm | undefined =
    choices !== undefined
      ? { type: "choice", options: choices }
      : parsed.has("number")
        ? { type: "number" }
        : undefined;
  return ok({
    task: question,
    ...(label === undefined ? {} : { label }),
    ...(priority === undefined ? {} : { priority }),
    ...(answer === undefined ? {} : { answer }),
  });
}

/** @returns the task when it ended or the time was over; null when the spore was lost. */
async function follow(
  access: SporeAccess,
  id: string,
  timeoutMs: number,
  output: Output,
): Promise<TaskDetail | null> {
  const startedAt = performance.now();
  const told = createNarrator(output);
  let lostAt: number | null = null;
  for (;;) {
    const looked = await callSpore(access, { method: "GET", path: `/api/task/${id}` }, taskDetailSchema);
    const now = performance.now();
    if (looked.ok) {
      lostAt = null;
      told(looked.value);
      const { status } = looked.value;
      if (status === "converged" || status === "unresolved" || now - startedAt >= timeoutMs) {
        output.progress(null);
        return looked.value;
      }
      output.progress(`${looked.value.phase}, cycle ${looked.value.cycle}, ${durationText(now - startedAt)}`);
    } else if (looked.error.kind !== "unreachable" || (lostAt !== null && now - lostAt > OUTAGE_MAX_MS)) {
      output.progress(null);
      output.error(failureText(looked.error));
      return null;
    } else {
      lostAt ??= now;
      output.progress(`${access.url} does not answer; trying again`);
    }
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

/** Says each contribution and each change of phase once. */
function createNarrator(output: Output): (task: TaskDetail) => void {
  const told = new Set<string>();
  let phase = "";
  return (task) => {
    for (const delta of task.deltas) {
      if (told.has(delta.id)) continue;
      told.add(delta.id);
      const text = delta.abstain ? "abstains: nothing relevant is known" : oneLine(delta.hypothesis);
      output.line(`  ${output.bold(delta.spore)} (${delta.role}, ${delta.model}) ${text}`);
    }
    if (task.phase === phase) return;
    phase = task.phase;
    const agreement = task.agreement_history.at(-1)?.agreement;
    const agreed = agreement === undefined ? "" : `, agreement ${Math.round(agreement * 100)} %`;
    output.line(output.dim(`  ${phase}${agreed}`));
  };
}

function printAnswer(task: TaskDetail, output: Output): void {
  output.line();
  if (task.final_answer === null) {
    output.line(output.yellow(`Unresolved: ${task.reason ?? "the spores did not agree"}.`));
  } else {
    output.line(output.bold(printable(task.final_answer)));
    const posterior = task.posterior === null ? "" : `posterior ${task.posterior.toFixed(2)}, `;
    output.line(output.dim(`${task.status}, ${posterior}${task.validation ?? "not validated"}`));
    if (task.reason !== null) output.line(output.yellow(oneLine(task.reason)));
  }
  for (const { text, holders } of task.dissent) {
    output.line(output.yellow(`dissent (${holders.join(", ")}): ${oneLine(text)}`));
  }
  const isQuoted = ({ quote }: TaskDetail["citations"][number]): boolean =>
    quote !== "" && (task.final_answer ?? "").includes(quote);
  const quotedFirst = [...task.citations.filter(isQuoted), ...task.citations.filter((one) => !isQuoted(one))];
  for (const [index, { id, quote, content }] of quotedFirst.slice(0, CITATIONS_SHOWN).entries()) {
    output.line(
      `  [${index + 1}] ${oneLine(quote === "" ? (content ?? "") : `“${quote}”`)} ${output.dim(id.slice(0, 12))}`,
    );
  }
  const more = task.citations.length - CITATIONS_SHOWN;
  if (more > 0) output.line(output.dim(`  and ${more} more that it rests on, all of them in the receipt`));
}

async function saveReceipt(access: SporeAccess, id: string, file: string, output: Output): Promise<boolean> {
  const path = `/api/task/${id}/receipt`;
  const receipt = await callSpore(access, { method: "GET", path }, receiptSchema);
  if (!receipt.ok) {
    output.error(failureText(receipt.error));
    return false;
  }
  try {
    writeFileSync(file, `${JSON.stringify(receipt.value, null, 2)}\n`);
  } catch (error) {
    output.error(`the receipt cannot be saved: ${(error as Error).message}; ${access.url}${path} has it`);
    return false;
  }
  output.line(output.dim(`receipt saved to ${file}; check it with: bun run verify ${shellQuoted(file)}`));
  const confidential = confidentialText(receipt.value.label);
  if (confidential !== null) output.warn(confidential);
  return true;
}

/** Remote text on a terminal: its lines and tabs, no other control characters, which could rewrite the screen. */
function printable(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}/gu, " ");
}

/** The same on one line. */
function oneLine(text: string): string {
  const flat = text.replaceAll(/[\p{Cc}\s]+/gu, " ").trim();
  return flat.length <= LINE_CHARS ? flat : `${flat.slice(0, LINE_CHARS - 1).toWellFormed()}…`;
}
