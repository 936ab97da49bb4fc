/**
 * A small swarm under evaluation, in one process: the product's recall, prompts, reading of replies, rounds, rule and
 * synthesis; only the models and the network between the spores are replaced. Entries are made as a spore makes them,
 * but not signed: signatures are tested elsewhere and change no number here.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Body, isKind, type Kind, type Role } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { FRESH_PANEL } from "@synapse/shared/rule/panel.ts";
import { reasonExtractively } from "@synapse/spore/llm/extractive.ts";
import type { ChatModel } from "@synapse/spore/llm/provider.ts";
import { explorationShare, T_COLD, temperature } from "@synapse/spore/quantum/annealing.ts";
import { decoherence } from "@synapse/spore/quantum/decoherence.ts";
import { createConclusions } from "@synapse/spore/reasoning/conclusions.ts";
import { contribute } from "@synapse/spore/reasoning/contribute.ts";
import { DEFAULT_LIMITS, type ReasoningLimits } from "@synapse/spore/reasoning/limits.ts";
import { createModelReasoner } from "@synapse/spore/reasoning/model-reasoner.ts";
import { evaluateRounds, type Progress, type RoundContext } from "@synapse/spore/reasoning/rounds.ts";
import { toSynthesis } from "@synapse/spore/reasoning/synthesize.ts";
import { foldTask, type TaskState } from "@synapse/spore/reasoning/task-state.ts";
import type { ChangeFeed, StoredEntry } from "@synapse/spore/replica/feed.ts";
import { type EntryOptions, FIXTURE_START_MS, fixtureEntry } from "@synapse/spore/retrieval/feed.fixture.ts";
import { createRecall, type RecallService } from "@synapse/spore/retrieval/recall-service.ts";
import { keyOf } from "./spore.ts";

export interface Mechanisms {
  readonly annealing: boolean;
  readonly exploration: boolean;
  readonly superposition: boolean;
  readonly tunnelling: boolean;
  readonly decoherence: boolean;
  readonly corroboration: boolean;
}

export const ALL_OFF: Mechanisms = {
  annealing: false,
  exploration: false,
  superposition: false,
  tunnelling: false,
  decoherence: false,
  corroboration: false,
};

/** What the product ships with, as declared among its settings. */
export interface DebaterOptions {
  readonly models: readonly ChatModel[];
  readonly mechanisms?: Partial<Mechanisms>;
  readonly limits?: Partial<ReasoningLimits>;
  /** What an author's word counts for in recall; own spores 1. */
  readonly trustOf?: (author: PublicKey) => number;
  /** Time by which ages are told, ms; by default all is fresh. */
  readonly now?: () => number;
}

/** An in-memory change feed that finds entries by id and by task without looking at all of them. */
class EvalFeed implements ChangeFeed {
  readonly entries: StoredEntry[] = [];
  readonly byId = new Map<EntryId, StoredEntry>();
  readonly #listeners = new Set<(entries: readonly StoredEntry[]) => void>();

