/**
 * The environment, read once, validated, typed. Nothing else in the spore looks at `process.env` (providers excepted:
 * their keys are read in llm/, so that no object that could be printed holds a secret it does not need).
 *
 * Every problem is collected, so that a person mends them in one go.
 */

import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { sporeNameSchema } from "@synapse/shared/contract/certificate.ts";
import { ROLES, type Role } from "@synapse/shared/contract/entry.ts";
import { MEMBERSHIPS, type Membership } from "@synapse/shared/contract/federation.ts";
import { type Place, placeSchema } from "@synapse/shared/contract/peer-card.ts";
import { isLoopbackUrl } from "@synapse/shared/loopback.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";

export interface SporeConfig {
  readonly name: string;
  readonly index: number;
  readonly role: Role;
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly databaseToken: string | null;
  /** Where others reach this spore; null when nobody can. */
  readonly publicUrl: string | null;
  readonly peers: readonly string[];
  /** Seed lists, https URLs or file paths; "default" for the project's own; empty for none. */
  readonly bootstrap: readonly string[] | "default";
  /** `invited`: a private swarm of the own operator and those it let in. */
  readonly membership: Membership;
  /** An invitation to join with at the start. */
  readonly invite: string | null;
  readonly token: string | null;
  readonly operatorKeyFile: string;
  /** The spore's own key where no disk keeps it: PKCS #8, base64url of the DER. */
  readonly sporeKey: string | null;
  /** A file, or the certificate itself as JSON text. */
  readonly certificate: string | null;
  /** Milliseconds between two anti-entropy rounds. */
  readonly gossipIntervalMs: number;
  readonly allowLoopbackPeers: boolean;
  readonly allowPeerNetworks: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly place: Place | null;
  /** Ends the spore when this process ends: a launcher that was killed leaves nothing behind. */
  readonly parentPid: number | null;
  readonly logLevel: LogLevel;
  readonly logFormat: "text" | "json";
}

export interface ConfigError {
  readonly kind: "config";
  /** One line a problem: the variable, what is wrong, what is expected. */
  readonly problems: readonly string[];
}

type Env = Readonly<Record<string, string | undefined>>;

export function readConfig(env: Env): Result<SporeConfig, ConfigError> {
  const problems: string[] = [];
  const read = createReader(env, problems);

  const index = read.integer("SPORE_INDEX", 0, 0, 1_000_000);
  const name = read.text("SPORE_ID", `spore-${index}`);
  const named = sporeNameSchema.safeParse(name);
  if (!named.success)
    problems.push(`SPORE_ID: ${JSON.stringify(name)} is no spore name: ${named.error.issues[0]?.message}`);
  const dataDir = resolve(read.text("SPORE_DATA_DIR", ".synapse/spore"));
  const config: SporeConfig = {
    name,
    index,
    role: read.choice("SPORE_ROLE", ROLES, ROLES[index % ROLES.length] as Role),
    host: read.text("HOST", "127.0.0.1"),
    port: read.integer("PORT", 7860, 0, 65_535),
    dataDir,
    databaseUrl: read.text("SPORE_DATABASE_URL", `file:${join(dataDir, "spore.db")}`),
    databaseToken: read.optional("SPORE_DATABASE_TOKEN"),
    publicUrl: read.url("SPORE_PUBLIC_URL"),
    peers: read.urls("SPORE_PEERS"),
    bootstrap: read.bootstrap(),
    membership: read.choice("SPORE_MEMBERSHIP", MEMBERSHIPS, "open"),
    invite: read.optional("SPORE_INVITE"),
    token: read.optional("SPORE_TOKEN"),
    operatorKeyFile: resolve(read.text("SPORE_OPERATOR_KEY", join(dataDir, "operator.key"))),
    sporeKey: read.optional("SPORE_KEY"),
    certificate: read.optional("SPORE_CERTIFICATE"),
    gossipIntervalMs: read.integer("SPORE_GOSSIP_INTERVAL_MS", 10_000, 50, 3_600_000),
    allowLoopbackPeers: read.flag("SPORE_ALLOW_LOOPBACK_PEERS"),
    allowPeerNetworks: read.networks("SPORE_ALLOW_PEER_NETWORKS"),
    corsOrigins: read.list("SPORE_CORS_ORIGINS"),
    allowedHosts: read.list("SPORE_ALLOWED_HOSTS"),
    place: read.place("SPORE_PLACE"),
    parentPid:
      read.optional("SPORE_PARENT_PID") === null ? null : read.integer("SPORE_PARENT_PID", 0, 1, 2 ** 31),
    logLevel: read.choice("LOG_LEVEL", LOG_LEVELS, "info"),
    logFormat: read.choice("LOG_FORMAT", ["text", "json"] as const, "text"),
  };
  return problems.length === 0 ? ok(config) : err({ kind: "config", problems });
}

