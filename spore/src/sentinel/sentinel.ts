/**
 * The Sentinel: watches, proposes, lets it be debated, and does nothing until the commander decides.
 *
 *   signal drifts ─▶ proposal entry + debate task ─▶ commander approves ─▶ each spore applies to its own setting
 *                                                └▶ rejects                └▶ window passes ─▶ kept, or rolled back
 *
 * Invariants:
 * 1. It changes declared settings within their bounds, and nothing else, ever; a seed is proposed as text for a person.
 * 2. `apply` is durable before the setting changes, so a crash between the two is mended at the next look.
 * 3. One open proposal for a commander at a time, made by one of the spores; a pause after each.
 */

import type { Bootstrap } from "@synapse/shared/contract/bootstrap.ts";
import { type Body, isKind } from "@synapse/shared/contract/entry.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { cutWhole } from "@synapse/shared/whole-characters.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Replica } from "../replica/replica.ts";
import type { Store } from "../replica/store.ts";
import {
  isSuccess,
  type Scalar,
  type SettingView,
  type Success,
  type Suggestion,
  suggest,
} from "./checks.ts";
import { EndedTasks } from "./ended-tasks.ts";
import { foldProposals, type ProposalView, SEED_LIST } from "./proposal.ts";
import { nextSeed, type VerifiedPeer } from "./registrar.ts";
import { type Readings, SIGNALS, type SignalName, Signals } from "./signals.ts";

/** Proposal entries folded; a commander decides a few a day. */
const ENTRIES_MAX = 2_000;
/** Nothing is proposed for this long after a decision or a proposal: half an hour (kept). */
const PAUSE_MS = 30 * 60_000;
/** An approved change that could not be judged is undone after this many windows. */
const WINDOWS_MAX = 2;
const STOP_MS = 2_000;

