import { describe, expect, test } from "bun:test";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import type { Evidence } from "./evidence.ts";
import { easeOf, easeOfItems } from "./item-ease.ts";

const key = (name: string) => name as PublicKey;
let written = 0;

function grade(task: string, subject: string, positive: boolean): Evidence {
  written += 1;
  return {
    id: `evidence ${written}` as EntryId,
    observer: key("judge"),
    subject: key(subject),
    topic: "math",
    dimension: "competence",
    positive,
    weight: 1,
    source: "probe",
    // In either order, as both are written.
    restsOn: (written % 2 === 0
      ? [task, `answer ${written}`]
      : [`answer ${written}`, task]) as readonly string[] as readonly EntryId[],
    label: "cluster",
    note: "",
    at: written,
  };
}

/** Ten items of which everybody gets every second one right. */
const record = (names: readonly string[]) =>
  Array.from({ length: 10 }, (_, at) => names.map((name) => grade(`past ${at}`, name, at % 2 === 0))).flat();

const all = () => 1;
const itself = (spore: PublicKey): string => spore;

describe("the ease of an item", () => {
  const names = ["a", "b", "c", "d"];

  test("is above 0 where the others were right more often than usual, below where less, and 0 for who is alone", () => {
    const [easy, hard, alone] = [
      grade("easy", "me", false),
      grade("hard", "me", true),
      grade("alone", "me", true),
    ];
    const graded = [
      ...record([...names, "me"]),
      ...names.map((name) => grade("easy", name, true)),
      ...names.map((name) => grade("hard", name, false)),
      ...[easy, hard, alone],
    ];
    const ease = easeOfItems(graded, all, itself);
    // Four of four right, where half of them usually are: (4 + 1) / (4 + 2) against 1/2.
    expect(ease(easy)).toBeCloseTo(Math.log(5), 6);
    expect(ease(hard)).toBeCloseTo(-Math.log(5), 6);
    expect(ease(alone)).toBe(0);
  });

  test("does not hang on one's own answer, nor on how many keys a house answers with", () => {
    const mine = [true, false].map((positive) => {
      const own = grade("item", "me", positive);
      const graded = [...record(names), ...names.map((name) => grade("item", name, name !== "a")), own];
      return easeOfItems(graded, all, itself)(own);
    });
    expect(mine[0]).toBeCloseTo(mine[1] as number, 9);

    const crowd = Array.from({ length: 50 }, (_, at) => `copy ${at}`);
    const own = grade("item", "me", false);
    const graded = [...record(["a", "copy 0"]), grade("item", "a", false)];
    const houseOf = (spore: PublicKey) => (spore.startsWith("copy") ? "one house" : spore);
    const withOne = easeOfItems([...graded, grade("item", "copy 0", true), own], all, houseOf)(own);
    const withAll = easeOfItems(
      [...graded, ...crowd.map((name) => grade("item", name, true)), own],
      all,
      houseOf,
    )(own);
    expect(withAll).toBeLessThan(withOne + 0.5);
    expect(withAll).toBeLessThan(
      easeOfItems([...graded, ...crowd.map((name) => grade("item", name, true)), own], all, itself)(own) / 2,
    );
  });

  test("is what the same observer says: another one moves the ease of his own grades alone", () => {
    const own = grade("item", "me", false);
    const mine = [...record([...names, "me"]), ...names.map((name) => grade("item", name, true)), own];
    const made = Array.from({ length: 200 }, (_, at) => `made ${at}`);
    const theirs = [...record(made), ...[...made, "me"].map((name) => grade("item", name, false))].map(
      (item) => ({ ...item, observer: key("stranger") }),
    );
    const both = easeOfItems([...mine, ...theirs], all, itself);
    expect(both(own)).toBe(easeOfItems(mine, all, itself)(own));
    expect(both(theirs.at(-1) as Evidence)).toBeLessThan(-2);
  });

  test("newcomers without a record make an item neither easy nor hard", () => {
    const own = grade("item", "me", false);
    for (const positive of [true, false]) {
      const newcomers = Array.from({ length: 200 }, (_, at) => grade("item", `new ${at}`, positive));
      expect(easeOfItems([...record(["me"]), ...newcomers, own], all, itself)(own)).toBeCloseTo(0, 6);
    }
  });

  test("is bounded, and 0 among nobody", () => {
    expect(easeOf(1_000, 20, 1_000)).toBeLessThan(8);
    expect(easeOf(0, 980, 1_000)).toBeGreaterThan(-8);
    expect(easeOf(0, 0, 0)).toBe(0);
  });
});