function createReader(env: Env, problems: string[]) {
  const optional = (name: string): string | null => env[name]?.trim() || null;
  const list = (name: string): string[] =>
    (optional(name) ?? "")
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  const httpUrl = (name: string, text: string): string | null => {
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, "");
    problems.push(`${name}: ${JSON.stringify(text)} is no http or https URL`);
    return null;
  };
  return {
    optional,
    list,
    text: (name: string, fallback: string) => optional(name) ?? fallback,
    integer(name: string, fallback: number, min: number, max: number): number {
      const text = optional(name);
      const value = text === null ? fallback : Number(text);
      if (Number.isInteger(value) && value >= min && value <= max) return value;
      problems.push(`${name}: ${JSON.stringify(text)} is no whole number from ${min} to ${max}`);
      return fallback;
    },
    choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
      const text = (optional(name) ?? fallback).toLowerCase();
      const found = choices.find((choice) => choice === text);
      if (found === undefined)
        problems.push(`${name}: ${JSON.stringify(text)} is none of ${choices.join(", ")}`);
      return found ?? fallback;
    },
    flag(name: string): boolean {
      const text = (optional(name) ?? "0").toLowerCase();
      if (["1", "true", "yes", "on"].includes(text)) return true;
      if (!["0", "false", "no", "off"].includes(text))
        problems.push(`${name}: use 1 or 0, not ${JSON.stringify(text)}`);
      return false;
    },
    url(name: string): string | null {
      const text = optional(name);
      return text === null ? null : httpUrl(name, text);
    },
    urls: (name: string): string[] => list(name).flatMap((text) => httpUrl(name, text) ?? []),
    networks: (name: string): string[] =>
      list(name).filter((text) => {
        const [address = "", bits = ""] = text.split("/");
        const valid =
          isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIP(address) === 4 ? 32 : 128);
        if (!valid) problems.push(`${name}: ${JSON.stringify(text)} is no network like 10.0.0.0/8`);
        return valid;
      }),
    bootstrap(): readonly string[] | "default" {
      const sources = list("BOOTSTRAP_URL");
      if (sources.length === 0) return "default";
      if (sources.includes("none")) {
        if (sources.length > 1) problems.push("BOOTSTRAP_URL: none stands alone");
        return [];
      }
      // A list that travels in the clear could be replaced on the way; this machine's own cannot.
      const isPlain = (text: string) => /^http:/i.test(text) && !isLoopbackUrl(text);
      if (sources.some(isPlain)) problems.push("BOOTSTRAP_URL: use https, a file path, or none");
      return sources;
    },
    place(name: string): Place | null {
      const text = optional(name);
      if (text === null) return null;
      const [latitude, longitude, ...rest] = text.split(",");
      const parsed = placeSchema.safeParse({
        latitude: Number(latitude),
        longitude: Number(longitude),
        name: rest.join(",").trim(),
      });
      if (parsed.success) return parsed.data;
      problems.push(`${name}: expected "latitude,longitude,name", for example "52.52,13.40,Berlin"`);
      return null;
    },
  };
}
