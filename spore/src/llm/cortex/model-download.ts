/**
 * Fetches one model file from a hub: resumed where it stopped, checked by SHA-256, moved into place when it is whole.
 *
 * 1. Nothing is downloaded without consent; this file is only called after it.
 * 2. A file under its final name is complete and has the checksum the hub stated. What is not whole is called `.part`.
 * 3. A token goes to the hub's own host only, never along a redirect to a store.
 * 4. Spores of one machine share the folder: one downloads, the others see its lock and wait for the file.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { type StallWatch, watchStalls } from "@synapse/shared/stall-watch.ts";
import type { Fetch } from "../limited-fetch.ts";
import { fileNameOf, type ModelReference } from "./model-reference.ts";

export interface DownloadProgress {
  readonly receivedBytes: number;
  /** Null until the hub has said. */
  readonly totalBytes: number | null;
}

export interface DownloadRequest {
  readonly reference: ModelReference & { readonly kind: "hub" };
  readonly folder: string;
  readonly hubUrl: string;
  readonly token: string | null;
  readonly fetch: Fetch;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly signal: AbortSignal;
  /** How long a connection may be silent before it counts as broken, ms. */
  readonly stallMs?: number;
}

export type DownloadError =
  /** Another process downloads the same file. */
  | { readonly kind: "locked"; readonly message: string }
  /** It passes: the next attempt goes on where this one ended. */
  | { readonly kind: "broken"; readonly message: string }
  | { readonly kind: "refused" | "checksum" | "no_space" | "cancelled"; readonly message: string };

/** Hub → store → region: nobody needs more. */
const REDIRECTS_MAX = 5;
/** A hundred gigabytes is more than any model that a single machine answers with. */
const BYTES_MAX = 100 * 1024 ** 3;
/** Left free on the disk for everything else. */
const SPARE_BYTES = 512 * 1024 ** 2;
const PROGRESS_EVERY_BYTES = 4 * 1024 ** 2;
/** A link that carries nothing for a minute carries nothing any more. */
const STALL_MS = 60_000;

interface Remote {
  readonly response: Response;
  /** Of the whole file. */
  readonly size: number | null;
  readonly sha256: string | null;
  /** Where in the file the response begins. */
  readonly from: number;
}

export async function downloadModel(request: DownloadRequest): Promise<Result<string, DownloadError>> {
  const { reference, folder } = request;
  const path = join(folder, fileNameOf(reference));
  const stallMs = request.stallMs ?? STALL_MS;
  const watch = watchStalls(stallMs, request.signal);
  let unlock: (() => void) | null = null;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (existsSync(path)) return ok(path);
    unlock = takeLock(`${path}.lock`);
    if (unlock === null) return fail("locked", "another spore of this machine is downloading it");
    return await downloadInto(path, request, watch);
  } catch (cause) {
    if (request.signal.aborted)
      return fail("cancelled", "the download was stopped; it can go on where it was");
    if (watch.stalled())
      return fail("broken", `nothing came for ${stallMs / 1000} s; the download can go on from there`);
    if (isDiskFull(cause)) {
      // The spore itself needs what is left of the disk.
      rmSync(`${path}.part`, { force: true });
      return fail("no_space", `the disk of ${folder} is full: make room for the model`);
    }
    return fail("broken", `the download broke off and can go on from there: ${nameOf(cause)}`);
  } finally {
    watch.end();
    unlock?.();
  }
}

async function downloadInto(
  path: string,
  request: DownloadRequest,
  watch: StallWatch,
): Promise<Result<string, DownloadError>> {
  const part = `${path}.part`;
  const have = existsSync(part) ? statSync(part).size : 0;
  const remote = await open(request, have, watch);
  if (!remote.ok) return remote;
  const { response, size, sha256, from } = remote.value;
  if (size !== null && size > BYTES_MAX)
    return fail("refused", "the file is larger than any model should be");
  if (size !== null && !hasRoom(request.folder, size - from))
    return fail("no_space", `there is no room for ${Math.ceil(size / 1024 ** 2)} MiB in ${request.folder}`);

  const file = openSync(part, from > 0 ? "a" : "w", 0o600);
  let received = from;
  let told = received;
  request.onProgress({ receivedBytes: received, totalBytes: size });
  try {
    for await (const chunk of response.body ?? []) {
      watch.touch();
      received += writeAll(file, chunk);
      if (received > (size ?? BYTES_MAX)) break;
      if (received - told < PROGRESS_EVERY_BYTES) continue;
      told = received;
      request.onProgress({ receivedBytes: received, totalBytes: size });
    }
  } finally {
    closeSync(file);
  }
  request.onProgress({ receivedBytes: received, totalBytes: size });
  if (received > (size ?? BYTES_MAX)) {
    rmSync(part);
    return fail("checksum", "the hub sent more than it had announced; it was removed");
  }
  if (size !== null && received < size)
    return fail("broken", "the connection ended early; the download can go on from there");
  if (sha256 !== null && (await sha256Of(part)) !== sha256) {
    rmSync(part);
    return fail("checksum", "the file does not have the checksum that the hub states; it was removed");
  }
  if (!isGguf(part)) {
    rmSync(part);
    return fail("checksum", "what the hub sent is no GGUF file; it was removed");
  }
  renameSync(part, path);
  return ok(path);
}

