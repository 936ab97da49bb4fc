/**
 * What `GET /api/trust` and the MCP tool `get_trust` show: every score, and for one subject everything it rests on.
 *
 * Callers without authority see scores and counts, and of the evidence only what is public.
 */

import type { PublicKey } from "@synapse/shared/ids.ts";
import { BACKGROUND_CORRELATION, effectiveNumber } from "@synapse/shared/rule/aggregate.ts";
import { reliabilityOf } from "./calibration.ts";
import { DIMENSIONS, type Evidence } from "./evidence.ts";
import { EVIDENCE_HALF_LIFE_DAYS, type TrustScore, type TrustView } from "./lattice.ts";
import type { TrustLedger } from "./ledger.ts";

export interface TrustReportDeps {
  readonly self: PublicKey;
  readonly ledger: TrustLedger;
  /** Spores seen in the network now, shown also where nothing is known of them yet. */
  readonly seen: () => Iterable<PublicKey>;
  readonly nameOf: (spore: PublicKey) => string;
  readonly operatorOf: (spore: PublicKey) => string | null;
  readonly entangled: (limit: number) => readonly EntangledPair[];
  readonly now: () => number;
}

export interface EntangledPair {
  readonly a: string;
  readonly b: string;
  readonly successes: number;
  readonly errors: number;
  readonly items: number;
}

export interface TrustQuery {
  /** Key or name of one spore; null for all. */
  readonly subject: string | null;
  readonly authorised: boolean;
  /** Observations before this one, by its id; absent: the newest. */
  readonly before?: string | undefined;
}

const PAIRS_SHOWN = 50;
const EVIDENCE_SHOWN = 500;
/** Spores for which the effective number is computed; it grows with the square. */
const PANEL_MAX = 200;

export type TrustReport = ReturnType<ReturnType<typeof createTrustReport>>;

export function createTrustReport(deps: TrustReportDeps) {
  const { ledger, nameOf, operatorOf, self } = deps;

  function peerOf(spore: PublicKey, view: TrustView, weight: number) {
    const score = view.score(spore, null);
    return {
      id: spore,
      name: nameOf(spore),
      operator: operatorOf(spore),
      own: ledger.isOwn(spore),
      self: spore === self,
      ...figures(score),
      weight,
      observer_trust: view.observerTrust(spore),
      changed_at: view.changedAt(spore) === 0 ? null : toInstant(view.changedAt(spore)),
      evidence: ledger.explain(spore).length,
      dimensions: Object.fromEntries(
        DIMENSIONS.map((dimension) => [dimension, { ...score.dimensions[dimension] }]),
      ),
      topics: view.topicsOf(spore).flatMap((topic) => {
        const own = view.score(spore, topic);
        const { positive, negative } = own.dimensions.competence;
        return positive + negative > 0 ? [{ topic, ...figures(own), positive, negative }] : [];
      }),
    };
  }

  function explained(one: Evidence, view: TrustView, authorised: boolean) {
    const readable = authorised || one.label === "public";
    return {
      id: one.id,
      observer: one.observer,
      observer_name: nameOf(one.observer),
      topic: one.topic,
      dimension: one.dimension,
      positive: one.positive,
      weight: one.weight,
      ...view.countOf(one),
      source: one.source,
      label: one.label,
      rests_on: readable ? [...one.restsOn] : [],
      note: readable ? one.note : "",
      at: toInstant(one.at),
    };
  }

  /** A page of what is known of these, the newest at its end, and the id with which the one before it is asked for. */
  function pageOf(spores: readonly PublicKey[], before: string | undefined) {
    const all = spores.flatMap((spore) => ledger.explain(spore));
    const end =
      before === undefined
        ? all.length
        : Math.max(
            0,
            all.findIndex(({ id }) => id === before),
          );
    const from = Math.max(0, end - EVIDENCE_SHOWN);
    return { page: all.slice(from, end), next: from > 0 ? (all[from]?.id ?? null) : null };
  }

  return ({ subject, authorised, before }: TrustQuery) => {
    const now = deps.now();
    const view = ledger.view(now);
    const known = [...new Set([self, ...view.subjects, ...deps.seen()])].sort();
    const panel = ledger.panel(known.slice(0, PANEL_MAX), "", now);
    const weights = known.slice(0, PANEL_MAX).map((spore) => panel.weights.get(spore)?.weight ?? 0);
    const wanted = known.filter(
      (spore) => subject === null || spore === subject || nameOf(spore) === subject,
    );
    const { page, next } = pageOf(subject === null ? [] : wanted, before);
    const reliability = reliabilityOf(
      ledger.reliability(now).map(({ stated, right, weight }) => ({ confidence: stated, right, weight })),
    );
    return {
      enabled: true as const,
      spore: self,
      as_of: toInstant(now),
      half_life_days: EVIDENCE_HALF_LIFE_DAYS,
      dimensions: DIMENSIONS,
      graded_items: panel.gradedItems,
      damping: panel.damping,
      best_peer: panel.bestPeer,
      calibration: { ...panel.calibration, ece: reliability?.ece ?? null, brier: reliability?.brier ?? null },
      voices: known.length,
      effective_voices: effectiveNumber(weights, (i, j) => panel.correlation(known[i] ?? "", known[j] ?? "")),
      background_correlation: BACKGROUND_CORRELATION,
      peers: wanted.map((spore) => peerOf(spore, view, panel.weights.get(spore)?.weight ?? 0)),
      entangled: deps.entangled(PAIRS_SHOWN).map(({ a, b, ...rest }) => ({
        a,
        b,
        a_name: nameOf(a as PublicKey),
        b_name: nameOf(b as PublicKey),
        ...rest,
      })),
      ...(subject === null
        ? {}
        : {
            subject,
            evidence: page.map((one) => explained(one, view, authorised)),
            evidence_next: next,
          }),
    };
  };
}

function figures({ mean, lower, tier }: TrustScore) {
  return { mean, lower, tier };
}

function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}
