/** What is told of the quantum layer: each round of each task once, however many tasks are open. */
import { describe, expect, test } from "bun:test";
import type { EntryId } from "@synapse/shared/ids.ts";
import { FRESH_PANEL } from "@synapse/shared/rule/panel.ts";
import { type Actor, contributionBody, createActor } from "../testing/actor.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { createQuantumLayer } from "./quantum-view.ts";
import { evaluateRounds, type Progress } from "./rounds.ts";
import { foldTask, type TaskState } from "./task-state.ts";

const [a, b, c] = [0, 1, 2].map((index) => createActor(`spore-${index}`)) as [Actor, Actor, Actor];
const SWITCHES = {
  annealing: true,
  exploration: true,
  superposition: true,
  interference: true,
  tunnelling: true,
  entanglement: true,
  entanglement_prior: true,
  decoherence: true,
  decoherence_corroboration: true,
};

function openLayer(startedAt = 0) {
  const published: string[] = [];
  const layer = createQuantumLayer({
    switches: () => SWITCHES,
    cyclesMax: () => 5,
    nameOf: (spore) => spore,
    entangled: () => [],
    publish: ({ task_id, cycle, event }) => published.push(`${task_id} ${cycle} ${event}`),
    startedAt,
  });
  return { layer, published };
}

interface View {
  readonly state: TaskState;
  readonly progress: Progress;
}

/** A task with two rounds of three spores who differ, the first of which was left. */
function twoRounds(number: number): View {
  const task = a.sign("task", { description: `Which mineral is sample ${number}?`, priority: "normal" });
  const says = [1, 2].flatMap((cycle) =>
    [a, b, c].map((actor, at) =>
      actor.sign(
        "contribution",
        contributionBody(task.id, `It is ${["amber", "basalt", "cobalt"][at]}.`, { cycle }),
      ),
    ),
  );
  const state = foldTask(task.id, [task, ...says]);
  if (state === null) throw new Error("no task");
  const progress = evaluateRounds(state, {
    now: 0,
    participants: new Set([a, b, c].map(({ publicKey }) => publicKey)),
    limits: DEFAULT_LIMITS,
    receivedAt: () => 0,
    panelOf: () => FRESH_PANEL,
    isTrusted: () => true,
  });
  const rounds = progress.rounds.slice(0, 2);
  const left = rounds.map((round, at) => (at === 0 ? { ...round, event: "tunnelled" as const } : round));
  return { state, progress: { ...progress, rounds: left } };
}

const upTo = ({ state, progress }: View, rounds: number): View => ({
  state,
  progress: { ...progress, rounds: progress.rounds.slice(0, rounds) },
});
const ended = ({ state, progress }: View): View => ({
  state: { ...state, answer: {} as NonNullable<TaskState["answer"]> },
  progress,
});

describe("events of the quantum layer", () => {
  const tasks = Array.from({ length: 51 }, (_, number) => twoRounds(number));

  test("each round of 51 open tasks is told once, however often they are looked at", () => {
    const { layer, published } = openLayer();
    for (let look = 0; look < 3; look++) {
      for (const { state, progress } of tasks) layer.onView(state, progress);
    }
    expect(published.length).toBe(102);
    expect(new Set(published).size).toBe(102);
    expect(layer.summary().tunnel_events).toBe(51);
    expect(layer.state(true).tunnelling.total).toBe(51);
    expect(layer.state(true).tasks.length).toBe(50);
  });

  test("a task that a late answer opens again is not told anew, though many ended after it", () => {
    const { layer, published } = openLayer();
    for (const view of tasks.flatMap((one) => [one, ended(one)])) layer.onView(view.state, view.progress);
    const [first] = tasks as [View];
    layer.onView(first.state, first.progress);
    expect(published.length).toBe(102);
  });

  test("a view that lost a round, because an author was hidden, makes no round told again", () => {
    const { layer, published } = openLayer();
    const [view] = tasks as [View];
    for (const rounds of [2, 1, 2]) {
      const { state, progress } = upTo(view, rounds);
      layer.onView(state, progress);
    }
    expect(published.length).toBe(2);
  });

  test("after a restart only what follows is told; what was over is shown all the same", () => {
    const [view] = tasks as [View];
    const { layer, published } = openLayer(view.state.task.entry.clock[0] + 1);
    const begun = upTo(view, 1);
    layer.onView(begun.state, begun.progress);
    expect(published).toEqual([]);
    expect(layer.summary().tunnel_events).toBe(1);
    expect(layer.state(true).tasks[0]?.curve.length).toBe(1);
    layer.onView(view.state, view.progress);
    expect(published).toEqual([`${view.state.task.id as EntryId} 2 cycle`]);
  });
});
