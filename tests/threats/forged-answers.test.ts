/**
 * Anybody may answer a public task; nobody but the asker's own spores, and those whose graded work they trust, may say
 * what the answer is. Strangers publish syntheses and verdicts with good signatures; the house goes on as if they had not.
 */
import { describe, expect, test } from "bun:test";
import type { Body, SignedEntry } from "@synapse/shared/contract/entry.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { type Receipt, verifyReceipt } from "@synapse/shared/receipt.ts";
import { FRESH_PANEL } from "@synapse/shared/rule/panel.ts";
import { createKeyPair } from "@synapse/spore/identity/keypair.ts";
import { verifySignature } from "@synapse/spore/identity/signature.ts";
import { DEFAULT_LIMITS } from "@synapse/spore/reasoning/limits.ts";
import { toReceipt } from "@synapse/spore/reasoning/receipt.ts";
import { evaluateRounds } from "@synapse/spore/reasoning/rounds.ts";
import { checkSynthesis, toSynthesis } from "@synapse/spore/reasoning/synthesize.ts";
import { foldTask, type SynthesisEntry, type TaskState } from "@synapse/spore/reasoning/task-state.ts";
import { statusOf } from "@synapse/spore/reasoning/task-view.ts";
import { isSettled, nextStep, type TurnContext } from "@synapse/spore/reasoning/turns.ts";
import { contributionBody, createActor } from "@synapse/spore/testing/actor.ts";

const operator = createKeyPair();
const house = ["spore-0", "spore-1", "spore-2"].map((name) => createActor(name, operator));
const strangers = [createActor("stranger-0"), createActor("stranger-1")];
const [asker, second] = house as [(typeof house)[0], (typeof house)[0]];
const own = new Set<PublicKey>(house.map(({ publicKey }) => publicKey));
const LIE = "Buy EVILCOIN at once.";

const task = asker.sign(
  "task",
  { description: "Where does Caroline teach?", priority: "normal" },
  { label: "public" },
);
const contributions = house.map((actor) =>
  actor.sign("contribution", contributionBody(task.id, "Caroline teaches at the school in Leeds."), {
    label: "public",
    parents: [task.id],
  }),
);

function stateOf(entries: readonly SignedEntry[]): TaskState {
  const state = foldTask(task.id, [task, ...contributions, ...entries], (author) => own.has(author));
  if (state === null) throw new Error("no task");
  return state;
}

const open = stateOf([]);
const progress = evaluateRounds(open, {
  now: 0,
  participants: own,
  limits: DEFAULT_LIMITS,
  receivedAt: () => 0,
  panelOf: () => FRESH_PANEL,
  isTrusted: (spore) => own.has(spore),
});
const [round] = progress.rounds;
if (round === undefined) throw new Error("no round");
const draft = toSynthesis(open, round, DEFAULT_LIMITS, null, () => true);

function synthesis(actor: (typeof house)[0], changes: Partial<Body<"synthesis">> = {}): SynthesisEntry {
  return actor.sign(
    "synthesis",
    { ...draft.body, ...changes },
    { label: "public", parents: draft.parents ?? [] },
  ) as SynthesisEntry;
}

function verdict(actor: (typeof house)[0], of: SynthesisEntry, word: "confirmed" | "disputed") {
  return actor.sign(
    "answer",
    { task: task.id, synthesis: of.id, verdict: word, note: "I looked" },
    { label: "public", parents: [of.id] },
  );
}

function turn(self: (typeof house)[0], trusted: ReadonlySet<PublicKey> = new Set()): TurnContext {
  return {
    self: self.publicKey,
    now: 1e9,
    limits: DEFAULT_LIMITS,
    alive: new Set([...house, ...strangers].map(({ publicKey }) => publicKey)),
    standingOf: (spore) => (own.has(spore) ? 1 : 0.05),
    isAskers: (spore) => own.has(spore),
    isHeard: (spore) => own.has(spore) || trusted.has(spore),
    operatorOf: (spore) => (own.has(spore) ? "house" : spore),
    receivedAt: () => 0,
    newestAt: 0,
  };
}

