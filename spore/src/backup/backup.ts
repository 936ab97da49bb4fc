/**
 * Backup and restore of a data directory: one spore's, or a launcher's with all its spores.
 *
 * A backup may be made while the spores run: each database is copied at one moment (VACUUM INTO, a read transaction that
 * no writer waits for), beside it everything small that is not rebuilt by itself: keys, certificate, tokens. All of it
 * goes through gzip and authenticated encryption into one file.
 *
 * A restored spore is the same author with a new incarnation: what it wrote after the backup may still live on other
 * spores, and counters that were used must not be used again. It gets those entries back by gossip like everybody else's.
 */
import { randomBytes } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { createFileClient } from "../replica/file-client.ts";
import { type ArchiveList, isArchiveName, listFiles, pack, type SourceFile, unpack } from "./archive.ts";
import { keyOfPassphrase, PASSPHRASE_CHARS_MIN, seal, unseal } from "./sealed-stream.ts";

export interface BackupError {
  readonly kind: "backup";
  readonly message: string;
}

const DATABASE = "spore.db";
/** The launcher's keys of spores that live elsewhere, and the passphrase of their snapshots: kept nowhere else. */
const HOSTED = "hosted";
/** Rebuilt from the entries, true of one machine only, or of one run. */
const LEFT_OUT =
  /^(recall\..*|.*\.(lock|log|tmp|db-wal|db-shm|lock-journal)|launch\.json|swarm\.json|logs|models|.*\.gguf)$/;
/** Larger files that are no database are none of ours. */
const SMALL_BYTES_MAX = 1024 * 1024;

export interface MadeBackup extends ArchiveList {
  /** Small files that are none of a spore's, by their names, which no archive holds: `.DS_Store`, `notes (1).txt`. */
  readonly leftOut: readonly string[];
}

/** @returns what is in the backup. `file` appears only once it is complete. */
export async function backUp(
  dataDir: string,
  file: string,
  passphrase: string,
  now: Date,
): Promise<Result<MadeBackup, BackupError>> {
  const problem = passphraseProblem(passphrase);
  if (problem !== null) return fail(problem);
  const dirs = sporeDirs(dataDir);
  const hosted = existsSync(join(dataDir, HOSTED)) ? [HOSTED] : [];
  if (dirs.length + hosted.length === 0) return fail(`${dataDir} holds no spore's database (${DATABASE})`);
  if (existsSync(file)) return fail(`${file} is there already: name another file`);
  const scratch = `${resolve(file)}.${randomBytes(6).toString("hex")}.part`;
  try {
    mkdirSync(scratch, { recursive: true, mode: 0o700 });
    const files: SourceFile[] = [];
    const leftOut: string[] = [];
    for (const dir of new Set(["", ...hosted, ...dirs])) {
      for (const one of smallFiles(dataDir, dir))
        if (isArchiveName(one.name)) files.push(one);
        else leftOut.push(one.name);
      if (dirs.includes(dir)) files.push(await copyDatabase(dataDir, dir, scratch, files.length));
    }
    const list = await listFiles(files, now);
    const sealed = join(scratch, "sealed");
    await pipeline(
      Readable.from(pack(list, files)),
      createGzip({ level: 1 }),
      (plain: AsyncIterable<Uint8Array>) => seal(plain, keyOfPassphrase(passphrase)),
      createWriteStream(sealed, { mode: 0o600, flush: true }),
    );
    renameSync(sealed, file);
    return ok({ ...list, leftOut });
  } catch (cause) {
    return fail(`no backup was made: ${messageOf(cause)}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Unpacks a backup into a folder that is missing or empty. The folder appears only once everything was checked. */
export async function restore(
  file: string,
  dataDir: string,
  passphrase: string,
): Promise<Result<ArchiveList, BackupError>> {
  if (!existsSync(file)) return fail(`${file} is not there`);
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    return fail(`${dataDir} is not empty: restore into a new folder, or move the old one away`);
  }
  const target = resolve(dataDir);
  const scratch = `${target}.${randomBytes(6).toString("hex")}.part`;
  try {
    mkdirSync(scratch, { recursive: true, mode: 0o700 });
    const plain = Readable.from(unseal(createReadStream(file), keyOfPassphrase(passphrase)));
    const unzipped = createGunzip();
    // A failure of either end ends the other; the reader below sees it.
    plain.on("error", (cause) => unzipped.destroy(cause));
    const list = await unpack(plain.pipe(unzipped) as AsyncIterable<Buffer>, scratch);
    for (const { name } of list.files) if (name.endsWith(DATABASE)) await renew(join(scratch, name));
    mkdirSync(dirname(target), { recursive: true });
    if (existsSync(target)) rmdirSync(target);
    renameSync(scratch, target);
    return ok(list);
  } catch (cause) {
    return fail(`nothing was restored: ${messageOf(cause)}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function passphraseProblem(passphrase: string): string | null {
  if (passphrase.length >= PASSPHRASE_CHARS_MIN) return null;
  return `the passphrase needs at least ${PASSPHRASE_CHARS_MIN} characters`;
}

/** Folders with a database, relative to the data directory: "" for a spore's own. */
function sporeDirs(dataDir: string): string[] {
  if (!existsSync(dataDir)) return [];
  const below = readdirSync(dataDir, { withFileTypes: true }).filter((one) => one.isDirectory());
  return ["", ...below.map(({ name }) => name)].filter((dir) => existsSync(join(dataDir, dir, DATABASE)));
}

function smallFiles(dataDir: string, dir: string): SourceFile[] {
  return readdirSync(join(dataDir, dir), { withFileTypes: true }).flatMap((one) => {
    const path = join(dataDir, dir, one.name);
    if (!one.isFile() || one.name === DATABASE || LEFT_OUT.test(one.name)) return [];
    return statSync(path).size > SMALL_BYTES_MAX
      ? []
      : [{ name: dir === "" ? one.name : `${dir}/${one.name}`, path }];
  });
}

async function copyDatabase(
  dataDir: string,
  dir: string,
  scratch: string,
  number: number,
): Promise<SourceFile> {
  const path = join(scratch, `${number}.db`);
  const client = createFileClient(`file:${join(dataDir, dir, DATABASE)}`);
  try {
    await client.execute({ sql: "VACUUM INTO ?", args: [path] });
  } finally {
    client.close();
  }
  return { name: dir === "" ? DATABASE : `${dir}/${DATABASE}`, path };
}

/** Checks a restored database and takes away the incarnations of its earlier life. */
async function renew(path: string): Promise<void> {
  const client = createFileClient(`file:${path}`);
  try {
    const state = String((await client.execute("PRAGMA quick_check(1)")).rows[0]?.[0]);
    if (state !== "ok") throw new Error(`a database in it is damaged (${state})`);
    await client.execute("DELETE FROM meta WHERE key LIKE 'incarnation%'");
  } finally {
    client.close();
  }
}

function fail(message: string): Result<never, BackupError> {
  return err({ kind: "backup", message });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
