/**
 * What an entry from outside must satisfy before it is stored, cheap checks first. Pure but for the signature check.
 *
 * Every check but the clock bound is a function of the bytes and the certificates alone, so honest spores that know
 * the same certificates hold the same set. An entry whose clock is too far ahead is not refused for good: it is
 * offered again, and admitted once its time has come.
 */

import { isCanonical } from "@synapse/shared/canonical-json.ts";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { ENTRY_BYTES_MAX, type Entry, entrySchema } from "@synapse/shared/contract/entry.ts";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { entryIdOf, isEntrySigned } from "../identity/entry-signature.ts";
import { type PublicBreach, type PublicRule, publicBreach } from "./public-rule.ts";
import { readQuickly } from "./quick-check.ts";

/** Clocks of honest machines differ by seconds; ten minutes forgives a badly set one. */
export const CLOCK_AHEAD_MAX_MS = 10 * 60_000;

export interface AdmittedEntry {
  readonly id: EntryId;
  readonly entry: Entry;
  readonly text: string;
  readonly signature: string;
}

export type AdmissionError =
  | { readonly kind: "too_large" | "malformed" | "not_canonical" | "wrong_scope" | "bad_signature" }
  | { readonly kind: PublicBreach }
  | { readonly kind: "clock_ahead" }
  | { readonly kind: "foreign_cluster" }
  | { readonly kind: "no_certificate"; readonly spore: PublicKey };

export interface AdmissionContext {
  readonly scope: SharedLabel;
  readonly operator: PublicKey;
  readonly now: number;
  /** Null admits any rate: for simulations that measure something else. */
  readonly rule: PublicRule | null;
  certificateOf(spore: PublicKey): Certificate | null;
}

/** Refusals that depend on the bytes alone: whoever passes such an entry on did not check it, or made it. */
export const HOSTILE: ReadonlySet<AdmissionError["kind"]> = new Set([
  "too_large",
  "malformed",
  "not_canonical",
  "wrong_scope",
  "bad_signature",
  "out_of_life",
  "over_rate",
]);

/** Everything but the signature, which costs more than all of this and can be checked elsewhere. */
export function readEntry(
  wire: { readonly text: string; readonly signature: string },
  context: AdmissionContext,
): Result<AdmittedEntry, AdmissionError> {
  // UTF-8 is never shorter than the UTF-16 length, so this refuses without encoding.
  if (wire.text.length > ENTRY_BYTES_MAX || Buffer.byteLength(wire.text) > ENTRY_BYTES_MAX) {
    return err({ kind: "too_large" });
  }
  const checked = checkText(wire.text);
  if (!checked.ok) return checked;
  const entry = checked.value;
  if (entry.label !== context.scope) return err({ kind: "wrong_scope" });
  if (entry.clock[0] > context.now + CLOCK_AHEAD_MAX_MS) return err({ kind: "clock_ahead" });
  const spore = replicaKey(entry.replica);
  if (context.rule !== null && entry.label === "public") {
    const { replica, counter, clock } = entry;
    const dated = { replica, counter, clockMs: clock[0] };
    const breach = publicBreach(dated, context.rule);
    if (breach !== null) return err({ kind: breach });
  }
  const certificate = context.certificateOf(spore);
  if (certificate === null) return err({ kind: "no_certificate", spore });
  if (context.scope === "cluster" && certificate.operator !== context.operator) {
    return err({ kind: "foreign_cluster" });
  }
  return ok({ id: entryIdOf(wire.text), entry, text: wire.text, signature: wire.signature });
}

export function admit(
  wire: { readonly text: string; readonly signature: string },
  context: AdmissionContext,
): Result<AdmittedEntry, AdmissionError> {
  const read = readEntry(wire, context);
  if (!read.ok) return read;
  const { id, entry, signature } = read.value;
  return isEntrySigned(id, entry, signature) ? read : err({ kind: "bad_signature" });
}

function checkText(text: string): Result<Entry, AdmissionError> {
  const parsed = parseJson(text);
  const quick = readQuickly(text, parsed);
  if (quick !== null) return ok(quick);
  const result = entrySchema.safeParse(parsed);
  if (!result.success) return err({ kind: "malformed" });
  return isCanonical(text, parsed) ? ok(result.data as Entry) : err({ kind: "not_canonical" });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema refuses undefined, and the caller hears "malformed".
    return undefined;
  }
}
