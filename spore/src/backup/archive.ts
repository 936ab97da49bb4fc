/**
 * Files as one stream: a line of JSON that lists them (name, size, SHA-256), then their bytes one after the other.
 *
 * The list comes first and is believed only as far as the bytes agree with it. Names are relative, of plain characters,
 * and never lead out of the folder they are unpacked into.
 */
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";

const FORMAT = 1;
const FILES_MAX = 10_000;
/** The list itself: a few hundred bytes a file. */
const LIST_BYTES_MAX = 4 * 1024 * 1024;
const NAME = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*){0,3}$/;

const listSchema = z.strictObject({
  format: z.literal(FORMAT),
  made_at: z.string(),
  files: z
    .array(z.strictObject({ name: z.string().regex(NAME), bytes: z.int().min(0), sha256: z.string() }))
    .max(FILES_MAX),
});
export type ArchiveList = z.infer<typeof listSchema>;

/** Whether a file of this name can be in an archive. */
export const isArchiveName = (name: string): boolean => NAME.test(name);

export interface SourceFile {
  readonly name: string;
  readonly path: string;
}

export class ArchiveError extends Error {}

export async function listFiles(files: readonly SourceFile[], madeAt: Date): Promise<ArchiveList> {
  const listed = [];
  for (const { name, path } of files) {
    if (!isArchiveName(name)) throw new ArchiveError(`a file name that cannot be backed up: ${name}`);
    listed.push({ name, bytes: statSync(path).size, sha256: await sha256OfFile(path) });
  }
  return { format: FORMAT, made_at: madeAt.toISOString(), files: listed };
}

export async function* pack(list: ArchiveList, files: readonly SourceFile[]): AsyncGenerator<Buffer> {
  yield Buffer.from(`${JSON.stringify(list)}\n`);
  for (const { path } of files) yield* createReadStream(path) as AsyncIterable<Buffer>;
}

/** Writes the files below `dir`, mode 0600. Throws ArchiveError where bytes and list disagree. */
export async function unpack(packed: AsyncIterable<Buffer>, dir: string): Promise<ArchiveList> {
  const source = packed[Symbol.asyncIterator]();
  let waiting: Buffer = Buffer.alloc(0);
  const more = async (): Promise<void> => {
    const next = await source.next();
    if (next.done) throw new ArchiveError("the backup holds less than it lists");
    waiting = waiting.length === 0 ? next.value : Buffer.concat([waiting, next.value]);
  };
  while (!waiting.includes(10)) {
    if (waiting.length > LIST_BYTES_MAX) throw new ArchiveError("the list of files is too long");
    await more();
  }
  const end = waiting.indexOf(10);
  const list = parseList(waiting.subarray(0, end).toString());
  waiting = waiting.subarray(end + 1);
  for (const { name, bytes, sha256 } of list.files) {
    const path = join(dir, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, "wx", 0o600);
    const hash = createHash("sha256");
    try {
      for (let left = bytes; left > 0; ) {
        if (waiting.length === 0) await more();
        const piece = waiting.subarray(0, left);
        hash.update(piece);
        await file.writeFile(piece);
        left -= piece.length;
        waiting = waiting.subarray(piece.length);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (hash.digest("hex") !== sha256) throw new ArchiveError(`${name} is not what was backed up`);
  }
  // The rest has to be read too: what follows the last byte may be the proof that nothing was cut.
  for (let next = await source.next(); !next.done; next = await source.next()) {
    if (next.value.length > 0) throw new ArchiveError("the backup holds more than it lists");
  }
  return list;
}

function parseList(line: string): ArchiveList {
  try {
    return listSchema.parse(JSON.parse(line));
  } catch {
    // Written by a version that this one does not know, since the bytes are genuine.
    throw new ArchiveError("the list of files cannot be read: it was made by another version");
  }
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}
