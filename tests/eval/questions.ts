/**
 * Recorded answers of real models, in one shape: a matrix of questions by models, with the right answer of each question.
 *
 * Not part of the project. Looked for in --data, else in ../shared/data/answers beside the repository. The public
 * sources are WildEval/ZeroEval (GSM8K) and TIGER-AI-Lab/MMLU-Pro evaluation results, both Apache-2.0.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AnswerForm } from "@synapse/shared/contract/entry.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { z } from "zod";

export interface Question {
  readonly id: string;
  readonly topic: string;
  readonly truth: string;
  readonly form: AnswerForm;
  /** One per model of the matrix: its answer, null where none could be read, undefined where it was never asked. */
  readonly answers: readonly (string | null | undefined)[];
}

export interface Matrix {
  readonly models: readonly string[];
  readonly questions: readonly Question[];
}

export interface Recorded {
  readonly gsm8k: Matrix;
  readonly mmluPro: Matrix;
}

const gsmSchema = z
  .object({
    ids: z.array(z.string()).min(1),
    gold: z.array(z.number()),
    answers: z.record(z.string(), z.array(z.number().nullable())),
  })
  .superRefine(({ ids, gold, answers }, context) => checkLengths(ids.length, { gold }, answers, context));

const mmluSchema = z
  .object({
    question_ids: z.array(z.union([z.number(), z.string()])).min(1),
    gold: z.string(),
    n_options: z.array(z.number()),
    category: z.array(z.string()),
    answers: z.record(z.string(), z.string()),
  })
  .superRefine(({ question_ids, answers, ...columns }, context) =>
    checkLengths(question_ids.length, columns, answers, context),
  );

/** One value a question in every column and of every model; and at least one model. */
function checkLengths(
  length: number,
  columns: Readonly<Record<string, { readonly length: number }>>,
  answers: Readonly<Record<string, { readonly length: number }>>,
  context: z.RefinementCtx,
): void {
  const complain = (path: readonly string[], message: string) =>
    context.addIssue({ code: "custom", path: [...path], message });
  if (Object.keys(answers).length === 0) complain(["answers"], "no model answers");
  const named = [
    ...Object.entries(columns).map(([name, column]) => [[name], column.length] as const),
    ...Object.entries(answers).map(([model, column]) => [["answers", model], column.length] as const),
  ];
  for (const [path, found] of named)
    if (found !== length) complain(path, `${found} values for ${length} questions`);
}

/** `missing`: no such files, which is an outcome like others; `wrong`: files that are not what they should be. */
export interface NoRecorded {
  readonly kind: "missing" | "wrong";
  /** One line that names the file. */
  readonly message: string;
}

export async function loadRecorded(folder: string): Promise<Result<Recorded, NoRecorded>> {
  const files = ["gsm8k.json", "mmlu-pro.json"].map((name) => join(folder, name));
  const [gsm = "", mmlu = ""] = files;
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) return err({ kind: "missing", message: `there is no ${missing.join(" and no ")}` });
  const gsm8k = await readMatrix(gsm, gsmSchema, readGsm);
  if (!gsm8k.ok) return gsm8k;
  const mmluPro = await readMatrix(mmlu, mmluSchema, readMmlu);
  if (!mmluPro.ok) return mmluPro;
  return ok({ gsm8k: gsm8k.value, mmluPro: mmluPro.value });
}

async function readMatrix<T>(
  file: string,
  schema: z.ZodType<T>,
  toMatrix: (recorded: T) => Matrix,
): Promise<Result<Matrix, NoRecorded>> {
  const wrong = (message: string) => err({ kind: "wrong" as const, message: `${file}: ${message}` });
  let json: unknown;
  try {
    json = await Bun.file(file).json();
  } catch (error) {
    return wrong(`is not JSON: ${(error as Error).message}`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return ok(toMatrix(parsed.data));
  const [issue] = parsed.error.issues;
  return wrong(`${issue?.path.join(".") || "the file"}: ${issue?.message}`);
}

/** The matrix restricted to some models, all of which it has. Questions nobody of them was asked are left out. */
export function restrict(matrix: Matrix, models: readonly string[]): Matrix {
  const columns = models.map((model) => matrix.models.indexOf(model));
  const missing = lackingModels(matrix, models);
  if (missing.length > 0) throw new Error(`recorded answers lack: ${missing.join(", ")}`);
  const questions = matrix.questions
    .map((question) => ({ ...question, answers: columns.map((column) => question.answers[column]) }))
    .filter(({ answers }) => answers.some((answer) => answer !== undefined));
  return { models, questions };
}

export function lackingModels(matrix: Matrix, models: readonly string[]): string[] {
  return models.filter((model) => !matrix.models.includes(model));
}

function readGsm({ ids, gold, answers }: z.infer<typeof gsmSchema>): Matrix {
  const models = Object.keys(answers).sort();
  const questions = ids.map((id, index) => ({
    id,
    topic: "math",
    truth: String(gold[index]),
    form: { type: "number" } as const,
    answers: models.map((model) => {
      const answer = answers[model]?.[index];
      return answer === null || answer === undefined ? null : String(answer);
    }),
  }));
  return { models, questions };
}

function readMmlu({ question_ids, gold, n_options, category, answers }: z.infer<typeof mmluSchema>): Matrix {
  const models = Object.keys(answers).sort();
  const questions = question_ids.map((id, index) => ({
    id: String(id),
    topic: category[index] ?? "general",
    truth: gold[index] ?? "",
    form: {
      type: "choice" as const,
      options: "ABCDEFGHIJ".slice(0, Math.max(2, n_options[index] ?? 10)).split(""),
    },
    answers: models.map((model) => {
      const letter = answers[model]?.[index];
      if (letter === undefined || letter === "?") return undefined;
      return letter === "-" ? null : letter;
    }),
  }));
  return { models, questions };
}
