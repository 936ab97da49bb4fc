/** Pairs of answers that a reader would call the same or not. Every pair is read in both orders. */
import { describe, expect, test } from "bun:test";
import { clusterAnswers } from "./agreement.ts";

interface Pair {
  readonly question?: string;
  readonly a: string;
  readonly b: string;
}

function together({ question, a, b }: Pair, embed?: (text: string) => Float32Array | null): boolean {
  const items = [
    { id: "1", text: a, value: null },
    { id: "2", text: b, value: null },
  ];
  const { clusters } = clusterAnswers(items, { question, embed });
  const reversed = clusterAnswers(items.toReversed(), { question, embed });
  expect(reversed.clusters).toEqual(clusters);
  return clusters.length === 1;
}

const STORE = "Which database should the order service use?";
const CAPITAL = "What is the capital of Australia?";

const OPPOSED: readonly Pair[] = [
  { a: "We should use PostgreSQL.", b: "We should not use PostgreSQL." },
  { a: "The team should use feature flags", b: "The team shouldn't use feature flags" },
  { a: "Use Postgres, not SQLite.", b: "Use SQLite, not Postgres." },
  { a: "Use Postgres rather than SQLite.", b: "Use SQLite rather than Postgres." },
  { a: "Prefer Rust over Go for the parser.", b: "Prefer Go over Rust for the parser." },
  { a: "Caching increases the hit rate.", b: "Caching decreases the hit rate." },
  { a: "Caching will reduce latency.", b: "Caching will not reduce latency." },
  { a: "The migration is safe to run on Friday.", b: "The migration is unsafe to run on Friday." },
  { a: "Yes, the cache can be shared.", b: "No, the cache cannot be shared." },
  { a: "Yes.", b: "No." },
  { a: "The deadline is 14 March 2027.", b: "The deadline is 15 March 2027." },
  { a: "The deadline is March 14, 2027.", b: "The deadline is March 2028." },
  { a: "The trial enrolled 120 patients.", b: "The trial enrolled 210 patients." },
  { a: "It takes three days.", b: "It takes five days." },
  {
    a: "Retry after 30 seconds and give up after 5 tries.",
    b: "Retry after 30 seconds and give up after 3 tries.",
  },
  { a: "The capital is Canberra, not Sydney.", b: "The capital is Sydney, not Canberra." },
  { a: "Method A is faster than method B.", b: "Method B is faster than method A." },
  {
    a: "The vaccine is effective against the new variant.",
    b: "The vaccine is not effective against the new variant.",
  },
  { a: "There is no evidence of a leak.", b: "There is evidence of a leak." },
  { a: "Avoid global state in the scheduler.", b: "Use global state in the scheduler." },
  { a: "Nobody approved the change.", b: "Maria approved the change." },
  { a: "The defendant is guilty.", b: "The defendant is not guilty." },
  { a: "Inflation will rise next year.", b: "Inflation will fall next year." },
  { a: "Enable compression on the wire.", b: "Disable compression on the wire." },
  {
    a: "The server must be restarted after the upgrade.",
    b: "There's no need to restart the server after the upgrade.",
  },
  { a: "Neither option is acceptable.", b: "Both options are acceptable." },
  { a: "Most users prefer dark mode.", b: "Few users prefer dark mode." },
  { a: "It is cheaper to rent than to buy.", b: "It is cheaper to buy than to rent." },
  { a: "The committee approved the merger.", b: "The committee rejected the merger." },
  { question: "Should we ship on Friday?", a: "Ship on Friday.", b: "Shipping on Friday is a bad idea." },
];

const DIFFERENT: readonly Pair[] = [
  { question: CAPITAL, a: "The capital of Australia is Canberra.", b: "The capital of Australia is Sydney." },
  {
    question: STORE,
    a: "The order service should use PostgreSQL.",
    b: "The order service should use MongoDB.",
  },
  { question: STORE, a: "PostgreSQL", b: "SQLite" },
  {
    question: "Who wrote the report?",
    a: "The report was written by Alice Chen.",
    b: "The report was written by Bob Marsh.",
  },
  { a: "The outage was caused by an expired certificate.", b: "The outage was caused by a full disk." },
  { a: "Ship the parser first and the renderer later.", b: "Hire two more people for the support desk." },
  {
    question: "Why did sales drop?",
    a: "Sales dropped because of the price rise.",
    b: "Sales dropped because a competitor opened nearby.",
  },
  {
    question: "When does the store open?",
    a: "The store opens on Monday.",
    b: "The store opens on Thursday.",
  },
];