export interface SentinelDeps {
  readonly self: PublicKey;
  readonly replica: Pick<Replica, "append" | "subscribe">;
  readonly store: Pick<Store, "recent">;
  /** The author is one of this commander's spores. */
  readonly isOwn: (author: PublicKey) => boolean;
  /** It is this spore's turn to propose for the commander's spores. */
  readonly isProposer: () => boolean;
  readonly readings: () => Omit<Readings, "unresolved_share" | "agreement" | "confidence" | "answer_seconds">;
  readonly setting: (name: string) => SettingView | null;
  /** @returns what is wrong, or null once the value is in force. */
  readonly change: (name: string, value: Scalar) => Promise<string | null>;
  /** Puts a question to the commander's spores; the id of the task. */
  readonly debate: (question: string) => Promise<EntryId | null>;
  readonly verifiedPeers: () => readonly VerifiedPeer[];
  readonly seedList: () => Bootstrap | null;
  readonly enabled: () => boolean;
  readonly intervalMs: () => number;
  /** How long a change is watched before it is judged. */
  readonly windowMs: () => number;
  readonly publish: (view: ProposalView) => void;
  readonly now: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

export type DecisionError = { readonly kind: "unknown" | "decided" | "storage"; readonly message: string };

export type Sentinel = ReturnType<typeof createSentinel>;

export function createSentinel(deps: SentinelDeps) {
  const { now } = deps;
  const signals = new Signals();
  const ended = new EndedTasks();
  const startedAt = now();
  let looks = 0;
  let lastLook: number | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  let unsubscribe: (() => void) | null = null;

  async function proposals(): Promise<ProposalView[]> {
    return foldProposals(await deps.store.recent({ kinds: ["proposal"] }, ENTRIES_MAX), deps.isOwn);
  }

  async function write(body: Body<"proposal">, parents: readonly EntryId[]): Promise<EntryId | null> {
    const stored = await deps.replica.append([{ label: "cluster", kind: "proposal", body, parents }]);
    if (stored.ok) return stored.value[0]?.id ?? null;
    deps.warn("a step of a proposal could not be stored", { step: body.step, reason: stored.error.message });
    return null;
  }

  const step = (
    view: ProposalView,
    name: Body<"proposal">["step"],
    details: Body<"proposal">["details"] = {},
  ) => write({ ...view.body, step: name, proposal: view.id, details }, [view.id]);

  async function propose(known: readonly ProposalView[]): Promise<void> {
    const busy = known.some(({ state, body, decision }) => {
      // Approved, but applied by nobody: a seed is for a person to add, and a setting may stand otherwise everywhere.
      const waits = state === "approved" && now() - (decision?.at ?? 0) < WINDOWS_MAX * deps.windowMs();
      return state === "open" || state === "applied" || (waits && body.setting !== SEED_LIST);
    });
    const last = Math.max(0, ...known.map(({ at, decision }) => Math.max(at, decision?.at ?? 0)));
    if (busy || now() - last < PAUSE_MS || !deps.isProposer()) return;
    const rejected = new Set(
      known.filter(({ state }) => state === "rejected").map(({ body }) => `${body.setting} ${body.to}`),
    );
    const [suggestion] = suggest(signals, deps.setting).filter(
      ({ setting, to }) => !rejected.has(`${setting} ${to}`),
    );
    if (suggestion !== undefined) return await proposeChange(suggestion);
    const list = deps.seedList();
    const seed = list === null ? null : nextSeed(deps.verifiedPeers(), list.seeds);
    if (seed !== null && !rejected.has(`${SEED_LIST} ${JSON.stringify(seed)}`))
      await proposeSeed(JSON.stringify(seed));
  }

  async function proposeChange(suggestion: Suggestion): Promise<void> {
    const { setting, from, to, observation, hypothesis, success, risk, rule } = suggestion;
    const promise = `${success.signal} ${success.direction} by at least ${Math.round(success.by * 1_000) / 1_000} within ${Math.round(deps.windowMs() / 1_000)} s`;
    const task = await deps.debate(
      `The Sentinel proposes to change the setting ${setting} from ${from} to ${to}. ${observation} ${hypothesis} It counts as a success if ${promise}. Should the commander approve or reject it?`,
    );
    const body = {
      step: "propose",
      proposal: null,
      observation,
      hypothesis,
      setting,
      from,
      to,
      risk,
    } as const;
    await write(
      {
        ...body,
        success: promise,
        details: {
          rule,
          signal: success.signal,
          direction: success.direction,
          by: success.by,
          ...(task === null ? {} : { task }),
        },
      },
      task === null ? [] : [task],
    );
  }

  async function proposeSeed(seed: string): Promise<void> {
    await write(
      {
        step: "propose",
        proposal: null,
        observation: "A verified peer that answers at a public address is not among the seeds.",
        hypothesis:
          "One more seed of another operator makes the network easier to find and harder to cut off.",
        setting: SEED_LIST,
        from: null,
        to: seed,
        success: "the seed answers the repository's probe",
        risk: "low",
        details: { rule: "seeds" },
      },
      [],
    );
  }

  /** What this spore still owes to approved proposals: apply, judge, mend. */
  async function settle(view: ProposalView): Promise<void> {
    if (view.decision?.step !== "approve" || view.body.setting === SEED_LIST) return;
    const own = view.deployments.find(({ spore }) => spore === deps.self);
    if (own === undefined) return await apply(view);
    if (own.outcome !== "applied") return;
    const current = deps.setting(view.body.setting)?.value;
    const { from, to } = view.body as { from: Scalar; to: Scalar };
    if (current === from && looks <= 1) {
      // The process ended between the entry and the change: the approval still stands.
      await deps.change(view.body.setting, to);
      return;
    }
    await judge(view, own.appliedAt, own.before, current === to);
  }

  async function apply(view: ProposalView): Promise<void> {
    const { setting, from, to } = view.body;
    const success = successOf(view);
    const current = deps.setting(setting);
    // Only where the setting stands as it was when the commander looked at it; another spore may be set otherwise.
    if (success === null || current === null || current.value !== from || to === null) return;
    const before = signals.meanBetween(success.signal, now() - deps.windowMs(), now());
    const applied = await step(view, "apply", { before });
    if (applied === null) return;
    const problem = await deps.change(setting, to);
    if (problem !== null) await step(view, "roll_back", { reason: cutWhole(`not applied: ${problem}`, 500) });
  }

  async function judge(
    view: ProposalView,
    appliedAt: number,
    before: number | null,
    inForce: boolean,
  ): Promise<void> {
    const success = successOf(view);
    const window = deps.windowMs();
    if (success === null || now() - appliedAt < window) return;
    if (!inForce) {
      await step(view, "roll_back", { reason: "the commander set it otherwise meanwhile" });
      return;
    }
    const after = signals.meanBetween(success.signal, appliedAt, now());
    const verdict = before === null ? null : isSuccess(success, before, after);
    if (verdict === null && now() - appliedAt < WINDOWS_MAX * window) return;
    if (verdict === true) {
      await step(view, "keep", { after, reason: "the promised change was seen" });
      return;
    }
    await deps.change(view.body.setting, view.body.from as Scalar);
    const reason = verdict === null ? "too little was seen to judge it" : "the promised change was not seen";
    await step(view, "roll_back", { after, reason });
  }

  async function look(): Promise<void> {
    looks += 1;
    lastLook = now();
    signals.sample({ ...deps.readings(), ...ended.readings() }, now());
    const known = await proposals();
    for (const view of known) await settle(view);
    await propose(known);
  }

  function schedule(): void {
    if (stopped) return;
    timer = setTimeout(
      () => {
        const due = deps.enabled() && now() - (lastLook ?? startedAt) >= deps.intervalMs();
        running = (due ? look() : Promise.resolve())
          .catch((cause: unknown) => deps.warn("a look of the Sentinel failed", { cause: String(cause) }))
          .then(schedule);
      },
      Math.min(1_000, deps.intervalMs()),
    );
  }

  return {
    start(): void {
      unsubscribe = deps.replica.subscribe((entries) => {
        ended.add(entries);
        const changed = new Set(entries.flatMap(proposalOf));
        if (changed.size > 0) {
          proposals()
            .then((views) => views.filter(({ id }) => changed.has(id)).forEach(deps.publish))
            .catch((cause: unknown) => deps.warn("a proposal was not announced", { cause: String(cause) }));
        }
      });
      schedule();
    },

    async stop(): Promise<void> {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      unsubscribe?.();
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, STOP_MS))]);
    },

    /** One look, for tests: the same, without the clock. */
    look,
    proposals,
    seedList: deps.seedList,

    /** The commander's word; whoever calls this has checked that it is the commander. */
    async decide(
      id: EntryId,
      decision: "approve" | "reject",
      note: string,
    ): Promise<Result<ProposalView, DecisionError>> {
      const view = (await proposals()).find((one) => one.id === id);
      if (view === undefined)
        return err({ kind: "unknown", message: "no proposal with this id is known here" });
      if (view.state !== "open") return err({ kind: "decided", message: `it is ${view.state} already` });
      const written = await step(view, decision, note === "" ? {} : { note });
      if (written === null) return err({ kind: "storage", message: "the decision could not be stored" });
      const decided = (await proposals()).find((one) => one.id === id) ?? view;
      if (decision === "approve") await settle(decided);
      return ok((await proposals()).find((one) => one.id === id) ?? decided);
    },

    state() {
      return {
        enabled: deps.enabled(),
        ...(deps.enabled() ? {} : { reason: "switched off by its commander (setting sentinel.enabled)" }),
        proposes: deps.isProposer(),
        looks,
        last_look: lastLook === null ? null : new Date(lastLook).toISOString(),
        interval_s: deps.intervalMs() / 1_000,
        window_s: deps.windowMs() / 1_000,
        pause_s: PAUSE_MS / 1_000,
        signals: signals.all().map((one) => ({ ...one, ...SIGNALS[one.signal] })),
      };
    },
  };
}

/** The proposal that an entry makes or is a step of. */
function proposalOf(stored: StoredEntry): EntryId[] {
  return isKind(stored, "proposal") ? [stored.entry.body.proposal ?? stored.id] : [];
}

/** What the proposal promised, from its details; null for one that promised nothing measurable. */
function successOf({ body }: ProposalView): Success | null {
  const { signal, direction, by } = body.details ?? {};
  if (typeof signal !== "string" || !Object.hasOwn(SIGNALS, signal) || typeof by !== "number") return null;
  if (direction !== "falls" && direction !== "rises") return null;
  return { signal: signal as SignalName, direction, by };
}
