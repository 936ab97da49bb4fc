/**
 * The one way a thought becomes an entry: new enough, said by nobody yet, and within the share that thoughts may have.
 *
 * Thoughts are born private, whatever they were made from; only the wall lets one out, later. What is not kept is
 * counted by its reason, so that the junk rate is measured and not believed.
 */
import type { Body } from "@synapse/shared/contract/entry.ts";
import { LABELS, mostRestricted } from "@synapse/shared/contract/label.ts";
import type { EntryId } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { fitsShare } from "./budget.ts";
import type { CognitionDeps, CognitionEvent, Part } from "./cognition-port.ts";
import { THOUGHT_CHARS_MIN } from "./default-mode-network.ts";
import type { GlobalWorkspace } from "./global-workspace.ts";
import type { Intake } from "./intake.ts";

/** Share of distinct words in common from which a thought is one that exists already. */
const SAME_THOUGHT = 0.8;
/** Things shown of each part. */
const RECENT_MAX = 20;
const PARENTS_MAX = 16;

export interface Thought {
  readonly part: Part;
  readonly form: Body<"thought">["form"];
  readonly content: string;
  /** 0 to 1. */
  readonly novelty: number;
  readonly noveltyMin: number;
  readonly sources: readonly StoredEntry[];
  readonly details: NonNullable<Body<"thought">["details"]>;
  /** 0 to 1: how much it deserves attention; null for what is not nominated. */
  readonly salience: number | null;
}

export type Fate = "kept" | "duplicate" | "familiar" | "too_short" | "over_share" | "not_stored";

export interface Remark {
  readonly part: Part;
  readonly text: string;
  readonly novelty: number;
  readonly at: number;
  readonly fate: Fate;
  /** The entry it became; of a duplicate, the entry that says it already; else null. */
  readonly id: EntryId | null;
}

export class ThoughtWriter {
  readonly #deps: CognitionDeps;
  readonly #intake: Intake;
  readonly #workspace: GlobalWorkspace;
  readonly #fates: Record<Fate, number> = {
    kept: 0,
    duplicate: 0,
    familiar: 0,
    too_short: 0,
    over_share: 0,
    not_stored: 0,
  };
  readonly #recent: Remark[] = [];
  readonly #kept = new Map<Part, number>();

  constructor(deps: CognitionDeps, intake: Intake, workspace: GlobalWorkspace) {
    this.#deps = deps;
    this.#intake = intake;
    this.#workspace = workspace;
  }

  /** Keeps it, or says why not. @returns the entry's id where it was kept. */
  async write(thought: Thought): Promise<EntryId | null> {
    const { fate, known } = await this.#judge(thought);
    const id = fate === "kept" ? await this.#store(thought) : null;
    const final = fate === "kept" && id === null ? "not_stored" : fate;
    this.#fates[final] += 1;
    const { part, content, novelty, salience, sources } = thought;
    this.#recent.unshift({
      part,
      text: content,
      novelty,
      at: this.#deps.now(),
      fate: final,
      id: id ?? known,
    });
    this.#recent.length = Math.min(this.#recent.length, RECENT_MAX * 4);
    if (id === null) return null;
    this.#kept.set(part, (this.#kept.get(part) ?? 0) + 1);
    if (salience !== null && this.#deps.settings.isOn("workspace")) {
      this.#workspace.nominate({ id, part, salience, sources: sources.map((one) => one.id) });
    }
    const event: CognitionEvent = {
      part,
      what: thought.form,
      text: content.slice(0, 500).toWellFormed(),
      id,
      at: new Date(this.#deps.now()).toISOString(),
      novelty: Math.round(novelty * 1_000) / 1_000,
    };
    this.#deps.publish(event, "private");
    return id;
  }

  /** `known`: the entry that says it already, where that is why it is not kept. */
  async #judge({ content, novelty, noveltyMin }: Thought): Promise<{ fate: Fate; known: EntryId | null }> {
    const not = (fate: Fate) => ({ fate, known: null });
    if (content.trim().length < THOUGHT_CHARS_MIN) return not("too_short");
    if (novelty < noveltyMin) return not("familiar");
    const { thoughts, entries } = this.#intake.counts;
    if (!fitsShare(thoughts, entries, this.#deps.settings.shareMax())) return not("over_share");
    const known = await this.#deps.recall.known({
      text: content,
      labels: LABELS,
      kinds: ["memory", "thought"],
    });
    return known !== null && known.overlap >= SAME_THOUGHT
      ? { fate: "duplicate", known: known.id }
      : { fate: "kept", known: null };
  }

  async #store({ form, content, novelty, sources, details }: Thought): Promise<EntryId | null> {
    const result = await this.#deps.replica.append([
      {
        label: mostRestricted([...sources.map(({ entry }) => entry.label), "private"]),
        kind: "thought",
        body: { form, content: content.slice(0, 4_000).toWellFormed(), novelty, details },
        parents: sources.slice(0, PARENTS_MAX).map(({ id }) => id),
      },
    ]);
    if (result.ok) return result.value[0]?.id ?? null;
    this.#deps.warn("a thought could not be stored", { reason: result.error.message });
    return null;
  }

  recent(part: Part, count = 5): readonly Remark[] {
    return this.#recent.filter((one) => one.part === part).slice(0, count);
  }

  /** Thoughts of a part that became entries since the start. */
  kept(part: Part): number {
    return this.#kept.get(part) ?? 0;
  }

  /** What became of all thoughts since the start. */
  get fates(): Readonly<Record<Fate, number>> {
    return this.#fates;
  }

  /** Share of what was thought that was not worth keeping; null before the first. */
  get discardRate(): number | null {
    const { kept, duplicate, familiar, too_short } = this.#fates;
    const thought = kept + duplicate + familiar + too_short;
    return thought === 0 ? null : (duplicate + familiar + too_short) / thought;
  }
}
