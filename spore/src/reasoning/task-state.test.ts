/** The fold of a task and the evaluation of its rounds. */
import { describe, expect, test } from "bun:test";
import { PHASES, type SignedEntry } from "@synapse/shared/contract/entry.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { FRESH_PANEL } from "@synapse/shared/rule/panel.ts";
import fc from "fast-check";
import { type Actor, contributionBody, createActor } from "../testing/actor.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { rendezvousOrder } from "./rendezvous.ts";
import { evaluateRounds, type RoundContext } from "./rounds.ts";
import { foldTask, PHASE_TABLE, type TaskState } from "./task-state.ts";

const actors = [createActor("spore-0"), createActor("spore-1"), createActor("spore-2")] as const;
const [a, b, c] = actors;

function newTask() {
  return a.sign("task", { description: "Where does Caroline work?", priority: "normal" });
}

function state(entries: readonly SignedEntry[], id: EntryId): TaskState {
  const folded = foldTask(id, entries);
  if (folded === null) throw new Error("the task is not among its entries");
  return folded;
}

function context(participants: readonly Actor[], now = 0): RoundContext {
  return {
    now,
    participants: new Set(participants.map(({ publicKey }) => publicKey)),
    limits: DEFAULT_LIMITS,
    receivedAt: () => 0,
    panelOf: () => FRESH_PANEL,
    isTrusted: () => true,
  };
}

describe("foldTask", () => {
  test("is null until the task itself has arrived", () => {
    const task = newTask();
    const early = b.sign("contribution", contributionBody(task.id, "At a school."));
    expect(foldTask(task.id, [early])).toBeNull();
    expect(state([early, task], task.id).contributions).toHaveLength(1);
  });

  test("gives the same state for any order and any duplicates", () => {
    const task = newTask();
    const entries: SignedEntry[] = [task];
    for (const actor of actors) {
      for (let cycle = 1; cycle <= 2; cycle++) {
        entries.push(actor.sign("contribution", contributionBody(task.id, `answer ${cycle}`, { cycle })));
        entries.push(actor.sign("contribution", contributionBody(task.id, "said twice", { cycle })));
      }
    }
    const expected = JSON.stringify(foldTask(task.id, entries));
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...entries, ...entries], { minLength: entries.length * 2 }),
        (shuffled) => {
          expect(JSON.stringify(foldTask(task.id, shuffled))).toBe(expected);
        },
      ),
    );
    expect(state(entries, task.id).contributions.map(({ entry }) => entry.body.hypothesis)).not.toContain(
      "said twice",
    );
  });

  test("ignores what belongs to another task", () => {
    const [task, other] = [newTask(), newTask()];
    const stray = b.sign("contribution", contributionBody(other.id, "elsewhere"));
    expect(state([task, other, stray], task.id).contributions).toEqual([]);
  });

  test("of several answers all spores settle on the same: confirmed before unvalidated", () => {
    const task = newTask();
    const one = b.sign("contribution", contributionBody(task.id, "At a school."));
    const synthesis = (actor: Actor, text: string) =>
      actor.sign("synthesis", {
        task: task.id,
        cycle: 1,
        text,
        value: null,
        outcome: "converged",
        posterior: 0.9,
        confidence: 0.9,
        clusters: [],
        weights: [{ contribution: one.id, weight: 1, evidence: [] }],
        dissent: [],
        citations: [],
        provider: "embedded",
        model: "extractive",
        rule: "synapse-rule/1",
        embedder: "none",
      });
    const [first, second] = [synthesis(b, "first"), synthesis(c, "second")];
    const unvalidated = b.sign("answer", {
      task: task.id,
      synthesis: first.id,
      verdict: "unvalidated",
      note: "",
    });
    const confirmed = a.sign("answer", {
      task: task.id,
      synthesis: second.id,
      verdict: "confirmed",
      note: "",
    });
    const orphan = c.sign("answer", { task: task.id, synthesis: one.id, verdict: "confirmed", note: "" });
    for (const order of [
      [task, first, second, unvalidated, confirmed, orphan],
      [orphan, confirmed, second, task, unvalidated, first],
    ]) {
      expect(state(order, task.id).answer?.synthesis.entry.body.text).toBe("second");
    }
  });
});

