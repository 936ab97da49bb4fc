/**
 * Snapshots for a spore whose disk does not outlive a restart: the encrypted backup, kept in a private dataset repository on
 * the Hub under the spore's name, fetched before the first start on an empty disk.
 *
 * 1. The Hub and whoever may read the repository see ciphertext only (sealed-stream.ts); the passphrase stays with the spore.
 * 2. A snapshot that is there and cannot be read keeps the spore from starting: begun empty, it would overwrite it.
 * 3. The token can be one that may write this one repository and nothing else.
 * 4. One snapshot at a time: while one takes longer than the interval, those that fall due are left out.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { backUp, restore } from "./backup.ts";
import { createSnapshotStore } from "./snapshot-store.ts";

export interface SnapshotSettings {
  /** `owner/name` of a dataset repository. */
  readonly repo: string;
  readonly token: string;
  readonly passphrase: string;
  readonly intervalMs: number;
  readonly hubUrl: string;
}

export interface SnapshotOptions extends SnapshotSettings {
  /** The spore's name, and of its snapshot. */
  readonly name: string;
  readonly dataDir: string;
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
  /** See SnapshotStoreOptions; for tests. */
  readonly stallMs?: number;
  readonly retryDelayMs?: number;
}

type Env = Readonly<Record<string, string | undefined>>;

const DATABASE = "spore.db";
/** Folders in the data dir that a restore was cut off in. */
const SCRATCH = ".snapshot-";
const HUB = "https://huggingface.co";
/** Each snapshot is a commit; a few a day bound both what a restart loses and how the repository grows. */
const INTERVAL_DEFAULT_S = 6 * 3600;
const INTERVAL_MIN_S = 1;
/** A week, as the launcher allows; a timer holds 24 days at most and fires at once beyond them. */
const INTERVAL_MAX_S = 604_800;

/** Null where none are wanted. The error names the variable. */
export function snapshotSettingsFrom(env: Env): Result<SnapshotSettings | null, string> {
  const repo = env.SPORE_SNAPSHOT_REPO?.trim() ?? "";
  if (repo === "") return ok(null);
  const token = env.SPORE_SNAPSHOT_TOKEN?.trim() ?? "";
  const passphrase = env.SPORE_SNAPSHOT_PASSPHRASE?.trim() ?? "";
  if (!/^[\w.-]+\/[\w.-]+$/.test(repo)) return err("SPORE_SNAPSHOT_REPO: expected owner/name of a dataset");
  if (!token.startsWith("hf_")) return err('SPORE_SNAPSHOT_TOKEN: a token of the Hub begins with "hf_"');
  if (passphrase === "") return err("SPORE_SNAPSHOT_PASSPHRASE is missing: snapshots are always encrypted");
  const database = env.SPORE_DATABASE_URL?.trim() ?? "";
  if (database !== "" && !database.startsWith("file:"))
    return err(
      "SPORE_SNAPSHOT_REPO: a store on a libSQL server is not on this disk; take one of the two away",
    );
  const seconds = Number(env.SPORE_SNAPSHOT_INTERVAL_S?.trim() || INTERVAL_DEFAULT_S);
  if (!(seconds >= INTERVAL_MIN_S && seconds <= INTERVAL_MAX_S)) {
    return err(`SPORE_SNAPSHOT_INTERVAL_S: expected seconds, ${INTERVAL_MIN_S} to ${INTERVAL_MAX_S}`);
  }
  const hubUrl = (env.SPORE_SNAPSHOT_HUB?.trim() || HUB).replace(/\/+$/, "");
  return ok({ repo, token, passphrase, intervalMs: seconds * 1000, hubUrl });
}

export function createSnapshots(options: SnapshotOptions) {
  const { dataDir, name, intervalMs } = options;
  const path = `${name}.backup`;
  const store = createSnapshotStore(options);
  let timer: Timer | null = null;
  let saving: Promise<void> | null = null;
  let toldOfSkipping = false;

  async function save(): Promise<void> {
    const scratch = mkdtempSync(join(tmpdir(), "synapse-snapshot-"));
    try {
      const file = join(scratch, path);
      const made = await backUp(dataDir, file, options.passphrase, new Date());
      if (!made.ok) return options.warn(`no snapshot: ${made.error.message}`);
      const kept = await store.put(file, path, `snapshot of ${name}`);
      if (kept.ok) options.info(`snapshot kept in ${options.repo}`);
      else options.warn(`the snapshot could not be kept: ${kept.error}`);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  function saveOrSkip(): void {
    if (saving !== null) {
      if (!toldOfSkipping)
        options.warn(
          `a snapshot takes longer than the ${intervalMs / 1000} s between two: those that fall due meanwhile are left out`,
        );
      toldOfSkipping = true;
      return;
    }
    saving = save()
      .catch((cause: unknown) => options.warn(`no snapshot: ${messageOf(cause)}`))
      .finally(() => {
        saving = null;
      });
  }

  async function restoreInto(scratch: string): Promise<Result<"restored" | "nothing", string>> {
    const file = join(scratch, path);
    const found = await store.get(path, file);
    if (!found.ok) return err(`${options.repo} cannot be read: ${found.error}`);
    if (found.value === "nothing") return ok("nothing");
    const target = join(scratch, "restored");
    const unpacked = await restore(file, target, options.passphrase);
    if (!unpacked.ok) {
      return err(
        `the snapshot in ${options.repo} cannot be read (${unpacked.error.message}). Mend SPORE_SNAPSHOT_PASSPHRASE, or take ` +
          "SPORE_SNAPSHOT_REPO away to start without it",
      );
    }
    for (const entry of readdirSync(target)) {
      if (!existsSync(join(dataDir, entry))) renameSync(join(target, entry), join(dataDir, entry));
    }
    options.info(`restored from the snapshot of ${unpacked.value.made_at}`);
    return ok("restored");
  }

  return {
    /** Fetches the snapshot onto an empty disk. Nothing to fetch is fine; what cannot be read is an error. */
    async restore(): Promise<Result<"restored" | "nothing", string>> {
      if (existsSync(join(dataDir, DATABASE))) return ok("nothing");
      let scratch: string | null = null;
      try {
        mkdirSync(dataDir, { recursive: true, mode: 0o700 });
        for (const name of readdirSync(dataDir))
          if (name.startsWith(SCRATCH)) rmSync(join(dataDir, name), { recursive: true });
        // On the same disk as the data, so that what was checked is moved in and not copied.
        scratch = mkdtempSync(join(dataDir, SCRATCH));
        return await restoreInto(scratch);
      } catch (cause) {
        return err(`the snapshot could not be restored into ${dataDir}: ${messageOf(cause)}`);
      } finally {
        if (scratch !== null) rmSync(scratch, { recursive: true, force: true });
      }
    },

    start(): void {
      timer = setInterval(saveOrSkip, intervalMs);
    },

    /** Ends the rhythm; a snapshot that is under way is finished. */
    async stop(): Promise<void> {
      if (timer !== null) clearInterval(timer);
      await saving;
    },
  };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
