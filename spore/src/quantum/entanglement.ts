/**
 * Peers whose graded results go together: for every pair one running correlation of successes and one of errors.
 *
 *   errors:    of the items where at least one of the two was wrong, how often both gave the same wrong answer
 *   successes: the correlation (phi) of the two being right, 0 for peers whose successes are independent
 *
 * Both come from averages that forget (exponential moving averages once there are enough items) and start from what
 * unrelated models show. Copies err alike: their error correlation goes to 1, and the rule lets them share one vote.
 * Partners who succeed on the same items may lend each other part of their positive evidence as a prior (measured: it
 * helps nobody on recorded answers, so it ships off; docs/evaluation.md).
 *
 * 1. Only graded items count: agreement alone correlates nobody.
 * 2. Symmetric; the pair (a, b) is kept once, under the smaller key.
 * 3. Cloning oneself gains nothing: n copies with error correlation 1 weigh together what one does, and lend each other
 *    nothing.
 */
import { BACKGROUND_CORRELATION } from "@synapse/shared/rule/aggregate.ts";

export interface GradedVotes {
  /** `answer` is any key that is equal for equal answers, null where the author gave none. */
  readonly votes: readonly { readonly author: string; readonly answer: string | null }[];
  /** The right answer's key, null where nobody gave it. */
  readonly truth: string | null;
}

export interface Entanglement {
  /** 0 to 1. */
  readonly errors: number;
  /** −1 to 1. */
  readonly successes: number;
  /** Items both answered. */
  readonly items: number;
}

export interface Partner {
  readonly author: string;
  /** 0 to SHARED_EVIDENCE. */
  readonly share: number;
}

interface Pair {
  errors: number;
  errorItems: number;
  items: number;
  /** Moving averages of: the first right, the second right, both right. */
  first: number;
  second: number;
  both: number;
}

/** Success-correlated partners: the threshold, and the share of positive evidence they lend each other. */
export const ENTANGLED_FROM = 0.55;
export const SHARED_EVIDENCE = 0.45;
/** Items' worth of the starting value: one coincidence does not make a clone. */
const PRIOR_ITEMS = 10;
/** Items after which old ones fade, so that peers who part ways are seen apart again. */
const MEMORY_ITEMS = 200;
/** Pairs kept. Enough for every pair of 300 authors; beyond, the rest stay at the background. */
export const PAIRS_MAX = 45_000;

export class EntanglementLedger {
  /** Smaller author → larger author → pair. */
  readonly #pairs = new Map<string, Map<string, Pair>>();
  #count = 0;

  absorb({ votes, truth }: GradedVotes): void {
    const sorted = votes.toSorted((a, b) => (a.author < b.author ? -1 : 1));
    for (const [index, a] of sorted.entries()) {
      for (const b of sorted.slice(index + 1)) {
        if (a.author !== b.author) this.#absorbPair(a, b, truth);
      }
    }
  }

