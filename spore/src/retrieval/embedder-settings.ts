/** Which embedder the environment asks for beside the embedded one. */
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { Embedder } from "./embedder.ts";
import { createGgufEmbedder } from "./gguf-embedder.ts";
import { createHfEmbedder } from "./hf-embedder.ts";
import { createServerEmbedder } from "./server-embedder.ts";

const HF_DEFAULT = "sentence-transformers/all-MiniLM-L6-v2";

type Env = Readonly<Record<string, string | undefined>>;

/** @returns null for the embedded one alone, which is the default. */
export function embedderFrom(
  env: Env,
  fetch: (url: string, init: RequestInit) => Promise<Response>,
): Result<Embedder | null, string> {
  const read = (name: string): string | null => env[name]?.trim() || null;
  const model = read("EMBEDDER_MODEL");
  const endpoint = read("EMBEDDER_ENDPOINT");
  const wanted = read("EMBEDDER") ?? "words";
  if (endpoint !== null && !/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : ""))
    return err("EMBEDDER_ENDPOINT: is no http or https URL");
  switch (wanted) {
    case "words":
      return ok(null);
    case "server":
      if (endpoint === null || model === null)
        return err("EMBEDDER=server: needs EMBEDDER_ENDPOINT (http://127.0.0.1:11434/v1) and EMBEDDER_MODEL");
      return ok(createServerEmbedder({ endpoint, model, apiKey: read("EMBEDDER_API_KEY"), fetch }));
    case "hf": {
      const token = read("EMBEDDER_API_KEY") ?? read("HF_TOKEN");
      if (token === null) return err("EMBEDDER=hf: needs EMBEDDER_API_KEY or HF_TOKEN");
      return ok(createHfEmbedder({ model: model ?? HF_DEFAULT, token, endpoint, fetch }));
    }
    case "gguf":
      if (model === null) return err("EMBEDDER=gguf: needs EMBEDDER_MODEL, the path of a GGUF file");
      return ok(createGgufEmbedder(model));
    default:
      return err(`EMBEDDER: ${JSON.stringify(wanted)} is none of words, server, hf, gguf`);
  }
}
