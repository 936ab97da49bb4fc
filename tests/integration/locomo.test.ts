/**
 * A swarm that remembered a real conversation answers questions about it, and the memories it cites hold the evidence
 * that people marked. Needs the LoCoMo conversations beside the repository; skips without them.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/source-tree.ts";
import { cleanUp, startSwarm, waitFor } from "../support/swarm.ts";

setDefaultTimeout(180_000);
afterAll(cleanUp);

const FILE = join(ROOT, "../shared/data/locomo/locomo-dev5.json");
const QUESTIONS = 10;
const GOAL = 6;

interface Turn {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text: string;
}

interface Conversation {
  readonly conversation: Record<string, unknown>;
  readonly qa: { readonly question: string; readonly evidence: string[]; readonly category: number }[];
}

/** The turns in order, each as a memory that says who spoke, when, and where it stands in the talk. */
function memoriesOf({ conversation }: Conversation) {
  const memories: { dia: string; content: string; metadata: Record<string, string>; sequence: object }[] = [];
  for (let session = 1; Array.isArray(conversation[`session_${session}`]); session++) {
    const date = String(conversation[`session_${session}_date_time`] ?? "");
    for (const turn of conversation[`session_${session}`] as Turn[]) {
      memories.push({
        dia: turn.dia_id,
        content: `${turn.speaker}: ${turn.text}`,
        metadata: { speaker: turn.speaker, date },
        sequence: { document: "conversation", index: memories.length },
      });
    }
  }
  return memories;
}

if (!existsSync(FILE))
  console.log("skipped: answers on a real conversation: ../shared/data/locomo is not here");

test.skipIf(!existsSync(FILE))(
  `the cited memories hold the marked evidence for at least ${GOAL} of ${QUESTIONS} questions`,
  async () => {
    const conversation = (JSON.parse(readFileSync(FILE, "utf8")) as Conversation[])[0] as Conversation;
    const memories = memoriesOf(conversation);
    const swarm = await startSwarm(3);
    const first = swarm[0] as (typeof swarm)[0];
    const ids = new Map<string, string>();
    for (let from = 0; from < memories.length; from += 200) {
      const part = memories.slice(from, from + 200);
      const reply = await first.post("/api/memory", {
        memories: part.map(({ dia: _, ...memory }) => memory),
      });
      expect(reply.status).toBe(201);
      const stored = ((await reply.json()) as { ids: string[] }).ids;
      for (const [i, { dia }] of part.entries()) ids.set(dia, stored[i] ?? "");
    }
    await waitFor("the memories to reach every spore", async () => {
      const healths = await Promise.all(swarm.map((spore) => spore.health()));
      return healths.every((health) => health.memories === memories.length);
    });
    const questions = conversation.qa
      .filter(({ evidence, category }) => evidence.length > 0 && category !== 5)
      .slice(0, QUESTIONS);
    let complete = 0;
    for (const { question, evidence } of questions) {
      const { task_id } = (await (await first.post("/api/task", { task: question })).json()) as {
        task_id: string;
      };
      await waitFor(`an answer to "${question}"`, async () =>
        ["converged", "unresolved"].includes((await first.task(task_id)).status),
      );
      const task = await first.task(task_id);
      const cited = new Set<string>(task.citations.map(({ id }) => id));
      const held = evidence.filter((dia) => cited.has(ids.get(dia) ?? "")).length;
      if (held === evidence.length) complete++;
      console.log(
        `${held}/${evidence.length} ${task.status} p=${task.posterior?.toFixed(2)} "${question}" → ${task.final_answer?.slice(0, 140)}`,
      );
    }
    console.log(`evidence complete for ${complete} of ${questions.length}`);
    expect(complete).toBeGreaterThanOrEqual(GOAL);
  },
);
