import { expect, test } from "bun:test";
import fc from "fast-check";
import { Queue } from "@/lib/queue.ts";

test("each step lets one through, in order, whoever comes and goes while it is under way", () => {
  const acts = fc.array(fc.constantFrom("comes", "the first goes", "the last goes", "step"), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(acts, (list) => {
      const steps: (() => void)[] = [];
      const queue = new Queue((step) => steps.push(step));
      const waiting: (() => void)[] = [];
      const through: (() => void)[] = [];
      const stepOnce = () => {
        const expected = waiting.splice(0, steps.length);
        const before = through.length;
        steps.shift()?.();
        expect(through.slice(before)).toEqual(expected);
      };
      for (const act of list) {
        if (act === "comes") {
          const go = () => void through.push(go);
          waiting.push(go);
          queue.add(go);
        } else if (act === "step") {
          stepOnce();
        } else {
          const gone = act === "the first goes" ? waiting.shift() : waiting.pop();
          if (gone !== undefined) queue.remove(gone);
        }
        expect(steps.length).toBeLessThanOrEqual(1);
      }
      while (waiting.length > 0) {
        expect(steps).toHaveLength(1);
        stepOnce();
      }
    }),
  );
});
