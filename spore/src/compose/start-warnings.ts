/**
 * What the environment says that is well formed and cannot do what it was meant to: said once at the start, because a
 * spore goes on without it. What is malformed is refused (config.ts, llm/settings.ts). Looks at files, at nothing else.
 */

import { existsSync } from "node:fs";
import { isLoopbackHost } from "@synapse/shared/loopback.ts";
import type { SporeConfig } from "../config.ts";
import { parseModelReference } from "../llm/cortex/model-reference.ts";
import type { ModelSettings } from "../llm/settings.ts";

/** @returns a line each, which names the variable and how to mend it */
export function startWarnings(
  { host, token, bootstrap }: Pick<SporeConfig, "host" | "token" | "bootstrap">,
  { endpoint, cortex }: Pick<ModelSettings, "endpoint" | "cortex">,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const warnings: string[] = [];
  if (token === null && !isLoopbackHost(host))
    warnings.push(`HOST=${host} without SPORE_TOKEN: nobody can write to this spore, set SPORE_TOKEN`);
  for (const source of bootstrap === "default" ? [] : bootstrap) {
    if (!/^https?:/i.test(source) && !existsSync(source))
      warnings.push(`BOOTSTRAP_URL: there is no file ${source}; it is looked for again later`);
  }
  const typed = env.LLM_ENDPOINT?.trim() ?? "";
  if (endpoint !== null && !/^https?:/i.test(typed))
    warnings.push(`LLM_ENDPOINT: "${typed}" is taken as ${endpoint.baseUrl}; write the whole address`);
  if (cortex.backend !== "local" || cortex.model === null) return warnings;
  const reference = parseModelReference(cortex.model);
  if (!reference.ok) warnings.push(`CORTEX_MODEL: ${reference.error}`);
  else if (reference.value.kind === "path" && !existsSync(reference.value.path))
    warnings.push(
      `CORTEX_MODEL: there is no file ${reference.value.path}; correct it, or set CORTEX_BACKEND=off`,
    );
  return warnings;
}
