/**
 * Spontaneous cognition: the shell that runs the bands. Each part is pure or returns proposals; here is the only clock.
 *
 * Invariants:
 * 1. One tick at a time; a tick that fails is logged and the next one comes.
 * 2. Idle thinking yields to work: bands above beta do not start while a task is open, and a model call in progress is
 *    cancelled when one arrives.
 * 3. Nothing is spent beyond the budget, and thoughts stay within their share of all entries.
 */
import { contentOf } from "@synapse/shared/contract/entry.ts";
import { isMoreRestricted, mostRestricted } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import { Budget, fitsShare } from "./budget.ts";
import type { CognitionDeps, Part } from "./cognition-port.ts";
import { cognitionState, createTallies } from "./cognition-state.ts";
import { MEMORIES_MIN } from "./default-mode-network.ts";
import { DREAM_MEMORIES_MIN, dream } from "./dreaming.ts";
import { freeThought } from "./free-thought.ts";
import { GlobalWorkspace, type Nomination } from "./global-workspace.ts";
import { IdleModel } from "./idle-model.ts";
import { Intake } from "./intake.ts";
import { Learning } from "./learning.ts";
import type { Calibration, Doubt } from "./metacognitive-auditor.ts";
import { type Band, bandsAt } from "./oscillator.ts";
import { askItself, auditThought, DAY_MS, emergences, report } from "./self-audit.ts";
import { ThoughtWriter } from "./thought-writer.ts";

/** Doubts kept for asking; newer ones push the oldest out. */
const DOUBTS_MAX = 50;
/** Emergences remembered, so that one is told once. */
const TOLD_MAX = 500;
/** A summary made of several memories comes before them where both match. */
export const CONSOLIDATED_FACTOR = 1.15;
const CONSOLIDATED_MAX = 2_000;
/** How often the clock is looked at, so that a changed period holds at once. */
const LOOK_MS = 500;
/** How long a stop waits for a tick that runs. */
const STOP_MS = 3_000;

export type Cognition = ReturnType<typeof createCognition>;

