/** What a model is shown of the memory: a window of one size, neighbours as one text, every quotation of one memory. */
import { describe, expect, test } from "bun:test";
import type { EntryId } from "@synapse/shared/ids.ts";
import { ok } from "@synapse/shared/result.ts";
import { fixtureEntry, fixtureKey } from "../retrieval/feed.fixture.ts";
import { namedHit } from "../retrieval/hit.ts";
import type { RecallHit } from "../retrieval/recall.ts";
import { estimateTokens } from "../retrieval/tokens.ts";
import type { Briefing } from "./contribute.ts";
import { createModelReasoner } from "./model-reasoner.ts";
import { TOKEN_BUDGETS } from "./prompts.ts";
import { foldTask } from "./task-state.ts";

const [own, stranger] = [fixtureKey("own"), fixtureKey("stranger")];
const task = fixtureEntry(1, "task", { description: "When does the ferry leave?", priority: "normal" });
const state = foldTask(task.id, [task]);

function memory(seq: number, content: string, score: number, index?: number, author = own): RecallHit {
  const sequence = index === undefined ? {} : { sequence: { document: "log", index } };
  return namedHit(fixtureEntry(seq, "memory", { content, ...sequence }, { author }), score);
}

/** @returns what the prompt showed as memories, and what became of the reply. */
async function reason(passages: readonly RecallHit[], reply: object) {
  if (state === null) throw new Error("a task without its own entry");
  let user = "";
  const reasoner = createModelReasoner({
    model: {
      async ask({ messages }) {
        user = messages[1]?.content ?? "";
        const text = JSON.stringify({ hypothesis: "At nine.", ...reply });
        return ok({
          ...{ text, provider: "p", model: "m" },
          ...{ tokensIn: 0, tokensOut: 0, latencyMs: 0, costUsd: 0 },
        });
      },
    },
    temperature: () => 0,
    exploration: () => 0,
    protocol: () => null,
    acceptedPosterior: () => 0.4,
    isOwn: (author) => author === own,
    sourcesOf: async () => [],
    debug: () => undefined,
  });
  const briefing: Briefing = {
    state,
    role: "explorer",
    cycle: 1,
    phase: "diverge",
    anneal: { cycle: 1, budget: 4, reheatedAt: null },
    passages,
    explored: [],
    peers: [],
    standing: [],
  };
  const thought = await reasoner.reason(briefing);
  const block = /<data name="memories">\n([\s\S]*?)\n<\/data>/u.exec(user)?.[1] ?? "";
  const shown = block === "" ? [] : block.split("\n").map((line) => JSON.parse(line) as { text: string });
  return { thought, shown };
}

describe("what a model is shown", () => {
  test("is of one size, whatever is recalled in whatever script", async () => {
    for (const text of [
      "word ".repeat(60),
      "слово ".repeat(40),
      "讨论渡轮".repeat(30),
      "long ".repeat(1_600),
    ]) {
      const hits = Array.from({ length: 40 }, (_, at) => memory(at + 2, `${at} ${text}`, 1 - at / 100));
      const { shown } = await reason(hits, {});
      const tokens = shown.reduce((sum, one) => sum + estimateTokens(one.text), 0);
      expect(tokens).toBeLessThanOrEqual(TOKEN_BUDGETS.memories);
      expect(tokens).toBeGreaterThan(0.8 * TOKEN_BUDGETS.memories);
    }
  });

  test("joins neighbours, marks strangers, and takes quotations as of the memory that holds them", async () => {
    const hits = [
      memory(2, "The ferry leaves at nine.", 1, 4),
      memory(3, "On Sundays it does not leave.", 0.8, 5),
      memory(4, "Ferries leave at ten, says a visitor.", 0.6, undefined, stranger),
    ];
    const { thought, shown } = await reason(hits, {
      citations: [{ ref: "M1", quote: "On Sundays it does not" }],
    });
    expect(shown).toEqual([
      { ref: "M1", text: "The ferry leaves at nine.\nOn Sundays it does not leave." },
      { ref: "M2", origin: "outside", text: "Ferries leave at ten, says a visitor." },
    ] as never);
    expect(thought?.citations).toEqual([{ id: hits[1]?.id as EntryId, quote: "On Sundays it does not" }]);
    expect(thought?.shown).toEqual(hits.map(({ id }) => id));
  });

  test("is all that a word rests on: what did not fit is not named as read", async () => {
    const hits = Array.from({ length: 24 }, (_, at) => memory(at + 2, `${at} ${"long ".repeat(200)}`, 1));
    const { thought, shown } = await reason(hits, {});
    expect(thought?.shown).toHaveLength(shown.length);
    expect(shown.length).toBeLessThan(hits.length);
  });
});
