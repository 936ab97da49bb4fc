/**
 * What was learnt from a cluster's tasks, offered to the wall: claims of the winning side in a model's own words, never
 * a quotation. Only the spore that wrote the synthesis offers them, so a claim leaves once; the wall decides.
 */
import { isKind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, replicaKey } from "@synapse/shared/ids.ts";
import { EXTRACTIVE_PROVIDER } from "../llm/extractive.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { CognitionDeps } from "./cognition-port.ts";

/** Claims of one answer; what matters of it fits into three. */
const CLAIMS_MAX = 3;
/** Answers waiting for the next delta band. */
const WAITING_MAX = 100;

export class Learning {
  readonly #deps: CognitionDeps;
  #waiting: StoredEntry<Label, "answer">[] = [];

  constructor(deps: CognitionDeps) {
    this.#deps = deps;
  }

  add(entries: readonly StoredEntry[]): void {
    for (const stored of entries) {
      if (
        isKind(stored, "answer") &&
        stored.entry.label === "cluster" &&
        stored.entry.body.verdict !== "disputed"
      ) {
        this.#waiting.push(stored as StoredEntry<Label, "answer">);
      }
    }
    if (this.#waiting.length > WAITING_MAX) this.#waiting = this.#waiting.slice(-WAITING_MAX);
  }

  /** @returns how many claims crossed. */
  async offer(): Promise<number> {
    const waiting = this.#waiting.splice(0);
    if (!this.#deps.mayShare("cluster")) return 0;
    let crossed = 0;
    for (const answer of waiting) crossed += await this.#offerAnswer(answer);
    return crossed;
  }

  async #offerAnswer(answer: StoredEntry<Label, "answer">): Promise<number> {
    const { store, wall, self } = this.#deps;
    const [synthesis] = await store.get([answer.entry.body.synthesis]);
    if (synthesis === undefined || !isKind(synthesis, "synthesis")) return 0;
    const { outcome, clusters } = synthesis.entry.body;
    if (outcome !== "converged" || replicaKey(synthesis.entry.replica) !== self) return 0;
    const winners = (await store.get([...(clusters[0]?.members ?? [])])).flatMap((one) =>
      isKind(one, "contribution") && one.entry.body.provider !== EXTRACTIVE_PROVIDER ? [one] : [],
    );
    const parents = winners.flatMap(({ entry }) => entry.parents);
    const sources = await store.get([
      ...new Set<EntryId>([synthesis.id, ...winners.map(({ id }) => id), ...parents]),
    ]);
    const claims = [...new Set(winners.flatMap(({ entry }) => entry.body.claims))].slice(0, CLAIMS_MAX);
    let crossed = 0;
    for (const text of claims) {
      const result = await wall.cross({ text, origin: "learning", to: "public", sources });
      if (result.ok) crossed += 1;
    }
    return crossed;
  }
}
