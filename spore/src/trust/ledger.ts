/**
 * Trust as the rest of the spore uses it: a fold of the change feed that answers "how much should each of these voices
 * weigh on this topic", and can explain every number down to the evidence it rests on.
 *
 * 1. A view: thrown away and fed the same entries again, in any order that keeps parents first, it answers the same.
 * 2. It writes nothing. Evidence is written by whoever graded, as an entry like any other.
 * 3. Bounded: the answers of at most OPEN_TASKS_MAX ungraded tasks and GRADED_ITEMS_MAX graded ones are kept.
 */
import { type AnswerForm, isKind } from "@synapse/shared/contract/entry.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { type AnswerItem, clusterAnswers } from "@synapse/shared/rule/agreement.ts";
import { type Calibration, uncalibrated } from "@synapse/shared/rule/panel.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { fitCalibration, type GradedConfidence } from "./calibration.ts";
import { type Evidence, EvidenceBook, evidenceOf, FOREIGN_OBSERVATIONS_MAX } from "./evidence.ts";
import { type Answer, firstVotes } from "./first-votes.ts";
import {
  type Correlation,
  fitJointWeights,
  GRADED_ITEMS_MAX,
  type GradedItem,
  type JointWeights,
  type Partners,
} from "./joint-weights.ts";
import { type TrustView, viewTrust } from "./lattice.ts";
import { panelWeights } from "./panel.ts";
import { GENERAL_TOPIC, topicOf } from "./topic.ts";

export interface TrustLedgerDeps {
  readonly self: PublicKey;
  /** The operator whose certificate a spore carries; null while it is unknown. */
  readonly operatorOf: (spore: PublicKey) => string | null;
  /** The key that stands for this one today, where its operator replaced it; itself by default. */
  readonly identityOf?: (spore: PublicKey) => PublicKey;
  /** Nothing that this key says or did counts any more; none by default. */
  readonly isRevoked?: (spore: PublicKey) => boolean;
  /** Folds graded items into pairwise error correlations: the entanglement ledger, handed in. */
  readonly correlate: () => {
    absorb(item: GradedItem): void;
    readonly correlation: Correlation;
    readonly partners?: () => Partners;
  };
  /** Whether partners lend each other evidence, read at each use; off by default. */
  readonly lends?: () => boolean;
}

export interface PanelWeight {
  readonly author: PublicKey;
  readonly weight: number;
  readonly lower: number;
  readonly tier: string;
  /** The newest evidence behind the weight, at most EVIDENCE_SHOWN ids: what a receipt names. */
  readonly evidence: readonly EntryId[];
}

/** Everything `aggregate` needs to know about who is speaking. */
export interface Panel {
  readonly weights: ReadonlyMap<PublicKey, PanelWeight>;
  readonly correlation: Correlation;
  readonly damping: number;
  readonly bestPeer: string | null;
  readonly calibration: Calibration;
  /** Graded items behind all of it; 0: nothing was learnt yet. */
  readonly gradedItems: number;
}

/** Ungraded tasks whose answers wait for a grade; older ones can still be graded, but not learnt from jointly. */
const OPEN_TASKS_MAX = 20_000;
/** Enough of an answer to tell its position. */
const TEXT_KEPT = 600;
const EVIDENCE_SHOWN = 32;
/** New grades until the joint weights are fitted again: none while there are few, a tenth later on. */
const REFIT_SHARE = 0.1;
/** A view ages: evidence fades by a thousandth in this time. */
const VIEW_TTL_MS = 3_600_000;
/** Panels remembered between two changes of what is known: one for each open task and cycle, mostly the same. */
const PANELS_MAX = 256;

interface TaskRecord {
  readonly form: AnswerForm | undefined;
  readonly question: string;
  readonly topic: string;
  readonly answers: Map<EntryId, AnswerItem & Answer>;
  /** What was answered, and how sure: the newest synthesis. */
  synthesis: { readonly members: readonly EntryId[]; readonly stated: number } | null;
}

/** A graded task with the cluster of each of its contributions. */
export interface LedgerItem extends GradedItem {
  readonly supports: ReadonlyMap<string, string>;
}

