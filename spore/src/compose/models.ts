/** Joins what a spore thinks with: the chain of models, Cortex, budgets, and the name it goes by. */
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import type { SporeConfig } from "../config.ts";
import type { BudgetLimits } from "../llm/budget.ts";
import { seatOf } from "../llm/candidates.ts";
import { createModelChain, type ModelChain } from "../llm/chain.ts";
import { createChainStore } from "../llm/chain-state.ts";
import { SYSTEM_CLOCK } from "../llm/clock.ts";
import { type Cortex, createCortex } from "../llm/cortex/cortex.ts";
import { EXTRACTIVE_MODEL } from "../llm/extractive.ts";
import type { ModelSettings } from "../llm/settings.ts";
import type { Log } from "../log.ts";
import type { Store } from "../replica/store.ts";
import type { Settings } from "../settings/settings.ts";

export interface Models {
  readonly chat: ModelChain;
  readonly cortex: Cortex;
  /** The model the spore reasons with, for display. */
  readonly name: () => string;
}

export interface ModelParts {
  readonly config: SporeConfig;
  readonly settings: Settings;
  readonly store: Store;
  readonly log: Log;
}

export async function joinModels(
  models: ModelSettings,
  { config, settings, store, log }: ModelParts,
): Promise<Models> {
  const inference = models.providers.find(({ provider }) => provider.client === "huggingface");
  const cortex = createCortex({
    settings: models.cortex,
    hfToken: inference?.apiKey ?? null,
    hfBaseUrl: inference?.baseUrl ?? "",
    folder: models.cortex.folder ?? join(config.dataDir, "models"),
    totalMemoryBytes: totalmem(),
    cores: availableParallelism(),
    fetch,
    clock: SYSTEM_CLOCK,
    warn: log.warn,
    info: log.info,
  });
  const chat = await createModelChain(models, {
    fetch,
    clock: SYSTEM_CLOCK,
    random: Math.random,
    seat: seatOf(config.index, config.role),
    budget: () => budgetFrom(settings),
    store: createChainStore(store.client, Date.now),
    cortex: cortex.server,
    warn: log.warn,
  });
  return { chat, cortex, name: () => chat.nextModel() ?? EXTRACTIVE_MODEL };
}

/** Read at each call, so that a changed budget holds from the next one on. */
function budgetFrom(settings: Settings): BudgetLimits {
  return {
    callsPerDay: settings.get("models.calls_per_day"),
    tokensPerDay: settings.get("models.tokens_per_day"),
    usdPerDay: settings.get("models.usd_per_day"),
    callsPerTask: settings.get("models.calls_per_task"),
    tokensPerTask: settings.get("models.tokens_per_task"),
    usdPerTask: settings.get("models.usd_per_task"),
  };
}
