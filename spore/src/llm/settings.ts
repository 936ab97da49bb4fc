/**
 * What the environment says about models. Parsed once, at the edge; a key never travels further than its server.
 */
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { normaliseBaseUrl } from "./base-url.ts";

export interface EndpointSettings {
  readonly baseUrl: string;
  /** Null: the first chat model of the server's own list. */
  readonly model: string | null;
  readonly apiKey: string | null;
}

export interface ModelSettings {
  /** `LLM_ENDPOINT` with `LLM_MODEL` and `LLM_API_KEY`; null when there is none. */
  readonly endpoint: EndpointSettings | null;
}

/** Reads the variables of contract.md; the error names the variable and how to mend it. */
export function modelSettingsFrom(
  environment: Readonly<Record<string, string | undefined>>,
): Result<ModelSettings, string> {
  const endpoint = present(environment.LLM_ENDPOINT);
  if (endpoint === null) return ok({ endpoint: null });
  const baseUrl = normaliseBaseUrl(endpoint);
  if (!baseUrl.ok) return err(`LLM_ENDPOINT cannot be used: ${baseUrl.error}`);
  return ok({
    endpoint: {
      baseUrl: baseUrl.value,
      model: present(environment.LLM_MODEL),
      apiKey: present(environment.LLM_API_KEY),
    },
  });
}

function present(value: string | undefined): string | null {
  const trimmed = value?.trim() ?? "";
  return trimmed === "" ? null : trimmed;
}
