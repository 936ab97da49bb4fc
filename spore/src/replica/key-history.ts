/**
 * What became of keys: which took the place of which, and which are revoked. Folded from `key` entries.
 *
 * A statement counts if its operator signed it and may speak for the key: the key is the operator's own, or the operator
 * stands on the certificate of the spore whose key it is. Whose spore carried the statement does not matter.
 *
 * 1. A revocation is final: it beats every succession of the same key. Of two successions the one with the lower
 *    signature counts, so every spore that knows both follows the same one.
 * 2. Chains are followed for CHAIN_MAX steps and never in a circle.
 */
import { type Body, isKind } from "@synapse/shared/contract/entry.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { verifyValue } from "../identity/signature.ts";
import type { StoredEntry } from "./feed.ts";

export type KeyStatement = Body<"key">;

/** A key that was rotated yearly for as long as anybody lives. */
const CHAIN_MAX = 100;
/** Statements kept about one key; more are an operator's nonsense. */
const STATEMENTS_PER_KEY_MAX = 8;

export type KeyHistory = ReturnType<typeof createKeyHistory>;

/** @param operatorOf the operator on the certificate of a spore's key, null where there is none. */
export function createKeyHistory(operatorOf: (spore: PublicKey) => PublicKey | null) {
  const statements = new Map<PublicKey, KeyStatement[]>();

  /**
   * The one that counts, of those whose operator may speak for the key.
   * @param shown the operator that the key itself shows, on a card: for a spore that has written nothing yet.
   */
  function statementOn(key: PublicKey, shown: PublicKey | null = null): KeyStatement | null {
    const speaker = operatorOf(key) ?? shown;
    const binding = (statements.get(key) ?? []).filter(
      ({ operator }) => operator === key || operator === speaker,
    );
    return binding.find(({ successor }) => successor === null) ?? binding[0] ?? null;
  }

  return {
    statementOn,

    /** @returns the keys about which something new is known. */
    absorb(entries: readonly StoredEntry[]): PublicKey[] {
      return entries.flatMap((stored) => {
        if (!isKind(stored, "key")) return [];
        const { body } = stored.entry;
        const known = statements.get(body.key) ?? [];
        const isNew = known.every(({ signature }) => signature !== body.signature);
        if (!isNew || body.successor === body.key || known.length >= STATEMENTS_PER_KEY_MAX) return [];
        if (!verifyValue(body, "key", body.operator)) return [];
        const sorted = [...known, body].sort((a, b) => (a.signature < b.signature ? -1 : 1));
        statements.set(body.key, sorted);
        return [body.key];
      });
    },

    /** The key that stands for this one today: itself, or the last that took its place. */
    identityOf(key: PublicKey, shown: PublicKey | null = null): PublicKey {
      const seen = new Set<PublicKey>([key]);
      for (let at = key; seen.size <= CHAIN_MAX; ) {
        const next = statementOn(at, shown)?.successor ?? null;
        if (next === null || seen.has(next)) return at;
        seen.add(next);
        at = next;
      }
      return key;
    },

    /** True where nobody speaks with this key any more: it was revoked, or its operator's was. */
    isRevoked(spore: PublicKey, shown: PublicKey | null = null): boolean {
      const revoked = (key: PublicKey) => statementOn(key, shown)?.successor === null;
      const operator = operatorOf(spore) ?? shown;
      return revoked(spore) || (operator !== null && revoked(operator));
    },

    list: (): KeyStatement[] => [...statements.keys()].flatMap((key) => statementOn(key) ?? []),
  };
}
