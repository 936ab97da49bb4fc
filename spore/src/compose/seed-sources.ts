/** Where seed lists are read from: what the operator named, else the project's own list and its copy in the clone. */
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { bootstrapUrlOfRepository } from "@synapse/shared/contract/bootstrap.ts";
import { err, ok } from "@synapse/shared/result.ts";
import type { SporeConfig } from "../config.ts";
import type { SeedSource } from "../federation/bootstrap.ts";
import type { GuardedFetch } from "../gossip/guarded-fetch.ts";

/** A thousand seeds with names and contacts. */
const LIST_BYTES_MAX = 512 * 1024;
/** The folder of the root package.json, where the spore runs from a clone. */
const CLONE = resolve(import.meta.dir, "../../..");

export async function seedSources(
  { bootstrap }: Pick<SporeConfig, "bootstrap">,
  fetchText: GuardedFetch,
  clone = CLONE,
): Promise<readonly SeedSource[]> {
  if (bootstrap !== "default")
    return bootstrap.map((name) => (/^https?:/i.test(name) ? atUrl(name, fetchText) : inFile(name, true)));
  const url = await listOfRepository(clone);
  const copy = join(clone, "bootstrap.json");
  return [
    ...(url === null ? [] : [atUrl(url, fetchText)]),
    ...(existsSync(copy) ? [inFile(copy, false)] : []),
  ];
}

async function listOfRepository(clone: string): Promise<string | null> {
  const manifest = join(clone, "package.json");
  if (!existsSync(manifest)) return null;
  const { repository } = JSON.parse(await readFile(manifest, "utf8")) as { repository?: { url?: string } };
  return bootstrapUrlOfRepository(repository?.url ?? "");
}

function atUrl(url: string, fetchText: GuardedFetch): SeedSource {
  return {
    name: url,
    // Plain http is admitted for this machine alone.
    isLocal: /^http:/i.test(url),
    async read() {
      const reply = await fetchText(url, { bytesMax: LIST_BYTES_MAX });
      if (!reply.ok) return err(reply.error.message);
      const { status, text } = reply.value;
      return status === 200 ? ok(text) : err(`answers with status ${status}`);
    },
  };
}

function inFile(path: string, isLocal: boolean): SeedSource {
  return {
    name: path,
    isLocal,
    async read() {
      try {
        const { size } = await stat(path);
        return size > LIST_BYTES_MAX
          ? err(`is larger than ${LIST_BYTES_MAX} bytes`)
          : ok(await readFile(path, "utf8"));
      } catch (cause) {
        return err(
          (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : String(cause),
        );
      }
    },
  };
}
