/** The process of gguf-embedder.ts: `bun gguf-embedder-process.ts <file>`; texts in and vectors out over IPC. */
import { z } from "zod";
import type { GgufReply } from "./gguf-embedder.ts";

const requestSchema = z.object({ id: z.int(), texts: z.array(z.string()) });

async function open(path: string) {
  const { getLlama, LlamaLogLevel } = await import("node-llama-cpp");
  // Prebuilt binaries only: nothing is compiled on a user's machine.
  const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error });
  const model = await llama.loadModel({ modelPath: path });
  const context = await model.createEmbeddingContext();
  /** Room for the marks that a model puts around a text. */
  const tokensMax = Math.max(1, Math.min(model.trainContextSize, 512) - 2);
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
