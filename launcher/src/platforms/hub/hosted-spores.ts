/** The Spaces that a swarm of spores wants: names, files, variables, secrets. Pure. */
import { hkdfSync } from "node:crypto";
import type { Role } from "@synapse/shared/contract/entry.ts";
import type { Settings } from "../../settings.ts";
import type { Operator } from "../local/operator.ts";
import { roleOf } from "../local/spore-environment.ts";
import type { RepoFile } from "./hub-client.ts";
import { markFile, sporeCard } from "./space-files.ts";
import { expectedHost, spaceName } from "./space-name.ts";
import { type Fingerprint, fingerprintWith, type WantedSpace } from "./space-plan.ts";
import type { SporeCredentials } from "./spore-credentials.ts";
import { sporeSpaceValues } from "./spore-space.ts";

export interface HostedSpore {
  readonly index: number;
  /** Of the spore and of its Space. */
  readonly name: string;
  readonly id: string;
  readonly role: Role;
}

export function hostedSpores(settings: Settings, owner: string): HostedSpore[] {
  return Array.from({ length: settings.count }, (_, index) => {
    const name = spaceName(settings.hub.prefix, index);
    return { index, name, id: `${owner}/${name}`, role: roleOf(index) };
  });
}

export interface WantedSporesInput {
  readonly settings: Settings;
  readonly spores: readonly HostedSpore[];
  readonly operator: Operator;
  readonly sources: readonly RepoFile[];
  readonly credentials: (spore: HostedSpore) => SporeCredentials;
  /** Addresses the Hub has told, by id. */
  readonly hosts: ReadonlyMap<string, string>;
  readonly pageOrigins: readonly string[];
  /** Of the snapshots, if any are wanted. */
  readonly passphrase: string | null;
}

export function wantedSpores(input: WantedSporesInput): WantedSpace[] {
  const { settings, spores, operator } = input;
  const urlOf = ({ id }: HostedSpore) => input.hosts.get(id) ?? expectedHost(id, "docker");
  return spores.map((spore): WantedSpace => {
    const { key, certificate } = input.credentials(spore);
    const siblings = spores.filter(({ id }) => id !== spore.id).map(urlOf);
    const { database, snapshot } = settings;
    const values = sporeSpaceValues({
      name: spore.name,
      index: spore.index,
      role: spore.role,
      url: urlOf(spore),
      peers: [...siblings, ...settings.peers],
      pageOrigins: input.pageOrigins,
      bootstrap: settings.bootstrap,
      sporeKey: key,
      certificate,
      operatorToken: operator.token,
      chosen: settings.chosenVariables,
      snapshot:
        snapshot === null || input.passphrase === null
          ? null
          : {
              repo: snapshot.repo,
              token: snapshot.token,
              passphrase: input.passphrase,
              intervalS: snapshot.interval_s ?? null,
              hubUrl: settings.hub.url,
            },
      database: database && { ...database, url: database.url.replaceAll("{spore}", spore.name) },
    });
    return {
      id: spore.id,
      sdk: "docker",
      // Reachable for its peers and for the page, its files for nobody: "private" would shut out its own siblings.
      visibility: settings.hub.private ? "protected" : "public",
      files: [...input.sources, sporeCard(spore.name, spore.role), markFile(operator.publicKey, spore.name)],
      ...values,
    };
  });
}

const FINGERPRINT_KEY_BYTES = 32;

/** Keyed with the operator's key, which stays at home. */
export function secretFingerprint(operator: Operator): Fingerprint {
  const ikm = operator.key.export({ type: "pkcs8", format: "der" });
  const info = "synapse/secret-fingerprint/1";
  return fingerprintWith(new Uint8Array(hkdfSync("sha256", ikm, "", info, FINGERPRINT_KEY_BYTES)));
}