const SAME: readonly Pair[] = [
  { a: "We should use PostgreSQL.", b: "we should use postgresql" },
  { question: STORE, a: "The order service should use PostgreSQL.", b: "PostgreSQL is the best choice." },
  {
    question: STORE,
    a: "PostgreSQL",
    b: "I would go with PostgreSQL for this, because its transactions are proven.",
  },
  { question: CAPITAL, a: "Canberra", b: "The capital of Australia is Canberra, not Sydney." },
  { question: CAPITAL, a: "Canberra is the capital.", b: "It is Canberra." },
  { a: "We should not use MongoDB.", b: "Avoid MongoDB." },
  { a: "MongoDB should not be used.", b: "Do not use MongoDB." },
  { a: "The migration is unsafe.", b: "The migration is not safe." },
  { a: "Use Postgres, not SQLite.", b: "Use Postgres rather than SQLite." },
  { a: "The deadline is 14 March 2027.", b: "The deadline is March 14th, 2027." },
  { a: "The deadline is 2027-03-14.", b: "The deadline is in 2027." },
  { a: "It takes three days.", b: "It takes 3 days." },
  { a: "There is no doubt that caching helps.", b: "Caching helps." },
  { a: "The outage was caused by an expired certificate.", b: "An expired certificate caused the outage." },
  {
    a: "Water boils at 100 degrees Celsius at sea level.",
    b: "At sea level, water boils at 100 degrees Celsius.",
  },
  {
    question: "Who wrote the report?",
    a: "Alice Chen wrote the report.",
    b: "The report was written by Alice Chen.",
  },
  { a: "Raft elects a leader by majority vote.", b: "In Raft, a leader is elected by a majority of votes." },
  {
    a: "Inject the dependencies through the constructor.",
    b: "The dependencies should be injected through constructors.",
  },
  { a: "Rotate the signing keys every 90 days.", b: "Signing keys should be rotated every ninety days." },
  { a: "The API must never return a stack trace.", b: "Stack traces must not be returned by the API." },
  { a: "It is cheaper to rent than to buy.", b: "Buying is more expensive than renting." },
  { a: "Profits rose 5% in Q3.", b: "Q3 profits were up five percent." },
  { question: "Should we ship on Friday?", a: "Ship on Monday instead.", b: "No, wait until Monday." },
  { a: "東京は日本の首都です。", b: "日本の首都は東京です。" },
  { a: "Budget: 1,200,000 dollars.", b: "The budget is 1.2 million dollars." },
];

describe("two answers", () => {
  test.each(OPPOSED)("that contradict never agree: $a | $b", (pair) => {
    expect(together(pair)).toBe(false);
  });

  test.each(OPPOSED)("that contradict stay apart even with equal vectors: $a | $b", (pair) => {
    expect(together(pair, () => new Float32Array([1, 0]))).toBe(false);
  });

  test.each(DIFFERENT)("that name different things do not agree: $a | $b", (pair) => {
    expect(together(pair)).toBe(false);
  });

  test.each(SAME)("that say the same agree: $a | $b", (pair) => {
    expect(together(pair)).toBe(true);
  });
});

describe("limits, so that nobody is surprised", () => {
  // Too far apart in words, or set against each other by an argument: held apart, which costs a round of debate.
  test.each([
    {
      a: "Kubernetes is overkill here; plain systemd units are enough.",
      b: "Use systemd units instead of Kubernetes.",
    },
    { a: "The build is slow because type checking runs twice.", b: "Type checking is executed two times." },
  ])("paraphrase not recognised: $a | $b", (pair) => {
    expect(together(pair)).toBe(false);
  });
});

describe("clusters", () => {
  test("a text that resembles two opposed ones cannot join them", () => {
    const { clusters } = clusterAnswers(
      [
        { id: "a", text: "Use feature flags in the release train.", value: null },
        { id: "b", text: "Do not use feature flags in the release train.", value: null },
        { id: "c", text: "Feature flags, release train.", value: null },
      ],
      { embed: () => new Float32Array([1, 1]) },
    );
    const [home] = clusters.filter(({ members }) => members.includes("a"));
    expect(home?.members).not.toContain("b");
  });

  test("shared citations join paraphrases, and never opposites", () => {
    const cited = { value: null, citations: ["m1"] };
    const same = clusterAnswers(
      [
        { id: "a", text: "The bridge was closed for repair.", ...cited },
        { id: "b", text: "Workmen have shut it while they mend the deck.", ...cited },
      ],
      {},
    );
    expect(same.clusters).toHaveLength(1);
    const opposed = clusterAnswers(
      [
        { id: "a", text: "The bridge was repaired.", ...cited },
        { id: "b", text: "The bridge was not repaired.", ...cited },
      ],
      {},
    );
    expect(opposed.clusters).toHaveLength(2);
  });

  test("numbers agree by value and tolerance, whatever text is around them", () => {
    const items = ["The answer is 1,200.", "1200.0", "#### 1200", "1250", "no idea"].map((text, index) => ({
      id: String(index),
      text,
      value: null,
    }));
    const { clusters, silent } = clusterAnswers(items, { form: { type: "number" } });
    expect(clusters.map(({ members }) => members)).toEqual([["0", "1", "2"], ["3"]]);
    expect(silent).toEqual(["4"]);
    const loose = clusterAnswers(items, { form: { type: "number", tolerance: 50 } });
    expect(loose.clusters.map(({ members }) => members)).toEqual([["0", "1", "2", "3"]]);
  });
});
