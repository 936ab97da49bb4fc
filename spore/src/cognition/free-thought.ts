/** The alpha band: finds a pair of memories with tension and thinks about it, with a model or with quotations. */
import { type EntryId, replicaKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { analyze } from "../retrieval/analyzer.ts";
import type { CognitionDeps } from "./cognition-port.ts";
import {
  choosePair,
  linkNovelty,
  linkOf,
  NOVELTY_MIN,
  type Pair,
  type Remembered,
} from "./default-mode-network.ts";
import type { IdleModel } from "./idle-model.ts";
import type { Intake, ReplayItem } from "./intake.ts";
import { relatedTo } from "./related.ts";
import type { Thought } from "./thought-writer.ts";

/** Seeds looked at; curiosity chooses among them. */
const SEEDS = 6;
const RELATED = 12;

interface Candidate extends Remembered {
  readonly id: EntryId;
}

export async function freeThought(
  deps: CognitionDeps,
  intake: Intake,
  model: IdleModel,
): Promise<Thought | null> {
  const seeds = drawSeeds(intake.replay, deps.random);
  const ordered = deps.settings.isOn("curiosity")
    ? intake.curiosity.order(seeds, ({ content }) => analyze(content).terms)
    : seeds;
  for (const seed of ordered) {
    const pair = await pairFor(seed, deps, intake);
    if (pair !== null) return await think(pair, deps, intake, model);
  }
  return null;
}

function drawSeeds(items: readonly ReplayItem[], random: () => number): ReplayItem[] {
  const drawn = new Set<ReplayItem>();
  for (let at = 0; at < SEEDS * 2 && drawn.size < SEEDS && items.length > 0; at++) {
    const item = items[Math.floor(random() * items.length)];
    if (item) drawn.add(item);
  }
  return [...drawn];
}

async function pairFor(
  seed: Candidate,
  deps: CognitionDeps,
  intake: Intake,
): Promise<Pair<Candidate> | null> {
  const hits = await relatedTo(seed, RELATED, deps.recall);
  const own = new Set(await deps.store.children(seed.id));
  const used = new Set<EntryId>();
  for (const { id } of hits) {
    const children = await deps.store.children(id);
    if (children.some((child) => own.has(child))) used.add(id);
  }
  return choosePair<Candidate>(seed, hits, intake.rarity, (_, other) => used.has(other.id));
}

async function think(
  { a, b, tension }: Pair<Candidate>,
  deps: CognitionDeps,
  intake: Intake,
  model: IdleModel,
): Promise<Thought | null> {
  const sources = (await deps.store.get([a.id, b.id])).filter(deps.replica.isVisible);
  if (sources.length < 2) return null;
  const isPrivate = sources.some(({ entry }) => entry.label === "private");
  const worded = isPrivate ? null : await model.word("free_thought", [a, b], "alpha");
  const link = linkOf(a, b);
  // Quotations bring no new word; what is new about a link is that the two were never held side by side.
  const novelty =
    worded === null
      ? linkNovelty(analyze(a.content).terms, analyze(b.content).terms)
      : intake.curiosity.model.measure(analyze(worded.text).terms).novelty;
  return {
    part: "free_thought",
    form: "free_thought",
    content: worded?.text ?? link.text,
    novelty,
    noveltyMin: NOVELTY_MIN,
    sources,
    details: {
      made_by: worded === null ? "quotations and links, no model" : "model",
      ...(worded === null ? {} : { provider: worded.provider, model: worded.model }),
      tension: Math.round(tension * 1_000) / 1_000,
      ...(link.contradiction === null ? {} : { contradiction: link.contradiction }),
    },
    salience: novelty * supportOf(sources, deps),
  };
}

/** Mean trust in the authors of what a thought rests on. */
export function supportOf(sources: readonly StoredEntry[], deps: CognitionDeps): number {
  const trust = sources.map(({ entry }) => deps.trustOf(replicaKey(entry.replica)));
  return trust.length === 0 ? 0 : trust.reduce((sum, one) => sum + one, 0) / trust.length;
}
