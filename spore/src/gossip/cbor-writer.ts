/**
 * Messages as CBOR (RFC 8949), in one form: shortest heads, definite lengths, members of a map by the length of
 * their names, then by bytes. For what messages hold and nothing else: whole numbers from 0,
 * text, byte strings, booleans, null, lists, and maps with text as names; members that are undefined are left out.
 *
 * A page of a log is a megabyte of short texts: they are written straight into one buffer that is kept, where a general
 * encoder makes a token and a byte array of each.
 */
import { assert } from "@synapse/shared/assert.ts";

const UNSIGNED = 0;
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const MAP = 5;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
/** The longest head: one byte and a number of eight. */
const HEAD_BYTES_MAX = 9;
/** Holds every message that is sent; what a larger one took is given back after it. */
const KEPT_BYTES = 2 * 1024 * 1024;

let buffer = Buffer.allocUnsafeSlow(64 * 1024);
let at = 0;

/** @returns a view that is good until the next call: copy what is to be kept. */
export function writeCbor(message: object): Uint8Array<ArrayBuffer> {
  if (buffer.byteLength > KEPT_BYTES) buffer = Buffer.allocUnsafeSlow(KEPT_BYTES);
  at = 0;
  write(message);
  return buffer.subarray(0, at);
}

function write(value: unknown): void {
  if (typeof value === "string") writeText(value);
  else if (typeof value === "number") {
    assert(Number.isSafeInteger(value) && value >= 0, "messages hold whole numbers from 0 only");
    head(UNSIGNED, value);
  } else if (typeof value === "boolean") byte(value ? TRUE : FALSE);
  else if (value === null) byte(NULL);
  else if (value instanceof Uint8Array) {
    head(BYTES, value.byteLength);
    reserve(value.byteLength);
    buffer.set(value, at);
    at += value.byteLength;
  } else if (Array.isArray(value)) {
    head(LIST, value.length);
    for (const item of value) write(item);
  } else {
    assert(typeof value === "object", `messages cannot hold a ${typeof value}`);
    writeMap(value as Readonly<Record<string, unknown>>);
  }
}

function writeMap(members: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(members).filter((name) => members[name] !== undefined);
  // Names of messages are ASCII: as long in bytes as here, and in the same order.
  names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  head(MAP, names.length);
  for (const name of names) {
    writeText(name);
    write(members[name]);
  }
}

function writeText(text: string): void {
  const bytes = Buffer.byteLength(text);
  head(TEXT, bytes);
  reserve(bytes);
  at += buffer.write(text, at, bytes);
}

function head(major: number, value: number): void {
  reserve(HEAD_BYTES_MAX);
  const type = major << 5;
  if (value < 24) buffer[at++] = type | value;
  else if (value < 0x100) {
    buffer[at++] = type | 24;
    buffer[at++] = value;
  } else if (value < 0x1_0000) {
    buffer[at] = type | 25;
    at = buffer.writeUInt16BE(value, at + 1);
  } else if (value < 0x1_0000_0000) {
    buffer[at] = type | 26;
    at = buffer.writeUInt32BE(value, at + 1);
  } else {
    buffer[at] = type | 27;
    at = buffer.writeBigUInt64BE(BigInt(value), at + 1);
  }
}

function byte(value: number): void {
  reserve(1);
  buffer[at++] = value;
}

function reserve(bytes: number): void {
  if (at + bytes <= buffer.byteLength) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(buffer.byteLength * 2, at + bytes));
  larger.set(buffer.subarray(0, at));
  buffer = larger;
}
