/**
 * Finds model servers that already run on this machine: Ollama, LM Studio, llama.cpp.
 *
 * Only loopback is asked, only where nothing else was configured, and each look is over in a moment: a port that
 * nobody listens on refuses at once. What listens there and does not answer like a model server is left alone.
 */
import { LOCAL_SERVERS } from "@synapse/shared/providers.ts";
import { listModels, type ServerDeps, type ServerSettings } from "./model-server.ts";

export interface LocalServer {
  readonly settings: ServerSettings;
  readonly name: string;
  readonly models: readonly string[];
}

/** Loopback answers in microseconds; a server that is busy loading a model gets this much. */
const LOOK_TIMEOUT_MS = 1_500;

export async function findLocalServers(
  deps: ServerDeps,
  known: readonly { readonly id: string; readonly name: string; readonly baseUrl: string }[] = LOCAL_SERVERS,
): Promise<readonly LocalServer[]> {
  const looks = known.map(async ({ id, name, baseUrl }): Promise<LocalServer[]> => {
    const settings = { id, baseUrl, apiKey: null };
    const found = await listModels(settings, deps, undefined, LOOK_TIMEOUT_MS);
    return found.ok && found.value.length > 0 ? [{ settings, name, models: found.value }] : [];
  });
  return (await Promise.all(looks)).flat();
}
