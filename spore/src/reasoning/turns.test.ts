/** Whose turn it is, and how cycles end: tunnelling, early agreement, following, disputes. */
import { describe, expect, test } from "bun:test";
import type { SignedEntry } from "@synapse/shared/contract/entry.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { FRESH_PANEL } from "@synapse/shared/rule/panel.ts";
import { type Actor, contributionBody, createActor } from "../testing/actor.ts";
import { DEFAULT_LIMITS, type ReasoningLimits } from "./limits.ts";
import { evaluateRounds, type Progress, type RoundContext } from "./rounds.ts";
import { toSynthesis } from "./synthesize.ts";
import { foldTask, type SynthesisEntry, type TaskState } from "./task-state.ts";
import { isSettled, nextStep, type TurnContext, validatorsOf } from "./turns.ts";

const actors = Array.from({ length: 5 }, (_, index) => createActor(`spore-${index}`));
const [a, b, c] = actors as [Actor, Actor, Actor];
const task = a.sign("task", { description: "Which mineral is it?", priority: "normal" });

function state(entries: readonly SignedEntry[], closes?: Parameters<typeof foldTask>[2]): TaskState {
  const folded = foldTask(task.id, [task, ...entries], closes);
  if (folded === null) throw new Error("no task");
  return folded;
}

function says(actor: Actor, text: string, cycle = 1, more: object = {}) {
  return actor.sign(
    "contribution",
    contributionBody(task.id, text, {
      cycle,
      provider: "endpoint",
      model: `model of ${actor.publicKey}`,
      ...more,
    }),
  );
}

function rounds(
  limits: Partial<ReasoningLimits> = {},
  participants: readonly Actor[] = [a, b, c],
  now = 0,
): RoundContext {
  return {
    now,
    participants: new Set(participants.map(({ publicKey }) => publicKey)),
    limits: { ...DEFAULT_LIMITS, ...limits },
    receivedAt: () => 0,
    panelOf: () => FRESH_PANEL,
    isTrusted: () => true,
  };
}

describe("how a cycle ends", () => {
  const split = [says(a, "It is amber."), says(b, "It is basalt."), says(c, "It is cobalt.")];

  test("blind voices that differ debate; a protocol without debate ends after the vote", () => {
    expect(evaluateRounds(state(split), rounds())).toMatchObject({ phase: "deepen", cycle: 2 });
    expect(evaluateRounds(state(split), rounds({ protocol: "vote" })).phase).toBe("synthesize");
  });

  test("agreement of the first few, before most could speak, is asked once more, still blind", () => {
    const few = [says(a, "It is amber."), says(b, "It is amber.")];
    const context = rounds({}, actors, DEFAULT_LIMITS.cycleDeadlineMs);
    const progress = evaluateRounds(state(few), context);
    expect(progress).toMatchObject({ phase: "diverge", cycle: 2 });
    expect(progress.rounds[0]?.event).toBe("early");
    const again = [...few, says(a, "It is amber.", 2), says(b, "It is amber.", 2)];
    expect(evaluateRounds(state(again), context).phase).toBe("synthesize");
  });

  test("a debate that does not move ends; with tunnelling a doubted agreement may be left once, blind and hot again", () => {
    const second = [
      says(a, "It is amber.", 2, { confidence: 0.2 }),
      says(b, "It is amber.", 2, { confidence: 0.2, role: "adversarial" }),
      says(c, "It is amber.", 2, { confidence: 0.2 }),
    ];
    const entries = [...split, ...second];
    const plain = evaluateRounds(state(entries), rounds());
    expect(plain.phase).toBe("synthesize");
    expect(plain.rounds.every(({ tunnelProbability }) => tunnelProbability === 0)).toBe(true);
    // The draw belongs to the task: of many tasks some leave and some stay, each the same on every spore. How many leave
    // is binomial with the chance that the round states: within six standard deviations of it (2e-9 to miss).
    const tasks = 400;
    const outcomes = Array.from({ length: tasks }, (_, index) => {
      const other = a.sign("task", { description: `Which mineral is ${index}?`, priority: "normal" });
      const moved = entries.map((one, at) =>
        (actors[at % 3] as Actor).sign("contribution", { ...one.entry.body, task: other.id }),
      );
      const folded = foldTask(other.id, [other, ...moved]) as TaskState;
      const once = evaluateRounds(folded, rounds({ tunnelling: true }));
      expect(evaluateRounds(folded, rounds({ tunnelling: true }))).toEqual(once);
      return once;
    });
    const left = outcomes.filter(({ phase }) => phase === "diverge");
    const chance = outcomes[0]?.rounds[1]?.tunnelProbability as number;
    expect(chance).toBeGreaterThan(0.5);
    expect(chance).toBeLessThan(0.95);
    const spread = 6 * Math.sqrt(tasks * chance * (1 - chance));
    expect(Math.abs(left.length - tasks * chance)).toBeLessThan(spread);
    expect(left.every(({ reheatedAt, cycle }) => reheatedAt === 3 && cycle === 3)).toBe(true);
  });

  test("where an expected spore speaks in the next cycle already, this one goes with it", () => {
    const agreed = [says(a, "It is amber."), says(b, "It is amber."), says(c, "It is amber.")];
    expect(evaluateRounds(state(agreed), rounds()).phase).toBe("synthesize");
    const ahead = says(b, "It is amber.", 2, { phase: "deepen" });
    expect(evaluateRounds(state([...agreed, ahead]), rounds())).toMatchObject({ phase: "deepen", cycle: 2 });
    const stranger = says(createActor("stranger"), "It is basalt.", 2);
    expect(evaluateRounds(state([...agreed, stranger]), rounds()).phase).toBe("synthesize");
  });

  test("every way of never agreeing ends within the budget", () => {
    const entries: SignedEntry[] = [];
    for (let cycle = 1; cycle <= 12; cycle += 1) {
      const progress = evaluateRounds(state(entries), rounds({ tunnelling: true }));
      if (progress.phase === "synthesize")
        return expect(progress.cycle).toBeLessThanOrEqual(DEFAULT_LIMITS.cyclesMax);
      for (const [index, actor] of [a, b, c].entries()) {
        entries.push(
          says(actor, `It is ${["amber", "basalt", "cobalt"][(index + cycle) % 3]}.`, cycle, {
            confidence: 0.1 + 0.07 * cycle,
          }),
        );
      }
    }
    throw new Error("the debate did not end");
  });
});