  pair(a: string, b: string): Entanglement {
    return summarise(this.#find(a, b));
  }

  /** The function the rule asks for. `stated` is what the pair's stated models suggest until grades say otherwise. */
  readonly correlation = (a: string, b: string, stated = BACKGROUND_CORRELATION): number => {
    const pair = this.#find(a, b);
    if (pair === undefined) return stated;
    const share = PRIOR_ITEMS / (PRIOR_ITEMS + Math.min(pair.errorItems, MEMORY_ITEMS));
    return Math.min(1, Math.max(0, pair.errors + share * (stated - BACKGROUND_CORRELATION)));
  };

  /** For each author the peers that succeed together with it, and what share of their positive evidence it may borrow. */
  readonly partners = (): ReadonlyMap<string, readonly Partner[]> => {
    const partners = new Map<string, Partner[]>();
    const lend = (from: string, to: string, share: number) =>
      partners.set(to, [...(partners.get(to) ?? []), { author: from, share }]);
    for (const { a, b, successes, errors } of this.entangled(PAIRS_MAX)) {
      // Whoever repeats another succeeds with it, too: what errs alike is a copy and no second witness.
      const unlike = Math.min(1, (1 - errors) / (1 - BACKGROUND_CORRELATION));
      const share = SHARED_EVIDENCE * successes * unlike;
      lend(a, b, share);
      lend(b, a, share);
    }
    return partners;
  };

  /** Pairs that succeed together, the strongest first. */
  entangled(limit: number): readonly { a: string; b: string; successes: number; errors: number }[] {
    return [...this.#pairs]
      .flatMap(([a, others]) => [...others].map(([b, pair]) => ({ a, b, ...summarise(pair) })))
      .filter(({ successes, items }) => successes >= ENTANGLED_FROM && items >= PRIOR_ITEMS)
      .sort((x, y) => y.successes - x.successes || (x.a + x.b < y.a + y.b ? -1 : 1))
      .slice(0, limit)
      .map(({ a, b, successes, errors }) => ({ a, b, successes, errors }));
  }

  /** Pairs with enough graded items in common, those that err together most first. */
  correlated(limit: number): readonly {
    a: string;
    b: string;
    successes: number;
    errors: number;
    items: number;
  }[] {
    return [...this.#pairs]
      .flatMap(([a, others]) => [...others].map(([b, pair]) => ({ a, b, ...summarise(pair) })))
      .filter(({ items }) => items >= PRIOR_ITEMS)
      .sort((x, y) => y.errors - x.errors || (x.a + x.b < y.a + y.b ? -1 : 1))
      .slice(0, limit);
  }

  #find(a: string, b: string): Pair | undefined {
    return a < b ? this.#pairs.get(a)?.get(b) : this.#pairs.get(b)?.get(a);
  }

  #findOrCreate(a: string, b: string): Pair | undefined {
    const known = this.#find(a, b);
    if (known !== undefined || this.#count >= PAIRS_MAX) return known;
    const pair = {
      errors: BACKGROUND_CORRELATION,
      errorItems: 0,
      items: 0,
      first: 0.5,
      second: 0.5,
      both: 0.25,
    };
    const [low, high] = a < b ? [a, b] : [b, a];
    this.#pairs.set(low, (this.#pairs.get(low) ?? new Map()).set(high, pair));
    this.#count += 1;
    return pair;
  }

  #absorbPair(a: GradedVotes["votes"][number], b: GradedVotes["votes"][number], truth: string | null): void {
    const pair = this.#findOrCreate(a.author, b.author);
    if (pair === undefined) return;
    const [aRight, bRight] = [isRight(a.answer, truth), isRight(b.answer, truth)];
    pair.first = moved(pair.first, aRight, pair.items);
    pair.second = moved(pair.second, bRight, pair.items);
    pair.both = moved(pair.both, aRight && bRight, pair.items);
    pair.items += 1;
    if (aRight && bRight) return;
    const sameError = !aRight && !bRight && a.answer !== null && a.answer === b.answer;
    pair.errors = moved(pair.errors, sameError, pair.errorItems);
    pair.errorItems += 1;
  }
}

function summarise(pair: Pair | undefined): Entanglement {
  if (pair === undefined) return { errors: BACKGROUND_CORRELATION, successes: 0, items: 0 };
  const { first, second, both, errors, items } = pair;
  const spread = Math.sqrt(first * (1 - first) * second * (1 - second));
  return { errors, successes: spread === 0 ? 0 : (both - first * second) / spread, items };
}

function isRight(answer: string | null, truth: string | null): boolean {
  return truth !== null && answer === truth;
}

function moved(average: number, hit: boolean, items: number): number {
  const rate = 1 / (Math.min(items, MEMORY_ITEMS) + PRIOR_ITEMS + 1);
  return average + rate * ((hit ? 1 : 0) - average);
}
