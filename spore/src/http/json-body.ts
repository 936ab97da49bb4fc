/**
 * Reads JSON bodies with every limit checked before what it guards: bytes while they arrive, whether or not a length was
 * announced, and depth before anything is built. Without the second, twenty kilobytes of brackets cost the validator
 * half a second and hundreds of megabytes when it words its refusal. What has no UTF-8 form is refused here too, and so is
 * what is no UTF-8: it would be kept with other characters than it was sent with.
 */
import { readCapped } from "../gossip/body.ts";
import { HttpError } from "./errors.ts";
import { problemAt } from "./form-problem.ts";
import { findIllFormed } from "./well-formed.ts";

/** Deeper than any body in the contract: metadata of a memory in a batch is 5, a JSON schema in MCP about 20. */
const DEPTH_MAX = 64;

export async function readJson(request: Request, bytesMax: number): Promise<unknown> {
  const body = await readCapped(request.body, bytesMax);
  if (!body.ok) throw new HttpError("too_large", `at most ${bytesMax} bytes are taken: send it in parts`);
  if (body.value.byteLength === 0) return undefined;
  if (isTooDeep(body.value))
    throw new HttpError("invalid_json", `the body is nested more than ${DEPTH_MAX} deep`);
  const text = decode(body.value);
  const value = parse(text);
  // What was decoded has a UTF-8 form: only an escape brings half a pair.
  const illFormed = SURROGATE.test(text) ? findIllFormed(value) : null;
  if (illFormed !== null) throw new HttpError("invalid", problemAt(illFormed.path, illFormed.message));
  return value;
}

const SURROGATE = /\\u[dD][89a-fA-F]/;

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new HttpError("invalid_json", "the body is not UTF-8: JSON is sent in it");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError("invalid_json", "the body is not valid JSON");
  }
}

/** Counts brackets outside of strings. In UTF-8 no byte of another character looks like one of these. */
function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isInString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isInString = false;
    } else if (byte === QUOTE) isInString = true;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (++depth > DEPTH_MAX) return true;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