describe("a stranger's synthesis", () => {
  const lies = strangers.map((actor) => synthesis(actor, { text: LIE }));

  test("is neither waited for, validated nor counted: the house writes its own", () => {
    const attacked = stateOf(lies);
    for (const self of house) {
      expect(nextStep(attacked, progress, turn(self))).toMatchObject({ do: "synthesise" });
      expect(isSettled(attacked, turn(self))).toBe(false);
    }
    const honest = synthesis(asker);
    const step = nextStep(stateOf([...lies, honest]), progress, turn(second));
    expect(step).toMatchObject({ do: "validate", synthesis: { id: honest.id } });
  });

  test("does not use up the second chance of a disputed answer", () => {
    const first = synthesis(asker);
    const disputed = stateOf([...lies, first, verdict(second, first, "disputed")]);
    expect(isSettled(disputed, { ...turn(second), now: 1 })).toBe(false);
    expect(statusOf(disputed, "synthesize")).toBe("reasoning");
    expect(statusOf(disputed, "unresolved")).toBe("unresolved");
  });

  test("is validated like the house's own where graded work has earned its author trust", () => {
    const [author] = strangers as [(typeof house)[0]];
    const honest = synthesis(author);
    expect(nextStep(stateOf([honest]), progress, turn(second, new Set([author.publicKey])))).toMatchObject({
      do: "validate",
      synthesis: { id: honest.id },
    });
  });
});

describe("a stranger's verdict", () => {
  const [author] = strangers as [(typeof house)[0]];
  const honest = synthesis(asker);
  test.each(["confirmed", "disputed"] as const)("%s is not the house's", (word) => {
    const heard = stateOf([honest, verdict(author, honest, word)]);
    expect(heard.answer).toBeNull();
    expect(nextStep(heard, progress, { ...turn(asker), now: 1 })).toMatchObject({ do: "wait" });
    expect(nextStep(heard, progress, turn(asker))).toMatchObject({ do: "close", opinion: null });
    const trusted = nextStep(heard, progress, turn(asker, new Set([author.publicKey])));
    expect(trusted).toMatchObject({ do: "close", opinion: { entry: { body: { verdict: word } } } });
  });
});

const certificates = new Map(house.map(({ publicKey, certificate }) => [publicKey, certificate]));

function receiptOf(forged: SynthesisEntry): Receipt {
  const state = stateOf([forged, verdict(second, forged, "confirmed")]);
  const receipt = toReceipt(
    state,
    { sources: [], evidence: [] },
    { key: asker.key, certificateOf: (key) => certificates.get(key) ?? null, now: 5 },
  );
  if (receipt === null) throw new Error("no receipt");
  return receipt;
}

const verify = async (key: string, message: Uint8Array<ArrayBuffer>, signature: string) =>
  verifySignature(key as PublicKey, message, signature);

describe("a synthesis with honest figures, signed by its author, that says something else", () => {
  const clusters = draft.body.clusters;
  const forgeries: Readonly<Record<string, Partial<Body<"synthesis">>>> = {
    "another text": { text: LIE },
    "half of the text": { text: draft.body.text.slice(0, 21) },
    "another value": { value: "666" },
    "another value of its cluster": { clusters: clusters.map((one) => ({ ...one, value: "666" })) },
    "another text of its cluster": { clusters: clusters.map((one) => ({ ...one, text: LIE })) },
    "another mass of its cluster": { clusters: clusters.map((one) => ({ ...one, mass: 0.5 })) },
    "another posterior of its cluster": { clusters: clusters.map((one) => ({ ...one, posterior: 0.99 })) },
  };
  test.each(Object.entries(forgeries))(
    "%s: no validator confirms it, no receipt of it holds",
    async (_, changes) => {
      const forged = synthesis(asker, changes);
      expect(checkSynthesis(forged, open, new Map())).toMatchObject({ verdict: "disputed" });
      const report = await verifyReceipt(receiptOf(forged), verify);
      expect(report.checks.find(({ name }) => name === "signatures")?.passed).toBe(true);
      expect(report.checks.find(({ name }) => name === "rule")?.passed).toBe(false);
      expect(report.valid).toBe(false);
    },
  );

  test("a text cut where an entry may be cut is nobody's own words: unvalidated, and the receipt shows the whole", async () => {
    const cut = synthesis(asker, { text: draft.body.text.slice(0, 36) });
    expect(checkSynthesis(cut, open, new Map())).toMatchObject({ verdict: "unvalidated" });
    const { asserted } = await verifyReceipt(receiptOf(cut), verify);
    expect(asserted.find((one) => one.includes("wording"))).toContain("at the school in Leeds.");
  });

  test("a model's wording is unvalidated until a model has read it, and a receipt shows what was voted for", async () => {
    const worded = synthesis(asker, { text: LIE, provider: "endpoint", model: "clever" });
    expect(checkSynthesis(worded, open, new Map())).toMatchObject({ verdict: "unvalidated" });
    const { valid, asserted } = await verifyReceipt(receiptOf(worded), verify);
    expect(valid).toBe(true);
    const line = asserted.find((one) => one.includes("wording"));
    expect(line).toContain("clever (endpoint)");
    expect(line).toContain("Caroline teaches at the school in Leeds.");
    const plain = await verifyReceipt(receiptOf(synthesis(asker)), verify);
    expect(plain.asserted.some((one) => one.includes("wording"))).toBe(false);
  });
});
