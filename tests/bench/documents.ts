/**
 * Questions of a newcomer about the project's own documents, answered without a model: `bun tests/bench/documents.ts`.
 *
 * The documents are split as `remember` splits them and found by the product's recall; the embedded reasoner quotes. The
 * questions were written before what they measure was changed, and nothing was tuned on them. What answers is named by a
 * pattern that the right passage holds.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Body } from "@synapse/shared/contract/entry.ts";
import { reasonExtractively } from "@synapse/spore/llm/extractive.ts";
import { createMemoryFeed } from "@synapse/spore/retrieval/feed.fixture.ts";
import { createRecall } from "@synapse/spore/retrieval/recall-service.ts";
import { collectDocuments } from "../../launcher/src/remember/collect.ts";
import { ROOT } from "../support/source-tree.ts";

const DOCUMENTS = ["docs", "README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md"];
/** As many as the reasoner is shown for a task. */
const PASSAGES = 24;

const QUESTIONS: readonly (readonly [question: string, answer: RegExp])[] = [
  ["What is a spore?", /\*\*Spore\.\*\* One server|small servers?/],
  ["What is a commander?", /person whose operator key|operator key .* vouches/],
  ["Who is the commander?", /person whose operator key/],
  ["What is an entry?", /immutable record|Everything that is shared/],
  ["What is a label?", /Who may hold an entry/],
  ["What is gossip?", /compare fingerprints/],
  ["What is trust?", /is evidence, kept per observer|How much should each voice weigh/],
  ["What is a receipt?", /All that an answer rests on/],
  ["What is the Command Center?", /static page/],
  ["What is the Sentinel?", /seventh role|Every spore watches itself/],
  ["What does the Sentinel do?", /watches the swarm and proposes|Every spore watches itself/],
  ["What is the Knowledge Wall?", /stays where it is|One function lowers a label/],
  ["What is the operator token?", /for programs|whoever holds it may write/],
  ["What is a seed list?", /seed lists|reads \*\*seed/],
  ["What is a signal?", /Every two minutes/],
  ["What is the cortex?", /small model of your own|local model|GGUF model/i],
  ["What is an embedder?", /sentence model|second reader of memories|EMBEDDER/],
  ["What is the recall index?", /recall\.db/],
  ["What does a receipt prove?", /recomputes it offline|synthesis records what its author believed/],
  ["What leaves my machine?", /What you label `public`/],
  ["Do I need an API key?", /Without a model the answers are quotations|no account, no key/],
  ["How many spores can I run?", /goes up to 100/],
  ["How do I remove everything?", /launch destroy/],
  ["I lost the operator key, what now?", /Without a copy it is gone/],
  ["How do I change the operator token?", /stop the swarm, remove the file/],
  ["What is in a backup?", /Each spore's database at one moment/],
  ["Is a backup encrypted?", /AES-256-GCM/],
  ["What is left out of a backup?", /Left out: the recall index/],
  ["Can I run a single spore?", /Yes: `bun run spore`/],
  ["Is there a single executable?", /No\. Tried with Bun/],
  ["Why does Hugging Face cost money?", /Docker Spaces need a paid plan/],
  ["How does a spore find the network?", /reads \*\*seed lists\*\*|seed lists/],
  ["Which text may cross the wall?", /claim that stands on its own/],
  ["What happens to a public text with a secret?", /422/],
  ["How long is evidence worth something?", /halves in weight in 60 days/],
  ["Who decides about a proposal?", /commander (decides|approves)|with the operator token/i],
  ["How often does the Sentinel look at signals?", /Every two minutes/],
  ["What is the default label?", /`cluster` your spores \(the default\)|Default `?cluster|\| `?cluster`? \|/],
  ["Where is the operator token kept?", /\.synapse\/operator\.token/],
  ["How do I verify an answer offline?", /bun run verify/],
  ["What is a secret probe?", /arithmetic, sequences, logic/],
];

export interface DocumentFigures {
  readonly questions: number;
  /** The first quotation holds the answer. */
  readonly first: number;
  /** One of the quotations of the answer does. */
  readonly any: number;
  /** One of the recalled passages does. */
  readonly recalled: number;
  /** Mean over the questions of 1 / the place of the first such passage. */
  readonly reciprocalRank: number;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ");

/** @param say told of each question whose first quotation is not the answer. */
export async function measureDocuments(say: (line: string) => void): Promise<DocumentFigures> {
  const folder = mkdtempSync(join(tmpdir(), "documents-"));
  const feed = createMemoryFeed();
  const recall = createRecall({
    feed,
    path: join(folder, "recall.db"),
    weights: { decoherence: () => 1, trust: () => 1 },
    now: Date.now,
    log: { info: () => undefined, warn: () => undefined },
  });
  for (const { memories } of collectDocuments(DOCUMENTS, ROOT).documents)
    for (const { content, metadata, sequence } of memories)
      feed.remember(content, { metadata, sequence } as Partial<Body<"memory">>);
  await recall.settled();
  const sums = { first: 0, any: 0, recalled: 0, reciprocalRank: 0 };
  for (const [question, answer] of QUESTIONS) {
    const hits = await recall.search({ text: question, k: PASSAGES, labels: ["cluster"] });
    const place = hits.findIndex(({ content }) => answer.test(oneLine(content)));
    const { claims } = reasonExtractively({ question, passages: hits, role: "generalist" });
    const [first = ""] = claims;
    sums.first += Number(answer.test(oneLine(first)));
    sums.any += Number(claims.some((claim) => answer.test(oneLine(claim))));
    sums.recalled += Number(place >= 0);
    sums.reciprocalRank += place >= 0 ? 1 / (place + 1) : 0;
    if (!answer.test(oneLine(first))) say(`${place + 1}\t${question}\t${oneLine(first).slice(0, 100)}`);
  }
  await recall.close();
  rmSync(folder, { recursive: true, force: true });
  return { questions: QUESTIONS.length, ...sums, reciprocalRank: sums.reciprocalRank / QUESTIONS.length };
}

if (import.meta.main) {
  const figures = await measureDocuments((line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
