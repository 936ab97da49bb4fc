/**
 * The operator's word on keys, published: this key took that one's place, that key is spoken with no more.
 *
 * Signed here where the operator's key is at hand; where it stays at home, the signed statement is handed in instead.
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { KeyPair } from "../identity/keypair.ts";
import { signValue, verifyValue } from "../identity/signature.ts";
import type { KeyHistory, KeyStatement } from "../replica/key-history.ts";
import type { Replica } from "../replica/replica.ts";

export interface KeyDeskDeps {
  readonly replica: Pick<Replica, "append" | "certificateOf">;
  readonly keys: KeyHistory;
  readonly self: Certificate;
  readonly operator: KeyPair | null;
  readonly now: () => number;
}

export interface KeyChange {
  readonly key: PublicKey;
  /** Null revokes. */
  readonly successor: PublicKey | null;
  readonly reason: string;
}

export interface KeyError {
  readonly kind: "not_ours" | "no_operator_key" | "forged" | "storage";
  readonly message: string;
}

export type KeyDesk = ReturnType<typeof createKeyDesk>;

export function createKeyDesk({ replica, keys, self, operator, now }: KeyDeskDeps) {
  async function publish(body: KeyStatement): Promise<Result<KeyStatement, KeyError>> {
    if (!verifyValue(body, "key", body.operator))
      return err({ kind: "forged", message: "the statement is not signed by the operator it names" });
    const stored = await replica.append([{ label: "public", kind: "key", body }]);
    return stored.ok ? ok(body) : err({ kind: "storage", message: stored.error.message });
  }

  async function change({ key, successor, reason }: KeyChange): Promise<Result<KeyStatement, KeyError>> {
    if (operator === null) {
      const message =
        "the operator's key is not on this machine: sign the statement where it is, and hand it in";
      return err({ kind: "no_operator_key", message });
    }
    const owner = key === operator.publicKey ? key : replica.certificateOf(key)?.operator;
    if (owner !== operator.publicKey)
      return err({
        kind: "not_ours",
        message: "this is no key of this operator, nor of a spore of it that is known here",
      });
    if (key === self.spore && successor === null)
      return err({ kind: "not_ours", message: "a spore cannot revoke itself: ask another of your spores" });
    const draft = { operator: operator.publicKey, key, successor, reason, issued_at: now() };
    return await publish(signValue(draft, "key", operator));
  }

  return {
    publish,
    change,
    /** Publishes that this spore's key took another's place, unless something is said of that one already. */
    async succeed(predecessor: PublicKey): Promise<Result<null, KeyError>> {
      if (keys.statementOn(predecessor) !== null) return ok(null);
      const changed = await change({ key: predecessor, successor: self.spore, reason: "rotated" });
      return changed.ok ? ok(null) : changed;
    },
  };
}
