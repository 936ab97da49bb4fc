/** What a database's refusal means to the person who runs the spore, and how to mend it. */
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";

const MENDS: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/SQLITE_FULL/, "the disk is full: make room, and writing goes on by itself"],
  [
    /SQLITE_(NOTADB|CORRUPT)|malformed/,
    "the database is damaged or is none: restore a backup (docs/backup.md), or move the file away and let peers give the shared entries back",
  ],
  [
    /SQLITE_(READONLY|CANTOPEN|PERM)/,
    "the database cannot be written: look at the owner, permissions and mount of its folder",
  ],
  [/SQLITE_IOERR/, "the disk reports an error: look at the system's log, and back up what can be read"],
  [/SQLITE_BUSY/, "another process holds the database: stop it"],
  [
    /HTTP status 40[13]/,
    "it does not accept the token: mend SPORE_DATABASE_TOKEN (database_token in config.yaml)",
  ],
  [/HTTP status 404/, "it has no such database: make it there, or mend SPORE_DATABASE_URL (database_url)"],
  [
    /unable to connect|ECONNREFUSED|ConnectionRefused|ENOTFOUND|FailedToOpenSocket|typo in the url/i,
    "it cannot be reached: look whether it runs, and at SPORE_DATABASE_URL (database_url in config.yaml)",
  ],
];

export function explainFailure(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const known = MENDS.find(([pattern]) => pattern.test(text) || pattern.test(codeOf(cause)));
  return known === undefined ? text : `${known[1]} (${text})`;
}

function codeOf(cause: unknown): string {
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

const HEADER_BYTES = 100;

/**
 * Looks at a database file before it is opened: SQLite itself would notice a missing end only when it reads there, and
 * might have written by then. The header's page count is that of the last checkpoint, so a whole file is never shorter.
 * @returns what is wrong, or null; a file that is missing or empty is fine.
 */
export function fileProblem(path: string): string | null {
  if (!existsSync(path)) return null;
  const { size } = statSync(path);
  if (size === 0) return null;
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, "r");
  try {
    readSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
  const isDatabase = size >= HEADER_BYTES && header.toString("latin1", 0, 16) === "SQLite format 3\0";
  if (!isDatabase) return explainFailure(new Error(`SQLITE_NOTADB: ${path} is not a database`));
  // 1 stands for 65,536. The count is valid where the version that wrote it says so.
  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const pages = header.readUInt32BE(24) === header.readUInt32BE(92) ? header.readUInt32BE(28) : 0;
  if (pages * pageBytes <= size) return null;
  return explainFailure(
    new Error(`SQLITE_CORRUPT: ${path} ends after ${size} of ${pages * pageBytes} bytes`),
  );
}
