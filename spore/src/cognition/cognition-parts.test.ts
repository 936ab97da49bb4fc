/** The seven parts as pure rules: what each does with numbers that can be checked by hand. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { analyze } from "../retrieval/analyzer.ts";
import { Budget, fitsShare } from "./budget.ts";
import { Curiosity } from "./curiosity.ts";
import { choosePair, linkOf, TermRarity, tensionOf, termSet, wordsIn } from "./default-mode-network.ts";
import { drawReplay, dreamOf, priorityOf, type Replayable, summaryOf } from "./dream-replay.ts";
import { type Claim, findConvergence, findSynthesis } from "./emergence-detector.ts";
import { digamma, logGamma } from "./gamma-function.ts";
import { GlobalWorkspace, PAUSE_TICKS, PRIMED_TICKS } from "./global-workspace.ts";
import { audit, calibrationOf, chooseDoubt } from "./metacognitive-auditor.ts";
import { BAND_PERIODS, BANDS, bandsAt } from "./oscillator.ts";
import { TopicModel } from "./topic-model.ts";

const terms = (text: string) => analyze(text).terms;

describe("NeuralOscillator", () => {
  test("each band fires on its own period and never at tick 0", () => {
    expect(bandsAt(0)).toEqual([]);
    for (const band of BANDS) {
      const fired = Array.from({ length: 150 }, (_, at) => at + 1).filter((tick) =>
        bandsAt(tick).includes(band),
      );
      expect(fired.length).toBe(Math.floor(150 / BAND_PERIODS[band]));
    }
    expect(bandsAt(150)).toEqual([...BANDS]);
  });
});

describe("budget", () => {
  const limits = { tokensPerHour: 1_000, secondsPerHour: 10, pricePerMillion: 0, spendPerDay: 0 };
  test("a band gets its share of the hour and nobody gets more than the hour", () => {
    const budget = new Budget(() => limits);
    budget.spend({ band: "alpha", at: 0, tokens: 400, ms: 4_000 });
    expect(budget.left("alpha", 1)).toEqual({ tokens: 0, ms: 0 });
    expect(budget.left("theta", 1)).toEqual({ tokens: 400, ms: 4_000 });
    budget.spend({ band: "theta", at: 0, tokens: 400, ms: 0 });
    expect(budget.left("delta", 1).tokens).toBe(200);
    expect(budget.left("alpha", 3_600_001).tokens).toBe(400);
  });
  test("money counts where tokens have a price", () => {
    const budget = new Budget(() => ({
      ...limits,
      tokensPerHour: 1e6,
      pricePerMillion: 2,
      spendPerDay: 0.001,
    }));
    expect(budget.left("alpha", 0).tokens).toBe(500);
    budget.spend({ band: "alpha", at: 0, tokens: 500, ms: 0 });
    expect(budget.left("theta", 80_000_000).tokens).toBe(0);
    expect(budget.spent(1).money_day).toBeCloseTo(0.001, 9);
  });
  test("money counts for a whole day however short the ticks are", () => {
    const priced = { ...limits, tokensPerHour: 1e6, pricePerMillion: 2, spendPerDay: 0.02 };
    const budget = new Budget(() => priced);
    let spent = 0;
    for (let second = 0; second < 86_000; second += 10) {
      for (const band of BANDS) {
        const tokens = Math.min(50, budget.left(band, second * 1_000).tokens);
        budget.spend({ band, at: second * 1_000, tokens: band === "gamma" ? tokens : 0, ms: 0 });
        spent += band === "gamma" ? tokens : 0;
      }
    }
    expect(spent).toBe(10_000);
    expect(budget.spent(86_000_000).money_day).toBeCloseTo(0.02, 9);
  });
  test("thoughts never exceed their share, whatever is stored in whatever order", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (isThought) => {
        let [thoughts, entries] = [0, 0];
        for (const wants of isThought) {
          if (wants && !fitsShare(thoughts, entries, 0.05)) continue;
          thoughts += Number(wants);
          entries += 1;
          expect(thoughts).toBeLessThanOrEqual(0.05 * entries);
        }
      }),
    );
  });
});

describe("Bayesian curiosity", () => {
  test("gamma and digamma at known points", () => {
    expect(logGamma(5)).toBeCloseTo(Math.log(24), 10);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 10);
    expect(digamma(1)).toBeCloseTo(-0.577_215_664_9, 9);
    expect(digamma(10.5)).toBeCloseTo(2.303_001_034_3, 7);
  });
  test("surprise is a divergence: never negative, and an exact repetition teaches little", () => {
    const model = new TopicModel();
    const text = terms("The tide in the harbour runs faster than four knots in spring.");
    const first = model.learn(text);
    expect(first.novelty).toBeCloseTo(1, 5);
    const again = model.measure(text);
    expect(again.surprise).toBeGreaterThanOrEqual(0);
    expect(again.novelty).toBeLessThan(0.2);
    expect(model.measure(terms("Copper roofs turn green in moist air.")).novelty).toBeGreaterThan(0.8);
  });
  test("a text is measured before it is merged, and measuring changes nothing", () => {
    const curiosity = new Curiosity();
    const text = terms("Bees find their way home by the angle of the sun.");
    const before = curiosity.model.measure(text);
    expect(curiosity.model.measure(text)).toEqual(before);
    expect(curiosity.notice("a", "x", text, 1).novelty).toBeCloseTo(1, 5);
    expect(curiosity.notice("b", "y", text, 2).novelty).toBeLessThan(0.2);
    expect(curiosity.drive(3)).toBeGreaterThan(0.4);
    expect(curiosity.peers()[0]?.author).toBe("x");
  });
  test("the drive is the mean of the last five minutes and the most surprising come first, whenever they are read", () => {
    const texts = [
      "tides run fast in spring",
      "copper roofs turn green",
      "bees fly by the sun",
      "rye keeps long",
    ];
    // A clock may be set back.
    const step = fc.record({
      wait: fc.integer({ min: -90_000, max: 90_000 }),
      text: fc.constantFrom(...texts),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 700 }), (steps) => {
        const curiosity = new Curiosity();
        let seen: { readonly at: number; readonly novelty: number }[] = [];
        let now = 0;
        for (const [index, { wait, text }] of steps.entries()) {
          now += wait;
          const noticed = curiosity.notice(`${index}`, "x", terms(text), now);
          seen = seen.map((one) => ({ ...one, at: Math.min(one.at, now) }));
          seen.push(noticed);
          if (seen.length > 500) seen = seen.slice(-250);
          const window = seen.filter(({ at }) => at > now - 300_000);
          const mean = window.reduce((sum, { novelty }) => sum + novelty, 0) / window.length;
          if (index % 7 === 0) expect(curiosity.drive(now)).toBeCloseTo(mean, 9);
          if (index % 50 === 0) {
            const ranked = seen.map(({ novelty }) => novelty).toSorted((a, b) => b - a);
            expect(curiosity.mostSurprising(3).map(({ novelty }) => novelty)).toEqual(ranked.slice(0, 3));
          }
        }
        expect(curiosity.drive(now + 300_000)).toBe(0.5);
      }),
      { numRuns: 40 },
    );
  });
  test("what is unknown comes first", () => {
    const curiosity = new Curiosity();
    for (let at = 0; at < 30; at++) {
      curiosity.notice(`${at}`, "x", terms("The ferry to Brask leaves at nine from the northern pier."), at);
    }
    const known = "When does the ferry to Brask leave the pier?";
    const unknown = "Why do glaciers carve valleys with flat floors?";
    expect(curiosity.order([known, unknown], terms)).toEqual([unknown, known]);
  });
});

describe("default mode network", () => {
  const memory = (id: string, content: string) => ({ id, content });
  const seed = memory(
    "a",
    "Clients without jitter retry together after an outage and overload the login host.",
  );
  const related = memory(
    "b",
    "The login host of Fenwick was overload on Monday when clients came back together.",
  );
  const same = memory(
    "c",
    "Clients without jitter retry together after an outage and overload the login host!",
  );
  const other = memory("d", "Rye bread keeps longer than wheat bread.");
  const rarity = new TermRarity();
  const plain = Array.from(
    { length: 30 },
    (_, at) => `Note ${at} of the archive is about clients and hosts.`,
  );
  for (const text of [...[seed, related, same, other].map(({ content }) => content), ...plain])
    rarity.add(termSet(text));
  test("a word is telling where few memories have it", () => {
    expect(rarity.of("login")).toBeGreaterThan(0.7);
    expect(rarity.of("client")).toBeLessThan(0.1);
    expect(new TermRarity().of("login")).toBe(0);
  });
  test("tension needs a bridge and something apart", () => {
    const tension = (a: typeof seed, b: typeof seed) =>
      tensionOf(wordsIn(a.content), wordsIn(b.content), rarity);
    expect(tension(seed, same)).toBe(0);
    expect(tension(seed, other)).toBe(0);
    expect(tension(seed, related)).toBeGreaterThan(0.1);
    expect(tensionOf(wordsIn(plain[0] ?? ""), wordsIn("Hosts and clients wait."), rarity)).toBe(0);
  });
  test("the pair with most tension that nothing rests on yet", () => {
    expect(choosePair(seed, [seed, other, same, related], rarity, () => false)?.b.id).toBe("b");
    expect(choosePair(seed, [other, same, related], rarity, (_, { id }) => id === "b")).toBeNull();
  });
  test("without a model a thought is two quotations and a link, and says when they contradict", () => {
    const { text } = linkOf(seed, related);
    expect(text).toContain(`“${seed.content}”`);
    expect(text).toContain("login");
    const contrary = linkOf(
      memory("x", "The dome opens at 9 in the evening."),
      memory("y", "The dome opens at 11 in the evening."),
    );
    expect(contrary.contradiction).toBe("number");
  });
});

describe("dream replay", () => {
  const item = (id: string, surprise: number, trust = 1, replays = 0): Replayable => ({
    id,
    content: id,
    surprise,
    trust,
    at: 0,
    replays,
  });
  test("surprise × trust decides what comes back, and coming back lowers it", () => {
    expect(priorityOf(item("a", 0.9))).toBeGreaterThan(priorityOf(item("b", 0.3)));
    expect(priorityOf(item("a", 0.9, 0.1))).toBeLessThan(priorityOf(item("b", 0.3)));
    expect(priorityOf(item("a", 0.9, 1, 1))).toBeCloseTo(priorityOf(item("a", 0.9)) / 2, 10);
    let state = 7;
    const random = () => {
      state = (state * 16_807) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const items = [item("high", 0.9), item("low", 0.05)];
    const first = Array.from({ length: 400 }, () => drawReplay(items, 1, random)[0]?.id);
    expect(first.filter((id) => id === "high").length).toBeGreaterThan(280);
    expect(drawReplay(items, 5, random).length).toBe(2);
  });
  const rarityOf = (texts: readonly string[]) => {
    const rarity = new TermRarity();
    for (const text of [...texts, ...Array.from({ length: 20 }, (_, at) => `Filler ${at} of no meaning.`)]) {
      rarity.add(termSet(text));
    }
    return rarity;
  };
  test("contradictions come first, and what contradicts is not summed up", () => {
    const found = dreamOf(
      { id: "a", content: "The dome on Mount Hale opens at 9." },
      [
        { id: "b", content: "The dome on Mount Hale opens at 11." },
        { id: "c", content: "The dome on Mount Hale is made of copper." },
      ],
      rarityOf([
        "The dome on Mount Hale opens.",
        "The dome on Mount Hale.",
        "The dome is made of copper on Mount Hale.",
      ]),
    );
    expect(found[0]?.kind).toBe("contradiction");
    expect(found.some(({ kind }) => kind === "summary")).toBe(false);
  });
  test("a summary is made of its memories' own sentences, one of each", () => {
    const memories = [
      { id: "a", content: "Synchronised retries overload the login host. The weather was fine." },
      { id: "b", content: "Jitter spreads retries over time, so the login host survives." },
      { id: "c", content: "After the outage the login host got all retries at once." },
    ];
    const summary = summaryOf(memories);
    for (const sentence of summary.split("” “").map((one) => one.replaceAll(/[“”]/g, ""))) {
      expect(memories.some(({ content }) => content.includes(sentence))).toBe(true);
    }
    expect(summary).not.toContain("weather");
    const [first = memories[0], ...rest] = memories;
    expect(
      dreamOf(first as (typeof memories)[0], rest, rarityOf(memories.map(({ content }) => content))).find(
        ({ kind }) => kind === "summary",
      )?.memories.length,
    ).toBe(3);
  });
});

describe("metacognitive auditor", () => {
  const items = (topic: string, right: number, wrong: number, confidence: number) => [
    ...Array.from({ length: right }, () => ({ topic, confidence, correct: true })),
    ...Array.from({ length: wrong }, () => ({ topic, confidence, correct: false })),
  ];
  test("Brier and calibration error by hand", () => {
    const one = calibrationOf("x", items("x", 6, 4, 0.8));
    expect(one.brier).toBeCloseTo(0.6 * 0.04 + 0.4 * 0.64, 10);
    expect(one.ece).toBeCloseTo(0.2, 10);
    expect(one.mode).toBe("overconfident");
    expect(calibrationOf("x", items("x", 9, 1, 0.9)).mode).toBe("sound");
    expect(calibrationOf("x", items("x", 9, 1, 0.5)).mode).toBe("underconfident");
    expect(calibrationOf("x", items("x", 3, 7, 0.3)).mode).toBe("unreliable");
  });
  test("the weakest topic with enough items is asked about", () => {
    const report = audit([
      ...items("law", 2, 8, 0.9),
      ...items("math", 9, 1, 0.9),
      ...items("health", 0, 2, 1),
    ]);
    expect(report.map(({ topic }) => topic)).toEqual(["all", "law", "math"]);
    const doubt = (topic: string) => ({ topic, question: `about ${topic}?`, sources: [] });
    expect(chooseDoubt([doubt("math"), doubt("law")], report)?.topic).toBe("law");
    expect(chooseDoubt([doubt("physics")], report)?.topic).toBe("physics");
    expect(chooseDoubt([], report)).toBeNull();
  });
});

describe("emergence detector", () => {
  const text = "Adding jitter to retries prevents overload of the login host.";
  const task = { id: "t", text: "What prevents overload after an outage?" };
  const claim = (id: string, author: string, words = text, about: Claim["task"] = task): Claim => ({
    id,
    author,
    text: words,
    task: about,
  });
  const apart: Record<string, string[]> = { a: ["t", "m1"], b: ["t", "m2"], c: ["t", "m3"] };
  const of = (dag: Record<string, string[]>) => (id: string) => new Set(dag[id] ?? []);
  const three = [claim("a", "x"), claim("b", "y"), claim("c", "z")];
  test("three authors, one claim, nothing in common but the question", () => {
    const [found] = findConvergence(three, of(apart));
    expect(found?.witnesses.map(({ author }) => author)).toEqual(["x", "y", "z"]);
  });
  test.each([
    ["a memory that two of them read", { ...apart, c: ["t", "m1"] }, three],
    ["a witness who read another", { ...apart, c: ["t", "a"] }, three],
    ["one author three times", apart, [claim("a", "x"), claim("b", "x"), claim("c", "x")]],
    ["two authors", apart, three.slice(0, 2)],
    [
      "an opposite",
      apart,
      [
        ...three.slice(0, 2),
        claim("c", "z", "Adding jitter to retries does not prevent overload of the login host."),
      ],
    ],
    [
      "a question that says it",
      apart,
      three.map((one) => ({ ...one, task: { id: "t", text: `Is this true? ${text}` } })),
    ],
  ])("%s is an echo, not emergence", (_, dag, claims) => {
    expect(findConvergence(claims as Claim[], of(dag as Record<string, string[]>))).toEqual([]);
  });
  test("an answer that no input held is told with its inputs", () => {
    const form = { type: "number" } as const;
    const independent = [
      { id: "a", text: "12", value: "12" },
      { id: "b", text: "15", value: "15" },
    ];
    const answer = { id: "s", text: "14", value: "14", form, independent, quoted: [] };
    expect(findSynthesis(answer)).toEqual({ kind: "synthesis", id: "s", text: "14", inputs: ["a", "b"] });
    expect(findSynthesis({ ...answer, value: "15" })).toBeNull();
    expect(findSynthesis({ ...answer, quoted: ["it was 14 that day"] })).toBeNull();
    expect(findSynthesis({ ...answer, independent: independent.slice(1) })).toBeNull();
  });
});

describe("global workspace", () => {
  const nomination = (id: string, salience: number, sources = ["m"]) => ({
    id,
    part: "dream",
    salience,
    sources,
  });
  test("the strongest above the threshold ignites, one in a pause, and only with evidence", () => {
    const workspace = new GlobalWorkspace();
    workspace.nominate(nomination("weak", 0.1));
    expect(workspace.step(1)).toBeNull();
    workspace.nominate(nomination("baseless", 0.99, []));
    expect(workspace.step(2)).toBeNull();
    const other = new GlobalWorkspace();
    other.nominate(nomination("a", 0.5));
    other.nominate(nomination("b", 0.8));
    expect(other.step(1)?.id).toBe("b");
    other.nominate(nomination("c", 0.9));
    expect(other.step(2)).toBeNull();
    expect(other.step(1 + PAUSE_TICKS)?.id).toBe("c");
  });
  test("an ignition raises the bar, quiet lowers it again", () => {
    const workspace = new GlobalWorkspace();
    const before = workspace.state.threshold;
    workspace.nominate(nomination("a", 0.9));
    workspace.step(1);
    const raised = workspace.state.threshold;
    expect(raised).toBeGreaterThan(before);
    for (let tick = 2; tick < 400; tick++) workspace.step(tick);
    expect(workspace.state.threshold).toBe(before);
  });
  test("its sources come to mind a little more easily, for a few ticks", () => {
    const workspace = new GlobalWorkspace();
    workspace.nominate(nomination("a", 0.9, ["m1"]));
    workspace.step(1);
    expect(workspace.primingOf("m1")).toBeCloseTo(1.25, 10);
    expect(workspace.primingOf("m2")).toBe(1);
    workspace.step(1 + PRIMED_TICKS / 3);
    expect(workspace.primingOf("m1")).toBeLessThan(1.25);
    workspace.step(1 + PRIMED_TICKS);
    expect(workspace.primingOf("m1")).toBe(1);
  });
});