describe("evaluateRounds", () => {
  test("blind answers that agree go straight to synthesis", () => {
    const task = newTask();
    const said = actors.map((actor) =>
      actor.sign("contribution", contributionBody(task.id, "She works at a school.")),
    );
    const progress = evaluateRounds(state([task, ...said], task.id), context(actors));
    expect(progress.phase).toBe("synthesize");
    expect(progress.rounds[0]?.aggregate.agreement).toBeCloseTo(1, 9);
  });

  test("waits for a spore that is alive, and no longer than the deadline", () => {
    const task = newTask();
    const said = [a, b].map((actor) =>
      actor.sign("contribution", contributionBody(task.id, "She works at a school.")),
    );
    const folded = state([task, ...said], task.id);
    const waiting = evaluateRounds(folded, context(actors, 10));
    expect(waiting).toMatchObject({ phase: "diverge", cycle: 1, closesAt: DEFAULT_LIMITS.cycleDeadlineMs });
    expect(evaluateRounds(folded, context(actors, DEFAULT_LIMITS.cycleDeadlineMs)).phase).toBe("synthesize");
    expect(evaluateRounds(folded, context([a, b])).phase).toBe("synthesize");
  });

  test("spores that disagree debate, and a debate that does not move ends", () => {
    const task = newTask();
    const words = ["She works at a school.", "It is a hospital in Rome.", "He sells cars."];
    const speak = (cycle: number) =>
      actors.map((actor, i) =>
        actor.sign("contribution", contributionBody(task.id, words[i] ?? "", { cycle })),
      );
    const one = evaluateRounds(state([task, ...speak(1)], task.id), context(actors));
    expect(one).toMatchObject({ phase: "deepen", cycle: 2, closesAt: null });
    const two = evaluateRounds(state([task, ...speak(1), ...speak(2)], task.id), context(actors));
    expect(two.phase).toBe("synthesize");
    expect(two.rounds.at(-1)?.aggregate.posterior).toBeLessThan(DEFAULT_LIMITS.acceptedPosterior);
  });

  test("nobody knows anything: the task still ends", () => {
    const task = newTask();
    const said = actors.map((actor) => actor.sign("contribution", contributionBody(task.id, "")));
    const progress = evaluateRounds(state([task, ...said], task.id), context(actors));
    expect(progress.phase).toBe("synthesize");
    expect(progress.rounds[0]?.aggregate.winner).toBeNull();
  });

  test("every path ends within the budget of cycles, whatever is said", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.constantFrom("", "red", "blue", "green"), { minLength: 3, maxLength: 3 }), {
          minLength: 4,
          maxLength: 4,
        }),
        (talk) => {
          const task = newTask();
          const said = talk.flatMap((words, round) =>
            words.map((word, i) =>
              (actors[i] as Actor).sign(
                "contribution",
                contributionBody(task.id, word, { cycle: round + 1 }),
              ),
            ),
          );
          const progress = evaluateRounds(state([task, ...said], task.id), context(actors));
          expect(progress.phase).toBe("synthesize");
          expect(progress.rounds.length).toBeLessThanOrEqual(DEFAULT_LIMITS.cyclesMax);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("from every phase `spent` leads to an end", () => {
    for (const phase of PHASES)
      expect(["synthesize", "done", "unresolved"]).toContain(PHASE_TABLE[phase].spent);
  });
});

describe("rendezvousOrder", () => {
  const keys = actors.map(({ publicKey }) => publicKey);

  test("is the same for every spore and differs between subjects", () => {
    expect(rendezvousOrder("task", keys)).toEqual(rendezvousOrder("task", keys.toReversed()));
    const firsts = new Set(Array.from({ length: 50 }, (_, i) => rendezvousOrder(`task ${i}`, keys)[0]));
    expect(firsts.size).toBe(3);
  });

  test("weight makes a spore proportionally likelier to go first", () => {
    const heavy = keys[0] as PublicKey;
    let first = 0;
    for (let i = 0; i < 2_000; i++) {
      if (rendezvousOrder(`task ${i}`, keys, (key) => (key === heavy ? 4 : 1))[0] === heavy) first++;
    }
    // Expected 4/6 of 2,000 with a standard deviation of 21.
    expect(Math.abs(first - 1_333)).toBeLessThan(110);
  });
});
