/**
 * The variables and secrets of one spore's Space. Pure.
 *
 * 1. Least privilege: a spore gets its own key and certificate, the operator's token, and the provider keys that were
 *    chosen for this swarm. Neither the operator's key nor the Hub token that deploys it ever goes there.
 * 2. Variables may be read by anyone where the Space is public; whatever might be a secret is one.
 */
import type { Role } from "@synapse/shared/contract/entry.ts";
import type { BootstrapChoice } from "../../settings.ts";

export interface SporeSpaceInput {
  /** The name of the Space without its owner, and of the spore. */
  readonly name: string;
  readonly index: number;
  readonly role: Role;
  /** Its own address. */
  readonly url: string;
  /** Addresses of its siblings and of further peers. */
  readonly peers: readonly string[];
  readonly pageOrigins: readonly string[];
  readonly bootstrap: BootstrapChoice;
  readonly sporeKey: string;
  readonly certificate: string;
  readonly operatorToken: string;
  /** Variables chosen for this swarm, by name: keys, models, log level. */
  readonly chosen: Readonly<Record<string, string>>;
  readonly snapshot: {
    readonly repo: string;
    readonly token: string;
    readonly passphrase: string;
    readonly intervalS: number | null;
    readonly hubUrl: string;
  } | null;
  readonly database: { readonly url: string; readonly token: string | null } | null;
}

export interface SpaceValues {
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Chosen settings that anybody may read. */
const OPEN_VARIABLES = new Set([
  "LLM_ENDPOINT",
  "LLM_MODEL",
  "CORTEX_BACKEND",
  "CORTEX_MODEL",
  "CORTEX_DOWNLOAD",
  "SPORE_GOSSIP_INTERVAL_MS",
  "LOG_LEVEL",
  "LOG_FORMAT",
  "SPORE_PLACE",
]);

export function sporeSpaceValues(input: SporeSpaceInput): SpaceValues {
  const { bootstrap, database, snapshot } = input;
  const { SPORE_CORS_ORIGINS: further = "", ...chosen } = { ...cortexDefaults(input), ...input.chosen };
  const origins = [...input.pageOrigins, further].filter((origin) => origin !== "");
  const open = Object.entries(chosen).filter(([name]) => OPEN_VARIABLES.has(name));
  const hidden = Object.entries(chosen).filter(([name]) => !OPEN_VARIABLES.has(name));
  return {
    variables: {
      ...Object.fromEntries(open),
      SPORE_ID: input.name,
      SPORE_INDEX: String(input.index),
      SPORE_ROLE: input.role,
      SPORE_PUBLIC_URL: input.url,
      SPORE_PEERS: input.peers.join(","),
      SPORE_CERTIFICATE: input.certificate,
      ...(origins.length === 0 ? {} : { SPORE_CORS_ORIGINS: origins.join(",") }),
      ...(bootstrap.kind === "default"
        ? {}
        : { BOOTSTRAP_URL: bootstrap.kind === "none" ? "none" : bootstrap.value }),
      ...(database === null ? {} : { SPORE_DATABASE_URL: database.url }),
      ...(snapshot === null
        ? {}
        : {
            SPORE_SNAPSHOT_REPO: snapshot.repo,
            SPORE_SNAPSHOT_HUB: snapshot.hubUrl,
            ...(snapshot.intervalS === null ? {} : { SPORE_SNAPSHOT_INTERVAL_S: String(snapshot.intervalS) }),
          }),
    },
    secrets: {
      ...Object.fromEntries(hidden),
      SPORE_KEY: input.sporeKey,
      SPORE_TOKEN: input.operatorToken,
      ...(database?.token == null ? {} : { SPORE_DATABASE_TOKEN: database.token }),
      ...(snapshot === null
        ? {}
        : { SPORE_SNAPSHOT_TOKEN: snapshot.token, SPORE_SNAPSHOT_PASSPHRASE: snapshot.passphrase }),
    },
  };
}

/**
 * A Sentinel watches with the Cortex; where nothing else was said, through inference if a token for it was given. Who
 * asks for a local model in a Space has agreed to its download: nobody is there to press a button.
 */
function cortexDefaults({ role, chosen }: SporeSpaceInput): Record<string, string> {
  if (chosen.CORTEX_BACKEND === "local") return { CORTEX_DOWNLOAD: "1" };
  return role === "sentinel" && chosen.HF_TOKEN !== undefined ? { CORTEX_BACKEND: "hf" } : {};
}
