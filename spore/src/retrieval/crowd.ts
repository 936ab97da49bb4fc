/**
 * Numbers alone hide little: where authors who count for little fill most of what the index found, it is looked again
 * without them, and where there are too many of them to name, among what is not public, which is the commander's own.
 * Trust and visibility are known in the spore's own thread only, after the index has made its cut.
 *
 * The limit: a public memory of one's own can be hidden by more than LOOKS_MAX × CROWD_AUTHORS_MAX keys, each of which
 * has cost its work.
 */
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import type { Candidate } from "./index-reader.ts";
import type { IndexQuery } from "./query-filter.ts";

/** So much of what was found by minor authors, and more than half of it, is a crowd … */
const CROWD_MIN = 24;
/** … without whom it is looked again, at most so often … */
const LOOKS_MAX = 3;
/** … leaving out so many more authors each time. */
const CROWD_AUTHORS_MAX = 64;

type Find = (query: IndexQuery) => Promise<readonly Candidate[]>;

/** @returns all that was found, each once: by the question as it is, then what a crowd stood before. */
export async function findThroughCrowds(
  find: Find,
  query: IndexQuery,
  isMinor: (author: PublicKey) => boolean,
): Promise<readonly Candidate[]> {
  const all = new Map<EntryId, Candidate>();
  const without = new Set<PublicKey>();
  const look = async (asked: IndexQuery): Promise<readonly Candidate[]> => {
    const found = await find(asked);
    for (const candidate of found) if (!all.has(candidate.id)) all.set(candidate.id, candidate);
    return found;
  };
  // Whoever asks for one author wants that one.
  let crowd = crowdOf(await look(query), isMinor);
  for (let again = 0; again < LOOKS_MAX && crowd.length > 0 && query.author === undefined; again++) {
    for (const author of crowd) without.add(author);
    crowd = crowdOf(await look({ ...query, without: [...without] }), isMinor);
  }
  const own = query.labels.filter((label) => label !== "public");
  if (crowd.length > 0 && own.length > 0 && query.author === undefined) await look({ ...query, labels: own });
  return [...all.values()];
}

/** Minor authors who fill most of what was found, those with most of it first. */
function crowdOf(found: readonly Candidate[], isMinor: (author: PublicKey) => boolean): readonly PublicKey[] {
  const counts = new Map<PublicKey, number>();
  for (const { author } of found) counts.set(author, (counts.get(author) ?? 0) + 1);
  const minor = [...counts].filter(([author]) => isMinor(author));
  const crowd = minor.reduce((sum, [, count]) => sum + count, 0);
  if (crowd < CROWD_MIN || 2 * crowd <= found.length) return [];
  return minor
    .sort(([, a], [, b]) => b - a)
    .slice(0, CROWD_AUTHORS_MAX)
    .map(([author]) => author);
}
