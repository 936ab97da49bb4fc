/**
 * What is taken of what peers send: readable, not known yet, of an author whose certificate is here, genuine, wanted.
 *
 * Cheap checks come first, and what is stored already is told by its id, so that sending the same thing again costs a
 * hash. Signatures are checked in bulk on other threads (crypto-threads.ts).
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { isCertificateSigned } from "../identity/certificate.ts";
import { verifyMany } from "../identity/crypto-threads.ts";
import {
  type AdmissionContext,
  type AdmissionError,
  type AdmittedEntry,
  HOSTILE,
  readEntry,
} from "./admission.ts";
import type { CausalContext } from "./causal-context.ts";
import type { Dot } from "./dot.ts";
import type { KeyHistory } from "./key-history.ts";
import type { PublicRule } from "./public-rule.ts";
import type { SetIndex } from "./set-index.ts";
import type { Store } from "./store.ts";

export interface Rejection {
  readonly id: EntryId | null;
  readonly reason: AdmissionError["kind"] | "refused" | "storage" | "busy";
  /** No honest spore could have passed this on: the sender is to blame. */
  readonly hostile: boolean;
}

/**
 * Why entries of an author are not taken, in a word or two, or null. The commander's policy, and local: other spores
 * may decide otherwise.
 */
export type RefusalPolicy = (spore: PublicKey, operator: PublicKey) => string | null;

export interface IntakeDeps {
  readonly store: Store;
  /** Every dot that anything is stored on. */
  readonly context: CausalContext;
  readonly certificate: Certificate;
  /** Certificates by spore key; what is learnt is added. */
  readonly certificates: Map<PublicKey, Certificate>;
  readonly indexes: Readonly<Record<SharedLabel, SetIndex>>;
  readonly rule: PublicRule;
  readonly isVouched: (spore: PublicKey) => boolean;
  readonly keys: KeyHistory;
  readonly now: () => number;
  /** Checks signatures in bulk: on other threads, unless a simulation needs them in this one. */
  readonly verify?: typeof verifyMany;
}

/** Which of these are stored. What is stored is on a dot that was seen, so most that is new needs no question to the disk. */
export function knownAmong(
  rows: readonly { readonly id: EntryId; readonly entry: Dot }[],
  context: CausalContext,
  store: Store,
): Promise<Set<EntryId>> {
  return store.known(rows.flatMap(({ id, entry }) => (context.has(entry) ? [id] : [])));
}

type Untrusted = readonly { readonly text: string; readonly signature: string }[];

export function createIntake(deps: IntakeDeps) {
  const { store, certificate, certificates, indexes, verify = verifyMany } = deps;
  let refusalOf: RefusalPolicy = () => null;

  function read(wire: Untrusted, scope: SharedLabel) {
    const rejected: Rejection[] = [];
    const missing = new Set<PublicKey>();
    const entries: AdmittedEntry[] = [];
    const context: AdmissionContext = {
      scope,
      operator: certificate.operator,
      now: deps.now(),
      rule: deps.rule,
      isVouched: deps.isVouched,
      certificateOf: (spore) => certificates.get(spore) ?? null,
    };
    for (const one of wire) {
      const result = readEntry(one, context);
      if (result.ok) entries.push(result.value);
      else if (result.error.kind === "no_certificate") missing.add(result.error.spore);
      else {
        const reason = result.error.kind;
        rejected.push({ id: null, reason, hostile: HOSTILE.has(reason) });
      }
    }
    return { entries, rejected, missing: [...missing] };
  }

  /** Puts aside what the commander does not want to keep; its ids count as held from then on. */
  async function refuse(
    genuine: readonly AdmittedEntry[],
    scope: SharedLabel,
    rejected: Rejection[],
  ): Promise<AdmittedEntry[]> {
    const unwanted = new Map<string, EntryId[]>();
    const wanted = genuine.filter(({ id, entry }) => {
      const spore = replicaKey(entry.replica);
      const reason = refusalOf(spore, certificates.get(spore)?.operator ?? spore);
      if (reason === null) return true;
      unwanted.set(reason, [...(unwanted.get(reason) ?? []), id]);
      rejected.push({ id, reason: "refused", hostile: false });
      return false;
    });
    for (const [reason, ids] of unwanted) {
      for (const id of await store.refuse(scope, ids, reason, deps.now())) indexes[scope].insert(id);
      store.bumpSetVersion();
    }
    return wanted;
  }

  return {
    async admit(wire: Untrusted, scope: SharedLabel) {
      const { entries, rejected, missing } = read(wire, scope);
      // An id that is stored has been checked: whatever signature comes with it now is not even looked at.
      const stored = await knownAmong(entries, deps.context, store);
      const fresh = entries.filter(({ id }) => !stored.has(id));
      const verdicts = await verify(
        "entry",
        fresh.map(({ id, entry, signature }) => ({
          publicKey: replicaKey(entry.replica),
          digest: id,
          signature,
        })),
      );
      for (const [i, { id }] of fresh.entries()) {
        if (verdicts[i] !== true) rejected.push({ id, reason: "bad_signature", hostile: true });
      }
      const genuine = fresh.filter((_, i) => verdicts[i] === true);
      return {
        wanted: await refuse(genuine, scope, rejected),
        rejected,
        missing,
        known: entries.length - fresh.length,
      };
    },

    learnCertificates(offered: readonly Certificate[]): Promise<unknown> {
      const fresh = offered.filter((candidate) => {
        const known = certificates.get(candidate.spore);
        if (known === undefined) return isCertificateSigned(candidate);
        // A spore belongs to one operator, or to the one that took its place: else a stolen key could be carried over
        // to a stranger, and its operator could no longer revoke it.
        const stays = deps.keys.identityOf(known.operator) === deps.keys.identityOf(candidate.operator);
        return stays && known.issued_at < candidate.issued_at && isCertificateSigned(candidate);
      });
      for (const one of fresh) certificates.set(one.spore, one);
      return Promise.all(fresh.map((one) => store.saveCertificate(one)));
    },

    /** From now on. What is stored already stays, and is for views to hide. A refused id counts as held (membership.ts). */
    refuseWhen(policy: RefusalPolicy): void {
      refusalOf = policy;
    },

    /** Undoes refusals of a reason: peers are asked for those entries again. @returns how many. */
    async pardon(reason: string): Promise<number> {
      const pardoned = await store.pardon(reason);
      for (const { scope, id } of pardoned) indexes[scope].remove(id);
      store.bumpSetVersion();
      return pardoned.length;
    },
  };
}
