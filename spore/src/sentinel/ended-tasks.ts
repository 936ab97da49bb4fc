/** How the last tasks ended, folded from the feed: share without agreement, agreement, confidence, time to the answer. */
import { isKind } from "@synapse/shared/contract/entry.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Readings } from "./signals.ts";

/** Ended tasks behind each figure; fewer than the minimum say nothing. */
const ENDED_MAX = 20;
const ENDED_MIN = 5;
/** Tasks and syntheses waiting for their answer. */
const OPEN_MAX = 2_000;

interface Ended {
  readonly converged: boolean;
  readonly posterior: number;
  readonly confidence: number;
  readonly seconds: number | null;
}

export class EndedTasks {
  readonly #askedAt = new Map<EntryId, number>();
  readonly #syntheses = new Map<
    EntryId,
    { readonly converged: boolean; readonly posterior: number; readonly confidence: number }
  >();
  #ended: Ended[] = [];

  add(entries: readonly StoredEntry[]): void {
    for (const stored of entries) {
      if (isKind(stored, "task")) remember(this.#askedAt, stored.id, stored.receivedAt);
      else if (isKind(stored, "synthesis")) {
        const { outcome, posterior, confidence } = stored.entry.body;
        remember(this.#syntheses, stored.id, { converged: outcome === "converged", posterior, confidence });
      } else if (isKind(stored, "answer")) {
        const { task, synthesis } = stored.entry.body;
        const said = this.#syntheses.get(synthesis);
        if (said === undefined) continue;
        const asked = this.#askedAt.get(task);
        this.#ended.push({
          ...said,
          seconds: asked === undefined ? null : (stored.receivedAt - asked) / 1_000,
        });
        this.#ended = this.#ended.slice(-ENDED_MAX);
      }
    }
  }

  readings(): Pick<Readings, "unresolved_share" | "agreement" | "confidence" | "answer_seconds"> {
    const ended = this.#ended;
    if (ended.length < ENDED_MIN) {
      return { unresolved_share: null, agreement: null, confidence: null, answer_seconds: null };
    }
    const timed = ended.flatMap(({ seconds }) => seconds ?? []);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    return {
      unresolved_share: ended.filter(({ converged }) => !converged).length / ended.length,
      agreement: mean(ended.map(({ posterior }) => posterior)),
      confidence: mean(ended.map(({ confidence }) => confidence)),
      answer_seconds: timed.length === 0 ? null : mean(timed),
    };
  }
}

function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > OPEN_MAX && oldest !== undefined) map.delete(oldest);
}
