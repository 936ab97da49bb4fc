/** The exported Command Center as files to upload, with `config.json` beside the page instead of a rebuild. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PageConfig } from "@synapse/shared/contract/swarm-file.ts";
import { Glob } from "bun";
import type { RepoFile } from "../platforms/hub/hub-client.ts";

const encoder = new TextEncoder();

export function textFile(path: string, text: string): RepoFile {
  return { path, bytes: encoder.encode(text) };
}

export function jsonFile(path: string, value: unknown): RepoFile {
  return textFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Everything the build exported; names that begin with a dot are notes of the builder. */
export function exportedPage(folder: string): RepoFile[] {
  return [...new Glob("**/*").scanSync({ cwd: folder, onlyFiles: true })]
    .filter((path) => path !== "config.json")
    .sort()
    .map((path) => ({ path, bytes: new Uint8Array(readFileSync(join(folder, path))) }));
}

export function pageConfigFile(config: PageConfig): RepoFile {
  return jsonFile("config.json", config);
}
