/**
 * Recall in the spore's own thread, where trust, visibility and the entries themselves are known.
 *
 * The index worker finds and scores (index-client.ts). Here the hits are weighed (decoherence and trust are functions of
 * other parts and cannot cross into a worker), made diverse, and given their content, which is read from the replica: the
 * index holds none.
 *
 * Invariants:
 * 1. A hit is an entry that the replica holds now; what it does not hold is not shown.
 * 2. A retracted entry is not shown where its author, or whom `mayRetract` allows, asked to hide it.
 * 3. The index is derived: whatever happens to its file, recall goes on with what it has and rebuilds the rest.
 */
import type { Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { cutWhole } from "@synapse/shared/whole-characters.ts";
import type { ChangeFeed } from "../replica/feed.ts";
import { analyze } from "./analyzer.ts";
import { findThroughCrowds } from "./crowd.ts";
import { preferExplaining } from "./definition.ts";
import { type Embedder, TEXT_CHARS_MAX } from "./embedder.ts";
import { overlapOf } from "./forward-row.ts";
import { toHit } from "./hit.ts";
import { createIndexClient, type RecallLog } from "./index-client.ts";
import type { Candidate } from "./index-reader.ts";
import type { IndexQuery, Sentence } from "./query-filter.ts";
import { type RecallWeights, rankCandidates } from "./ranking.ts";
import type { Recall, RecallHit, RecallQuery } from "./recall.ts";
import { toCode } from "./vector-code.ts";
import { fillWindow, hitsToFill } from "./window.ts";

/** The most hits one question returns. */
export const K_MAX = 500;
/** Candidates weighed for one question, at least: trust and age reorder only what is among them. */
const CANDIDATES_MIN = 120;
/** An author whose word counts less than this is merely heard. */
const HEARD_TRUST = 0.5;
/** Entries compared with a new text before it is called new. */
const KNOWN_CANDIDATES = 40;
/** A question waits this long for the embedder that reads it, then goes by its words. */
const QUESTION_EMBED_MAX_MS = 800;

export interface RecallDeps {
  readonly feed: ChangeFeed;
  /** The index file; it is replaced if it is not one. */
  readonly path: string;
  readonly weights: RecallWeights;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly log: RecallLog;
  /** An embedder beside the embedded one; entries are read by it in the background. */
  readonly embedder?: Embedder | null;
  /** Whether `by` may hide what `author` wrote; by default only the author may. */
  readonly mayRetract?: (by: PublicKey, author: PublicKey) => boolean;
  /** Authors whose words are not shown; nobody by default. */
  readonly isHidden?: (author: PublicKey) => boolean;
}

export interface RecallStatus {
  /** seq up to which the feed is part of the index. */
  readonly watermark: number;
  /** By how many seqs the index is behind what the feed has announced. */
  readonly lag: number;
  readonly entries: number;
  readonly bytes: number;
  readonly settled: boolean;
  /** How far the embedder has come; null without one. */
  readonly embedder: EmbedderStatus | null;
}

export interface EmbedderStatus {
  readonly id: string;
  /** Entries that have a vector of it. */
  readonly vectors: number;
  /** By how many seqs it is behind the index. */
  readonly lag: number;
  /** Why it cannot be asked at the moment, or null. */
  readonly error: string | null;
}

export interface KnownQuery {
  readonly text: string;
  readonly labels: readonly Label[];
  readonly kinds?: readonly Kind[];
  readonly author?: PublicKey;
}

/** The entry closest to a text, by the share of distinct words that both have, 0 to 1. */
export interface KnownEntry {
  readonly id: EntryId;
  readonly overlap: number;
}

export interface RecallService extends Recall {
  /** The closest entry to a text that is about to be written, so that a thought already known is linked, not repeated. */
  known(query: KnownQuery): Promise<KnownEntry | null>;
  status(): RecallStatus;
  /** Resolves when all that the feed holds at this moment is part of the index. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export function createRecall(deps: RecallDeps): RecallService {
  const { feed, weights, now } = deps;
  const isHidden = deps.isHidden ?? (() => false);
  const mayRetract = deps.mayRetract ?? ((by, author) => by === author);
  const embedder = deps.embedder ?? null;
  const index = createIndexClient({ feed, path: deps.path, log: deps.log, embedder });

  function toIndexQuery(query: RecallQuery, k: number): IndexQuery {
    const { text, labels, kinds, author, task, from, to } = query;
    return {
      text,
      labels: [...new Set(labels)],
      explore: query.mode === "explore",
      limit: Math.max(CANDIDATES_MIN, 2 * k),
      ...(kinds === undefined ? {} : { kinds }),
      ...(author === undefined ? {} : { author }),
      ...(task === undefined ? {} : { task }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    };
  }

  /** The question as the embedder reads it; null without one, or where it does not answer in time. */
  async function readBySentence({ text, labels }: RecallQuery): Promise<Sentence | null> {
    if (embedder === null || (index.progress.vectors?.count ?? 0) === 0 || index.embedError !== null)
      return null;
    // A question about what is private alone is private itself.
    if (!embedder.local && labels.every((label) => label === "private")) return null;
    const signal = AbortSignal.timeout(QUESTION_EMBED_MAX_MS);
    const reply = await embedder.embed([cutWhole(text, TEXT_CHARS_MAX)], signal);
    const vector = reply.ok ? reply.value[0] : undefined;
    return vector === undefined ? null : { embedder: embedder.id, code: toCode(vector) };
  }

  function embedderStatus(): EmbedderStatus | null {
    if (embedder === null) return null;
    const { progress, embedError } = index;
    const mine = progress.vectors?.embedder === embedder.id ? progress.vectors : null;
    return {
      id: embedder.id,
      vectors: mine?.count ?? 0,
      lag: Math.max(0, progress.watermark - (mine?.watermark ?? 0)),
      error: embedError,
    };
  }

  const isShown = ({ author, retractedBy }: Candidate): boolean =>
    !isHidden(author) && !retractedBy.some((by) => mayRetract(by, author));

  async function rank<L extends Label>(query: RecallQuery<L>): Promise<readonly RecallHit<L>[]> {
    const k = Math.min(K_MAX, Math.max(0, Math.floor(query.k)));
    if (k === 0 || query.text.trim() === "" || query.labels.length === 0) return [];
    const sentence = await readBySentence(query);
    const asked = toIndexQuery(query, k);
    const isMinor = (author: PublicKey) => isHidden(author) || weights.trust(author) < HEARD_TRUST;
    const found = await findThroughCrowds(
      index.find,
      sentence === null ? asked : { ...asked, sentence },
      isMinor,
    );
    const shown = await preferExplaining(query.text, found.filter(isShown), feed);
    const ranked = rankCandidates(shown, weights, now(), k);
    const stored = await feed.get(ranked.map(({ candidate }) => candidate.id));
    const byId = new Map(stored.map((entry) => [entry.id, entry]));
    return ranked.flatMap((item) => {
      const entry = byId.get(item.candidate.id);
      // The index reads no entry of another label than those asked: what comes back is of them.
      return entry === undefined ? [] : [toHit(item, entry) as RecallHit<L>];
    });
  }

  return {
    search: rank,
    async window(query, budgetTokens) {
      return fillWindow(await rank({ ...query, k: hitsToFill(budgetTokens) }), budgetTokens);
    },
    async known({ text, ...query }) {
      const { terms } = analyze(text);
      const sorted = Uint32Array.from(terms.keys()).sort();
      const candidates = await index.find({ ...query, text, explore: false, limit: KNOWN_CANDIDATES });
      let closest: KnownEntry | null = null;
      for (const candidate of candidates.filter(isShown)) {
        const overlap = overlapOf(sorted, candidate.terms);
        if (overlap > (closest?.overlap ?? 0)) closest = { id: candidate.id, overlap };
      }
      return closest;
    },
    status() {
      const { watermark, entries, bytes } = index.progress;
      return {
        watermark,
        entries,
        bytes,
        lag: Math.max(0, index.seen - watermark),
        settled: index.settled,
        embedder: embedderStatus(),
      };
    },
    settled: index.whenSettled,
    close: index.close,
  };
}
