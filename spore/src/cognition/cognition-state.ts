/** What cognition shows of itself: counts for everybody, thoughts for whoever may read this spore's memory. */
import { mechanismOf } from "../quantum/measured-effects.ts";
import type { Budget } from "./budget.ts";
import { type CognitionDeps, PARTS, type Part } from "./cognition-port.ts";
import { AUTHORS_MIN } from "./emergence-detector.ts";
import type { GlobalWorkspace } from "./global-workspace.ts";
import type { Intake } from "./intake.ts";
import type { Calibration, Doubt } from "./metacognitive-auditor.ts";
import { BAND_PERIODS, type Band } from "./oscillator.ts";
import type { Remark, ThoughtWriter } from "./thought-writer.ts";

export interface Tallies {
  tick: number;
  /** How often each band ran. */
  readonly bands: Partial<Record<Band, number>>;
  /** Bands that gave way to work or to an empty budget. */
  skipped: number;
  /** Times that idle thinking was left out, because thoughts have their full share of all entries. */
  held: number;
  lastDream: number | null;
  lastAudit: number | null;
  audits: number;
  questions: number;
  /** Claims that were let out by the wall. */
  learnt: number;
}

export function createTallies(): Tallies {
  return {
    tick: 0,
    bands: {},
    skipped: 0,
    held: 0,
    lastDream: null,
    lastAudit: null,
    audits: 0,
    questions: 0,
    learnt: 0,
  };
}

export interface Inside {
  readonly deps: CognitionDeps;
  readonly intake: Intake;
  readonly workspace: GlobalWorkspace;
  readonly budget: Budget;
  readonly writer: ThoughtWriter;
  readonly tallies: Tallies;
  readonly calibrations: readonly Calibration[];
  readonly doubts: readonly Doubt[];
  readonly own: boolean;
}

const SHOWN = 5;
const SURPRISES_MIN = 0.6;

/** What each part changes, in plain words. */
const MEANINGS: Readonly<Record<Part, string>> = {
  free_thought: "links memories that belong together and were never used together",
  dream: "finds contradictions, links and summaries among what was surprising",
  curiosity: "puts first what would teach the most",
  metacognition: "audits its own calibration and asks about what is weakest",
  emergence: "looks for what several spores found without a common source",
  workspace: "broadcasts one thought at a time and lets it prime recall",
};

/** Each part with its switch, what it changes and what the evaluation measured of it. */
export function cognitionMechanisms(isOn: (part: Part) => boolean) {
  return PARTS.map((part) => mechanismOf(`cognition.${part}`, isOn(part), MEANINGS[part]));
}

export function cognitionState(inside: Inside) {
  const { deps, intake, workspace, budget, writer, tallies, calibrations, own } = inside;
  const at = deps.now();
  const ago = (time: number | null) => (time === null ? null : Math.round((at - time) / 1_000));
  const { entries, thoughts, memories } = intake.counts;
  const told = (part: Part) => {
    const remarks = writer.recent(part, SHOWN);
    return { avg_novelty: meanNovelty(remarks), ...(own ? { recent: remarks.map(toShown) } : {}) };
  };
  const surprising = intake.curiosity.mostSurprising(SHOWN);
  const [overall, ...topics] = calibrations;
  return {
    enabled: deps.settings.enabled(),
    ...(deps.settings.enabled()
      ? {}
      : { reason: "switched off by its commander (setting cognition.enabled)" }),
    parts: Object.fromEntries(PARTS.map((part) => [part, deps.settings.isOn(part)])),
    oscillator: {
      tick: tallies.tick,
      periods: BAND_PERIODS,
      bands: tallies.bands,
      gave_way: tallies.skipped,
    },
    budget: { ...budget.spent(at), ...toLimits(deps) },
    thoughts: {
      stored: thoughts,
      of_entries: entries,
      share: entries === 0 ? 0 : Math.round((thoughts / entries) * 10_000) / 10_000,
      share_max: deps.settings.shareMax(),
      ...writer.fates,
      held_back: tallies.held,
      discard_rate: writer.discardRate,
    },
    curiosity: {
      curiosity_drive: intake.curiosity.drive(at),
      observations: intake.curiosity.observations,
      topics: intake.curiosity.model.topics,
      recent_surprises: surprising.filter(({ novelty }) => novelty >= SURPRISES_MIN).length,
      ...(own ? { most_surprising: surprising, peers: intake.curiosity.peers().slice(0, SHOWN) } : {}),
    },
    free_thought: { total_thoughts: writer.kept("free_thought"), memories, ...told("free_thought") },
    dream: { total_dreams: writer.kept("dream"), last_dream_ago: ago(tallies.lastDream), ...told("dream") },
    metacognition: {
      total_audits: tallies.audits,
      self_questions_generated: tallies.questions,
      last_audit_ago: ago(tallies.lastAudit),
      graded_items: intake.graded.length,
      brier: overall?.brier ?? null,
      ece: overall?.ece ?? null,
      ...(own
        ? {
            topics,
            open_doubts: inside.doubts.length,
            recent_questions: writer.recent("metacognition", SHOWN).map(toShown),
          }
        : {}),
    },
    emergence: {
      tracked_claims: intake.claims.length,
      authors_needed: AUTHORS_MIN,
      emergent_events: writer.kept("emergence"),
      ...told("emergence"),
    },
    workspace: workspace.state,
    learning: { claims_let_out: tallies.learnt },
  };
}

function meanNovelty(remarks: readonly Remark[]): number | null {
  if (remarks.length === 0) return null;
  return Math.round((remarks.reduce((sum, one) => sum + one.novelty, 0) / remarks.length) * 1_000) / 1_000;
}

function toLimits(deps: CognitionDeps) {
  const { tokensPerHour, secondsPerHour, spendPerDay } = deps.settings.limits();
  return {
    tokens_hour_max: tokensPerHour,
    seconds_hour_max: secondsPerHour,
    money_day_max: spendPerDay,
  };
}

function toShown({ text, novelty, at, fate, id }: Remark) {
  return {
    text: text.slice(0, 500).toWellFormed(),
    novelty: Math.round(novelty * 1_000) / 1_000,
    at: new Date(at).toISOString(),
    fate,
    id,
  };
}
