/** An embedder of Hugging Face Inference Providers, through Hugging Face's own client. */
import { InferenceClient } from "@huggingface/inference";
import { err } from "@synapse/shared/result.ts";
import { checkVectors, type Embedder } from "./embedder.ts";
import { refusal } from "./server-embedder.ts";

export interface HfEmbedderOptions {
  readonly model: string;
  readonly token: string;
  /** Instead of Hugging Face's own router. */
  readonly endpoint: string | null;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

export function createHfEmbedder({ model, token, endpoint, fetch }: HfEmbedderOptions): Embedder {
  return {
    // Another endpoint may hold another model under the same name.
    id: `hf:${model}${endpoint === null ? "" : `@${new URL(endpoint).host}`}`,
    local: false,
    async embed(texts, signal) {
      let refused: Response | null = null;
      // Kept from outside: the client's own errors repeat request and reply.
      const watched = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
        const response = await fetch(String(input), { ...init, redirect: "error" });
        if (!response.ok) refused = response.clone();
        return response;
      };
      const client = new InferenceClient(token, endpoint === null ? {} : { endpointUrl: endpoint });
      try {
        const vectors: unknown = await client.featureExtraction(
          { model, inputs: [...texts] },
          // Its own retries have no pause between them.
          { retry_on_error: false, fetch: watched as typeof globalThis.fetch, signal },
        );
        return checkVectors(vectors, texts.length);
      } catch {
        return refused === null
          ? err({
              kind: "unavailable",
              message: "cannot be reached, or did not answer in time",
              retryable: true,
            })
          : refusal(refused);
      }
    },
  };
}
