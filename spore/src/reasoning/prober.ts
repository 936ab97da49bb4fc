/**
 * Mixes questions with known answers in among ordinary work, so that competence is graded where nobody expects it.
 *
 * 1. Budgeted: a stated number a day for the whole commander, shared by his spores, and only while nothing else waits.
 * 2. A probe costs every model a call, so spores without a model are not probed, and a spore alone probes nobody.
 * 3. The answer stays in a table of this spore; the others see an ordinary task.
 */
import type { AnswerForm } from "@synapse/shared/contract/entry.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { drawProbe } from "../trust/probe-bank.ts";
import type { KnownAnswers } from "./known-answers.ts";

export interface ProberDeps {
  readonly known: KnownAnswers;
  /** Probes a day for all of this commander's spores together; 0: none. */
  readonly perDay: () => number;
  /** This commander's spores seen alive, this one among them. */
  readonly spores: () => number;
  /** Whether this spore has a model to probe, asked at each look. */
  readonly worthwhile: () => boolean;
  readonly busy: () => boolean;
  /** Stores an ordinary task; null when that was refused. */
  readonly ask: (question: string, form: AnswerForm) => Promise<EntryId | null>;
  readonly now: () => number;
  readonly random: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

const DAY_MS = 86_400_000;
/** How often it is looked whether a probe is due. */
const LOOK_MS = 60_000;

export function createProber(deps: ProberDeps) {
  let timer: ReturnType<typeof setInterval> | null = null;

  /** Chance per look that gives the daily number on average: nobody can tell from the clock when a probe comes. */
  function isDue(): boolean {
    if (deps.spores() < 2 || !deps.worthwhile() || deps.busy()) return false;
    return deps.random() < (deps.perDay() / deps.spores()) * (LOOK_MS / DAY_MS);
  }

  async function probe(): Promise<EntryId | null> {
    if ((await deps.known.probesSince(deps.now() - DAY_MS)) >= deps.perDay()) return null;
    const { question, form, answer } = drawProbe(deps.random);
    const task = await deps.ask(question, form);
    if (task !== null) await deps.known.put({ task, value: answer, source: "probe" });
    return task;
  }

  return {
    probe,
    start(): void {
      timer = setInterval(() => {
        if (!isDue()) return;
        probe().catch((cause) => deps.warn("a probe could not be asked", { cause: String(cause) }));
      }, LOOK_MS);
    },
    stop(): void {
      if (timer !== null) clearInterval(timer);
    },
  };
}
