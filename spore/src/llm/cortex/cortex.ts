/**
 * Cortex: a small model of one's own, so that reasoning goes on with no provider at all.
 *
 * Behind one port two backends, chosen by `CORTEX_BACKEND`: `local`, a GGUF file in a process of its own, and `hf`, a
 * small model at Hugging Face Inference. It is the last model in the chain. Without a file it says so, and nothing else
 * changes; a file is downloaded only with consent (`CORTEX_DOWNLOAD=1` or `POST /api/cortex/download`).
 */
import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { PartState } from "@synapse/shared/contract/status.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { createHfInference } from "../hf-inference.ts";
import {
  CALL_TIMEOUT_MS,
  CANCELLED,
  type CallOutcome,
  invalidReply,
  type ModelServer,
  noResponse,
  type ServerDeps,
  toReply,
  unreachable,
} from "../model-server.ts";
import type { ChatRequest } from "../provider.ts";
import { toJsonSchema } from "../request-form.ts";
import type { CortexSettings } from "../settings.ts";
import { CORTEX_ID } from "../sources.ts";
import { DEFAULT_MODEL, fileNameOf, type ModelReference, parseModelReference } from "./model-reference.ts";
import { createModelSupply, type ModelSupply } from "./model-supply.ts";
import { createCortexWorker, IDLE_UNLOAD_MS, type WorkerFailure } from "./worker-process.ts";

export interface CortexDeps extends ServerDeps {
  readonly settings: CortexSettings;
  /** For the hf backend, and for files of a hub that want one. */
  readonly hfToken: string | null;
  readonly hfBaseUrl: string;
  /** Where downloaded models are kept. */
  readonly folder: string;
  readonly totalMemoryBytes: number;
  readonly cores: number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
  readonly info: (message: string, details?: Record<string, unknown>) => void;
}

export interface Cortex {
  /** Null where there can be no model. */
  readonly server: ModelServer | null;
  /** Begins what consent was given for at the start. */
  start(): void;
  describe(authorised: boolean): PartState;
  /** The commander's consent. @returns what will happen, or why nothing can */
  download(): Result<string, string>;
  stop(): Promise<void>;
}

/** Qwen's small instruction model, when a provider's quota is all there is. */
const DEFAULT_HF_MODEL = "Qwen/Qwen3-4B-Instruct-2507";
/** Enough for the longest prompt of the reasoning loop; a larger one costs memory for every token. */
const CONTEXT_TOKENS = 4_096;
/** Share of the machine's memory that it may use where nothing else was said. */
const MEMORY_SHARE = 0.5;

export function createCortex(deps: CortexDeps): Cortex {
  switch (deps.settings.backend) {
    case "off":
      return withoutModel("off", "switched off: CORTEX_BACKEND=local or hf switches it on");
    case "hf":
      return deps.hfToken === null
        ? withoutModel("hf", "the hf backend needs a token: set HF_TOKEN")
        : hostedCortex(deps, deps.hfToken);
    case "local": {
      const reference = parseModelReference(deps.settings.model ?? DEFAULT_MODEL);
      return reference.ok ? localCortex(deps, reference.value) : withoutModel("local", reference.error);
    }
  }
}

function withoutModel(backend: string, reason: string): Cortex {
  return {
    server: null,
    start: () => undefined,
    describe: () => ({ enabled: false, reason, backend, state: "off", loaded: false }),
    download: () => err(reason),
    stop: async () => undefined,
  };
}

function hostedCortex(deps: CortexDeps, apiKey: string): Cortex {
  const model = deps.settings.model ?? DEFAULT_HF_MODEL;
  const server = createHfInference({ id: CORTEX_ID, baseUrl: deps.hfBaseUrl, apiKey }, deps);
  return {
    server: { ...server, models: async () => ok([model]) },
    start: () => undefined,
    describe: () => ({ enabled: true, backend: "hf", state: "ready", model, loaded: true }),
    download: () => err("the hf backend needs no file"),
    stop: async () => undefined,
  };
}

