/**
 * What an MCP tool is here, and how its outcome becomes a result.
 *
 * 1. A result is structured content, checked against the tool's output schema, and the same as JSON text for clients
 *    that read text only (specification 2025-11-25, "Structured Content").
 * 2. A refusal is a result with `isError`, for the model to read and act on: what was wrong, and how to mend it.
 * 3. A fault of ours says no more than that; the log says why.
 */
import type { CallToolResult, StandardSchemaWithJSON, ToolAnnotations } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Ask } from "../http/asking.ts";
import type { HttpDeps } from "../http/deps.ts";
import { type JsonSchema, jsonSchemaOf } from "../http/documented.ts";
import { HttpError } from "../http/errors.ts";
import { formProblem, problemAt } from "../http/form-problem.ts";
import type { TaskSearches } from "../http/task-searches.ts";
import { findIllFormed } from "../http/well-formed.ts";

/** What a tool may know of the call it answers. */
export interface ToolCall {
  readonly deps: HttpDeps;
  readonly ask: Ask;
  readonly authorised: boolean;
  /** The share that what a stranger asks is charged to (http/caller-share.ts). */
  readonly caller: string;
  readonly searches: TaskSearches;
  /** Aborted when the client went away or cancelled. */
  readonly signal: AbortSignal;
  /** Tells the client how far it is; does nothing where the client did not ask to be told. */
  readonly progress: (message: string) => Promise<void>;
}

export interface McpTool<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly title: string;
  /** For the model that decides whether to call it. */
  readonly description: string;
  readonly input: I;
  readonly output: O;
  /** Makes something new; nothing is ever changed or deleted. */
  readonly writes?: boolean;
  run(input: z.output<I>, call: ToolCall): Promise<z.input<O>>;
}

/** Checks the tool's own types, then forgets them, so that tools of all shapes stand in one list. */
export function defineTool<I extends z.ZodType, O extends z.ZodType>(tool: McpTool<I, O>): McpTool {
  return tool as unknown as McpTool;
}

export const taskIdInput = z
  .string()
  .regex(
    /^[0-9a-f]{64}$/,
    "must be 64 lowercase hex characters: the task_id that submit_task or list_tasks gave",
  )
  .describe("Id of a task, 64 hex characters");

/** One side of a tool, as it is published. */
export interface PublishedSchema {
  /** As the routes publish theirs, with the dialect, which an MCP client cannot know otherwise. */
  readonly json: JsonSchema;
  /** What the SDK publishes and checks with; its refusals are worded as those of the routes. */
  readonly standard: StandardSchemaWithJSON<unknown, unknown>;
}

/** Converts once: the SDK would do so for every list and every call. */
export function publish(schema: z.ZodType, io: "input" | "output"): PublishedSchema {
  const json = { $schema: "https://json-schema.org/draft/2020-12/schema", ...jsonSchemaOf(schema, io) };
  const standard: StandardSchemaWithJSON<unknown, unknown> = {
    "~standard": {
      version: 1,
      vendor: "zod",
      validate(value) {
        const illFormed = io === "input" ? findIllFormed(value) : null;
        if (illFormed !== null) return refused(problemAt(illFormed.path, illFormed.message));
        const parsed = schema.safeParse(value);
        return parsed.success ? { value: parsed.data } : refused(formProblem(schema, value) ?? "invalid");
      },
      // Each side of a tool is one schema of one direction.
      jsonSchema: { input: () => json, output: () => json },
    },
  };
  return { json, standard };
}

const refused = (message: string) => ({ issues: [{ message }] });

export function annotationsOf({ title, writes = false }: McpTool): ToolAnnotations {
  return {
    title,
    readOnlyHint: !writes,
    destructiveHint: false,
    idempotentHint: !writes,
    openWorldHint: false,
  };
}

/** Runs a tool on input that was checked already. */
export async function runTool(tool: McpTool, input: unknown, call: ToolCall): Promise<CallToolResult> {
  try {
    const structuredContent = (await tool.run(input, call)) as Record<string, unknown>;
    return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
  } catch (cause) {
    return { content: [{ type: "text", text: refusalText(cause, tool.name, call.deps) }], isError: true };
  }
}

/** What a caller is told of a failure: the refusal's own words, and of a fault nothing but that it is one. */
export function refusalText(cause: unknown, what: string, { log }: Pick<HttpDeps, "log">): string {
  if (cause instanceof HttpError) return `${cause.code}: ${cause.message}`;
  log.error("an MCP request failed", { what, cause: String(cause) });
  return "internal: the spore could not answer this; its log says why";
}
