/**
 * One spore under evaluation: the product's own trust ledger, entanglement and aggregation rule, with only the models
 * replaced by answers. Nothing here decides anything; a copy of the rule would prove nothing.
 *
 * Entries are made as a spore makes them, but not signed: signatures are tested elsewhere and change no number here.
 */
import type { AnswerForm } from "@synapse/shared/contract/entry.ts";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import { type Aggregate, type AggregateContribution, aggregate } from "@synapse/shared/rule/aggregate.ts";
import { gradeAnswer } from "@synapse/shared/rule/normalise.ts";
import { RULE_OPTIONS } from "@synapse/shared/rule/options.ts";
import { EntanglementLedger } from "@synapse/spore/quantum/entanglement.ts";
import type { StoredEntry } from "@synapse/spore/replica/feed.ts";
import { DECLARED } from "@synapse/spore/settings/declared.ts";
import { type Panel, TrustLedger } from "@synapse/spore/trust/ledger.ts";

export interface Asked {
  readonly id: string;
  readonly topic: string;
  readonly truth: string;
  readonly form: AnswerForm;
}

/** A voice's answer: null where it said something that could not be read. */
export interface Reply {
  readonly author: PublicKey;
  readonly value: string | null;
}

export interface RuleOptions {
  readonly interference?: boolean;
  /** Without it copies are not discounted. */
  readonly entanglement?: boolean;
  /** Partners that succeed together lend each other evidence; off by default, as it ships. */
  readonly lends?: boolean;
  /** Without it one set of weights serves all topics. */
  readonly topics?: boolean;
}

export const NOW = 1_800_000_000_000;

export class EvaluatedSpore {
  readonly #ledger: TrustLedger;
  readonly #options: RuleOptions;
  readonly #panels = new Map<string, Panel>();
  readonly #self = keyOf("the evaluated spore");
  #seq = 0;

  constructor(options: RuleOptions = {}) {
    this.#options = options;
    this.#ledger = new TrustLedger({
      self: this.#self,
      operatorOf: () => null,
      correlate: () =>
        options.entanglement === false
          ? { absorb: () => {}, correlation: () => 0 }
          : new EntanglementLedger(),
      lends: () => options.lends ?? DECLARED["quantum.entanglement_prior"].default,
    });
  }

  /** A task whose truth came out: every voice's answer is graded, and the grades are evidence. */
  learn(asked: Asked, replies: readonly Reply[]): void {
    this.#panels.clear();
    const task = this.#stored("task", this.#self, {
      description: asked.id,
      priority: "normal",
      answer: asked.form,
    });
    const entries: StoredEntry[] = [task];
    for (const { author, value } of replies) {
      const contribution = this.#stored("contribution", author, {
        task: task.id,
        cycle: 1,
        phase: "diverge",
        role: "generalist",
        provider: "recorded",
        model: author,
        temperature: 0,
        hypothesis: value ?? "no answer could be read",
        hypotheses: [],
        claims: [],
        citations: [],
        confidence: 1,
        value,
        abstain: false,
        response_to_peers: "",
      });
      const evidence = this.#stored("evidence", this.#self, {
        subject: author,
        topic: this.#topic(asked),
        dimension: "competence",
        positive: gradeAnswer(value, asked.truth, asked.form) === true,
        weight: 1,
        source: "probe",
        rests_on: [task.id, contribution.id],
        note: "",
      });
      entries.push(contribution, evidence);
    }
    this.#ledger.absorb(entries);
  }

  /** @param options replace the spore's own for this one answer, for paired comparisons. */
  answer(asked: Asked, replies: readonly Reply[], options: RuleOptions = this.#options): Aggregate {
    const panel = this.panel(
      replies.map(({ author }) => author),
      this.#topic(asked),
    );
    const contributions = replies.map(
      ({ author, value }): AggregateContribution => ({
        id: hashHex(`${asked.id} ${author}`),
        author,
        text: value ?? "",
        value,
        confidence: 1,
        abstain: value === null,
        weight: panel.weights.get(author)?.weight ?? 0,
        independent: true,
      }),
    );
    return aggregate({
      contributions,
      form: asked.form,
      correlation: panel.correlation,
      damping: panel.damping,
      interference: options.interference ?? RULE_OPTIONS.interference,
    });
  }

  panel(authors: readonly PublicKey[], topic: string): Panel {
    const key = `${topic} ${authors.join()}`;
    const known = this.#panels.get(key) ?? this.#ledger.panel(authors, topic, NOW);
    this.#panels.set(key, known);
    return known;
  }

  get ledger(): TrustLedger {
    return this.#ledger;
  }

  #topic({ topic }: Asked): string {
    return this.#options.topics === false ? "all" : topic;
  }

  #stored(kind: string, author: PublicKey, body: object): StoredEntry {
    this.#seq += 1;
    const entry = {
      v: 1,
      label: "cluster",
      replica: `${author}.${"0".repeat(16)}`,
      counter: this.#seq,
      clock: [NOW + this.#seq, 0],
      parents: [],
      kind,
      body,
    };
    const id = hashHex(`${this.#seq}`) as EntryId;
    return {
      id,
      signature: "",
      entry,
      seq: this.#seq,
      receivedAt: NOW + this.#seq,
    } as unknown as StoredEntry;
  }
}

/** True when the aggregate's winner is the right answer. */
export function isRight({ winner }: Aggregate, { truth, form }: Asked): boolean {
  return winner !== null && gradeAnswer(winner.value, truth, form) === true;
}

/** A stand-in key for a named voice; 43 characters like a real one. */
export function keyOf(name: string): PublicKey {
  return new Bun.CryptoHasher("sha256").update(`key ${name}`).digest("base64url").slice(0, 43) as PublicKey;
}

function hashHex(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
