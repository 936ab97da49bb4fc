/**
 * The Cortex process: llama.cpp through node-llama-cpp, in a process of its own.
 *
 * A model takes gigabytes, and native code can crash: here it can neither take memory from the spore nor end it.
 * The process loads one model, answers one request at a time, watches its own memory, and ends with its parent.
 */
import { existsSync } from "node:fs";
import { toGrammarSchema } from "./grammar-schema.ts";
import { isGguf } from "./model-download.ts";
import { type Command, commandSchema, EXIT_MEMORY, type Notice } from "./protocol.ts";

/** How often its own memory is measured. */
const MEMORY_CHECK_MS = 250;
/** Room for the process itself beside the model: code, buffers, the tokenizer. */
const OVERHEAD_BYTES = 200 * 1024 ** 2;

type Library = typeof import("node-llama-cpp");
type LoadCommand = Extract<Command, { type: "load" }>;
type GenerateCommand = Extract<Command, { type: "generate" }>;

interface Loaded {
  readonly library: Library;
  readonly llama: Awaited<ReturnType<Library["getLlama"]>>;
  readonly model: Awaited<ReturnType<Awaited<ReturnType<Library["getLlama"]>>["loadModel"]>>;
  readonly context: Awaited<ReturnType<Loaded["model"]["createContext"]>>;
}

let loaded: Loaded | null = null;
const running = new Map<number, AbortController>();

function say(notice: Notice): void {
  process.send?.(notice);
}

async function load(command: LoadCommand): Promise<void> {
  const { path, contextTokens, memoryBytes, threads } = command;
  const started = performance.now();
  const refuse = (reason: Extract<Notice, { type: "not_loaded" }>["reason"], message: string) =>
    say({ type: "not_loaded", reason, message });
  if (!existsSync(path)) return refuse("missing", "the file is not there");
  if (!isGguf(path)) return refuse("corrupt", "the file is no GGUF file");
  const library = await import("node-llama-cpp").catch(() => null);
  if (library === null)
    return refuse("library", "node-llama-cpp is not installed for this machine: bun install");
  const llama = await library
    .getLlama({
      gpu: false,
      build: "never",
      skipDownload: true,
      logLevel: library.LlamaLogLevel.error,
      logger: () => undefined,
      maxThreads: threads,
    })
    .catch(() => null);
  if (llama === null) return refuse("library", "llama.cpp has no build for this kind of machine");
  try {
    const info = await library.readGgufFileInfo(path);
    const insights = await library.GgufInsights.from(info, llama);
    const contextSize = Math.min(contextTokens, insights.trainContextSize ?? contextTokens);
    const needs =
      (await insights.estimateModelResourceRequirementsV2({ gpuLayers: 0 })).cpuRam +
      (await insights.estimateContextResourceRequirementsV2({ contextSize, modelGpuLayers: 0 })).cpuRam +
      OVERHEAD_BYTES;
    if (needs > memoryBytes) {
      return refuse("memory", `it needs about ${mib(needs)} MiB, and ${mib(memoryBytes)} are allowed`);
    }
    watchMemory(memoryBytes);
    const model = await llama.loadModel({ modelPath: path, gpuLayers: 0 });
    const context = await model.createContext({ contextSize, sequences: 1 });
    loaded = { library, llama, model, context };
    say({ type: "loaded", contextTokens: context.contextSize, loadMs: performance.now() - started });
  } catch {
    // llama.cpp throws for a damaged file, an architecture it does not know, memory it does not get.
    refuse("corrupt", "llama.cpp cannot load it: damaged, or a kind of model it does not know");
  }
}

async function generate(command: GenerateCommand): Promise<void> {
  const { id, messages, maxTokens, temperature, schema } = command;
  const controller = new AbortController();
  running.set(id, controller);
  try {
    if (loaded === null) return say({ type: "failed", id, reason: "other" });
    const { library, llama, model, context } = loaded;
    const words = messages.reduce((sum, { content }) => sum + model.tokenize(content).length, 0);
    // A few tokens frame each message, how many is the template's affair.
    if (words + maxTokens + 16 * messages.length > context.contextSize)
      return say({ type: "failed", id, reason: "context" });
    const grammar =
      schema === null
        ? null
        : // The library's type spells out every schema; this one is made at run time.
          await llama.createGrammarForJsonSchema(toGrammarSchema(schema) as never);
    const sequence = context.getSequence();
    try {
      const chat = new library.LlamaChat({ contextSequence: sequence });
      const { response, metadata } = await chat.generateResponse(
        [
          ...messages.map(({ role, content }) =>
            role === "assistant"
              ? { type: "model" as const, response: [content] }
              : { type: role, text: content },
          ),
          { type: "model" as const, response: [] },
        ],
        {
          maxTokens,
          temperature,
          signal: controller.signal,
          stopOnAbortSignal: false,
          budgets: { thoughtTokens: 0 },
          onTextChunk: (text) => say({ type: "text", id, text }),
          ...(grammar === null ? {} : { grammar }),
        },
      );
      const meter = sequence.tokenMeter.getState();
      say({
        type: "done",
        id,
        text: response,
        tokensIn: meter.usedInputTokens,
        tokensOut: meter.usedOutputTokens,
        cut: metadata.stopReason === "maxTokens",
      });
      chat.dispose({ disposeSequence: false });
    } finally {
      sequence.dispose();
    }
  } catch {
    say({ type: "failed", id, reason: controller.signal.aborted ? "cancelled" : "other" });
  } finally {
    running.delete(id);
  }
}

function watchMemory(limitBytes: number): void {
  setInterval(() => {
    if (process.memoryUsage().rss > limitBytes) process.exit(EXIT_MEMORY);
  }, MEMORY_CHECK_MS).unref();
}

function mib(bytes: number): number {
  return Math.ceil(bytes / 1024 ** 2);
}

process.on("message", (message: unknown) => {
  const command = commandSchema.safeParse(message);
  if (!command.success) return;
  switch (command.data.type) {
    case "load":
      return void load(command.data);
    case "generate":
      return void generate(command.data);
    case "cancel":
      return running.get(command.data.id)?.abort();
  }
});
// Without a parent there is nobody to answer.
process.on("disconnect", () => process.exit(0));
process.on("SIGINT", () => undefined);
say({ type: "started" });
