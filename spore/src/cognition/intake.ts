/**
 * What cognition keeps in memory of the change feed: surprise of what arrives, measured before it is learnt; what may
 * be dreamt of; graded items; claims; and how many entries are thoughts. A fold: a restart reads the newest entries again.
 */
import { contentOf, isKind, type Kind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, replicaKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { analyze } from "../retrieval/analyzer.ts";
import type { CognitionDeps } from "./cognition-port.ts";
import { Curiosity } from "./curiosity.ts";
import { TermRarity, termSet } from "./default-mode-network.ts";
import { REPLAY_MAX, type Replayable } from "./dream-replay.ts";
import { CLAIMS_MAX, type Claim } from "./emergence-detector.ts";
import type { Graded } from "./metacognitive-auditor.ts";

/** Entries read again after a start, newest first; older ones are known through what they left in the topics. */
const START_ENTRIES = 2_000;
/** Entries taken in at one tick; a flood waits its turn. */
const TICK_ENTRIES_MAX = 500;
/** Entries waiting for the next tick; beyond it the oldest are not measured, only counted. */
const WAITING_MAX = 5_000;
const GRADED_MAX = 2_000;
/** Questions remembered for the claims that answer them; a debate is over long before as many others were asked. */
export const TASKS_MAX = 1_000;
const CLAIM_CHARS_MIN = 20;

const LEARNT: ReadonlySet<Kind> = new Set(["memory", "contribution", "synthesis"]);

export interface ReplayItem extends Replayable {
  readonly id: EntryId;
  readonly label: Label;
}

export interface Question {
  readonly id: EntryId;
  readonly at: number;
}

export class Intake {
  readonly curiosity = new Curiosity();
  readonly rarity = new TermRarity();
  readonly #deps: CognitionDeps;
  #waiting: StoredEntry[] = [];
  #replay: ReplayItem[] = [];
  #graded: Graded[] = [];
  #claims: Claim[] = [];
  #questions: Question[] = [];
  readonly #confidence = new Map<EntryId, number>();
  readonly #tasks = new Map<EntryId, string>();
  #entries = 0;
  #thoughts = 0;
  #memories = 0;

  constructor(deps: CognitionDeps) {
    this.#deps = deps;
  }

  async open(): Promise<void> {
    for (const { kind, count } of await this.#deps.store.countsByKind()) {
      this.#entries += count;
      if (kind === "thought") this.#thoughts += count;
      if (kind === "memory") this.#memories += count;
    }
    const kinds: Kind[] = ["memory", "task", "contribution", "synthesis", "evidence", "thought"];
    const newest = await this.#deps.store.recent({ kinds }, START_ENTRIES);
    for (const stored of newest.toReversed()) this.#take(stored);
  }

  /** Called by the feed: quick, so that no writer waits for it. */
  add(entries: readonly StoredEntry[]): void {
    this.#entries += entries.length;
    for (const stored of entries) {
      if (stored.entry.kind === "thought") this.#thoughts += 1;
      if (stored.entry.kind === "memory") this.#memories += 1;
      this.#waiting.push(stored);
    }
    if (this.#waiting.length > WAITING_MAX) this.#waiting = this.#waiting.slice(-WAITING_MAX);
  }

  /** The gamma band: what arrived is measured and learnt. */
  tick(): void {
    for (const stored of this.#waiting.splice(0, TICK_ENTRIES_MAX)) this.#take(stored);
  }

  #take(stored: StoredEntry): void {
    if (isKind(stored, "task")) {
      this.#tasks.set(stored.id, stored.entry.body.description);
      const [oldest] = this.#tasks.keys();
      if (this.#tasks.size > TASKS_MAX && oldest !== undefined) this.#tasks.delete(oldest);
    }
    if (isKind(stored, "contribution")) this.#takeContribution(stored);
    if (isKind(stored, "evidence")) this.#takeEvidence(stored);
    const mine = replicaKey(stored.entry.replica) === this.#deps.self;
    if (isKind(stored, "thought") && mine && stored.entry.body.form === "question") {
      this.#questions.push({ id: stored.id, at: stored.entry.clock[0] });
    }
    if (LEARNT.has(stored.entry.kind)) this.#learn(stored);
  }

  #learn(stored: StoredEntry): void {
    const content = contentOf(stored.entry) ?? "";
    const author = replicaKey(stored.entry.replica);
    // Without numbers: a row of a log or table teaches nothing by having other figures than the row before.
    const { terms } = analyze(content.replaceAll(/\p{N}+/gu, " "));
    if (terms.size === 0) return;
    const { novelty } = this.curiosity.notice(stored.id, author, terms, stored.receivedAt);
    if (stored.entry.kind !== "memory") return;
    this.rarity.add(termSet(content));
    this.#replay.push({
      id: stored.id,
      content,
      label: stored.entry.label,
      surprise: novelty,
      trust: this.#deps.trustOf(author),
      at: stored.receivedAt,
      replays: 0,
    });
    if (this.#replay.length > REPLAY_MAX) this.#replay.shift();
  }

  #takeContribution(stored: StoredEntry<Label, "contribution">): void {
    const { body } = stored.entry;
    this.#confidence.set(stored.id, body.confidence);
    if (this.#confidence.size > GRADED_MAX) {
      const [oldest] = this.#confidence.keys();
      if (oldest) this.#confidence.delete(oldest);
    }
    if (body.abstain || body.cycle !== 1) return;
    const task = { id: body.task, text: this.#tasks.get(body.task) ?? "" };
    const author = replicaKey(stored.entry.replica);
    for (const text of body.claims.length > 0 ? body.claims : [body.hypothesis]) {
      if (text.length >= CLAIM_CHARS_MIN) this.#claims.push({ id: stored.id, author, text, task });
    }
    if (this.#claims.length > CLAIMS_MAX) this.#claims = this.#claims.slice(-CLAIMS_MAX);
  }

  /** A grade of one of our own contributions: the only measure of what we know. */
  #takeEvidence(stored: StoredEntry<Label, "evidence">): void {
    const { subject, dimension, source, topic, positive, rests_on } = stored.entry.body;
    if (subject !== this.#deps.self || dimension !== "competence" || source === "protocol") return;
    const confidence = rests_on.map((id) => this.#confidence.get(id)).find((one) => one !== undefined);
    if (confidence === undefined) return;
    this.#graded.push({ topic, confidence, correct: positive });
    if (this.#graded.length > GRADED_MAX) this.#graded.shift();
  }

  replayed(id: EntryId): void {
    this.#replay = this.#replay.map((item) =>
      item.id === id ? { ...item, replays: item.replays + 1 } : item,
    );
  }

  get replay(): readonly ReplayItem[] {
    return this.#replay;
  }
  get graded(): readonly Graded[] {
    return this.#graded;
  }
  get claims(): readonly Claim[] {
    return this.#claims;
  }
  /** Questions that this spore asked itself since a time. */
  questionsSince(at: number): number {
    return this.#questions.filter((question) => question.at >= at).length;
  }
  get counts() {
    return { entries: this.#entries, thoughts: this.#thoughts, memories: this.#memories };
  }
}
