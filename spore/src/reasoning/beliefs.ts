/**
 * What this spore believes of those who speak, in the form in which reasoning uses it: the trust ledger's view, put into
 * a record that the rule is fed from and a receipt can show (shared/src/rule/panel.ts).
 */
import { type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { modelCorrelation } from "@synapse/shared/rule/model-correlation.ts";
import { FRESH_PANEL, type PanelRecord, rounded } from "@synapse/shared/rule/panel.ts";
import type { ContributionEntry } from "@synapse/shared/rule/votes.ts";
import { tierOf } from "../trust/beta.ts";
import type { Panel, TrustLedger } from "../trust/ledger.ts";
import type { TaskState } from "./task-state.ts";

export interface Beliefs {
  panelOf(state: TaskState, votes: readonly ContributionEntry[]): PanelRecord;
  /** Has earned the tier "peer", or is one of this commander's own. */
  isTrusted(spore: PublicKey): boolean;
  /** How early a spore stands in line, > 0. */
  standingOf(spore: PublicKey): number;
}

export interface BeliefsDeps {
  readonly ledger: Pick<TrustLedger, "panel" | "topicOf" | "view" | "isOwn">;
  readonly now: () => number;
  /** Settings, read at each use. */
  readonly interference: () => boolean;
  /** Whether learnt error correlations count; off, only stated models tell copies. */
  readonly entanglement: () => boolean;
}

/** Of the pairs whose errors differ from what their models suggest, those that differ most: what one entry can hold. */
const PAIRS_MAX = 64;
/** A smaller difference changes no answer. */
const PAIR_DIFFERENCE_MIN = 0.02;
/** A stranger stands last, and still in line. */
const STRANGER_STANDING = 0.05;

export function createBeliefs({ ledger, now, interference, entanglement }: BeliefsDeps): Beliefs {
  const score = (spore: PublicKey) => ledger.view(now()).score(spore, null);
  return {
    panelOf(state, votes) {
      const authors = votes.map(({ entry }) => replicaKey(entry.replica));
      const panel = ledger.panel(authors, ledger.topicOf(state.task.id), now());
      const learnt = [...panel.weights.values()].some(({ weight }) => weight !== 1);
      return {
        ...FRESH_PANEL,
        trust: learnt
          ? new Map([...panel.weights].map(([author, { weight }]) => [author, rounded(weight)]))
          : FRESH_PANEL.trust,
        pairs: entanglement() && panel.gradedItems > 0 ? pairsOf(votes, panel) : [],
        damping: rounded(panel.damping),
        interference: interference(),
        calibration: panel.calibration,
        grounds: new Map([...panel.weights].map(([author, { evidence }]) => [author, evidence])),
      };
    },
    isTrusted: (spore) => ledger.isOwn(spore) || ["peer", "commander"].includes(tierOf(score(spore).lower)),
    standingOf: (spore) => Math.max(STRANGER_STANDING, score(spore).lower),
  };
}

function pairsOf(votes: readonly ContributionEntry[], { correlation }: Panel): PanelRecord["pairs"] {
  const sources = votes.map(({ entry }) => ({
    author: replicaKey(entry.replica),
    provider: entry.body.provider,
    model: entry.body.model,
  }));
  const stated = modelCorrelation(sources);
  const pairs = sources.flatMap(({ author: a }, index) =>
    sources.slice(index + 1).map(({ author: b }) => {
      const errors = rounded(correlation(a, b, stated(a, b)));
      return { a, b, errors, difference: Math.abs(errors - stated(a, b)) };
    }),
  );
  return pairs
    .filter(({ difference }) => difference >= PAIR_DIFFERENCE_MIN)
    .sort((x, y) => y.difference - x.difference || (x.a + x.b < y.a + y.b ? -1 : 1))
    .slice(0, PAIRS_MAX)
    .map(({ a, b, errors }) => ({ a, b, errors }));
}
