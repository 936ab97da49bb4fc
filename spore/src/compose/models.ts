/** Joins what a spore thinks with: the chain of models, and the name it goes by. */
import { createChatModel, type ModelChain } from "../llm/chain.ts";
import { EXTRACTIVE_MODEL } from "../llm/extractive.ts";
import type { ModelSettings } from "../llm/settings.ts";

export interface Models {
  readonly chat: ModelChain;
  /** The model the spore reasons with, for display. */
  readonly name: () => string;
}

export function joinModels(models: ModelSettings): Models {
  const chat = createChatModel(models, { now: Date.now, fetch });
  return {
    chat,
    name: () =>
      chat.model === null
        ? EXTRACTIVE_MODEL
        : (models.endpoint?.model ?? chat.lastUsed()?.model ?? "not yet known"),
  };
}
