/**
 * Whether the swarm looks for the public network, and what it would tell it.
 *
 * The default is to join, said plainly; an interactive first start asks, and a "no" is kept in the data dir so that
 * the next start does not join after all.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bootstrapUrlOfRepository } from "@synapse/shared/contract/bootstrap.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { Layout } from "../../layout.ts";
import type { BootstrapChoice, Settings } from "../../settings.ts";
import { OWNER_ONLY, writeFileAtomically } from "./atomic-file.ts";
import type { DataDir } from "./data-dir.ts";

/** The choice in force: what was set, else a "no" given earlier. */
export function chosenBootstrap(settings: Settings, dataDir: DataDir): BootstrapChoice {
  const refused = settings.bootstrap.kind === "default" && existsSync(dataDir.networkRefusal);
  return refused ? { kind: "none" } : settings.bootstrap;
}

/** The first thing that is written into a new data dir, so it makes the folder. The error names what cannot be used. */
export function keepRefusal(dataDir: DataDir): Result<void, string> {
  const text = "The public network was declined here. Remove this file to be asked again.\n";
  try {
    mkdirSync(dataDir.path, { recursive: true, mode: 0o700 });
    writeFileAtomically(dataDir.networkRefusal, text, OWNER_ONLY);
    return ok(undefined);
  } catch (error) {
    return err(`the "no" cannot be kept in ${dataDir.path}: ${(error as Error).message}`);
  }
}

/** The list the default stands for, or null for a fork that is not on GitHub: then the file in the clone. */
function defaultBootstrapUrl(layout: Layout): string | null {
  const manifest = JSON.parse(readFileSync(join(layout.root, "package.json"), "utf8")) as {
    repository?: { url?: string };
  };
  return bootstrapUrlOfRepository(manifest.repository?.url ?? "");
}

/** The list the page shows other clusters from; null where there is none that a browser could read. */
export function pageBootstrapUrl(choice: BootstrapChoice, layout: Layout): string | null {
  if (choice.kind === "default") return defaultBootstrapUrl(layout);
  return choice.kind === "given" && choice.value.startsWith("https:") ? choice.value : null;
}

/** @param optOut what keeps to itself, as this command is told so */
export function networkNotice(choice: BootstrapChoice, layout: Layout, optOut = "--bootstrap none"): string {
  if (choice.kind === "none") return "network: none, this swarm keeps to itself";
  const list = choice.kind === "given" ? choice.value : (defaultBootstrapUrl(layout) ?? "bootstrap.json");
  return (
    `network: joins through ${list}. Strangers there see your spores' signed cards (name, role, model, version, ` +
    `counts, declared place) and what you label public; never what is private or cluster. ${optOut} opts out`
  );
}
