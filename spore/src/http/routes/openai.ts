/**
 * The swarm as a model: any OpenAI client can ask it. A request becomes a task, and the reply is the swarm's answer
 * with the id of its receipt.
 *
 * A stream carries comments while spores reason, so that neither client nor proxy gives up on it, then the answer in
 * pieces. A client that goes away ends the wait, not the task.
 */
import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import { waitForTask } from "../../mcp/task-waiting.ts";
import type { Ask } from "../asking.ts";
import type { HttpDeps } from "../deps.ts";
import { documented, IDEMPOTENT } from "../documented.ts";
import { errorBody, HttpError } from "../errors.ts";
import type { Subscription } from "../event-hub.ts";
import {
  type ChatCompletionRequest,
  chatRequestSchema,
  SWARM_MODEL,
  toChunks,
  toCompletion,
  toTask,
} from "../openai-chat.ts";
import { taskDetail } from "../reading.ts";

/** Debate with slow local models takes minutes; after this the client is told where the answer will be. */
const ANSWER_WAIT_MS = 10 * 60_000;

const modelSchema = z.looseObject({ id: z.string(), object: z.literal("model") });
const modelListSchema = z.looseObject({ object: z.literal("list"), data: z.array(modelSchema) });
const completionSchema = z.looseObject({
  id: z.string(),
  object: z.literal("chat.completion"),
  choices: z.array(z.unknown()),
  synapse: z.looseObject({ task_id: z.string(), receipt: z.string(), receipt_id: z.string().nullable() }),
});

interface Begun {
  readonly id: EntryId;
  readonly subscription: Subscription;
}

export function openAiRoutes(deps: HttpDeps, ask: Ask) {
  const model = () => ({
    id: SWARM_MODEL,
    object: "model" as const,
    created: Math.floor(deps.startedAt / 1_000),
    owned_by: "synapse",
  });

  /** Stores the task; what is wrong with the request is refused here, before any stream begins. */
  async function begin(body: ChatCompletionRequest, request: Request): Promise<Begun> {
    if (body.model !== SWARM_MODEL) {
      const asked = JSON.stringify(body.model);
      throw new HttpError("not_found", `there is no model ${asked} here: use "${SWARM_MODEL}"`);
    }
    const task = toTask(body);
    if (!task.ok) throw new HttpError("invalid", task.error);
    // Listened to before the task is stored, so that an answer that comes at once is not missed.
    const subscription = deps.hub.subscribe();
    try {
      const { task_id } = await ask(task.value, request.headers.get("idempotency-key"));
      return { id: task_id, subscription };
    } catch (cause) {
      subscription.end();
      throw cause;
    }
  }

  /** The task with its end, however long that takes; `onProgress` is told what happens meanwhile. */
  async function answer(
    { id, subscription }: Begun,
    request: Request,
    onProgress: (message: string) => void,
  ): Promise<TaskDetail> {
    const progress = async (message: string) => onProgress(message);
    await waitForTask(id, ANSWER_WAIT_MS, subscription, { signal: request.signal, progress, deps });
    const detail = await taskDetail(deps, id, true);
    if (detail.status === "converged" || detail.status === "unresolved") return detail;
    throw new HttpError(
      "timeout",
      `the swarm still reasons: GET /api/task/${id} will have the answer`,
      // Clients retry what took too long; that would ask the same once more.
      { "x-should-retry": "false" },
    );
  }

  return new Elysia()
    .get("/v1/models", () => ({ object: "list" as const, data: [model()] }), {
      detail: documented({ summary: "The swarm as a model: its name", authorised: true }, modelListSchema),
    })
    .get(
      "/v1/models/:id",
      ({ params }) => {
        if (params.id !== SWARM_MODEL)
          throw new HttpError("not_found", `there is one model: "${SWARM_MODEL}"`);
        return model();
      },
      {
        detail: documented(
          { summary: "The swarm as a model", authorised: true, path: { id: "Name of the model" } },
          modelSchema,
        ),
      },
    )
    .post(
      "/v1/chat/completions",
      async ({ body, request, server }) => {
        server?.timeout(request, 0);
        const promptChars = JSON.stringify(body.messages).length;
        const begun = await begin(body, request);
        if (body.stream !== true) {
          const task = await answer(begun, request, () => undefined);
          return toCompletion(task, deps.now(), promptChars);
        }
        const includeUsage = body.stream_options?.include_usage === true;
        return new Response(
          streamOf(async (send, comment) => {
            const task = await answer(begun, request, comment);
            for (const chunk of toChunks(task, deps.now(), promptChars, includeUsage)) send(chunk);
          }, deps.log),
          {
            headers: {
              "content-type": "text/event-stream; charset=utf-8",
              "cache-control": "no-store",
              "x-accel-buffering": "no",
              ...deps.access.corsHeaders(request),
            },
          },
        );
      },
      {
        body: chatRequestSchema,
        detail: documented(
          {
            summary: "Ask the swarm as if it were a model",
            authorised: true,
            headers: IDEMPOTENT,
            also: { type: "text/event-stream", when: "with `stream: true`" },
            description:
              'OpenAI chat completions: model "synapse", streaming included. The reply names the receipt of the answer. Sampling members have no effect; usage estimates the texts.',
          },
          completionSchema,
        ),
      },
    );
}

/** Server-sent events in OpenAI's form; a failure on the way is one event with an `error`, as OpenAI sends it. */
function streamOf(
  produce: (send: (chunk: object) => void, comment: (text: string) => void) => Promise<void>,
  log: HttpDeps["log"],
): ReadableStream {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async start(controller) {
      let open = true;
      const write = (text: string) => {
        if (!open) return;
        try {
          controller.enqueue(encoder.encode(text));
        } catch {
          // The client went away; what is still to come has nobody to go to.
          open = false;
        }
      };
      const send = (chunk: object) => write(`data: ${JSON.stringify(chunk)}\n\n`);
      try {
        await produce(send, (text) => write(`: ${text}\n\n`));
      } catch (cause) {
        if (!(cause instanceof HttpError)) log.error("a streamed answer failed", { cause: String(cause) });
        const known =
          cause instanceof HttpError ? cause : new HttpError("internal", "the spore could not answer this");
        send(errorBody(known.code, known.message, "openai"));
      }
      write("data: [DONE]\n\n");
      if (open) controller.close();
    },
  });
}