/** The request for what is still missing, followed to where the bytes are. */
async function open(
  request: DownloadRequest,
  have: number,
  watch: StallWatch,
): Promise<Result<Remote, DownloadError>> {
  const { reference, hubUrl, token, fetch } = request;
  const encoded = reference.file.split("/").map(encodeURIComponent).join("/");
  let url = new URL(
    `${hubUrl}/${reference.repository}/resolve/${encodeURIComponent(reference.revision)}/${encoded}`,
  );
  const home = url.origin;
  let size: number | null = null;
  let sha256: string | null = null;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop++) {
    const headers: Record<string, string> = {};
    if (have > 0) headers.range = `bytes=${have}-`;
    if (token !== null && url.origin === home) headers.authorization = `Bearer ${token}`;
    const response = await fetch(url, { headers, redirect: "manual", signal: watch.signal });
    watch.touch();
    // The hub states both before it sends elsewhere; what the store says of itself is not asked.
    size ??= positive(response.headers.get("x-linked-size"));
    sha256 ??= checksumIn(response.headers.get("x-linked-etag"));
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      url = new URL(location, url);
      continue;
    }
    if (response.status === 401 || response.status === 403)
      return fail(
        "refused",
        "the hub wants a token that may read it: accept the model's terms and set HF_TOKEN",
      );
    if (response.status === 404) return fail("refused", "the hub has no such file");
    if (response.status === 416 && have > 0) {
      await response.body?.cancel();
      size ??= rangeTotal(response);
      // All of it is here: the last start ended before it was checked.
      if (size === have) return ok({ response: new Response(null), size, sha256, from: have });
      return await startOver(request, watch);
    }
    if (!response.ok) return fail("broken", `the hub answered ${response.status}`);
    const from = response.status === 206 ? have : 0;
    if (from !== startOf(response, from)) {
      await response.body?.cancel();
      if (have > 0) return await startOver(request, watch);
      return fail("broken", "the hub sent a part that nobody asked for");
    }
    size ??= wholeSize(response, have);
    return ok({ response, size, sha256, from });
  }
  return fail("broken", "the hub redirects in circles");
}

/** What lies here is longer than the file and belongs to another version, or what came does not go on from it. */
async function startOver(
  request: DownloadRequest,
  watch: StallWatch,
): Promise<Result<Remote, DownloadError>> {
  rmSync(join(request.folder, `${fileNameOf(request.reference)}.part`), { force: true });
  return await open(request, 0, watch);
}

/** Where a partial response says that it begins. @param otherwise for one that does not say */
function startOf(response: Response, otherwise: number): number {
  if (response.status !== 206) return otherwise;
  const start = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
  return start === undefined ? otherwise : Number(start);
}

/** The whole size, where a response says which part of it it holds, or that none is left. */
function rangeTotal(response: Response): number | null {
  return positive(/\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1] ?? null);
}

function wholeSize(response: Response, have: number): number | null {
  const total = rangeTotal(response);
  if (total !== null) return total;
  const length = positive(response.headers.get("content-length"));
  return length === null ? null : length + (response.status === 206 ? have : 0);
}

/** A large file's tag is its SHA-256; a small one's is a Git id, which says nothing we could check. */
function checksumIn(tag: string | null): string | null {
  return /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(tag ?? "")?.[1] ?? null;
}

function positive(text: string | null): number | null {
  const number = Number(text);
  return text !== null && Number.isSafeInteger(number) && number > 0 ? number : null;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** The four letters that every GGUF file begins with. */
export function isGguf(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(4);
    return readSync(file, head, 0, 4, 0) === 4 && head.toString("latin1") === "GGUF";
  } finally {
    closeSync(file);
  }
}

function hasRoom(folder: string, bytes: number): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > bytes + SPARE_BYTES;
}

/** The locks that this process holds. */
const held = new Set<string>();

/** Null where a living process holds it; the lock of a dead one is taken over. */
function takeLock(path: string): (() => void) | null {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeSync(file, String(process.pid));
      closeSync(file);
      held.add(path);
      return () => {
        held.delete(path);
        rmSync(path, { force: true });
      };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
      if (isHeld(path)) return null;
      rmSync(path, { force: true });
    }
  }
  return null;
}

function isHeld(path: string): boolean {
  // In a container the process has the same number after every start: its own may be that of the one before it.
  if (held.has(path)) return true;
  // It may be given back between the two looks.
  if (!existsSync(path)) return false;
  const pid = Number(readFileSync(path, "utf8"));
  return pid !== process.pid && isAlive(pid);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // It exists and belongs to somebody else.
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A disk that is nearly full may take a part of it. */
function writeAll(file: number, chunk: Uint8Array): number {
  for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
  return chunk.length;
}

function isDiskFull(cause: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(String((cause as NodeJS.ErrnoException | null)?.code));
}

function nameOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  return typeof code === "string" ? code : cause instanceof Error ? cause.name : "unknown";
}

function fail<K extends DownloadError["kind"]>(kind: K, message: string): Result<never, DownloadError> {
  return err({ kind, message } as DownloadError);
}