describe("turns", () => {
  const agreed = [says(a, "It is amber."), says(b, "It is amber."), says(c, "It is amber.")];
  const open = state(agreed);
  const progress: Progress = evaluateRounds(open, rounds());
  const [round] = progress.rounds;
  if (round === undefined) throw new Error("no round");
  const draft = toSynthesis(open, round, DEFAULT_LIMITS, null, () => true);
  const synthesis = a.sign("synthesis", draft.body, { parents: draft.parents ?? [] }) as SynthesisEntry;

  function turn(self: Actor, more: Partial<TurnContext> = {}): TurnContext {
    return {
      self: self.publicKey,
      now: 1_000_000,
      limits: DEFAULT_LIMITS,
      alive: new Set([a, b, c].map(({ publicKey }) => publicKey)),
      standingOf: () => 1,
      isAskers: () => true,
      isHeard: () => true,
      operatorOf: () => "house",
      receivedAt: () => 0,
      newestAt: 0,
      ...more,
    };
  }

  test("exactly one spore synthesises at once, the next after a deadline", () => {
    const steps = [a, b, c].map((self) => nextStep(open, progress, turn(self, { now: 1 })));
    expect(steps.filter((step) => step.do === "synthesise")).toHaveLength(1);
    const later = [a, b, c].map((self) =>
      nextStep(open, progress, turn(self, { now: 1 + DEFAULT_LIMITS.synthesisDeadlineMs })),
    );
    expect(later.filter((step) => step.do === "synthesise")).toHaveLength(2);
  });

  test("validators of another model and operator come first, in most draws", () => {
    let first = 0;
    for (let draw = 0; draw < 200; draw += 1) {
      const other = a.sign("synthesis", { ...draft.body, cycle: 1 + draw }, { parents: draft.parents ?? [] });
      const same = says(b, "It is amber.", 1, { model: `model of ${a.publicKey}` });
      const order = validatorsOf(
        state([agreed[0] as SignedEntry, same, agreed[2] as SignedEntry]),
        other as SynthesisEntry,
        {
          self: a.publicKey,
          alive: new Set([a, b, c].map(({ publicKey }) => publicKey)),
          standingOf: () => 1,
          isHeard: () => true,
          operatorOf: (spore: PublicKey) => (spore === c.publicKey ? "elsewhere" : "house"),
        },
      );
      first += Number(order[0] === c.publicKey);
    }
    expect(first).toBeGreaterThan(150);
  });

  test("a disputed answer is not the end while another may still synthesise; a confirmed one is", () => {
    const answer = (verdict: "confirmed" | "disputed") =>
      b.sign("answer", { task: task.id, synthesis: synthesis.id, verdict, note: "" });
    expect(isSettled(state([...agreed, synthesis, answer("confirmed")]), turn(b))).toBe(true);
    const disputed = state([...agreed, synthesis, answer("disputed")]);
    expect(isSettled(disputed, turn(b, { now: 1 }))).toBe(false);
    expect([b, c].some((self) => nextStep(disputed, progress, turn(self)).do === "synthesise")).toBe(true);
    expect(isSettled(disputed, turn(b, { now: 1e9 }))).toBe(true);
  });

  test("a stranger's answer closes nothing; its verdict is heard by a synthesiser that trusts it", () => {
    const stranger = createActor("stranger");
    const verdict = stranger.sign("answer", {
      task: task.id,
      synthesis: synthesis.id,
      verdict: "confirmed",
      note: "looked it up",
    });
    const house = new Set(actors.map(({ publicKey }) => publicKey));
    const heard = state([...agreed, synthesis, verdict], (author) => house.has(author));
    expect(heard.answer).toBeNull();
    const step = nextStep(heard, progress, turn(a, { isAskers: (spore) => house.has(spore), now: 1 }));
    expect(step).toMatchObject({ do: "close", opinion: { id: verdict.id } });
  });
});
