/**
 * What is taken of what peers send: readable, not known yet, of an author whose certificate is here or came along,
 * genuine, wanted.
 *
 * Cheap checks come first, and what is stored already is told by its id, so that sending the same thing again costs a
 * hash. Signatures are checked in bulk on other threads (crypto-threads.ts).
 *
 * A certificate that came along is looked at only where its spore wrote an entry of the same message that passed the
 * cheap checks, and is kept only together with such an entry, in the same commit. So there are never more certificates
 * than authors, each of which has paid for its sequence.
 */
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { SharedLabel } from "@synapse/shared/contract/label.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { areCertificatesSigned } from "../identity/certificate.ts";
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
import type { Store } from "./store.ts";

export interface Rejection {
  readonly id: EntryId | null;
  readonly reason: AdmissionError["kind"] | "bad_certificate" | "refused" | "storage" | "busy";
  /** No honest spore could have passed this on: the sender is to blame. */
  readonly hostile: boolean;
}

/**
 * Why entries of an author are not taken, in a word or two, or null. The commander's policy, and local: other spores
 * may decide otherwise.
 */
export type RefusalPolicy = (spore: PublicKey, operator: PublicKey) => string | null;

export interface Unwanted extends AdmittedEntry {
  readonly refusal: string;
}

export interface IntakeDeps {
  readonly store: Store;
  /** Every dot that anything is stored on. */
  readonly context: CausalContext;
  readonly certificate: Certificate;
  /** Certificates by spore key; what is learnt is added. */
  readonly certificates: Map<PublicKey, Certificate>;
  readonly rule: PublicRule;
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
  return store.known(rows.filter(({ entry }) => context.has(entry)).map(({ id }) => id));
}

type Untrusted = readonly { readonly text: string; readonly signature: string }[];

export function createIntake(deps: IntakeDeps) {
  const { store, certificate, certificates, verify = verifyMany } = deps;
  let refusalOf: RefusalPolicy = () => null;

  /** Of a spore that is unknown, or newer than what is known of it. */
  function isNews(candidate: Certificate): boolean {
    const known = certificates.get(candidate.spore);
    if (known === undefined) return true;
    // A spore belongs to one operator, or to the one that took its place: else a stolen key could be carried over
    // to a stranger, and its operator could no longer revoke it.
    const stays = deps.keys.identityOf(known.operator) === deps.keys.identityOf(candidate.operator);
    return stays && known.issued_at < candidate.issued_at;
  }

  function newsAmong(offered: readonly Certificate[]): Map<PublicKey, Certificate> {
    const news = new Map<PublicKey, Certificate>();
    for (const one of offered) if (!news.has(one.spore) && isNews(one)) news.set(one.spore, one);
    return news;
  }

  async function genuineOf(news: readonly Certificate[]): Promise<Map<PublicKey, Certificate>> {
    const signed = await areCertificatesSigned(news, verify);
    return new Map(news.flatMap((one, i) => (signed[i] === true ? [[one.spore, one]] : [])));
  }

  function read(wire: Untrusted, scope: SharedLabel, news: ReadonlyMap<PublicKey, Certificate>) {
    const rejected: Rejection[] = [];
    const missing = new Set<PublicKey>();
    const entries: AdmittedEntry[] = [];
    const context: AdmissionContext = {
      scope,
      operator: certificate.operator,
      now: deps.now(),
      rule: deps.rule,
      certificateOf: (spore) => news.get(spore) ?? certificates.get(spore) ?? null,
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
    return { entries, rejected, missing };
  }

  /** @returns why the commander does not want to keep an entry, or null. */
  function refusalFor({ entry }: AdmittedEntry, learnt: ReadonlyMap<PublicKey, Certificate>): string | null {
    const spore = replicaKey(entry.replica);
    return refusalOf(spore, (learnt.get(spore) ?? certificates.get(spore))?.operator ?? spore);
  }

  /** Of what is unwanted the ids alone are kept, and count as held from then on. */
  function sortOut(genuine: readonly AdmittedEntry[], learnt: ReadonlyMap<PublicKey, Certificate>) {
    const wanted: AdmittedEntry[] = [];
    const unwanted: Unwanted[] = [];
    for (const one of genuine) {
      const refusal = refusalFor(one, learnt);
      if (refusal === null) wanted.push(one);
      else unwanted.push({ ...one, refusal });
    }
    return { wanted, unwanted };
  }

  return {
    /** @returns in `learnt` the certificates to be kept with what is wanted, by spore. */
    async admit(wire: Untrusted, scope: SharedLabel, offered: readonly Certificate[]) {
      const news = newsAmong(offered);
      const { entries, rejected, missing } = read(wire, scope, news);
      // An id that is stored has been checked: whatever signature comes with it now is not even looked at.
      const stored = await knownAmong(entries, deps.context, store);
      const fresh = entries.filter(({ id }) => !stored.has(id));
      const authors = new Set(news.size === 0 ? [] : fresh.map(({ entry }) => replicaKey(entry.replica)));
      const asked = [...news.values()].filter(({ spore }) => authors.has(spore));
      const [verdicts, learnt] = await Promise.all([
        verify(
          "entry",
          fresh.map(({ id, entry, signature }) => ({
            publicKey: replicaKey(entry.replica),
            digest: id,
            signature,
          })),
        ),
        genuineOf(asked),
      ]);
      // Nobody else's word counts for these: they are asked for again.
      for (const { spore } of asked) {
        if (learnt.has(spore)) continue;
        rejected.push({ id: null, reason: "bad_certificate", hostile: true });
        if (!certificates.has(spore)) missing.add(spore);
      }
      const genuine = fresh.filter(({ id, entry }, i) => {
        if (verdicts[i] !== true) rejected.push({ id, reason: "bad_signature", hostile: true });
        return verdicts[i] === true && !missing.has(replicaKey(entry.replica));
      });
      return {
        ...sortOut(genuine, learnt),
        learnt,
        rejected,
        missing: [...missing],
        known: entries.length - fresh.length,
      };
    },

    newsAmong,

    /** Of cards that are kept: of spores that may have written nothing yet. */
    async learnCertificates(offered: readonly Certificate[]): Promise<void> {
      const genuine = await genuineOf([...newsAmong(offered).values()]);
      // Others may have come while these were checked.
      const news = [...newsAmong([...genuine.values()]).values()];
      for (const one of news) certificates.set(one.spore, one);
      await store.saveCertificates(news);
    },

    /** From now on. What is stored already stays, and is for views to hide. A refused id counts as held (membership.ts). */
    refuseWhen(policy: RefusalPolicy): void {
      refusalOf = policy;
    },
  };
}
