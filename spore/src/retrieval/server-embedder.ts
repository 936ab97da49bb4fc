/** An embedder behind any server with `POST /embeddings` in OpenAI's form: Ollama, LM Studio, llama.cpp, vLLM, a provider. */
import { isLoopbackUrl } from "@synapse/shared/loopback.ts";
import { err, type Result } from "@synapse/shared/result.ts";
import { z } from "zod";
import { checkVectors, type Embedder, type EmbedError } from "./embedder.ts";

/** 32 vectors of 8,192 components in JSON, and some. */
const REPLY_BYTES_MAX = 16 * 1024 * 1024;

export interface ServerEmbedderOptions {
  /** Base URL, such as `http://127.0.0.1:11434/v1`. */
  readonly endpoint: string;
  readonly model: string;
  readonly apiKey: string | null;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

const replySchema = z.object({
  data: z.array(z.object({ index: z.int().optional(), embedding: z.unknown() })),
});

export function createServerEmbedder({ endpoint, model, apiKey, fetch }: ServerEmbedderOptions): Embedder {
  const url = `${endpoint.replace(/\/+$/, "")}/embeddings`;
  return {
    id: `server:${new URL(endpoint).host}/${model}`,
    local: isLoopbackUrl(endpoint),
    async embed(texts, signal) {
      let response: Response;
      try {
        response = await fetch(url, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
          },
          body: JSON.stringify({ model, input: texts, encoding_format: "float" }),
          // A redirect would take the key somewhere else.
          redirect: "error",
          signal,
        });
      } catch {
        return err({
          kind: "unavailable",
          message: "cannot be reached, or did not answer in time",
          retryable: true,
        });
      }
      if (!response.ok) return refusal(response);
      const body = await readJson(response);
      const reply = replySchema.safeParse(body);
      if (!reply.success) return checkVectors(null, texts.length);
      const sorted = reply.data.data
        .map((item, at) => ({ at: item.index ?? at, embedding: item.embedding }))
        .sort((a, b) => a.at - b.at);
      return checkVectors(
        sorted.map(({ embedding }) => embedding),
        texts.length,
      );
    },
  };
}

/** What a status says: too many requests and the server's own troubles pass, the rest has to be mended. */
export function refusal(response: Response): Result<never, EmbedError> {
  const { status } = response;
  const passes = status === 429 || status === 408 || status >= 500;
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  // 400, 413 and 422 are about one text; any other refusal is about the key or the model and holds for all of them.
  const oneText = status === 400 || status === 413 || status === 422;
  return err({
    kind: passes ? "unavailable" : "refused",
    message: `answered ${status}`,
    retryable: !oneText,
    ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}),
  });
}

/** @returns undefined for what is too large or no JSON. */
async function readJson(response: Response): Promise<unknown> {
  if (Number(response.headers.get("content-length") ?? 0) > REPLY_BYTES_MAX) return undefined;
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > REPLY_BYTES_MAX) return undefined;
    }
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