interface Fit {
  readonly joint: JointWeights;
  readonly correlation: Correlation;
  readonly calibration: Calibration;
  readonly reliability: readonly GradedConfidence[];
  readonly items: number;
  readonly grades: number;
  /** Which peers had changed, and who lends: a turncoat must not keep its weight until the next round number. */
  readonly changes: string;
}

export class TrustLedger {
  readonly #deps: TrustLedgerDeps;
  #book = new EvidenceBook();
  #tasks = new Map<EntryId, TaskRecord>();
  #taskOfAnswer = new Map<EntryId, EntryId>();
  #gradedTasks = new Map<EntryId, Set<Evidence>>();
  #view: { readonly view: TrustView; readonly at: number } | null = null;
  #fit: Fit | null = null;
  #grades = 0;
  readonly #panels = new Map<string, { readonly panel: Panel; readonly view: TrustView }>();

  constructor(deps: TrustLedgerDeps) {
    this.#deps = deps;
  }

  /** @returns subjects about whom something new is known: one `trust` event each. */
  absorb(entries: readonly StoredEntry[]): ReadonlySet<PublicKey> {
    const touched = new Set<PublicKey>();
    for (const stored of entries) {
      if (isKind(stored, "task")) this.#absorbTask(stored);
      else if (isKind(stored, "contribution")) this.#absorbContribution(stored);
      else if (isKind(stored, "synthesis")) this.#absorbSynthesis(stored);
      const evidence = this.#evidenceOf(stored);
      if (evidence === null) continue;
      const most = this.isOwn(evidence.observer) ? undefined : FOREIGN_OBSERVATIONS_MAX;
      if (!this.#book.add(evidence, most)) continue;
      touched.add(evidence.subject);
      if (this.#movesView(evidence)) this.#view = null;
      if (evidence.dimension === "competence") this.#absorbGrade(evidence);
    }
    return touched;
  }

  /** False for the word of somebody whom nobody hears: a flood of strangers' observations rebuilds nothing. */
  #movesView({ observer, subject }: Evidence): boolean {
    const view = this.#view?.view;
    if (view === undefined || view.hears(observer)) return true;
    // By being named, one of this commander's own spores becomes known as an anchor.
    return this.isOwn(subject) && view.observerTrust(subject) === 0;
  }

  /** Takes the place of what it knew what another has folded, which is of no use afterwards. */
  adopt(folded: TrustLedger): void {
    this.#book = folded.#book;
    this.#tasks = folded.#tasks;
    this.#taskOfAnswer = folded.#taskOfAnswer;
    this.#gradedTasks = folded.#gradedTasks;
    this.#grades = folded.#grades;
    this.#panels.clear();
    this.#view = null;
    this.#fit = null;
  }

  /** Whether anything is known of a spore, or by it. */
  knows(isMeant: (spore: PublicKey) => boolean): boolean {
    return this.#book.all().some(({ subject, observer }) => isMeant(subject) || isMeant(observer));
  }

  #identityOf(spore: PublicKey): PublicKey {
    return this.#deps.identityOf?.(spore) ?? spore;
  }

  #evidenceOf(stored: StoredEntry): Evidence | null {
    const evidence = evidenceOf(stored);
    if (evidence === null || this.#deps.isRevoked?.(evidence.observer)) return null;
    const observer = this.#identityOf(evidence.observer);
    const subject = this.#identityOf(evidence.subject);
    // What becomes a word about oneself by that moves no score: the lattice leaves it out.
    return { ...evidence, observer, subject };
  }

  /** The topic under which a task's grades are kept. */
  topicOf(task: EntryId): string {
    return this.#tasks.get(task)?.topic ?? GENERAL_TOPIC;
  }

  view(now: number): TrustView {
    const cached = this.#view;
    if (cached !== null && Math.abs(now - cached.at) < VIEW_TTL_MS) return cached.view;
    const evidence = this.#book.all();
    const view = viewTrust({
      evidence,
      anchors: this.#anchors(evidence),
      operatorOf: (spore) => this.#operatorOf(spore),
      now,
    });
    this.#view = { view, at: now };
    return view;
  }

