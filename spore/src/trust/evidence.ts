/**
 * Evidence: signed observations of one spore about another, and nothing else. The entries are a
 * grow-only set (a CRDT) that no gossip can overwrite; the book is a view of it, keyed by what was observed.
 *
 * 1. The observer is the key that signed. Nobody can write in another's name. What somebody grades of himself says what
 *    the right answer was and moves no score (lattice.ts leaves it out).
 * 2. Competence and calibration come from the four honest sources (checkable, probe, outcome, commander) and must rest
 *    on something. Agreement and citation are no evidence: there is no source for them.
 * 3. One observation counts once: the same observer on the same subject, dimension and grounds replaces his earlier one.
 * 4. Of an observer who is no spore of this commander's the newest observations are kept, up to a number: of those who
 *    write more, two spores may hold different ones.
 * 5. Time is the entry's own, but never later than its arrival here: a far-future stamp gains nothing.
 */
import { type Body, isKind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";

export type Dimension = Body<"evidence">["dimension"];
export const DIMENSIONS: readonly Dimension[] = [
  "integrity",
  "causality",
  "consistency",
  "competence",
  "calibration",
];

/**
 * Observations kept of one observer of another operator: years of honest grading, and what it says moves a view by a
 * capped share anyway. One's own spores are bounded by what they are asked.
 */
export const FOREIGN_OBSERVATIONS_MAX = 2_000;

export interface Evidence {
  readonly id: EntryId;
  readonly observer: PublicKey;
  readonly subject: PublicKey;
  readonly topic: string;
  readonly dimension: Dimension;
  readonly positive: boolean;
  /** 0 to 1 item. */
  readonly weight: number;
  readonly source: Body<"evidence">["source"];
  /** What was judged first, then what it was judged by. */
  readonly restsOn: readonly EntryId[];
  readonly label: Label;
  readonly note: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** @returns the observation an entry holds, or null where it holds none that counts. */
export function evidenceOf(stored: StoredEntry): Evidence | null {
  if (!isKind(stored, "evidence")) return null;
  const { entry, id } = stored;
  const { subject, topic, dimension, positive, weight, source, rests_on: restsOn, note } = entry.body;
  const observer = replicaKey(entry.replica);
  if (weight <= 0) return null;
  const graded = dimension === "competence" || dimension === "calibration";
  if (graded && (source === "protocol" || restsOn.length === 0)) return null;
  if (!graded && observer === subject) return null;
  if (!graded && source !== "protocol" && source !== "commander") return null;
  const at = Math.min(entry.clock[0], stored.receivedAt);
  const { label } = entry;
  return { id, observer, subject, topic, dimension, positive, weight, source, restsOn, label, note, at };
}

export class EvidenceBook {
  readonly #byKey = new Map<string, Evidence>();
  readonly #bySubject = new Map<PublicKey, Set<string>>();
  /** Of observers with a bound. */
  readonly #byObserver = new Map<PublicKey, Set<string>>();

  /**
   * @param most observations kept of this observer, the newest; absent: all
   * @returns whether anything changed.
   */
  add(evidence: Evidence, most?: number): boolean {
    const key = keyOf(evidence);
    const known = this.#byKey.get(key);
    if (known !== undefined && !supersedes(evidence, known)) return false;
    this.#byKey.set(key, evidence);
    const keys = this.#bySubject.get(evidence.subject) ?? new Set();
    this.#bySubject.set(evidence.subject, keys.add(key));
    if (most !== undefined) this.#bound(evidence.observer, key, most);
    return this.#byKey.has(key);
  }

  /** Forgets a tenth at a time, so that the ordering is paid for once in as many observations. */
  #bound(observer: PublicKey, key: string, most: number): void {
    const own = (this.#byObserver.get(observer) ?? new Set()).add(key);
    this.#byObserver.set(observer, own);
    if (own.size <= most * 1.1) return;
    const inOrder = [...own].flatMap((one) => this.#byKey.get(one) ?? []).sort(byTime);
    for (const old of inOrder.slice(0, -most)) {
      const oldKey = keyOf(old);
      own.delete(oldKey);
      this.#byKey.delete(oldKey);
      const about = this.#bySubject.get(old.subject);
      about?.delete(oldKey);
      if (about?.size === 0) this.#bySubject.delete(old.subject);
    }
  }

  /** False once the same observer said something newer about the same. */
  isCurrent(evidence: Evidence): boolean {
    return this.#byKey.get(keyOf(evidence)) === evidence;
  }

  /** In the order in which they happened; ties by id, so every spore reads the same sequence. */
  all(): readonly Evidence[] {
    return [...this.#byKey.values()].sort(byTime);
  }

  about(subject: PublicKey): readonly Evidence[] {
    const keys = [...(this.#bySubject.get(subject) ?? [])];
    return keys.flatMap((key) => this.#byKey.get(key) ?? []).sort(byTime);
  }
}

function keyOf({ observer, subject, dimension, restsOn, id }: Evidence): string {
  const grounds = restsOn.length === 0 ? id : [...new Set(restsOn)].sort().join(" ");
  return `${observer} ${subject} ${dimension} ${grounds}`;
}

function supersedes(a: Evidence, b: Evidence): boolean {
  return a.at !== b.at ? a.at > b.at : a.id > b.id;
}

function byTime(a: Evidence, b: Evidence): number {
  return a.at - b.at || (a.id < b.id ? -1 : 1);
}
