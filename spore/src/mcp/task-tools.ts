/** Tools about tasks: ask, list, look. */
import { answerFormSchema, CONTENT_CHARS_MAX } from "@synapse/shared/contract/entry.ts";
import { labelSchema } from "@synapse/shared/contract/label.ts";
import { taskDetailSchema, taskListSchema, taskStatusSchema } from "@synapse/shared/contract/status.ts";
import { z } from "zod";
import { demandAuthority } from "../http/authority.ts";
import { taskCursor } from "../http/parameters.ts";
import { taskDetail } from "../http/reading.ts";
import { waitForTask } from "./task-waiting.ts";
import { defineTool, taskIdInput } from "./tool.ts";

/** Longer than most clients leave a call open. */
const WAIT_S_MAX = 300;

const submitTask = defineTool({
  name: "submit_task",
  title: "Ask the swarm",
  description:
    "Ask the swarm a question. Spores reason on it independently, debate, and answer with citations and a receipt. " +
    "Returns at once with a task_id for get_task, or with the answer if it comes within wait_seconds. Needs the operator token.",
  writes: true,
  input: z.strictObject({
    task: z.string().min(1).max(CONTENT_CHARS_MAX).describe("The question or task, in plain words"),
    priority: z.enum(["low", "normal", "high"]).default("normal"),
    label: labelSchema
      .default("cluster")
      .describe("Who may hold it: private (this spore), cluster (your own spores), public (everyone)"),
    answer: answerFormSchema
      .optional()
      .describe("The form of a checkable answer: a number, a choice, or JSON"),
    expected: z
      .string()
      .min(1)
      .max(2_000)
      .optional()
      .describe("The right answer, if you know it: told to nobody, and grades everybody who answered"),
    wait_seconds: z
      .number()
      .min(0)
      .max(WAIT_S_MAX)
      .default(0)
      .describe(
        "Wait this long for the answer; 0 returns at once. Progress is reported to clients that ask for it",
      ),
    idempotency_key: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("The same key twice gives the same task: send one when you may have to retry"),
  }),
  output: z.strictObject({
    task_id: z.string(),
    status: z
      .enum(["submitted", ...taskStatusSchema.options])
      .describe("submitted: stored, and not waited for"),
    spore: z.string().describe("The spore that took it"),
    task: z.string(),
    final_answer: z.string().nullable(),
    confidence: z.number().nullable(),
    reason: z.string().nullable().describe("Why it ended without agreement, where it did"),
    next: z.string().describe("What to do now"),
  }),
  async run({ wait_seconds, idempotency_key, ...body }, call) {
    const { deps } = call;
    demandAuthority(call.authorised);
    const subscription = wait_seconds > 0 ? deps.hub.subscribe() : null;
    const { task_id } = await call.ask(body, idempotency_key ?? null).catch((cause: unknown) => {
      subscription?.end();
      throw cause;
    });
    const base = { task_id, spore: deps.config.name, task: body.task };
    if (subscription === null) {
      const next = `call get_task with task_id ${task_id} until status is converged or unresolved`;
      return {
        ...base,
        status: "submitted" as const,
        final_answer: null,
        confidence: null,
        reason: null,
        next,
      };
    }
    await waitForTask(task_id, wait_seconds * 1_000, subscription, call);
    const { status, final_answer, confidence, reason } = await taskDetail(deps, task_id, true);
    const ended = status === "converged" || status === "unresolved";
    const next = ended
      ? "explain_answer says what the answer rests on; verify_receipt checks it"
      : `it goes on reasoning: call get_task with task_id ${task_id} later`;
    return { ...base, status, final_answer, confidence, reason, next };
  },
});

const getTask = defineTool({
  name: "get_task",
  title: "Look at a task",
  description:
    "A task with its status, contributions, agreement over time, final answer, citations and dissent. " +
    "Without the operator token only public tasks are seen.",
  input: z.strictObject({ task_id: taskIdInput }),
  output: taskDetailSchema,
  run: ({ task_id }, { deps, authorised }) => taskDetail(deps, task_id, authorised),
});

const listTasks = defineTool({
  name: "list_tasks",
  title: "List tasks",
  description: "Tasks, newest first, with status and answer. Without the operator token only public ones.",
  input: z.strictObject({
    limit: z.int().min(1).max(200).default(20),
    status: taskStatusSchema.optional(),
    query: z.string().max(500).optional().describe("Words that must all stand in the task or its answer"),
    cursor: taskCursor.optional(),
  }),
  output: taskListSchema,
  run: ({ query, ...filter }, { searches, ...caller }) => searches.list({ ...filter, text: query }, caller),
});

export const taskTools = [submitTask, getTask, listTasks];
