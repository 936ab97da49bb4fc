/**
 * Recorded answers of real models, in one shape: a matrix of questions by models, with the right answer of each question.
 *
 * Not part of the project. Looked for in --data, else in ../shared/data/answers beside the repository. The public
 * sources are WildEval/ZeroEval (GSM8K) and TIGER-AI-Lab/MMLU-Pro evaluation results, both Apache-2.0.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AnswerForm } from "@synapse/shared/contract/entry.ts";
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

const gsmSchema = z.object({
  ids: z.array(z.string()),
  gold: z.array(z.number()),
  answers: z.record(z.string(), z.array(z.number().nullable())),
});

const mmluSchema = z.object({
  question_ids: z.array(z.union([z.number(), z.string()])),
  gold: z.string(),
  n_options: z.array(z.number()),
  category: z.array(z.string()),
  answers: z.record(z.string(), z.string()),
});

export async function loadRecorded(folder: string): Promise<Recorded | null> {
  const [gsm, mmlu] = [join(folder, "gsm8k.json"), join(folder, "mmlu-pro.json")];
  if (!existsSync(gsm) || !existsSync(mmlu)) return null;
  return {
    gsm8k: readGsm(gsmSchema.parse(await Bun.file(gsm).json())),
    mmluPro: readMmlu(mmluSchema.parse(await Bun.file(mmlu).json())),
  };
}

/** The matrix restricted to some models. Questions nobody of them was asked are left out. */
export function restrict(matrix: Matrix, models: readonly string[]): Matrix {
  const columns = models.map((model) => matrix.models.indexOf(model));
  const missing = models.filter((_, index) => (columns[index] ?? -1) < 0);
  if (missing.length > 0) throw new Error(`recorded answers lack: ${missing.join(", ")}`);
  const questions = matrix.questions
    .map((question) => ({ ...question, answers: columns.map((column) => question.answers[column]) }))
    .filter(({ answers }) => answers.some((answer) => answer !== undefined));
  return { models, questions };
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
