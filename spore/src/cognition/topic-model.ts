/**
 * What is known, as beliefs: topics, and in each topic which words to expect. Pure.
 *
 * Each topic holds a Dirichlet law over words; a text belongs to the topic that predicts it best, or opens a new one
 * (Chinese restaurant prior, hard assignment). Surprise is what a text does to those beliefs:
 *
 *   surprise = KL( Dir(α + c) ‖ Dir(α) )          nats; c the text's words, α the topic's law before them
 *            = ln Γ(A+N)/Γ(A) − Σ ln Γ(αᵢ+cᵢ)/Γ(αᵢ) + Σ cᵢ (ψ(αᵢ+cᵢ) − ψ(A+N))
 *   novelty  = surprise ÷ the surprise of the same text to a mind that knows nothing      0 to 1
 *
 * (Itti & Baldi 2009: Bayesian surprise.) Rare noise and familiar text both change beliefs little; a text that
 * rearranges what a topic is about changes them much.
 *
 * Invariant: `measure` changes nothing, and `learn` measures before it merges; a text is never compared with itself.
 */
import { digamma, logGamma } from "./gamma-function.ts";

/** Term (a hash) → how often it occurs. */
export type Terms = ReadonlyMap<number, number>;

export interface Surprise {
  /** Number of the topic that predicts the text best; −1 for one that no topic predicts. */
  readonly topic: number;
  /** Nats. */
  readonly surprise: number;
  /** 0: nothing learnt; 1: as new as to a mind that knows nothing. */
  readonly novelty: number;
}

interface Topic {
  readonly words: Map<number, number>;
  total: number;
  texts: number;
}

/** Belief in a word never seen: small, so that one occurrence says much (sparse Dirichlet). */
const PRIOR = 0.01;
/** Words of a language that could occur. */
const VOCABULARY = 50_000;
const PRIOR_TOTAL = PRIOR * VOCABULARY;
/** Weight of "something new" among the topics, in texts: large enough that a big topic does not swallow strangers. */
const NEW_TOPIC = 10;
const TOPICS_MAX = 48;
/** Words remembered for a topic; beyond it the counts are halved and what falls below one is forgotten. */
const WORDS_MAX = 3_000;
/** Up to here n logarithms cost less than two of the gamma function. */
const RISE_BY_LOGS_MAX = 8;

export class TopicModel {
  readonly #topics: Topic[] = [];
  #texts = 0;

  get topics(): number {
    return this.#topics.length;
  }

  /** Texts of a topic so far. */
  textsOf(topic: number): number {
    return this.#topics[topic]?.texts ?? 0;
  }

  measure(terms: Terms): Surprise {
    const topic = this.#bestTopic(terms);
    return { topic, ...this.measureIn(topic, terms) };
  }

  /** What a text would teach one given topic; −1: a mind that knows nothing. */
  measureIn(topic: number, terms: Terms): Pick<Surprise, "surprise" | "novelty"> {
    const blank = divergence(undefined, terms);
    if (blank <= 0) return { surprise: 0, novelty: 0 };
    const surprise = divergence(this.#topics[topic], terms);
    return { surprise, novelty: Math.min(1, Math.max(0, surprise / blank)) };
  }

  learn(terms: Terms): Surprise {
    const measured = this.measure(terms);
    if (terms.size === 0) return measured;
    let index = measured.topic;
    if (index < 0) {
      index = this.#topics.length < TOPICS_MAX ? this.#topics.length : this.#smallest();
      this.#topics[index] = { words: new Map(), total: 0, texts: 0 };
    }
    const topic = this.#topics[index] as Topic;
    for (const [term, count] of terms) {
      topic.words.set(term, (topic.words.get(term) ?? 0) + count);
      topic.total += count;
    }
    topic.texts += 1;
    this.#texts += 1;
    if (topic.words.size > WORDS_MAX) forgetHalf(topic);
    return { ...measured, topic: index };
  }

  #bestTopic(terms: Terms): number {
    let best = {
      index: -1,
      score: Math.log(NEW_TOPIC / (this.#texts + NEW_TOPIC)) + likelihood(undefined, terms),
    };
    for (const [index, topic] of this.#topics.entries()) {
      const score = Math.log(topic.texts / (this.#texts + NEW_TOPIC)) + likelihood(topic, terms);
      if (score > best.score) best = { index, score };
    }
    return best.index;
  }

  #smallest(): number {
    return this.#topics.reduce((least, { texts }, index) => (texts < this.textsOf(least) ? index : least), 0);
  }
}

/** ln P(text | topic), Dirichlet–multinomial. */
function likelihood(topic: Topic | undefined, terms: Terms): number {
  const total = PRIOR_TOTAL + (topic?.total ?? 0);
  let sum = 0;
  let length = 0;
  for (const [term, count] of terms) {
    sum += logRise(PRIOR + (topic?.words.get(term) ?? 0), count);
    length += count;
  }
  return sum - logRise(total, length);
}

/** ln Γ(x + n) − ln Γ(x), n a whole number: a few logarithms where n is small, as counts in a text are. */
function logRise(x: number, n: number): number {
  if (n > RISE_BY_LOGS_MAX) return logGamma(x + n) - logGamma(x);
  let sum = 0;
  for (let k = 0; k < n; k++) sum += Math.log(x + k);
  return sum;
}

function divergence(topic: Topic | undefined, terms: Terms): number {
  const total = PRIOR_TOTAL + (topic?.total ?? 0);
  let length = 0;
  for (const count of terms.values()) length += count;
  const expected = digamma(total + length);
  let sum = logRise(total, length);
  for (const [term, count] of terms) {
    const belief = PRIOR + (topic?.words.get(term) ?? 0);
    sum += count * (digamma(belief + count) - expected) - logRise(belief, count);
  }
  return sum;
}

function forgetHalf(topic: Topic): void {
  topic.total = 0;
  for (const [term, count] of topic.words) {
    const rest = count / 2;
    if (rest < 1) topic.words.delete(term);
    else {
      topic.words.set(term, rest);
      topic.total += rest;
    }
  }
}
