/** A receipt from a real answer verifies offline; any change to it does not. */
import { expect, test } from "bun:test";
import { type Receipt, verifyReceipt } from "@synapse/shared/receipt.ts";
import { FRESH_PANEL, type PanelRecord } from "@synapse/shared/rule/panel.ts";
import type { VerifySignature } from "@synapse/shared/signing.ts";
import { createKeyPair } from "../identity/keypair.ts";
import { signValue, verifySignature } from "../identity/signature.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { contributionBody, createActor } from "../testing/actor.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { toReceipt } from "./receipt.ts";
import { evaluateRounds } from "./rounds.ts";
import { checkSynthesis, toSynthesis } from "./synthesize.ts";
import { foldTask, type SynthesisEntry } from "./task-state.ts";

const verify: VerifySignature = async (key, message, signature) => verifySignature(key, message, signature);
const operator = createKeyPair();
const actors = ["spore-0", "spore-1", "spore-2"].map((name) => createActor(name, operator));
const [asker] = actors as [(typeof actors)[0]];

function makeReceipt(panel: PanelRecord = FRESH_PANEL): Receipt {
  const memory = asker.sign("memory", { content: "Caroline teaches at the school in Leeds since May." });
  const task = asker.sign("task", { description: "Where does Caroline teach?", priority: "normal" });
  const texts = [
    "Caroline teaches at the school in Leeds.",
    "She teaches at the school in Leeds.",
    "She is a nurse in Rome.",
  ];
  const contributions = actors.map((actor, i) =>
    actor.sign(
      "contribution",
      contributionBody(task.id, texts[i] ?? "", {
        citations: i < 2 ? [{ id: memory.id, quote: "the school in Leeds" }] : [],
        confidence: 0.5 + i / 10,
      }),
      { parents: [task.id, memory.id] },
    ),
  );
  const keys = new Set(actors.map(({ publicKey }) => publicKey));
  const context = {
    now: 0,
    participants: keys,
    limits: DEFAULT_LIMITS,
    receivedAt: () => 0,
    panelOf: () => panel,
    isTrusted: () => true,
  };
  const open = foldTask(task.id, [task, ...contributions]);
  if (open === null) throw new Error("no task");
  const round = evaluateRounds(open, context).rounds[0];
  if (round === undefined) throw new Error("no round");
  const draft = toSynthesis(open, round, DEFAULT_LIMITS, null, () => true);
  const synthesis = asker.sign("synthesis", draft.body, { parents: draft.parents ?? [] }) as SynthesisEntry;
  const sources = new Map([[memory.id, memory as unknown as StoredEntry]]);
  expect(checkSynthesis(synthesis, open, sources).verdict).toBe("confirmed");
  const answer = (actors[1] ?? asker).sign("answer", {
    task: task.id,
    synthesis: synthesis.id,
    verdict: "confirmed",
    note: "",
  });
  const done = foldTask(task.id, [task, ...contributions, synthesis, answer]);
  const certificates = new Map(actors.map(({ publicKey, certificate }) => [publicKey, certificate]));
  const receipt =
    done &&
    toReceipt(
      done,
      { sources: [memory], evidence: [] },
      {
        key: asker.key,
        certificateOf: (key) => certificates.get(key) ?? null,
        now: 5,
      },
    );
  if (!receipt) throw new Error("no receipt");
  return receipt;
}

/** As an attacker who runs a spore would: change something and sign the whole again. */
function forge(change: (receipt: Receipt) => void): Receipt {
  const copy = structuredClone(makeReceipt());
  change(copy);
  const { signature: _, ...unsigned } = copy;
  return signValue(unsigned, "receipt", asker.key) as Receipt;
}

test("a true receipt verifies, survives a trip through JSON, and says what it cannot prove", async () => {
  const report = await verifyReceipt(JSON.parse(JSON.stringify(makeReceipt())), verify);
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(report.valid).toBe(true);
  expect(report.answer?.text).toContain("school in Leeds");
  expect(report.answer?.voices).toHaveLength(3);
  expect(report.asserted.length).toBeGreaterThan(0);
});

