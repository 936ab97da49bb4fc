/**
 * Does a broadcast help the next question? Real conversations (LoCoMo), in the order their questions are asked: what the
 * spore had in mind last, the first memories it recalled for the question before, primes recall as a broadcast would.
 * What the right evidence was is known to nobody but the score. Conversations are few and their questions alike, so it
 * is conversations that are drawn for the interval.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { EntryId } from "@synapse/shared/ids.ts";
import { GlobalWorkspace } from "@synapse/spore/cognition/global-workspace.ts";
import type { Outcome } from "../panel.ts";
import { bootstrapMean } from "../statistics.ts";
import { openThinkingSpore } from "../thinking-spore.ts";

const FILE = join(import.meta.dir, "../../../../shared/data/locomo/locomo-dev5.json");
const HITS = 10;
/** Sources of a thought: what it was made from. */
const MINDED = 3;
/** Of each conversation; all of them would take minutes and move nothing. */
const QUESTIONS = 100;
const ID = "cognition.workspace";

interface Turn {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text: string;
}
interface Conversation {
  readonly conversation: Record<string, unknown>;
  readonly qa: readonly { readonly question: string; readonly evidence?: readonly string[] }[];
}

export async function priming(): Promise<Outcome> {
  if (!existsSync(FILE)) return { id: ID, reason: `no recorded conversations: there is no ${FILE}` };
  const conversations = JSON.parse(readFileSync(FILE, "utf8")) as Conversation[];
  const observed: { unit: string; value: number }[] = [];
  let [plain, primed] = [0, 0];
  for (const [number, { conversation, qa }] of conversations.entries()) {
    const mind = { workspace: new GlobalWorkspace(), on: false };
    const spore = await openThinkingSpore(number, (id) => (mind.on ? mind.workspace.primingOf(id) : 1));
    const ids = new Map<string, EntryId>();
    for (let session = 1; Array.isArray(conversation[`session_${session}`]); session++) {
      const date = String(conversation[`session_${session}_date_time`] ?? "");
      for (const { speaker, text, dia_id } of conversation[`session_${session}`] as Turn[]) {
        const sequence = { document: "conversation", index: ids.size };
        const metadata = { speaker, date };
        ids.set(dia_id, spore.feed.remember(`${speaker}: ${text}`, { metadata, sequence }).id);
      }
    }
    await spore.recall.settled();
    let before: EntryId[] = [];
    for (const { question, evidence = [] } of qa.slice(0, QUESTIONS)) {
      const wanted = evidence.flatMap((dia) => ids.get(dia) ?? []);
      if (wanted.length === 0) continue;
      const recalled = async (on: boolean): Promise<readonly EntryId[]> => {
        mind.on = on;
        const hits = await spore.recall.search({
          text: question,
          k: HITS,
          labels: ["cluster"],
          kinds: ["memory"],
        });
        return hits.map(({ id }) => id);
      };
      const shareOf = (found: readonly EntryId[]) =>
        wanted.filter((id) => found.includes(id)).length / wanted.length;
      mind.workspace = new GlobalWorkspace();
      mind.workspace.nominate({ id: "thought", part: "dream", salience: 0.9, sources: before });
      mind.workspace.step(1);
      const [hits, primedHits] = [await recalled(false), await recalled(true)];
      const [without, withIt] = [shareOf(hits), shareOf(primedHits)];
      plain += without;
      primed += withIt;
      observed.push({ unit: `${number}`, value: withIt - without });
      before = hits.slice(0, MINDED);
    }
    await spore.close();
  }
  const share = (sum: number) => (sum / observed.length).toFixed(4);
  return {
    id: ID,
    ...bootstrapMean(observed),
    baseline: 0,
    n: observed.length,
    detail: `evidence among the first ${HITS} memories: primed by the question before ${share(primed)}, not ${share(plain)}`,
  };
}
