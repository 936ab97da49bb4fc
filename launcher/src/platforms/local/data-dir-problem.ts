/**
 * What the file system says against a data dir, in words that name the mend: it is full, closed to this user, on a
 * read-only file system, or no folder. Errors about other places are nobody's data dir and stay what they are.
 */
import { accessSync, constants, statSync } from "node:fs";
import { dirname, sep } from "node:path";

/** @returns one line, or null for an error that does not come from the data dir's file system */
export function dataDirProblem(dataDir: string, error: unknown): string | null {
  const { code, path } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || code === undefined || path === undefined) return null;
  // A parent is meant where the folder itself was to be made.
  if (!isWithin(path, dataDir) && !isWithin(dataDir, path)) return null;
  const said = `the data dir ${dataDir}`;
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
    case "SQLITE_FULL":
      return `${said} is full: make room there or choose another --data-dir`;
    case "EROFS":
    case "SQLITE_READONLY":
      return `${said} may not be written: it is read-only; choose another --data-dir`;
    case "EACCES":
    case "EPERM":
      return `${said} may not be written: ${path} is closed to this user; give it access or choose another --data-dir`;
    case "EEXIST":
    case "ENOTDIR": {
      const file = fileOnTheWay(path);
      if (file === null) return null;
      const what = file === dataDir ? "is" : `cannot be used: ${file} is`;
      return `${said} ${what} a file, not a folder; choose another --data-dir`;
    }
    case "SQLITE_CANTOPEN": {
      // SQLite does not say why; the system does when it is asked about the same place.
      const denied = denialAt(dirname(path)) ?? denialAt(path);
      return denied === null ? null : dataDirProblem(dataDir, denied);
    }
    default:
      return null;
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The part of a path that is there and is no folder. */
function fileOnTheWay(path: string): string | null {
  for (let part = path; ; part = dirname(part)) {
    try {
      return statSync(part).isDirectory() ? null : part;
    } catch (error) {
      // Absent, or below a file: what is above it decides.
      if (!["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
      if (dirname(part) === part) return null;
    }
  }
}

function denialAt(path: string): Error | null {
  try {
    accessSync(path, constants.W_OK);
    return null;
  } catch (error) {
    return Object.assign(error as Error, { path });
  }
}