export function createCognition(deps: CognitionDeps) {
  const { settings, now } = deps;
  const intake = new Intake(deps);
  const workspace = new GlobalWorkspace();
  const budget = new Budget(settings.limits);
  const hasRoom = (): boolean =>
    fitsShare(intake.counts.thoughts, intake.counts.entries, settings.shareMax());
  const model = new IdleModel(deps, budget, hasRoom);
  const writer = new ThoughtWriter(deps, intake, workspace);
  const learning = new Learning(deps);
  const doubts: Doubt[] = [];
  const told = new Set<string>();
  /** Emergences that were found when no room was left. */
  const untold = new Set<string>();
  const consolidated = new Set<string>();
  const tallies = createTallies();
  let calibrations: readonly Calibration[] = [];
  let lastBusy = now();
  let lastTick = now();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  let unsubscribe: (() => void) | null = null;

  /**
   * No room for an ordinary thought. What was found and could not be told yet gets the next room. Where there was never
   * room for one, thinking goes on, shown and not stored.
   */
  function isFull(): boolean {
    if (hasRoom() ? untold.size === 0 : intake.counts.thoughts === 0) return false;
    tallies.held += 1;
    return true;
  }

  const isIdle = (): boolean => !deps.busy() && now() - lastBusy >= settings.idleMs();

  async function alpha(): Promise<void> {
    tallies.learnt += await learning.offer();
    if (!settings.isOn("free_thought") || !isIdle() || intake.counts.memories < MEMORIES_MIN) return;
    if (isFull()) return;
    const thought = await freeThought(deps, intake, model);
    if (thought !== null) await writer.write(thought);
  }

  async function theta(): Promise<void> {
    if (!settings.isOn("dream") || !isIdle() || intake.counts.memories < DREAM_MEMORIES_MIN) return;
    if (isFull()) return;
    const found = await dream(deps, intake, model);
    if (found === null) return;
    tallies.lastDream = now();
    const id = await writer.write(found.thought);
    if (id !== null && found.thought.details.found === "summary") consolidate(id);
    if (found.doubt !== null) {
      doubts.push(found.doubt);
      if (doubts.length > DOUBTS_MAX) doubts.shift();
    }
  }

  function consolidate(id: EntryId): void {
    consolidated.add(id);
    const [oldest] = consolidated;
    if (consolidated.size > CONSOLIDATED_MAX && oldest !== undefined) consolidated.delete(oldest);
  }

  async function delta(): Promise<void> {
    if (settings.isOn("emergence")) await emergence();
    else untold.clear();
    if (settings.isOn("metacognition")) await metacognition();
  }

  /** Tells each emergence once; one for which there is no room is shown, and kept as soon as there is. */
  async function emergence(): Promise<void> {
    const before = new Set(untold);
    untold.clear();
    for (const thought of await emergences(deps, intake)) {
      const key = JSON.stringify(thought.details.evidence);
      if (told.has(key)) continue;
      if (hasRoom()) {
        if (told.size >= TOLD_MAX) told.clear();
        told.add(key);
      } else {
        untold.add(key);
        if (before.has(key)) continue;
      }
      await writer.write(thought);
    }
  }

  async function metacognition(): Promise<void> {
    calibrations = report(intake);
    if (tallies.lastAudit === null || now() - tallies.lastAudit >= DAY_MS) {
      const thought = auditThought(calibrations);
      if (thought !== null) {
        tallies.lastAudit = now();
        tallies.audits += 1;
        await writer.write(thought);
      }
    }
    // A question that leaves no thought behind would be asked again and again: the thoughts of a day are what is counted.
    if (!isIdle() || !hasRoom()) return;
    const asked = await askItself(deps, intake, doubts);
    if (asked === null) return;
    doubts.splice(doubts.indexOf(asked.doubt), 1);
    if (asked.thought === null) return;
    tallies.questions += 1;
    await writer.write(asked.thought);
  }

  /** What ignited goes as far as its sources allow: to the commander's spores, and by the wall's leave further. */
  async function broadcast({ id, part, sources }: Nomination): Promise<void> {
    const [thought] = await deps.store.get([id as EntryId]);
    const origins = await deps.store.get(sources as EntryId[]);
    if (thought?.entry.kind !== "thought") return;
    const { content, details } = thought.entry.body;
    if (!hasRoom()) return;
    const floor = mostRestricted(origins.map(({ entry }) => entry.label));
    // Quotations and links stay among the commander's spores; the network gets what a model could say in own words.
    const own = details?.made_by === "model";
    const to = own && deps.mayShare(floor) ? "public" : "cluster";
    const crossed =
      isMoreRestricted(floor, to) && !deps.mayShare(floor)
        ? null
        : await deps.wall.cross({ text: content, origin: part, to, sources: origins });
    // The words and the label of one and the same entry: what was left behind by the wall is in the thought alone.
    const shown = crossed?.ok === true ? crossed.value : thought;
    deps.publish(
      {
        part: "workspace",
        what: "broadcast",
        text: (contentOf(shown.entry) ?? "").slice(0, 500).toWellFormed(),
        id: shown.id,
        at: new Date(now()).toISOString(),
      },
      shown.entry.label,
    );
  }

  async function run(band: Band): Promise<void> {
    switch (band) {
      case "gamma":
        intake.tick();
        return;
      case "beta": {
        const ignited = settings.isOn("workspace") ? workspace.step(tallies.tick) : null;
        if (ignited !== null) await broadcast(ignited);
        return;
      }
      case "alpha":
        return await alpha();
      case "theta":
        return await theta();
      case "delta":
        return await delta();
    }
  }

  async function tick(): Promise<void> {
    tallies.tick += 1;
    if (deps.busy()) lastBusy = now();
    for (const band of bandsAt(tallies.tick)) {
      const yields = band !== "gamma" && band !== "beta" && deps.busy();
      if (stopped || yields || budget.left(band, now()).ms <= 0) {
        tallies.skipped += 1;
        continue;
      }
      const started = performance.now();
      await run(band);
      tallies.bands[band] = (tallies.bands[band] ?? 0) + 1;
      budget.spend({ band, at: now(), tokens: 0, ms: performance.now() - started });
    }
  }

  function schedule(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      const due = settings.enabled() && now() - lastTick >= settings.tickMs();
      if (due) lastTick = now();
      running = (due ? tick() : Promise.resolve())
        .catch((cause: unknown) => deps.warn("an idle tick failed", { cause: String(cause) }))
        .then(schedule);
    }, LOOK_MS);
  }

  return {
    async start(): Promise<void> {
      await intake.open();
      for (const { id, entry } of await deps.store.recent({ kinds: ["thought"] }, CONSOLIDATED_MAX)) {
        if (entry.kind === "thought" && entry.body.details?.found === "summary") consolidate(id);
      }
      unsubscribe = deps.replica.subscribe((entries) => {
        intake.add(entries);
        learning.add(entries);
      });
      schedule();
    },

    async stop(): Promise<void> {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      unsubscribe?.();
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, STOP_MS))]);
    },

    /** One tick, for tests and evaluation: the same bands, without the clock. */
    tick,

    /** How much more, or not, an entry comes to mind: 1 is as it is. */
    attentionTo(id: string): number {
      if (!settings.enabled()) return 1;
      const primed = settings.isOn("workspace") ? workspace.primingOf(id) : 1;
      return settings.isOn("dream") && consolidated.has(id) ? primed * CONSOLIDATED_FACTOR : primed;
    },

    /** `own`: the caller may see what was thought, not only how much. */
    state: (own: boolean) =>
      cognitionState({ deps, intake, workspace, budget, writer, tallies, calibrations, doubts, own }),

    isOn: (part: Part): boolean => settings.enabled() && settings.isOn(part),
  };
}
