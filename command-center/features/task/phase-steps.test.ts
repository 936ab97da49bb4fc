import { expect, test } from "bun:test";
import type { Phase } from "@synapse/shared/contract/entry.ts";
import { stepStates } from "@/features/task/phase-steps.tsx";

const course = (phase: Phase, said: readonly Phase[], synthesis_id: string | null = null) =>
  stepStates({ phase, synthesis_id, deltas: said.map((of) => ({ phase: of })) });

test("a task that ended after its blind thoughts shows no other step as done", () => {
  expect(course("unresolved", ["diverge", "diverge"])).toEqual([
    "past",
    "passed over",
    "passed over",
    "passed over",
    "present",
  ]);
});

test("blind answers that agree go straight to the text: what lies between did not run", () => {
  expect(course("synthesize", ["diverge"])).toEqual([
    "past",
    "passed over",
    "passed over",
    "present",
    "future",
  ]);
  expect(course("done", ["diverge"], "id")[3]).toBe("past");
});

test("steps with contributions are done, also when the task went back to an earlier one", () => {
  expect(course("deepen", ["diverge", "deepen", "converge"])).toEqual([
    "past",
    "present",
    "past",
    "future",
    "future",
  ]);
});
