/**
 * Bayesian curiosity: where something is still to be learnt, and what to look at next. Pure.
 *
 * Each text that arrives is measured against the topic model *before* it is merged (the earlier system compared it with
 * itself). From those measurements follow the drive (mean novelty of the last minutes), how much each topic and each
 * peer still teaches, and an order among open questions, peers and probes: expected novelty, plus a bonus for what was
 * rarely looked at (upper confidence bound, Auer et al. 2002).
 */
import { type Surprise, type Terms, TopicModel } from "./topic-model.ts";

/** Minutes over which the drive is a mean (kept from the earlier system: 300 s). */
const DRIVE_MS = 300_000;
/** Drive where nothing arrived: neither bored nor curious. */
const DRIVE_UNKNOWN = 0.5;
/** Observations kept for drive and lists. */
const RECENT_MAX = 500;
/** Weight of the newest observation in the mean of a topic or peer. */
const RATE = 0.2;
/** How much rarely seen topics are favoured; one half of a novelty's whole range for a topic seen once in e² texts. */
const EXPLORATION = 0.25;
const PEERS_MAX = 1_000;

export interface Noticed extends Surprise {
  readonly id: string;
  readonly author: string;
  readonly at: number;
}

interface Learning {
  mean: number;
  count: number;
}

export class Curiosity {
  readonly model = new TopicModel();
  readonly #topics = new Map<number, Learning>();
  readonly #peers = new Map<string, Learning>();
  #recent: Noticed[] = [];
  /** The observations that the drive is a mean of: those from this place on, and the sum of their novelty. */
  #windowFrom = 0;
  #windowSum = 0;
  /** The recent ones, most surprising first, until something else is noticed: health reads them at every request. */
  #ranked: readonly Noticed[] | null = null;
  #observations = 0;

  /** Measures, then learns. */
  notice(id: string, author: string, terms: Terms, at: number): Noticed {
    const measured = this.model.learn(terms);
    const { topic } = measured;
    const noticed: Noticed = { ...measured, id, author, at };
    this.#observations += 1;
    update(this.#topics, topic, measured.novelty);
    if (this.#peers.size < PEERS_MAX || this.#peers.has(author))
      update(this.#peers, author, measured.novelty);
    this.#keep(noticed);
    return noticed;
  }

  get observations(): number {
    return this.#observations;
  }

  drive(now: number): number {
    for (;;) {
      const oldest = this.#recent[this.#windowFrom];
      if (oldest === undefined) return DRIVE_UNKNOWN;
      if (oldest.at > now - DRIVE_MS) return this.#windowSum / (this.#recent.length - this.#windowFrom);
      this.#windowFrom += 1;
      this.#windowSum = this.#windowFrom === this.#recent.length ? 0 : this.#windowSum - oldest.novelty;
    }
  }

  /** Expected novelty of looking further into what a text is about, 0 to about 1.5. */
  interestIn(terms: Terms): number {
    const { topic, novelty } = this.model.measure(terms);
    const known = this.#topics.get(topic);
    if (topic < 0 || known === undefined) return novelty;
    const bonus = EXPLORATION * Math.sqrt(Math.log(this.#observations + 1) / known.count);
    return (novelty + known.mean) / 2 + bonus;
  }

  /** What to look at first: most interesting first, equal ones in the order given. */
  order<T>(candidates: readonly T[], termsOf: (candidate: T) => Terms): T[] {
    return candidates
      .map((candidate) => ({ candidate, interest: this.interestIn(termsOf(candidate)) }))
      .sort((a, b) => b.interest - a.interest)
      .map(({ candidate }) => candidate);
  }

  /** Authors by how much they still teach. */
  peers(): readonly { readonly author: string; readonly novelty: number; readonly texts: number }[] {
    return [...this.#peers]
      .map(([author, { mean, count }]) => ({ author, novelty: mean, texts: count }))
      .sort((a, b) => b.novelty - a.novelty);
  }

  mostSurprising(count: number): readonly Noticed[] {
    this.#ranked ??= this.#recent.toSorted((a, b) => b.novelty - a.novelty);
    return this.#ranked.slice(0, count);
  }

  #keep(noticed: Noticed): void {
    this.#ranked = null;
    // A clock that was set back: what seems to come later came before this.
    if ((this.#recent.at(-1)?.at ?? 0) > noticed.at)
      this.#recent = this.#recent.map((one) => ({ ...one, at: Math.min(one.at, noticed.at) }));
    this.#recent.push(noticed);
    this.#windowSum += noticed.novelty;
    if (this.#recent.length <= RECENT_MAX) return;
    this.#recent = this.#recent.slice(-RECENT_MAX / 2);
    this.#windowFrom = 0;
    this.#windowSum = this.#recent.reduce((sum, { novelty }) => sum + novelty, 0);
  }
}

function update<K>(means: Map<K, Learning>, key: K, value: number): void {
  const known = means.get(key);
  if (known === undefined) means.set(key, { mean: value, count: 1 });
  else {
    known.mean += RATE * (value - known.mean);
    known.count += 1;
  }
}
