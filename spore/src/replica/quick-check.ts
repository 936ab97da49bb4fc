/**
 * What nearly every entry from outside is, genuine and as it should be, told in a third of the time that the schema and
 * the encoder of canonical text take together: for a spore that copies a memory of a hundred thousand entries.
 *
 * It only ever says "certainly". The envelope is checked by hand, its text is compared with what `entryText` writes, and
 * the body goes through its own schema. A property test holds it to `entrySchema` and `canonicalJson`.
 */
import { isInOrder } from "@synapse/shared/canonical-json.ts";
import {
  bodySchemas,
  ENTRY_VERSION,
  type Entry,
  type Kind,
  PARENTS_MAX,
  TIME_MS_MAX,
} from "@synapse/shared/contract/entry.ts";
import { LABELS } from "@synapse/shared/contract/label.ts";
import { ENTRY_ID_PATTERN, REPLICA_ID_PATTERN } from "@synapse/shared/ids.ts";
import { entryText } from "../identity/entry-signature.ts";

const CLOCK_COUNT_MAX = 0xffff_ffff;

/**
 * The entry whose canonical text this is; `parsed` is what JSON.parse made of it. Null says nothing: then the schema and
 * the encoder decide.
 */
export function readQuickly(text: string, parsed: unknown): Entry | null {
  if (!hasEnvelope(parsed)) return null;
  const { kind, body } = parsed;
  // With the envelope as it is written here, the text holds no member that is not looked at.
  if (entryText(parsed, JSON.stringify(body)) !== text || !isInOrder(body)) return null;
  const checked = bodySchemas[kind].safeParse(body);
  return checked.success ? ({ ...parsed, body: checked.data } as Entry) : null;
}

function hasEnvelope(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const { v, kind, label, replica, counter, clock, parents } = value as Partial<Record<keyof Entry, unknown>>;
  return (
    v === ENTRY_VERSION &&
    typeof kind === "string" &&
    Object.hasOwn(bodySchemas, kind as Kind) &&
    (LABELS as readonly unknown[]).includes(label) &&
    typeof replica === "string" &&
    REPLICA_ID_PATTERN.test(replica) &&
    isWhole(counter, 1, Number.MAX_SAFE_INTEGER) &&
    Array.isArray(clock) &&
    clock.length === 2 &&
    isWhole(clock[0], 0, TIME_MS_MAX) &&
    isWhole(clock[1], 0, CLOCK_COUNT_MAX) &&
    Array.isArray(parents) &&
    parents.length <= PARENTS_MAX &&
    parents.every((parent) => typeof parent === "string" && ENTRY_ID_PATTERN.test(parent))
  );
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}
