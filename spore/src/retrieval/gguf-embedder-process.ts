/** The process of gguf-embedder.ts: `bun gguf-embedder-process.ts <file>`; texts in and vectors out over IPC. */
import { availableParallelism } from "node:os";
import { z } from "zod";
import type { GgufReply } from "./gguf-embedder.ts";

const requestSchema = z.object({ id: z.int(), texts: z.array(z.string()) });

/** Tokens of a text that are read, with the marks that a model puts around it. */
const CONTEXT_TOKENS_MAX = 512;
/**
 * One core is left to the spore. llama.cpp's own default is at least four threads, which wait for each other by spinning: on
 * two cores a text took 500 ms instead of 1 (half a megabyte of model; the rest was waiting).
 */
const THREADS = Math.max(1, availableParallelism() - 1);

async function open(path: string) {
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  const llama = await getLlama({
    gpu: false,
    // Prebuilt binaries only: nothing is fetched for or compiled on a user's machine.
    build: "never",
    skipDownload: true,
    logLevel: LlamaLogLevel.error,
    maxThreads: THREADS,
  });
  const model = await llama.loadModel({ modelPath: path });
  const contextSize = Math.min(model.trainContextSize, CONTEXT_TOKENS_MAX);
  // By default it would hold memory for as many tokens as the model was trained on.
  const context = await model.createEmbeddingContext({ threads: THREADS, contextSize });
  const tokensMax = Math.max(1, contextSize - 2);
  return async (text: string): Promise<number[]> => {
    const tokens = model.tokenize(text).slice(0, tokensMax);
    return [...(await context.getEmbeddingFor(tokens)).vector];
  };
}

const embed = open(process.argv[2] ?? "");
embed.catch(() => process.exit(1));

function reply(message: GgufReply): void {
  process.send?.(message);
}

process.on("message", (message) => {
  const request = requestSchema.safeParse(message);
  if (request.success) void answer(request.data);
});

async function answer({ id, texts }: z.infer<typeof requestSchema>): Promise<void> {
  try {
    const vectors: number[][] = [];
    for (const text of texts) vectors.push(await (await embed)(text));
    reply({ id, vectors });
  } catch (cause) {
    reply({ id, error: `cannot read this text: ${cause instanceof Error ? cause.message : "unknown"}` });
  }
}

process.on("disconnect", () => process.exit(0));
