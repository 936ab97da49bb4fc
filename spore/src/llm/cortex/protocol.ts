/** What a spore and its Cortex process say to each other. Both parse what they are told; neither trusts the other to live. */
import { z } from "zod";

export const commandSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("load"),
    path: z.string(),
    /** Tokens of context at most. */
    contextTokens: z.int().min(1),
    memoryBytes: z.int().min(1),
    threads: z.int().min(1),
  }),
  z.object({
    type: z.literal("generate"),
    id: z.int(),
    messages: z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() })),
    maxTokens: z.int().min(1),
    temperature: z.number(),
    /** JSON schema of the reply, or null for free text. */
    schema: z.record(z.string(), z.unknown()).nullable(),
  }),
  z.object({ type: z.literal("cancel"), id: z.int() }),
]);
export type Command = z.infer<typeof commandSchema>;

export const noticeSchema = z.discriminatedUnion("type", [
  /** The process runs and has the library. */
  z.object({ type: z.literal("started") }),
  z.object({ type: z.literal("loaded"), contextTokens: z.int(), loadMs: z.number() }),
  z.object({
    type: z.literal("not_loaded"),
    reason: z.enum(["missing", "corrupt", "memory", "library", "other"]),
    message: z.string(),
  }),
  z.object({ type: z.literal("text"), id: z.int(), text: z.string() }),
  z.object({
    type: z.literal("done"),
    id: z.int(),
    text: z.string(),
    tokensIn: z.int().min(0),
    tokensOut: z.int().min(0),
    cut: z.boolean(),
  }),
  z.object({
    type: z.literal("failed"),
    id: z.int(),
    reason: z.enum(["context", "cancelled", "other"]),
  }),
]);
export type Notice = z.infer<typeof noticeSchema>;

/** Exit codes by which the process says why it ended itself. */
export const EXIT_MEMORY = 71;
