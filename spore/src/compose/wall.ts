/** Joins the wall: what it may draw from, which words are public, which names are not. */
import type { Label } from "@synapse/shared/contract/label.ts";
import type { RecallService } from "../retrieval/recall-service.ts";
import type { Settings } from "../settings/settings.ts";
import { createWall, type Wall } from "../wall/wall.ts";
import type { Storage } from "./storage.ts";

/** Words looked up for one crossing; a claim that names more is no claim. */
const WORDS_MAX = 16;
/** Public entries looked at for one word. */
const HITS = 5;

export interface WallParts {
  readonly storage: Storage;
  readonly settings: Settings;
  readonly recall: RecallService;
}

export function joinWall({ storage, settings, recall }: WallParts): Promise<Wall> {
  const { store, replica } = storage;
  const self = replica.self.spore;

  /** A word counts as public where a public entry that somebody else wrote uses it as it stands. */
  async function isPublic(word: string): Promise<boolean> {
    const hits = await recall.search({ text: word, k: HITS, labels: ["public"] });
    const whole = new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(word)}(?![\\p{L}\\p{N}])`, "u");
    return hits.some(({ author, content }) => author !== self && whole.test(content));
  }

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
      for (const word of words.slice(0, WORDS_MAX)) if (await isPublic(word)) known.add(word);
      return known;
    },
    names: async () => (await store.certificates()).map(({ name }) => name),
  });
}