function localCortex(deps: CortexDeps, reference: ModelReference): Cortex {
  const { settings, clock, folder, totalMemoryBytes } = deps;
  const path = reference.kind === "path" ? resolve(reference.path) : join(folder, fileNameOf(reference));
  const name = basename(reference.kind === "path" ? reference.path : reference.file).replace(/\.gguf$/i, "");
  const memoryBytes =
    settings.memoryMb === null ? Math.floor(totalMemoryBytes * MEMORY_SHARE) : settings.memoryMb * 1024 ** 2;
  const worker = createCortexWorker(
    { path, contextTokens: CONTEXT_TOKENS, memoryBytes, threads: Math.max(1, deps.cores - 1) },
    clock,
  );
  const counts = { calls: 0, failures: 0, tokens: 0, generatingMs: 0, tokensOut: 0 };
  /** Why this file is not tried again before a new start or a new download. */
  let problem: string | null = null;
  const origin = reference.kind === "path" ? path : `${settings.hubUrl}/${reference.repository}`;
  const supply =
    reference.kind === "path"
      ? null
      : createModelSupply({
          reference,
          folder,
          hubUrl: settings.hubUrl,
          token: deps.hfToken,
          fetch: deps.fetch,
          clock,
          onFile() {
            problem = null;
            deps.info("Cortex has its model", { model: name });
          },
          warn: (reason) => deps.warn("Cortex has no model", { model: name, reason }),
        });

  const isThere = () => existsSync(path);

  async function call(model: string, request: ChatRequest): Promise<CallOutcome> {
    if (!isThere()) {
      return noResponse({ kind: "model_gone", retryable: false, message: "Cortex has no model file" });
    }
    // What could not be loaded once is not loaded again for every request.
    if (problem !== null) {
      return noResponse({ kind: "model_gone", retryable: false, message: `Cortex: ${problem}` });
    }
    const started = clock.now();
    const schema = request.schema === undefined ? null : toJsonSchema(request.schema);
    const answered = await worker.generate(
      {
        messages: request.messages.map(({ role, content }) => ({ role, content })),
        maxTokens: request.maxTokens,
        temperature: request.temperature,
        // The grammar holds the reply to it; describing it as well would cost a quarter of the context.
        schema: schema as Record<string, unknown> | null,
      },
      { timeoutMs: Math.min(request.timeoutMs ?? CALL_TIMEOUT_MS, CALL_TIMEOUT_MS), signal: request.signal },
      request.onText,
    );
    counts.calls += 1;
    if (!answered.ok) {
      if (answered.error.kind !== "cancelled") counts.failures += 1;
      return toFailure(answered.error);
    }
    const { tokensIn, tokensOut } = answered.value;
    const latencyMs = clock.now() - started;
    counts.tokens += tokensIn + tokensOut;
    counts.tokensOut += tokensOut;
    counts.generatingMs += latencyMs;
    const raw = { ...answered.value, model, costUsd: 0 };
    return { result: toReply(CORTEX_ID, { model, request, latencyMs }, raw), status: 200, headers: {} };
  }

  function toFailure(failure: WorkerFailure): CallOutcome {
    switch (failure.kind) {
      case "not_loaded":
        if (failure.reason === "missing")
          return noResponse({ kind: "model_gone", retryable: false, message: "Cortex has no model file" });
        // What cannot be loaded now will not be in a minute either.
        setProblem(failure.message);
        return noResponse({ kind: "model_gone", retryable: false, message: `Cortex: ${failure.message}` });
      case "ended":
        if (failure.outOfMemory)
          setProblem(`it took more than the ${Math.floor(memoryBytes / 1024 ** 2)} MiB that it may`);
        return noResponse(unreachable("Cortex: its process ended"));
      case "timed_out":
        return noResponse(unreachable("Cortex gave no answer in time"));
      case "context":
        return {
          ...noResponse({
            kind: "context_too_long",
            retryable: true,
            message: "Cortex: the prompt is too long",
          }),
          status: 413,
        };
      case "cancelled":
        return noResponse(CANCELLED);
      case "failed":
        return { ...noResponse(invalidReply("Cortex could not answer")), status: 500 };
    }
  }

  function setProblem(text: string): void {
    if (problem === text) return;
    problem = text;
    deps.warn("Cortex cannot use its model", { model: name, reason: text });
  }

  function beginDownload(from: ModelSupply): void {
    if (from.progress() !== null || isThere()) return;
    deps.info("Cortex downloads its model", { model: name, from: origin });
    from.begin();
  }

  function whyNot(): string | null {
    if (supply?.progress()) return "its model is being downloaded";
    if (isThere()) return problem;
    const missed = supply?.problem() ?? null;
    if (missed !== null) return missed;
    return reference.kind === "path"
      ? `there is no file ${basename(path)}: CORTEX_MODEL names it`
      : "no model yet: CORTEX_DOWNLOAD=1 or POST /api/cortex/download allows to download it, CORTEX_MODEL names a file of your own";
  }

  function stateName(): string {
    if (supply?.progress()) return "downloading";
    if (!isThere()) return "no_file";
    if (problem !== null) return "failed";
    if (worker.isLoaded()) return "loaded";
    return worker.isLoading() ? "loading" : "ready";
  }

  return {
    server: {
      id: CORTEX_ID,
      call,
      models: async () => ok(isThere() && problem === null ? [name] : []),
      // Its file may come at any moment.
      listsFreely: true,
    },
    start() {
      if (settings.mayDownload && supply !== null) beginDownload(supply);
    },
    describe(authorised) {
      const reason = whyNot();
      const progress = supply?.progress() ?? null;
      return {
        enabled: reason === null,
        ...(reason === null ? {} : { reason }),
        backend: "local",
        state: stateName(),
        model: name,
        loaded: worker.isLoaded(),
        load_error: problem,
        total_calls: counts.calls,
        failures: counts.failures,
        total_tokens: counts.tokens,
        tokens_per_s: counts.generatingMs === 0 ? null : (counts.tokensOut * 1_000) / counts.generatingMs,
        memory_limit_mb: Math.floor(memoryBytes / 1024 ** 2),
        context_tokens: CONTEXT_TOKENS,
        idle_unload_s: IDLE_UNLOAD_MS / 1_000,
        download:
          progress === null
            ? null
            : { received_bytes: progress.receivedBytes, total_bytes: progress.totalBytes },
        ...(authorised
          ? { file: path, size_bytes: isThere() ? statSync(path).size : null, pid: worker.pid() }
          : {}),
      };
    },
    download() {
      if (reference.kind === "path" || supply === null)
        return err("CORTEX_MODEL names a file of this machine; nothing can be downloaded for it");
      if (isThere()) return ok("the model is there already");
      beginDownload(supply);
      return ok(`downloading ${reference.repository}/${reference.file}`);
    },
    async stop() {
      supply?.stop();
      await worker.stop();
    },
  };
}