  /** Weights of the authors of one panel for a task of this topic. */
  panel(authors: readonly PublicKey[], topic: string, now: number): Panel {
    const view = this.view(now);
    const key = `${this.#deps.lends?.() ?? false} ${topic} ${[...new Set(authors)].sort().join()}`;
    const known = this.#panels.get(key);
    if (known?.view === view) return known.panel;
    if (this.#panels.size >= PANELS_MAX) this.#panels.clear();
    const panel = this.#weigh(authors, topic, view);
    this.#panels.set(key, { panel, view });
    return panel;
  }

  #weigh(authors: readonly PublicKey[], topic: string, view: TrustView): Panel {
    const { joint, correlation, calibration, items } = this.#fitted(view);
    const voices = [...new Set(authors)].sort().map((author) => {
      const identity = this.#identityOf(author);
      return {
        author,
        operator: this.#operatorOf(author),
        weight: this.#deps.isRevoked?.(author) ? 0 : joint.weightOf(identity, topic),
        proven: view.score(identity, null).tier !== "stranger" && joint.itemsOf(identity) > 0,
        own: this.isOwn(author),
      };
    });
    const limited = panelWeights(voices);
    const weights = new Map<PublicKey, PanelWeight>();
    for (const { author } of voices) {
      const identity = this.#identityOf(author);
      const { lower, tier } = view.score(identity, topic);
      const heard = this.#book.about(identity).filter(({ observer }) => view.hears(observer));
      const evidence = heard.slice(-EVIDENCE_SHOWN);
      weights.set(author, {
        author,
        weight: limited.get(author) ?? 0,
        lower,
        tier,
        evidence: evidence.map(({ id }) => id),
      });
    }
    const { damping, bestPeer } = joint;
    return { weights, correlation, damping, bestPeer, calibration, gradedItems: items };
  }

  /** How the confidence of graded answers compared with what came out. */
  reliability(now: number): readonly GradedConfidence[] {
    return this.#fitted(this.view(now)).reliability;
  }

  /** One of this commander's own spores. */
  isOwn(spore: PublicKey): boolean {
    return this.#operatorOf(spore) === this.#operatorOf(this.#deps.self);
  }

  /** Every observation about a spore, newest last: the ground any score stands on. */
  explain(subject: PublicKey): readonly Evidence[] {
    return this.#book.about(subject);
  }