  add<K extends Kind>(kind: K, body: Body<K>, options?: EntryOptions): StoredEntry {
    const entry = fixtureEntry(this.entries.length + 1, kind, body, options);
    this.entries.push(entry);
    this.byId.set(entry.id, entry);
    for (const listener of this.#listeners) listener([entry]);
    return entry;
  }

  async after(seq: number, limit: number) {
    return this.entries.slice(seq, seq + limit);
  }

  /** Can be looked up, but is not announced: nothing recalls it. */
  keep(entries: readonly StoredEntry[]): void {
    for (const entry of entries) this.byId.set(entry.id, entry);
  }

  async get(ids: readonly EntryId[]) {
    return ids.flatMap((id) => this.byId.get(id) ?? []);
  }

  subscribe(listener: (entries: readonly StoredEntry[]) => void) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

const ROLES: readonly Role[] = ["explorer", "synthesizer", "adversarial", "validator", "generalist", "brain"];

export interface Outcome {
  readonly text: string;
  readonly converged: boolean;
  readonly cycles: number;
  readonly progress: Progress;
  readonly state: TaskState;
}

export class Deliberation {
  readonly #feed = new EvalFeed();
  readonly #folder = mkdtempSync(join(tmpdir(), "synapse-eval-"));
  readonly #recall: RecallService;
  readonly #options: DebaterOptions;
  readonly #limits: ReasoningLimits;
  readonly #mechanisms: Mechanisms;
  readonly #spores: readonly PublicKey[];
  readonly #conclusions: ReturnType<typeof createConclusions>;

  constructor(options: DebaterOptions) {
    this.#options = options;
    this.#mechanisms = { ...ALL_OFF, ...options.mechanisms };
    this.#limits = { ...DEFAULT_LIMITS, tunnelling: this.#mechanisms.tunnelling, ...options.limits };
    this.#spores = options.models.map((_, index) => keyOf(`debater ${index}`));
    const isOwn = (author: PublicKey): boolean => this.#spores.includes(author);
    this.#conclusions = createConclusions({
      get: (ids) => this.#feed.get(ids),
      // Nobody here validates, so nothing is disputed.
      ofTask: async () => [],
      isTrusted: isOwn,
      isOwn,
    });
    const { decoherence: fades, corroboration } = this.#mechanisms;
    this.#recall = createRecall({
      feed: this.#feed,
      path: join(this.#folder, "recall.db"),
      weights: {
        decoherence: (kind, ageMs, others) => (fades ? decoherence(kind, ageMs, others) : 1),
        // Each author under evaluation is an operator of its own.
        houseOf: (author) => (corroboration ? author : null),
        trust: options.trustOf ?? (() => 1),
        attention: () => 1,
      },
      now: options.now ?? (() => FIXTURE_START_MS),
      log: { warn: () => {}, info: () => {} },
    });
  }

  get recall(): RecallService {
    return this.#recall;
  }

  remember(
    content: string,
    author?: PublicKey,
    more: { readonly at?: number; readonly label?: Label } = {},
  ): StoredEntry {
    const from = author ?? (this.#spores[0] as PublicKey);
    return this.#feed.add(
      "memory",
      { content },
      { author: from, label: more.label ?? "cluster", at: more.at ?? FIXTURE_START_MS },
    );
  }

  /** What was agreed before, as it was then. */
  conclude(body: Body<"synthesis">, author = this.#spores[0] as PublicKey): void {
    this.#feed.add("synthesis", body, { author, at: FIXTURE_START_MS });
  }

  conclusions(): readonly Body<"synthesis">[] {
    return this.#feed.entries.flatMap((one) => (isKind(one, "synthesis") ? [one.entry.body] : []));
  }

  /** Everything one question takes; what was agreed stays in memory when `keep` says so. */
  async ask(question: string, keep = true): Promise<Outcome> {
    const own: StoredEntry[] = [];
    const asker = this.#spores[0] as PublicKey;
    const at = FIXTURE_START_MS;
    const task = fixtureEntry(
      1_000_000_000,
      "task",
      { description: question, priority: "normal" },
      { author: asker, at },
    );
    own.push(task);
    for (;;) {
      const state = foldTask(task.id, own);
      if (state === null) throw new Error("a task without its own entry");
      const progress = evaluateRounds(state, this.#context());
      const last = progress.rounds.at(-1);
      if (progress.phase === "synthesize" && last !== undefined) {
        const draft = toSynthesis(state, last, this.#limits, null, () => true);
        const body = draft.body;
        if (keep && body.outcome === "converged") {
          this.#feed.keep(own);
          this.#feed.add("synthesis", body, { author: asker, at, parents: draft.parents ?? [] });
        }
        return {
          text: body.text,
          converged: body.outcome === "converged",
          cycles: last.cycle,
          progress,
          state,
        };
      }
      const drafts = await Promise.all(
        this.#spores.map((_, index) => this.#contribute(index, state, progress)),
      );
      for (const [index, draft] of drafts.entries()) {
        own.push(
          fixtureEntry(1_000_000_001 + own.length, "contribution", draft.body, {
            author: this.#spores[index] as PublicKey,
            parents: draft.parents ?? [],
            at,
          }),
        );
      }
    }
  }

  async #contribute(index: number, state: TaskState, progress: Progress) {
    const { annealing, exploration, superposition } = this.#mechanisms;
    const explore = (anneal: Parameters<typeof explorationShare>[0]) =>
      exploration ? explorationShare(anneal) : 0;
    const reasoner = createModelReasoner({
      model: this.#options.models[index] as ChatModel,
      temperature: (anneal) => (annealing ? temperature(anneal) : T_COLD),
      exploration: explore,
      protocol: () => null,
      acceptedPosterior: () => this.#limits.acceptedPosterior,
      isOwn: (author) => this.#spores.includes(author),
      sourcesOf: async () => [],
      debug: () => {},
    });
    return await contribute(state, progress, {
      self: this.#spores[index] as PublicKey,
      role: ROLES[index % ROLES.length] as Role,
      recall: this.#recall,
      limits: this.#limits,
      reasonWithModel: reasoner.reason,
      extract: reasonExtractively,
      isOwn: (author) => this.#spores.includes(author),
      conclusions: this.#conclusions,
      exploration: explore,
      showsStanding: () => superposition,
    });
  }

  #context(): RoundContext {
    return {
      now: 0,
      participants: new Set(this.#spores),
      limits: this.#limits,
      receivedAt: () => 0,
      panelOf: () => FRESH_PANEL,
      isTrusted: () => true,
    };
  }

  async close(): Promise<void> {
    await this.#recall.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
