import { describe, expect, test } from "bun:test";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import fc from "fast-check";
import { EntanglementLedger } from "../quantum/entanglement.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { TrustLedger } from "./ledger.ts";

const NOW = 1_800_000_000_000;
const keyNamed = (name: string): PublicKey => name.padEnd(43, "x") as PublicKey;
const idNumbered = (n: number): EntryId => n.toString(16).padStart(64, "0") as EntryId;
const ME = keyNamed("me");

function stored(seq: number, author: PublicKey, kind: string, body: object): StoredEntry {
  const entry = {
    v: 1,
    label: "cluster",
    replica: `${author}.${"0".repeat(16)}`,
    counter: seq,
    clock: [NOW + seq, 0],
    parents: [],
    kind,
    body,
  };
  return { id: idNumbered(seq), signature: "", entry, seq, receivedAt: NOW + seq } as unknown as StoredEntry;
}

/** A graded arithmetic task: who said what, and what was right. */
function graded(index: number, answers: Readonly<Record<string, string>>, truth: string): StoredEntry[] {
  let seq = index * 100 + 1;
  const task = stored(seq, ME, "task", {
    description: "Compute the sum of the integers",
    priority: "normal",
    answer: { type: "number" },
  });
  const entries = [task];
  for (const [name, value] of Object.entries(answers)) {
    seq += 1;
    const contribution = stored(seq, keyNamed(name), "contribution", {
      task: task.id,
      cycle: 1,
      hypothesis: value,
      value,
      abstain: false,
    });
    seq += 1;
    const evidence = stored(seq, ME, "evidence", {
      subject: keyNamed(name),
      topic: "math",
      dimension: "competence",
      positive: value === truth,
      weight: 1,
      source: "checkable",
      rests_on: [task.id, contribution.id],
      note: "",
    });
    entries.push(contribution, evidence);
  }
  return entries;
}

function ledger(): TrustLedger {
  return new TrustLedger({ self: ME, operatorOf: () => null, correlate: () => new EntanglementLedger() });
}

const HISTORY = Array.from({ length: 40 }, (_, i) =>
  graded(i, { good: i % 5 === 0 ? "1" : "7", bad: i % 5 === 0 ? "7" : String(i) }, "7"),
);

