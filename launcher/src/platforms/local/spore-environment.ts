/**
 * The environment of one local spore. Pure.
 *
 * 1. What the launcher decides wins over what is inherited.
 * 2. A secret that no spore has a use for is not handed on: the ambient environment of a shell holds tokens for
 *    half the world.
 * 3. Secrets travel in the environment, never in the arguments, which every user of the machine can list.
 */

import { join } from "node:path";
import { ROLES, type Role } from "@synapse/shared/contract/entry.ts";
import { PROVIDER_KEY_VARIABLES } from "@synapse/shared/providers.ts";
import { type Environment, type Settings, servesPage } from "../../settings.ts";
import { type DataDir, sporeName } from "./data-dir.ts";

const SECRET_NAME = /(TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|_KEY|_PAT)$/;
const SPORE_SECRETS: ReadonlySet<string> = new Set([
  ...PROVIDER_KEY_VARIABLES,
  "LLM_API_KEY",
  "EMBEDDER_API_KEY",
]);
/** Said of one spore these would make several spores share one store or one identity. */
const SINGLE_SPORE_VARIABLES = ["SPORE_DATABASE_URL", "SPORE_DATABASE_TOKEN", "SPORE_CERTIFICATE"];

export function roleOf(index: number): Role {
  return ROLES[index % ROLES.length] as Role;
}

export function sporeUrl(settings: Settings, index: number): string {
  return `http://127.0.0.1:${settings.basePort + index}`;
}

/** Both names of the loopback interface, since a browser sends the one that was typed. */
export function pageOrigins(settings: Settings): string[] {
  return [`http://127.0.0.1:${settings.pagePort}`, `http://localhost:${settings.pagePort}`];
}

/** What may pass from the launcher's own environment to a process it starts. */
export function inheritedEnvironment(environment: Environment): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || name.startsWith("npm_")) continue;
    if (SINGLE_SPORE_VARIABLES.includes(name)) continue;
    if (SECRET_NAME.test(name) && !SPORE_SECRETS.has(name)) continue;
    passed[name] = value;
  }
  return passed;
}

export function sporeEnvironment(
  settings: Settings,
  index: number,
  dataDir: DataDir,
  token: string,
  inherited: Environment,
  hostedPage: string | null = null,
): Record<string, string> {
  const siblings = Array.from({ length: settings.count }, (_, other) => other)
    .filter((other) => other !== index)
    .map((other) => sporeUrl(settings, other));
  const origins = [
    ...(servesPage(settings) ? pageOrigins(settings) : []),
    hostedPage ?? "",
    settings.sporeVariables.SPORE_CORS_ORIGINS ?? inherited.SPORE_CORS_ORIGINS ?? "",
  ];
  const { database } = settings;
  const { bootstrap } = settings;
  return {
    // One download serves all spores of the machine; whoever names another folder gets that.
    CORTEX_MODELS_DIR: join(dataDir.path, "models"),
    ...inheritedEnvironment(inherited),
    ...settings.sporeVariables,
    ...(bootstrap.kind === "default"
      ? {}
      : { BOOTSTRAP_URL: bootstrap.kind === "none" ? "none" : bootstrap.value }),
    SPORE_ID: sporeName(index),
    SPORE_INDEX: String(index),
    SPORE_ROLE: roleOf(index),
    HOST: "127.0.0.1",
    PORT: String(settings.basePort + index),
    SPORE_DATA_DIR: dataDir.spore(sporeName(index)),
    ...(database === null
      ? {}
      : { SPORE_DATABASE_URL: database.url.replaceAll("{spore}", sporeName(index)) }),
    ...(database?.token == null ? {} : { SPORE_DATABASE_TOKEN: database.token }),
    SPORE_PUBLIC_URL: sporeUrl(settings, index),
    SPORE_PEERS: [...siblings, ...settings.peers].join(","),
    SPORE_TOKEN: token,
    SPORE_OPERATOR_KEY: dataDir.operatorKey,
    SPORE_ALLOW_LOOPBACK_PEERS: "1",
    SPORE_CORS_ORIGINS: origins.filter((origin) => origin !== "").join(","),
  };
}
