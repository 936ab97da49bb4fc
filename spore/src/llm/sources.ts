/**
 * The sources of models that the settings name, each with its client, its terms and its preferences.
 *
 * A source is an account at a provider, a configured endpoint, a server found on this machine, or the local model.
 */
import { isLoopbackUrl } from "@synapse/shared/loopback.ts";
import type { Price, Provider } from "@synapse/shared/providers.ts";
import type { SourceClass } from "./candidates.ts";
import { PLAIN_DIALECT } from "./failure.ts";
import { createHfInference } from "./hf-inference.ts";
import type { Preference } from "./model-directory.ts";
import type { ModelServer, ServerDeps } from "./model-server.ts";
import { createOpenAiCompatible } from "./openai-compatible.ts";
import type { AccountTerms } from "./quota-ledger.ts";
import { type EndpointSettings, keyFingerprint, type ModelSettings } from "./settings.ts";

/** One source of models, as the chain uses it. */
export interface Source {
  readonly id: string;
  readonly name: string;
  readonly class: SourceClass;
  readonly server: ModelServer;
  readonly terms: AccountTerms;
  readonly quota: Provider["quota"];
  readonly preference: Preference;
  /** Null where unknown. */
  readonly price: Price | null;
  /** The key it is called with: a reply that repeats it is refused, so that no server can make it an answer. */
  readonly secret: string | null;
  /** Counts against the budgets; a server on this machine does not. */
  readonly metered: boolean;
  /** What it is asked does not leave this machine. */
  readonly onThisMachine: boolean;
}

const ENDPOINT_ID = "endpoint";
export const CORTEX_ID = "cortex";
const FREE: Price = { in: 0, out: 0 };
/** Calls at the same time to a server that states no limits; a local one works them off one after another anyway. */
const ENDPOINT_CONCURRENCY = 4;
/** A hosted model that is gone seldom comes back; a wrong verdict is corrected within this. */
const HOSTED_GONE_MS = 6 * 3_600_000;
/** On a server of one's own the model may be loaded any moment. */
const OWN_GONE_MS = 30_000;

export function configuredSources(
  settings: ModelSettings,
  cortex: ModelServer | null,
  deps: ServerDeps,
): readonly Source[] {
  const keyed = settings.providers.map(({ provider, baseUrl, apiKey }): Source => {
    const { id, name, client, concurrency, reservesReply, quota, price, models, substitutes } = provider;
    const server = { id, baseUrl, apiKey, dialect: provider };
    return {
      id,
      name,
      class: "key",
      server:
        client === "huggingface" ? createHfInference(server, deps) : createOpenAiCompatible(server, deps),
      terms: {
        account: `${id}@${new URL(baseUrl).host}#${keyFingerprint(apiKey)}`,
        concurrency,
        reservesReply,
        dialect: provider,
        goneMs: HOSTED_GONE_MS,
      },
      quota,
      preference: { models, substitutes, fixed: false },
      price,
      secret: apiKey,
      metered: true,
      // Wherever its address leads: what a provider's name stands for is elsewhere, and so is what a proxy passes on.
      onThisMachine: false,
    };
  });
  const { endpoint } = settings;
  return [
    ...keyed,
    ...(endpoint === null
      ? []
      : [
          {
            ...localSource(
              ENDPOINT_ID,
              "OpenAI-compatible endpoint",
              createOpenAiCompatible({ id: ENDPOINT_ID, ...endpoint }, deps),
            ),
            class: "endpoint" as const,
            terms: {
              account: `${ENDPOINT_ID}@${new URL(endpoint.baseUrl).host}#${keyFingerprint(endpoint.apiKey)}`,
              concurrency: ENDPOINT_CONCURRENCY,
              reservesReply: false,
              dialect: PLAIN_DIALECT,
              goneMs: OWN_GONE_MS,
            },
            preference: fixedModel(endpoint.model),
            secret: endpoint.apiKey,
            // What it costs elsewhere nobody says.
            price: mayCost(endpoint) ? null : FREE,
            metered: mayCost(endpoint),
            onThisMachine: isHere(endpoint),
          },
        ]),
    ...(cortex === null
      ? []
      : [
          {
            ...localSource(cortex.id, "Cortex (local model)", cortex),
            class: "cortex" as const,
            onThisMachine: settings.cortex.backend === "local",
          },
        ]),
  ];
}

function isHere({ baseUrl }: EndpointSettings): boolean {
  return isLoopbackUrl(baseUrl);
}

/** A key elsewhere, or for what a server here passes on. Servers on one's own machine want keys too, and bill nothing. */
function mayCost(endpoint: EndpointSettings): boolean {
  return endpoint.apiKey !== null && (!isHere(endpoint) || isForwarded(endpoint.model ?? ""));
}

/** A named model is asked for whatever the list says; without a name the first listed one is taken. */
function fixedModel(model: string | null): Preference {
  return model === null
    ? { models: [], substitutes: null, fixed: false }
    : { models: [model], substitutes: null, fixed: true };
}

export function localSource(id: string, name: string, server: ModelServer): Source {
  return {
    id,
    name,
    class: "found",
    server,
    terms: {
      account: id,
      concurrency: id === CORTEX_ID ? 1 : ENDPOINT_CONCURRENCY,
      reservesReply: false,
      dialect: PLAIN_DIALECT,
      goneMs: OWN_GONE_MS,
    },
    quota: "account",
    preference: { models: [], substitutes: null, fixed: false },
    price: FREE,
    secret: null,
    metered: false,
    onThisMachine: true,
  };
}

/** Ollama lists models of its own cloud beside those on the disk, by names that end so, and passes what they are asked on. */
export function isForwarded(model: string): boolean {
  return /[-:]cloud$/i.test(model);
}

/** Name of the shared quota that a model draws on. */
export function poolName(quota: Source["quota"], model: string): string {
  if (quota === "model") return model;
  if (quota === "free_models") return /:free$|^openrouter\/free$/.test(model) ? "free" : "credits";
  return "account";
}
