/**
 * config.yaml: its schema and its defaults. Providers whose keys it may hold: providers.ts.
 *
 * 1. Every member is optional: what is absent is looked for in the environment, then in CONFIG_DEFAULTS.
 * 2. Unknown members are refused, so that a misspelt one is never silently ignored.
 * 3. Every member stands in config.template.yaml with a comment, its default and its unit.
 * 4. The members in SECRET_CONFIG_PATHS are never printed, logged or put on a command line.
 */
import { z } from "zod";
import { PROVIDERS, type ProviderId } from "./providers.ts";

/** A port may be shared out to spores upwards, so the highest port still has to exist for the last of them. */
export const PORT_MAX = 65_535;
/** Each spore is a process of its own on this machine or a paid Space: more is a typing error. */
export const SPORE_COUNT_MAX = 100;

const port = z.int().min(1).max(PORT_MAX);
const secret = z.string().trim().min(1);
const webUrl = z.url({ protocol: /^https?$/ });

const apiKeysSchema = z.strictObject(
  Object.fromEntries(PROVIDERS.map(({ id }) => [id, secret.optional()])) as Record<
    ProviderId,
    z.ZodOptional<typeof secret>
  >,
);

export const configSchema = z.strictObject({
  target: z.enum(["local", "hf"]).optional(),
  count: z.int().min(1).max(SPORE_COUNT_MAX).optional(),
  deploy_cc: z.boolean().optional(),
  cc_target: z.enum(["local", "vercel", "hf"]).optional(),
  cc_name: z.string().trim().min(1).max(96).optional(),
  cc_port: port.optional(),
  data_dir: z.string().min(1).optional(),
  base_port: port.optional(),
  /** https URL, file path or `none`. */
  bootstrap: z.string().trim().min(1).optional(),
  peers: z.array(webUrl).optional(),
  api_keys: apiKeysSchema.optional(),
  llm: z
    .strictObject({
      endpoint: webUrl.optional(),
      model: z.string().min(1).optional(),
      api_key: secret.optional(),
    })
    .optional(),
  cortex: z
    .strictObject({
      backend: z.enum(["local", "hf", "off"]).optional(),
      model: z.string().min(1).optional(),
    })
    .optional(),
  gossip_interval_ms: z.int().min(50).max(3_600_000).optional(),
  start_timeout_s: z.int().min(1).max(3_600).optional(),
  log_level: z.enum(["debug", "info", "warn", "error", "silent"]).optional(),
  log_format: z.enum(["text", "json"]).optional(),
  /** A libSQL server instead of a file on each spore's disk; `{spore}` in it becomes the spore's name. */
  database_url: z.url({ protocol: /^(libsql|https?)$/ }).optional(),
  database_token: secret.optional(),
  /** Encrypted snapshots of hosted spores in a private dataset repository on the Hub. */
  snapshot: z
    .strictObject({
      /** `owner/name` of a dataset. */
      repo: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "owner/name of a dataset"),
      /** May write that dataset; never the token that deploys. */
      token: secret,
      interval_s: z.int().min(60).max(604_800).optional(),
    })
    .optional(),
  environment: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, "use A-Z 0-9 _"), z.string()).optional(),
  mapbox_token: z.string().trim().min(1).optional(),
  mapbox_style: z
    .string()
    .trim()
    .regex(
      /^(mapbox:\/\/styles\/[\w.-]+\/[\w.-]+|https:\/\/\S+)$/,
      "mapbox://styles/owner/style, or an https URL",
    )
    .optional(),
  hf_token: secret.optional(),
  hf_owner: z.string().trim().min(1).optional(),
  hub_url: webUrl.optional(),
  prefix: z.string().trim().min(1).max(60).optional(),
  private: z.boolean().optional(),
  vercel_token: secret.optional(),
  vercel_team: z.string().trim().min(1).optional(),
});

/** config.yaml as it stands in the file; also the shape of what flags and environment contribute. */
export type Config = z.infer<typeof configSchema>;

export const CONFIG_DEFAULTS = {
  target: "local",
  count: 3,
  deploy_cc: false,
  cc_name: "synapse-cc",
  cc_port: 3000,
  data_dir: ".synapse",
  base_port: 7860,
  peers: [],
  start_timeout_s: 180,
  log_level: "info",
  log_format: "text",
  hub_url: "https://huggingface.co",
  prefix: "synapse-spore",
  private: true,
} as const satisfies Config;

/** Members whose value must never be shown, as dotted paths; `.*` stands for every member below. */
export const SECRET_CONFIG_PATHS = [
  "api_keys.*",
  "llm.api_key",
  "hf_token",
  "vercel_token",
  "database_token",
  "snapshot.token",
  "environment.*",
];

export function isSecretConfigPath(path: string): boolean {
  return SECRET_CONFIG_PATHS.some((secretPath) =>
    secretPath.endsWith(".*") ? path.startsWith(secretPath.slice(0, -1)) : path === secretPath,
  );
}