describe("the ledger", () => {
  test("a fresh panel is a plain vote", () => {
    const { weights, damping, bestPeer } = ledger().panel([keyNamed("good"), keyNamed("bad")], "math", NOW);
    expect([...weights.values()].map(({ weight }) => weight)).toEqual([1, 1]);
    expect(damping).toBe(1);
    expect(bestPeer).toBeNull();
  });

  test("weighs by what was graded, and names the evidence", () => {
    const trust = ledger();
    const touched = trust.absorb(HISTORY.flat());
    expect([...touched].sort()).toEqual([keyNamed("bad"), keyNamed("good")]);
    const { weights, damping } = trust.panel([keyNamed("good"), keyNamed("bad")], "math", NOW + 10_000);
    const [good, bad] = [weights.get(keyNamed("good")), weights.get(keyNamed("bad"))];
    expect(good?.weight).toBeGreaterThan(5 * (bad?.weight ?? 0));
    expect(good?.tier).toBe("peer");
    expect(bad?.tier).toBe("stranger");
    expect(good?.evidence).toHaveLength(32);
    expect(damping).toBeLessThan(0.5);
    expect(trust.explain(keyNamed("good"))).toHaveLength(40);
  });

  test("what partners lend each other follows the switch at the next question, with nothing new graded", () => {
    const switched = { on: false };
    const trust = new TrustLedger({
      self: ME,
      operatorOf: () => null,
      correlate: () => new EntanglementLedger(),
      lends: () => switched.on,
    });
    // The newcomer is right where the old hand is, and took part in the last thirty alone.
    const items = Array.from({ length: 60 }, (_, i) => {
      const said = (name: string) => (i % 2 === 0 ? "7" : `${name.length}${i}`);
      const late = i >= 30 ? { newcomer: said("newcomer") } : {};
      return graded(i, { hand: said("hand"), other: i % 3 === 0 ? "7" : `9${i}`, ...late }, "7");
    });
    trust.absorb(items.flat());
    const authors = ["hand", "other", "newcomer"].map(keyNamed);
    const weightOf = () =>
      trust.panel(authors, "math", NOW + 10_000).weights.get(keyNamed("newcomer"))?.weight;
    const alone = weightOf() ?? 0;
    switched.on = true;
    expect(weightOf()).toBeGreaterThan(alone);
    switched.on = false;
    expect(weightOf()).toBe(alone);
  });

  test("sees through to what each said: graded items carry answers, truth and topic", () => {
    const trust = ledger();
    trust.absorb(HISTORY[1] ?? []);
    const [item] = trust.gradedItems(trust.view(NOW + 1_000));
    expect(item?.topic).toBe("math");
    expect(item?.truth).not.toBeNull();
    const right = item?.votes.find(({ author }) => author === keyNamed("good"));
    expect(right?.answer).toBe(item?.truth as string);
  });

  test("nobody vouches for himself, and ungrounded praise is not heard", () => {
    const trust = ledger();
    const claim = {
      subject: keyNamed("x"),
      topic: "math",
      dimension: "competence",
      positive: true,
      weight: 1,
      source: "probe",
      note: "",
    };
    const self = stored(1, keyNamed("x"), "evidence", { ...claim, rests_on: [idNumbered(9)] });
    const groundless = stored(2, ME, "evidence", { ...claim, rests_on: [] });
    const hearsay = stored(3, ME, "evidence", { ...claim, source: "protocol", rests_on: [idNumbered(9)] });
    expect(trust.absorb([groundless, hearsay]).size).toBe(0);
    const before = trust.view(NOW).score(keyNamed("x"), null);
    trust.absorb([self]);
    expect(trust.view(NOW).score(keyNamed("x"), null)).toEqual(before);
  });

  test("the same observation twice counts once, and a correction replaces it", () => {
    const trust = ledger();
    const claim = {
      subject: keyNamed("x"),
      topic: "math",
      dimension: "competence",
      weight: 1,
      source: "commander",
      rests_on: [idNumbered(9)],
      note: "",
    };
    trust.absorb([1, 2, 3].map((seq) => stored(seq, ME, "evidence", { ...claim, positive: true })));
    trust.absorb([stored(4, ME, "evidence", { ...claim, positive: false })]);
    const { positive, negative } = trust.view(NOW + 10).score(keyNamed("x"), null).dimensions.competence;
    expect([positive, Math.round(negative)]).toEqual([0, 1]);
  });

  test("a far-future time stamp gains nothing", () => {
    const trust = ledger();
    const claim = {
      subject: keyNamed("x"),
      topic: "math",
      dimension: "competence",
      positive: true,
      weight: 1,
      source: "probe",
      rests_on: [idNumbered(9)],
      note: "",
    };
    const future = stored(1, ME, "evidence", claim);
    (future.entry as { clock: unknown }).clock = [253_402_300_799_999, 0];
    trust.absorb([future]);
    expect(trust.explain(keyNamed("x"))[0]?.at).toBe(NOW + 1);
  });

  test("the word of whom nobody hears rebuilds nothing, until somebody earns being heard", () => {
    const trust = new TrustLedger({
      self: ME,
      operatorOf: (spore) => spore.split(":")[0] ?? spore,
      correlate: () => new EntanglementLedger(),
    });
    const said = (seq: number, observer: string, subject: string, positive = true) => {
      const claim = { topic: "math", dimension: "competence", weight: 1, source: "probe", note: "" };
      return stored(seq, keyNamed(observer), "evidence", {
        ...claim,
        subject: keyNamed(subject),
        positive,
        rests_on: [idNumbered(seq + 900_000)],
      });
    };
    trust.absorb(Array.from({ length: 30 }, (_, i) => said(i + 1, "me", "acme:1")));
    const meanOf = (subject: string) => trust.view(NOW + 10_000).score(keyNamed(subject), null).mean;
    const before = trust.view(NOW + 10_000);
    expect(trust.absorb([said(101, "stranger", "acme:1", false), said(102, "stranger", "x")]).size).toBe(2);
    expect(trust.view(NOW + 10_000)).toBe(before);
    // Whom this spore found good is heard, and his house with him: the newest word of a house counts.
    trust.absorb([said(103, "acme:1", "x", false)]);
    expect(meanOf("x")).toBeLessThan(0.5);
    const heard = trust.view(NOW + 10_000);
    trust.absorb([said(104, "acme:2", "x")]);
    expect(trust.view(NOW + 10_000)).not.toBe(heard);
    // What the stranger said earlier counts from the moment he has earned it.
    trust.absorb(Array.from({ length: 30 }, (_, i) => said(i + 201, "me", "stranger")));
    const anew = trust.view(NOW + 10_000).score(keyNamed("acme:1"), null).dimensions.competence;
    expect(anew.negative).toBeGreaterThan(0.3);
  });

  test("is a view: tasks in any order give the same weights", () => {
    const authors = [keyNamed("good"), keyNamed("bad")];
    const expected = ledger();
    expected.absorb(HISTORY.flat());
    const weights = expected.panel(authors, "math", NOW + 10_000).weights;
    fc.assert(
      fc.property(fc.shuffledSubarray(HISTORY, { minLength: 40, maxLength: 40 }), (shuffled) => {
        const other = ledger();
        for (const task of shuffled) other.absorb(task);
        expect(other.panel(authors, "math", NOW + 10_000).weights).toEqual(weights);
      }),
      { numRuns: 10 },
    );
  });
});
