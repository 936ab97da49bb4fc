/** The theta band: replays a surprising memory beside related ones and keeps what comes up. */
import type { EntryId } from "@synapse/shared/ids.ts";
import { topicOf } from "../trust/topic.ts";
import type { CognitionDeps } from "./cognition-port.ts";
import { linkOf } from "./default-mode-network.ts";
import { type DreamFound, drawReplay, dreamOf } from "./dream-replay.ts";
import { supportOf } from "./free-thought.ts";
import type { IdleModel } from "./idle-model.ts";
import type { Intake, ReplayItem } from "./intake.ts";
import type { Doubt } from "./metacognitive-auditor.ts";
import { relatedTo } from "./related.ts";
import type { Thought } from "./thought-writer.ts";

/** Fewer memories hold no old and new (kept). */
export const DREAM_MEMORIES_MIN = 10;
/** What a dream must teach to be kept (kept). */
const DREAM_NOVELTY_MIN = 0.2;
const RELATED = 10;
/** A contradiction or a summary is worth keeping however familiar its words are. */
const FOUND_NOVELTY = 0.6;
const QUESTION_QUOTE_CHARS = 300;

export interface Dream {
  readonly thought: Thought;
  /** A contradiction is also a question. */
  readonly doubt: Doubt | null;
}

export async function dream(deps: CognitionDeps, intake: Intake, model: IdleModel): Promise<Dream | null> {
  const [replayed] = drawReplay(intake.replay, 1, deps.random) as ReplayItem[];
  if (replayed === undefined) return null;
  intake.replayed(replayed.id);
  const related = await relatedTo(replayed, RELATED, deps.recall);
  for (const found of dreamOf(replayed, related, intake.rarity)) {
    const made = await toDream(found, replayed, deps, model);
    if (made !== null) return made;
  }
  return null;
}

async function toDream(
  found: DreamFound,
  replayed: ReplayItem,
  deps: CognitionDeps,
  model: IdleModel,
): Promise<Dream | null> {
  const ids = found.memories.map(({ id }) => id as EntryId);
  const sources = (await deps.store.get(ids)).filter(deps.replica.isVisible);
  if (sources.length < ids.length || (await isDreamt(ids, deps))) return null;
  const isPrivate = sources.some(({ entry }) => entry.label === "private");
  const worded =
    found.kind === "summary" && !isPrivate ? await model.word("summary", found.memories, "theta") : null;
  const content = worded?.text ?? textOf(found);
  const novelty = found.kind === "link" ? replayed.surprise : Math.max(FOUND_NOVELTY, replayed.surprise);
  const thought: Thought = {
    part: "dream",
    form: "dream",
    content,
    novelty,
    noveltyMin: DREAM_NOVELTY_MIN,
    sources,
    details: {
      found: found.kind,
      made_by: worded === null ? "quotations and links, no model" : "model",
      ...(worded === null ? {} : { provider: worded.provider, model: worded.model }),
      ...(found.kind === "contradiction" ? { about: found.about } : {}),
    },
    salience: novelty * supportOf(sources, deps),
  };
  return { thought, doubt: found.kind === "contradiction" ? doubtOf(found) : null };
}

/** Something rests on exactly these memories already. */
async function isDreamt(ids: readonly EntryId[], deps: CognitionDeps): Promise<boolean> {
  const lists = await Promise.all(ids.map(async (id) => new Set(await deps.store.children(id))));
  const [first, ...rest] = lists;
  const common = [...(first ?? [])].filter((child) => rest.every((list) => list.has(child)));
  const children = await deps.store.get(common);
  return children.some(({ entry }) => entry.kind === "thought" && entry.parents.length === ids.length);
}

function textOf(found: DreamFound): string {
  switch (found.kind) {
    case "summary":
      return found.text;
    case "link":
    case "contradiction":
      return linkOf(found.memories[0], found.memories[1]).text;
  }
}

function doubtOf(found: Extract<DreamFound, { kind: "contradiction" }>): Doubt {
  const [a, b] = found.memories.map(({ content }) => content.slice(0, QUESTION_QUOTE_CHARS).toWellFormed());
  return {
    topic: topicOf(`${a} ${b}`),
    question: `Two memories seem to contradict each other (${found.about}). Which one holds: “${a}” or “${b}”?`,
    sources: found.memories.map(({ id }) => id),
  };
}
