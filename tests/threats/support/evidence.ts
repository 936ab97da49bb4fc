/** Evidence and graded panels for the tests of attacks on trust: entries as spores make them, without signatures. */
import type { EntryId } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "@synapse/spore/replica/feed.ts";
import { randomOf } from "../../eval/random.ts";
import { type EvaluatedSpore, keyOf, NOW, type Reply } from "../../eval/spore.ts";

/** Grades a panel of voices with known accuracies on number questions, each voice by its own luck. */
export function gradedPanel(
  spore: EvaluatedSpore,
  accuracies: Readonly<Record<string, number>>,
  items: number,
  seed = 7,
): void {
  const random = randomOf(seed);
  for (let item = 0; item < items; item += 1) {
    const truth = String(100 + item);
    const replies = Object.entries(accuracies).map(
      ([name, accuracy]): Reply => ({
        author: keyOf(name),
        value: random() < accuracy ? truth : String(1_000 + Math.floor(random() * 50)),
      }),
    );
    spore.learn({ id: `graded ${item}`, topic: "math", truth, form: { type: "number" } }, replies);
  }
}

/** One spore's observation about another. */
export function opinion(observer: string, subject: string, positive: boolean, index: number): StoredEntry {
  const id = new Bun.CryptoHasher("sha256")
    .update(`${observer} ${subject} ${positive} ${index}`)
    .digest("hex") as EntryId;
  const entry = {
    v: 1,
    kind: "evidence",
    label: "public",
    replica: `${keyOf(observer)}.${"0".repeat(16)}`,
    counter: index + 1,
    clock: [NOW + index, 0],
    parents: [],
    body: {
      subject: keyOf(subject),
      topic: "math",
      dimension: "competence",
      positive,
      weight: 1,
      source: "probe",
      rests_on: [id],
      note: "",
    },
  };
  return {
    id,
    signature: "",
    entry,
    seq: 1_000_000 + index,
    receivedAt: NOW + index,
  } as unknown as StoredEntry;
}