const forgeries: Record<string, (receipt: Receipt) => void> = {
  "another answer text": (r) => Object.assign(r.synthesis.entry.body, { text: "She is a nurse." }),
  "a higher posterior": (r) => Object.assign(r.synthesis.entry.body, { posterior: 0.99 }),
  "a changed contribution": (r) =>
    Object.assign(r.contributions[0]?.entry.body ?? {}, { hypothesis: "nurse" }),
  "a missing contribution": (r) => r.contributions.pop(),
  "a missing source": (r) => r.sources.pop(),
  "a changed source": (r) => Object.assign(r.sources[0]?.entry.body ?? {}, { content: "nothing" }),
  "a missing certificate": (r) => r.certificates.pop(),
  "a foreign operator": (r) =>
    Object.assign(r.certificates[0] ?? {}, { operator: createKeyPair().publicKey }),
  "another verdict": (r) => Object.assign(r.answer.entry.body, { verdict: "unvalidated" }),
};
for (const [name, change] of Object.entries(forgeries)) {
  test(`forgery: ${name}`, async () => {
    expect((await verifyReceipt(forge(change), verify)).valid).toBe(false);
  });
}

test("weights that the synthesiser made up are found, although its signatures are good", async () => {
  const receipt = makeReceipt();
  const entry = structuredClone(receipt.synthesis.entry);
  if (entry.kind !== "synthesis") throw new Error("not a synthesis");
  const body = { ...entry.body, weights: entry.body.weights.map((one) => ({ ...one, weight: 1 })) };
  const synthesis = asker.sign("synthesis", body, { parents: entry.parents });
  const answer = asker.sign("answer", {
    task: body.task,
    synthesis: synthesis.id,
    verdict: "confirmed",
    note: "",
  });
  const forged = forge((copy) => {
    copy.synthesis = { entry: synthesis.entry, signature: synthesis.signature } as Receipt["synthesis"];
    copy.answer = { entry: answer.entry, signature: answer.signature } as Receipt["answer"];
  });
  const report = await verifyReceipt(forged, verify);
  expect(report.checks.find(({ name }) => name === "signatures")?.passed).toBe(true);
  expect(report.checks.find(({ name }) => name === "rule")?.passed).toBe(false);
});

const learnt: PanelRecord = {
  ...FRESH_PANEL,
  trust: new Map(actors.map(({ publicKey }, i) => [publicKey, [1.5, 0.25, 0.75][i] ?? 1])),
  pairs: [{ a: actors[0]?.publicKey ?? "", b: actors[1]?.publicKey ?? "", errors: 0.6 }],
  damping: 0.2,
  calibration: { slope: 0.8, shift: -0.3, items: 20 },
};

test("weights that were learnt are recomputed from the record of what was believed, which is asserted, not proven", async () => {
  const report = await verifyReceipt(JSON.parse(JSON.stringify(makeReceipt(learnt))), verify);
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(report.answer?.voices.map(({ weight }) => weight)).not.toEqual(
    (await verifyReceipt(makeReceipt(), verify)).answer?.voices.map(({ weight }) => weight),
  );
  expect(report.asserted.some((line) => line.includes("how far each author is trusted"))).toBe(true);
  expect(report.asserted.some((line) => line.includes("err together"))).toBe(true);
});

test.each(["trust", "damping", "confidence"])(
  "a synthesis whose %s was changed does not verify",
  async (what) => {
    const receipt = makeReceipt(learnt);
    const entry = structuredClone(receipt.synthesis.entry);
    if (entry.kind !== "synthesis" || entry.body.panel === undefined) throw new Error("not learnt");
    const [first, ...rest] = entry.body.weights;
    const body = {
      ...entry.body,
      ...(what === "trust" && first ? { weights: [{ ...first, trust: 9 }, ...rest] } : {}),
      ...(what === "damping" ? { panel: { ...entry.body.panel, damping: 1 } } : {}),
      ...(what === "confidence" ? { confidence: 0.99 } : {}),
    };
    const synthesis = asker.sign("synthesis", body, { parents: entry.parents });
    const answer = asker.sign("answer", {
      task: body.task,
      synthesis: synthesis.id,
      verdict: "confirmed",
      note: "",
    });
    const forged = forge((copy) => {
      copy.synthesis = { entry: synthesis.entry, signature: synthesis.signature } as Receipt["synthesis"];
      copy.answer = { entry: answer.entry, signature: answer.signature } as Receipt["answer"];
    });
    const report = await verifyReceipt(forged, verify);
    expect(report.checks.find(({ name }) => name === "signatures")?.passed).toBe(true);
    expect(report.checks.find(({ name }) => name === "rule")?.passed).toBe(false);
  },
);

test("anything else is refused without a throw", async () => {
  for (const junk of [null, 1, "x", [], {}, { v: 1 }, { ...makeReceipt(), contributions: "all" }]) {
    expect((await verifyReceipt(junk, verify)).valid).toBe(false);
  }
});
