/** The commander's grade of a task: what it may say, and how it becomes evidence. */
import { z } from "zod";
import type { HttpDeps } from "./deps.ts";
import { HttpError } from "./errors.ts";
import { lookForTask } from "./reading.ts";

export const gradeRequestSchema = z.strictObject({
  correct: z.boolean().optional(),
  score: z.number().min(0).max(1).optional(),
  value: z.string().min(1).max(2_000).optional(),
  note: z.string().max(500).default(""),
});
type GradeRequest = z.infer<typeof gradeRequestSchema>;

/** The commander's grade, as evidence. Authority is the caller's to check. */
export async function gradeTask(deps: HttpDeps, id: string, request: GradeRequest) {
  const { correct, score, value, note } = request;
  if ([correct, score, value].filter((one) => one !== undefined).length !== 1) {
    throw new HttpError(
      "invalid",
      "give exactly one of correct (true or false), score (0 to 1) or value (the right answer)",
    );
  }
  const { state } = await lookForTask(deps, id, true);
  const grade =
    value !== undefined
      ? { value, note }
      : score !== undefined
        ? { score, note }
        : { correct: correct === true, note };
  const graded = await deps.trust.grader.gradeByCommander(state, grade);
  if (!graded.ok) {
    const { kind, message } = graded.error;
    const code =
      kind === "storage" ? "storage" : kind === "no_answer" || kind === "nobody" ? "conflict" : "invalid";
    throw new HttpError(code, message);
  }
  return {
    task_id: state.task.id,
    graded: graded.value.grades.map((one) => ({
      spore: deps.nameOf(one.author),
      id: one.author,
      correct: one.correct,
      weight: one.weight,
    })),
    evidence: [...graded.value.evidence],
  };
}
