/** Cortex as a spore joins it, for tests that look at it from outside; all of them end with `endCortexes`. */
import { SYSTEM_CLOCK } from "@synapse/spore/llm/clock.ts";
import { type Cortex, createCortex } from "@synapse/spore/llm/cortex/cortex.ts";
import type { ModelServer } from "@synapse/spore/llm/model-server.ts";
import { modelSettingsFrom } from "@synapse/spore/llm/settings.ts";
import { KEY_CANARY } from "./model-server-suite.ts";
import { freshDir } from "./swarm.ts";

const running: { stop(): unknown }[] = [];

export function endLater(one: { stop(): unknown }): void {
  running.push(one);
}

export async function endCortexes(): Promise<void> {
  for (const one of running.splice(0)) await one.stop();
}

export function openCortex(
  environment: Record<string, string>,
  options: { folder?: string; clock?: typeof SYSTEM_CLOCK; hfBaseUrl?: string; hfToken?: null } = {},
): Cortex & { readonly warnings: string[] } {
  const settings = modelSettingsFrom(environment);
  if (!settings.ok) throw new Error(settings.error);
  const warnings: string[] = [];
  const cortex = createCortex({
    settings: settings.value.cortex,
    hfToken: options.hfToken === undefined ? KEY_CANARY : options.hfToken,
    hfBaseUrl: options.hfBaseUrl ?? "https://router.invalid/v1",
    folder: options.folder ?? freshDir(),
    totalMemoryBytes: 4 * 1024 ** 3,
    cores: 2,
    fetch,
    clock: options.clock ?? SYSTEM_CLOCK,
    warn: (_, details) => warnings.push(String(details?.reason)),
    info: () => {},
  });
  endLater(cortex);
  return { ...cortex, warnings };
}

export const serverOf = (cortex: Cortex) => cortex.server as ModelServer;
