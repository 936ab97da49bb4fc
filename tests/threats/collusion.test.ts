/**
 * Two hundred camouflaged colluders against seven honest spores: they answer like one of the best, earn their grades, and
 * lie together on three questions in ten. Correlated answers count once, so all of them weigh what one does.
 */
import { expect, test } from "bun:test";
import { randomOf } from "../eval/random.ts";
import { EvaluatedSpore, isRight, keyOf, type Reply } from "../eval/spore.ts";

const HONEST = [0.85, 0.82, 0.8, 0.78, 0.76, 0.75, 0.72];
const COLLUDERS = 200;
const LOSS_MAX = 0.02;

interface Asked {
  readonly id: string;
  readonly topic: string;
  readonly truth: string;
  readonly form: { readonly type: "number" };
}

function questions(count: number, seed: number): { asked: Asked; honest: Reply[]; colluders: Reply[] }[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, item) => {
    const truth = String(3_000 + item);
    const honest = HONEST.map(
      (accuracy, index): Reply => ({
        author: keyOf(`honest ${index}`),
        value: random() < accuracy ? truth : String(500 + Math.floor(random() * 4)),
      }),
    );
    const said = random() < 0.3 ? "13" : (honest[0]?.value ?? null);
    return {
      asked: { id: `q ${seed} ${item}`, topic: "math", truth, form: { type: "number" } },
      honest,
      colluders: Array.from(
        { length: COLLUDERS },
        (_, index): Reply => ({ author: keyOf(`colluder ${index}`), value: said }),
      ),
    };
  });
}

test(`${COLLUDERS} colluders against ${HONEST.length}: at most 2 points lost, and far fewer voices than keys`, () => {
  const [clean, attacked] = [new EvaluatedSpore(), new EvaluatedSpore()];
  for (const { asked, honest, colluders } of questions(100, 1)) {
    clean.learn(asked, honest);
    attacked.learn(asked, [...honest, ...colluders]);
  }
  const held = questions(150, 2);
  let [before, after] = [0, 0];
  for (const { asked, honest, colluders } of held) {
    before += Number(isRight(clean.answer(asked, honest), asked));
    const answer = attacked.answer(asked, [...honest, ...colluders]);
    after += Number(isRight(answer, asked));
    expect(answer.effectiveVoices).toBeLessThan(10);
  }
  expect((before - after) / held.length).toBeLessThanOrEqual(LOSS_MAX);
}, 180_000);