  /** Graded tasks as the joint fit sees them, oldest first. */
  gradedItems(view: TrustView): readonly LedgerItem[] {
    const items = [...this.#gradedTasks].flatMap(([task, grades]) => this.#itemOf(task, grades, view) ?? []);
    return items.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }

  #absorbTask(stored: StoredEntry): void {
    if (!isKind(stored, "task")) return;
    const { description, answer } = stored.entry.body;
    this.#tasks.set(stored.id, {
      form: answer,
      question: description,
      topic: topicOf(description),
      answers: new Map(),
      synthesis: null,
    });
    if (this.#tasks.size <= OPEN_TASKS_MAX + GRADED_ITEMS_MAX) return;
    for (const [id, { answers }] of this.#tasks) {
      if (this.#gradedTasks.has(id)) continue;
      for (const answer of answers.keys()) this.#taskOfAnswer.delete(answer);
      this.#tasks.delete(id);
      break;
    }
  }

  #absorbContribution(stored: StoredEntry): void {
    if (!isKind(stored, "contribution")) return;
    const { task, hypothesis, value, cycle, abstain } = stored.entry.body;
    const record = this.#tasks.get(task);
    if (record === undefined || abstain) return;
    this.#taskOfAnswer.set(stored.id, task);
    record.answers.set(stored.id, {
      id: stored.id,
      text: hypothesis.slice(0, TEXT_KEPT),
      value,
      author: this.#identityOf(replicaKey(stored.entry.replica)),
      cycle,
    });
  }

  #absorbSynthesis(stored: StoredEntry): void {
    if (!isKind(stored, "synthesis")) return;
    const { task, clusters, confidence, panel } = stored.entry.body;
    const record = this.#tasks.get(task);
    if (record === undefined) return;
    record.synthesis = {
      members: clusters[0]?.members ?? [],
      stated: panel === undefined ? confidence : uncalibrated(confidence, panel.calibration),
    };
  }

  #absorbGrade(evidence: Evidence): void {
    for (const id of evidence.restsOn) {
      const task = this.#taskOfAnswer.get(id);
      if (task === undefined) continue;
      const grades = this.#gradedTasks.get(task) ?? new Set();
      this.#gradedTasks.set(task, grades.add(evidence));
      this.#grades += 1;
      break;
    }
    if (this.#gradedTasks.size <= GRADED_ITEMS_MAX) return;
    const oldest = this.#gradedTasks.keys().next().value;
    if (oldest !== undefined) this.#gradedTasks.delete(oldest);
  }

  #itemOf(task: EntryId, grades: ReadonlySet<Evidence>, view: TrustView): LedgerItem | null {
    const record = this.#tasks.get(task);
    if (record === undefined) return null;
    const answers = [...record.answers.values()];
    const { clusters } = clusterAnswers(answers, record);
    const clusterOf = new Map(
      clusters.flatMap(({ members }, index) => members.map((id) => [id, String(index)])),
    );
    const support = new Map<string, number>();
    let [weight, at, topic] = [0, 0, record.topic];
    for (const grade of grades) {
      if (!this.#book.isCurrent(grade)) continue;
      const { observer, positive, weight: share, restsOn, at: gradedAt, topic: named } = grade;
      const trusted = share * view.observerTrust(observer);
      const cluster = clusterOf.get(restsOn.find((id) => clusterOf.has(id)) ?? ("" as EntryId));
      if (cluster !== undefined)
        support.set(cluster, (support.get(cluster) ?? 0) + (positive ? trusted : -trusted));
      if (trusted > weight) [weight, topic] = [trusted, named];
      at = Math.max(at, gradedAt);
    }
    if (weight === 0) return null;
    const best = [...support].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0];
    return {
      id: task,
      topic,
      at,
      weight,
      votes: firstVotes(answers, clusterOf, (author) => at >= view.changedAt(author)),
      truth: best !== undefined && best[1] > 0 ? best[0] : null,
      supports: clusterOf,
    };
  }

  #fitted(view: TrustView): Fit {
    const known = this.#fit;
    const lends = this.#deps.lends?.() ?? false;
    const changes = [lends, ...view.subjects.map((subject) => view.changedAt(subject))].join();
    const fresh = known !== null && this.#grades <= known.grades * (1 + REFIT_SHARE);
    if (fresh && known.changes === changes) return known;
    const items = this.gradedItems(view);
    const correlator = this.#deps.correlate();
    for (const item of items) correlator.absorb(item);
    const { correlation } = correlator;
    const reliability = items.flatMap((item) => this.#confidenceOf(item) ?? []);
    this.#panels.clear();
    this.#fit = {
      joint: fitJointWeights(items, correlation, lends ? correlator.partners?.() : undefined),
      correlation,
      calibration: fitCalibration(reliability),
      reliability,
      items: items.length,
      grades: this.#grades,
      changes,
    };
    return this.#fit;
  }

  /** Whether the answer to a graded task was right, and how sure its supporters had been. */
  #confidenceOf({ id, truth, weight, supports }: LedgerItem): GradedConfidence | null {
    const synthesis = this.#tasks.get(id as EntryId)?.synthesis;
    if (!synthesis || synthesis.members.length === 0) return null;
    const right = truth !== null && synthesis.members.some((member) => supports.get(member) === truth);
    return { stated: synthesis.stated, right, weight };
  }

  #anchors(evidence: readonly Evidence[]): ReadonlySet<PublicKey> {
    const anchors = new Set([this.#deps.self]);
    for (const { subject, observer } of evidence) {
      if (this.isOwn(subject)) anchors.add(subject);
      if (this.isOwn(observer)) anchors.add(observer);
    }
    return anchors;
  }

  /** A spore without a known operator is a house of its own. */
  #operatorOf(spore: PublicKey): string {
    return this.#deps.operatorOf(spore) ?? spore;
  }
}
