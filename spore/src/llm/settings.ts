/**
 * What the environment says about models. Parsed once, at the edge; a key never travels further than its server.
 */

import { createHash } from "node:crypto";
import { PROVIDERS, type Provider } from "@synapse/shared/providers.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { normaliseBaseUrl } from "./base-url.ts";

export interface EndpointSettings {
  readonly baseUrl: string;
  /** Null: the first chat model of the server's own list. */
  readonly model: string | null;
  readonly apiKey: string | null;
}

export interface ProviderSettings {
  readonly provider: Provider;
  readonly baseUrl: string;
  readonly apiKey: string;
}

export const CORTEX_BACKENDS = ["local", "hf", "off"] as const;
export type CortexBackend = (typeof CORTEX_BACKENDS)[number];

export interface CortexSettings {
  readonly backend: CortexBackend;
  /** GGUF path, `hf:` reference, or for the hf backend the name of a model; null: the default of the backend. */
  readonly model: string | null;
  /** Consent to download what an `hf:` reference names. */
  readonly mayDownload: boolean;
  /** The local model may not use more than this, in MiB; null: a share of the machine's memory. */
  readonly memoryMb: number | null;
  /** Where downloaded models are kept; spores of one machine share it. Null: in the data dir. */
  readonly folder: string | null;
  /** Where `hf:` references are looked up. */
  readonly hubUrl: string;
}

export interface ModelSettings {
  /** Providers with a key, in the order of the catalogue. */
  readonly providers: readonly ProviderSettings[];
  /** Providers that have no key, or no longer exist, with what would mend it. */
  readonly unused: readonly { readonly provider: Provider; readonly reason: string }[];
  /** `LLM_ENDPOINT` with `LLM_MODEL` and `LLM_API_KEY`; null when there is none. */
  readonly endpoint: EndpointSettings | null;
  /** Whether servers on this machine are looked for: only where nothing else was configured. */
  readonly detectLocal: boolean;
  readonly cortex: CortexSettings;
}

type Environment = Readonly<Record<string, string | undefined>>;

const HUB_URL = "https://huggingface.co";

/** Reads the variables of contract.md; the error names the variable and how to mend it. */
export function modelSettingsFrom(environment: Environment): Result<ModelSettings, string> {
  const problems: string[] = [];
  const read = (name: string) => present(environment[name]);
  const readUrl = (name: string, fallback: string): string => {
    const text = read(name);
    if (text === null) return fallback;
    const normalised = normaliseBaseUrl(text);
    if (normalised.ok) return normalised.value;
    problems.push(`${name} cannot be used: ${normalised.error}`);
    return fallback;
  };

  const providers: ProviderSettings[] = [];
  const unused: { provider: Provider; reason: string }[] = [];
  for (const provider of PROVIDERS as readonly Provider[]) {
    const { variable, aliases, baseUrl, baseUrlVariable, retired } = provider;
    const apiKey = [variable, ...aliases].map(read).find((key) => key !== null) ?? null;
    if (apiKey !== null && /[^\x21-\x7e]/.test(apiKey)) {
      problems.push(`${variable} is no key: it holds spaces or letters that no header may hold`);
    } else if (retired !== undefined) {
      unused.push({ provider, reason: apiKey === null ? retired : `${retired}; its key is not used` });
    } else if (apiKey === null) {
      unused.push({ provider, reason: `no key: set ${variable}` });
    } else {
      providers.push({ provider, baseUrl: readUrl(baseUrlVariable, baseUrl), apiKey });
    }
  }
  const endpointUrl = read("LLM_ENDPOINT") === null ? null : readUrl("LLM_ENDPOINT", "");
  const endpoint =
    endpointUrl === null
      ? null
      : { baseUrl: endpointUrl, model: read("LLM_MODEL"), apiKey: read("LLM_API_KEY") };
  const detect = read("LLM_DETECT_LOCAL") ?? "1";
  if (!/^[01]$/.test(detect)) problems.push("LLM_DETECT_LOCAL: use 1 or 0");
  const cortex = cortexSettingsFrom(read, problems);
  if (problems.length > 0) return err(problems.join("; "));
  return ok({
    providers,
    unused,
    endpoint,
    detectLocal: detect === "1" && providers.length === 0 && endpoint === null,
    cortex,
  });
}

function cortexSettingsFrom(read: (name: string) => string | null, problems: string[]): CortexSettings {
  const text = read("CORTEX_BACKEND")?.toLowerCase() ?? "local";
  const backend = CORTEX_BACKENDS.find((one) => one === text);
  if (backend === undefined) problems.push(`CORTEX_BACKEND: use ${CORTEX_BACKENDS.join(", ")}`);
  const memory = read("CORTEX_MEMORY_MB");
  const memoryMb = memory === null ? null : Number(memory);
  if (memoryMb !== null && !(Number.isInteger(memoryMb) && memoryMb >= 64))
    problems.push("CORTEX_MEMORY_MB: a whole number of MiB, at least 64");
  const download = read("CORTEX_DOWNLOAD") ?? "0";
  if (!/^[01]$/.test(download)) problems.push("CORTEX_DOWNLOAD: use 1 or 0");
  const hub = read("CORTEX_HUB_URL") ?? HUB_URL;
  if (!URL.canParse(hub)) problems.push("CORTEX_HUB_URL is no URL");
  return {
    backend: backend ?? "off",
    model: read("CORTEX_MODEL"),
    mayDownload: download === "1",
    memoryMb,
    folder: read("CORTEX_MODELS_DIR"),
    hubUrl: hub.replace(/\/+$/, ""),
  };
}

/** Tells keys apart without saying anything about them: a new key starts with a clean ledger. */
export function keyFingerprint(apiKey: string | null): string {
  if (apiKey === null) return "none";
  return createHash("sha256").update(`synapse quota ledger\0${apiKey}`).digest("hex").slice(0, 12);
}

function present(value: string | undefined): string | null {
  const trimmed = value?.trim() ?? "";
  return trimmed === "" ? null : trimmed;
}
