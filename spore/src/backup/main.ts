/**
 * `bun run backup <file> [--data-dir D]` and `bun run restore <file> [--data-dir D]`.
 *
 * The passphrase comes from SYNAPSE_BACKUP_PASSPHRASE or from a file (--passphrase-file), never from an argument, which
 * every user of a machine can list.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Result } from "@synapse/shared/result.ts";
import type { ArchiveList } from "./archive.ts";
import { type BackupError, backUp, type MadeBackup, restore } from "./backup.ts";

const USAGE = `usage: bun run backup <file> [--data-dir .synapse] [--passphrase-file F]
       bun run restore <file> [--data-dir .synapse] [--passphrase-file F]
The passphrase (12 characters or more) is in that file or in SYNAPSE_BACKUP_PASSPHRASE.`;
const EXIT_USAGE = 2;

async function main(argv: readonly string[]): Promise<number> {
  const parsed = parse(argv);
  if (parsed === null) return say(USAGE, EXIT_USAGE);
  const { verb, file, dataDir, passphraseFile } = parsed;
  const passphrase =
    passphraseFile === undefined
      ? (process.env.SYNAPSE_BACKUP_PASSPHRASE ?? "")
      : readPassphrase(passphraseFile);
  if (passphrase === null) return say(`cannot read ${passphraseFile}`, 1);
  if (passphrase === "") return say(`a passphrase is needed\n${USAGE}`, EXIT_USAGE);
  const done: Result<ArchiveList & Partial<MadeBackup>, BackupError> =
    verb === "backup"
      ? await backUp(dataDir, file, passphrase, new Date())
      : await restore(file, dataDir, passphrase);
  if (!done.ok) return say(done.error.message, 1);
  const { files, made_at, leftOut = [] } = done.value;
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  const what = `${files.length} files, ${(bytes / 2 ** 20).toFixed(1)} MiB`;
  if (leftOut.length > 0) process.stdout.write(`left out, as none of a spore's: ${leftOut.join(", ")}\n`);
  process.stdout.write(
    verb === "backup"
      ? `backed up ${dataDir}: ${what} → ${file}\nKeep the passphrase elsewhere: without it nobody can read this file.\n`
      : `restored into ${dataDir}: ${what}, as of ${made_at}\n`,
  );
  return 0;
}

function parse(argv: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { "data-dir": { type: "string" }, "passphrase-file": { type: "string" } },
    });
    const [verb, file, ...rest] = positionals;
    if ((verb !== "backup" && verb !== "restore") || file === undefined || rest.length > 0) return null;
    return {
      verb,
      file,
      dataDir: values["data-dir"] ?? ".synapse",
      passphraseFile: values["passphrase-file"],
    };
  } catch {
    // An unknown flag: the usage says which ones there are.
    return null;
  }
}

function readPassphrase(path: string): string | null {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch {
    return null;
  }
}

function say(text: string, code: number): number {
  process.stderr.write(`${text}\n`);
  return code;
}

process.exitCode = await main(process.argv.slice(2));
