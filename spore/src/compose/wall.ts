/** Joins the wall: what it may draw from, which words are public, which names are not. */
import type { Label } from "@synapse/shared/contract/label.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { RecallService } from "../retrieval/recall-service.ts";
import type { Settings } from "../settings/settings.ts";
import { createWall, type Wall } from "../wall/wall.ts";
import type { Storage } from "./storage.ts";

/** Words looked up for one crossing; a claim that names more is no claim. */
const WORDS_MAX = 16;
/** Public entries looked at for one word: one's own rank first, and they say nothing. */
const HITS = 40;

export interface WallParts {
  readonly storage: Storage;
  readonly settings: Settings;
  readonly recall: RecallService;
}

/**
 * A word counts as public where a public entry that somebody else wrote uses it as it stands. Another spore of the same
 * commander is nobody else: what it let out would otherwise open the door for the rest.
 */
export function isPublicWord(
  word: string,
  entries: readonly { readonly author: PublicKey; readonly content: string }[],
  isOwn: (author: PublicKey) => boolean,
): boolean {
  const whole = new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(word)}(?![\\p{L}\\p{N}])`, "u");
  return entries.some(({ author, content }) => !isOwn(author) && whole.test(content));
}

export function joinWall({ storage, settings, recall }: WallParts): Promise<Wall> {
  const { store, replica } = storage;
  const isOwn = (author: PublicKey) => replica.certificateOf(author)?.operator === replica.self.operator;

  return createWall({
    store,
    replica,
    now: Date.now,
    mayDraw: (): Label | null => {
      const from = settings.get("wall.share_from");
      return from === "nothing" ? null : from;
    },
    publicWords: async (words) => {
      const known = new Set<string>();
      for (const word of words.slice(0, WORDS_MAX)) {
        const hits = await recall.search({ text: word, k: HITS, labels: ["public"] });
        if (isPublicWord(word, hits, isOwn)) known.add(word);
      }
      return known;
    },
    names: async () => (await store.certificates()).map(({ name }) => name),
  });
}
