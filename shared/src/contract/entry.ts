/**
 * The entry: the one thing that spores share.
 *
 * An entry is immutable. Its canonical bytes (canonical-json.ts) are hashed to its id, and its author signs the id:
 *
 *   id        = SHA-256(canonicalJson(entry))                      64 lowercase hex
 *   signature = Ed25519(spore key, "synapse/entry/1\n" + id)       base64url, 86 characters
 *
 * Invariants, checked by every spore before an entry is stored:
 * 1. The canonical bytes are at most ENTRY_BYTES_MAX.
 * 2. `replica` starts with the key that signed.
 * 3. `kind` decides the shape of `body`; unknown members are refused, so one meaning has one set of bytes.
 * 4. `label` is at least as restricted as the label of every parent (checked where the parents are known).
 * 5. Times are whole milliseconds since the Unix epoch; no float is used as a counter or a time.
 */
import { z } from "zod";
import {
  ENTRY_ID_PATTERN,
  type EntryId,
  PUBLIC_KEY_PATTERN,
  type PublicKey,
  REPLICA_ID_PATTERN,
  type ReplicaId,
} from "../ids.ts";
import { type Label, labelSchema } from "./label.ts";

/** The version written in `v`. A spore refuses entries of a version it does not know. */
export const ENTRY_VERSION = 1;
/** 16 KiB holds a long answer with its citations; larger text is split when it is remembered. */
export const ENTRY_BYTES_MAX = 16_384;
/** More parents than a synthesis over every role's contributions and their sources needs. */
export const PARENTS_MAX = 64;
/** Text of a memory or task, in UTF-16 code units; leaves room for metadata inside ENTRY_BYTES_MAX. */
export const CONTENT_CHARS_MAX = 8_000;
/** Latest millisecond an entry may claim (year 9999); keeps dates printable everywhere. */
export const TIME_MS_MAX = 253_402_300_799_999;

export const entryIdSchema = z.custom<EntryId>(
  (value) => typeof value === "string" && ENTRY_ID_PATTERN.test(value),
  "must be 64 lowercase hex characters",
);
export const publicKeySchema = z.custom<PublicKey>(
  (value) => typeof value === "string" && PUBLIC_KEY_PATTERN.test(value),
  "must be a base64url Ed25519 public key (43 characters)",
);
export const replicaIdSchema = z.custom<ReplicaId>(
  (value) => typeof value === "string" && REPLICA_ID_PATTERN.test(value),
  "must be <public key>.<16 hex incarnation>",
);
export const SIGNATURE_PATTERN = /^[A-Za-z0-9_-]{86}$/;
export const signatureSchema = z.string().regex(SIGNATURE_PATTERN, "must be a base64url Ed25519 signature");
export const timeMsSchema = z.int().min(0).max(TIME_MS_MAX);

const text = (max: number) => z.string().min(1).max(max);
const unit = z.number().min(0).max(1);

export const ROLES = [
  "explorer",
  "synthesizer",
  "adversarial",
  "validator",
  "generalist",
  "brain",
  "sentinel",
] as const;
export const roleSchema = z.enum(ROLES);
export type Role = z.infer<typeof roleSchema>;

export const PHASES = ["diverge", "deepen", "converge", "synthesize", "done", "unresolved"] as const;
export const phaseSchema = z.enum(PHASES);
export type Phase = z.infer<typeof phaseSchema>;

/** A form of answer that can be compared exactly, and graded without judgement. */
export const answerFormSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("number"), tolerance: z.number().min(0).optional() }),
  z.strictObject({ type: z.literal("choice"), options: z.array(text(200)).min(2).max(26) }),
  z.strictObject({ type: z.literal("json") }),
]);
export type AnswerForm = z.infer<typeof answerFormSchema>;

/** A quotation of a memory: `quote` stands in the cited entry's content word for word. */
export const citationSchema = z.strictObject({ id: entryIdSchema, quote: z.string().max(1_000) });
export type Citation = z.infer<typeof citationSchema>;

const jsonScalar = z.union(
  [z.null(), z.boolean(), z.number(), z.string().max(2_000)],
  "must be text, a number, true, false or null",
);
export const metadataSchema = z.record(
  text(64),
  z.union([jsonScalar, z.array(jsonScalar).max(32), z.record(text(64), jsonScalar)]),
);

/** The most cycles that a setting allows: nobody is followed beyond it, and what is said later is not read. */
export const CYCLES_MAX = 10;

export const bodySchemas = {
  /** Something remembered. `sequence` places it in a longer text or conversation, so recall can read around it. */
  memory: z.strictObject({
    content: text(CONTENT_CHARS_MAX),
    metadata: metadataSchema.optional(),
    sequence: z.strictObject({ document: text(200), index: z.int().min(0) }).optional(),
  }),
  task: z.strictObject({
    description: text(CONTENT_CHARS_MAX),
    priority: z.enum(["low", "normal", "high"]),
    answer: answerFormSchema.optional(),
  }),
  /** One spore's reasoning on one task in one cycle. Its parents are the ids of everything it was shown. */
  contribution: z.strictObject({
    task: entryIdSchema,
    cycle: z.int().min(1).max(1_000),
    phase: phaseSchema,
    role: roleSchema,
    provider: text(100),
    model: text(200),
    temperature: z.number().min(0).max(2),
    hypothesis: z.string().max(4_000),
    hypotheses: z.array(z.strictObject({ content: text(1_000), weight: unit })).max(5),
    claims: z.array(text(400)).max(8),
    citations: z.array(citationSchema).max(12),
    confidence: unit,
    /** Set where the task has an answer form: the normalised value, else null. */
    value: z.string().max(500).nullable(),
    /** The spore found nothing to say; it then carries no vote. */
    abstain: z.boolean(),
    response_to_peers: z.string().max(2_000),
  }),
  /** Contributions clustered, weighted and put into one text. Anyone can recompute the clusters from the parents. */
  synthesis: z.strictObject({
    task: entryIdSchema,
    cycle: z.int().min(1).max(1_000),
    text: z.string().max(6_000),
    value: z.string().max(500).nullable(),
    outcome: z.enum(["converged", "unresolved"]),
    posterior: unit,
    confidence: unit,
    clusters: z
      .array(
        z.strictObject({
          members: z.array(entryIdSchema).min(1).max(64),
          value: z.string().max(500).nullable(),
          mass: unit,
          posterior: unit,
          text: z.string().max(500),
        }),
      )
      .max(64),
    weights: z
      .array(
        z.strictObject({
          contribution: entryIdSchema,
          weight: z.number().min(0),
          /** Trust in the author before confidence, copies and damping; absent: 1. */
          trust: z.number().min(0).optional(),
          evidence: z.array(entryIdSchema).max(32),
        }),
      )
      .max(64),
    /** What else the weights came from (rule/panel.ts); absent where nothing was graded and no setting differs. */
    panel: z
      .strictObject({
        damping: unit,
        interference: z.boolean(),
        /** Two places in `weights` and how often the two err alike. */
        pairs: z.array(z.tuple([z.int().min(0).max(63), z.int().min(0).max(63), unit])).max(256),
        calibration: z.strictObject({ slope: z.number(), shift: z.number(), items: z.number().min(0) }),
      })
      .optional(),
    dissent: z.array(z.strictObject({ text: text(500), holders: z.array(publicKeySchema).max(64) })).max(16),
    citations: z.array(citationSchema).max(12),
    provider: text(100),
    model: text(200),
    rule: text(100),
    embedder: text(100),
  }),
  /** Closes a task. Its author is the validator where there was one, else the synthesiser. */
  answer: z.strictObject({
    task: entryIdSchema,
    synthesis: entryIdSchema,
    verdict: z.enum(["confirmed", "disputed", "unvalidated"]),
    note: z.string().max(1_000),
  }),
  /** One observation about one spore. Observers speak for themselves only: nobody can write anybody's score. */
  evidence: z.strictObject({
    subject: publicKeySchema,
    topic: text(64),
    dimension: z.enum(["integrity", "causality", "consistency", "competence", "calibration"]),
    positive: z.boolean(),
    weight: z.number().min(0).max(1),
    source: z.enum(["checkable", "probe", "outcome", "commander", "protocol"]),
    rests_on: z.array(entryIdSchema).max(16),
    note: z.string().max(500),
  }),
  /** Hides entries of the same author or operator. Nothing is deleted; an add that was not named stays visible. */
  retraction: z.strictObject({ targets: z.array(entryIdSchema).min(1).max(64), reason: z.string().max(500) }),
  thought: z.strictObject({
    form: z.enum(["free_thought", "dream", "audit", "question", "emergence", "broadcast"]),
    content: text(4_000),
    novelty: z.number().min(0),
    details: metadataSchema.optional(),
  }),
  /**
   * What an operator says about a key of its own, its spores' or itself: that another took its place, or that nobody
   * speaks with it any more. Signed by the operator, whoever's spore carries it; domain "key", over the body.
   */
  key: z.strictObject({
    operator: publicKeySchema,
    key: publicKeySchema,
    successor: publicKeySchema.nullable(),
    reason: z.string().max(200),
    issued_at: timeMsSchema,
    signature: signatureSchema,
  }),
  proposal: z.strictObject({
    step: z.enum(["propose", "approve", "reject", "apply", "keep", "roll_back"]),
    proposal: entryIdSchema.nullable(),
    observation: z.string().max(2_000),
    hypothesis: z.string().max(2_000),
    setting: z.string().max(100),
    from: jsonScalar,
    to: jsonScalar,
    success: z.string().max(1_000),
    risk: z.enum(["low", "medium", "high"]),
    details: metadataSchema.optional(),
  }),
} as const;

export type Kind = keyof typeof bodySchemas;
export const KINDS = Object.keys(bodySchemas) as readonly Kind[];
export type Body<K extends Kind> = z.infer<(typeof bodySchemas)[K]>;

/** Hybrid logical clock: milliseconds, then a count that orders events inside one millisecond (Kulkarni et al. 2014). */
export const hlcSchema = z.tuple([timeMsSchema, z.int().min(0).max(0xffff_ffff)]);
export type Hlc = readonly [ms: number, count: number];

const envelope = {
  v: z.literal(ENTRY_VERSION),
  label: labelSchema,
  replica: replicaIdSchema,
  /** 1, 2, 3 … in each replica; (replica, counter) is the entry's dot. */
  counter: z.int().min(1),
  clock: hlcSchema,
  parents: z.array(entryIdSchema).max(PARENTS_MAX),
};

const variant = <K extends Kind>(kind: K) =>
  z.strictObject({ ...envelope, kind: z.literal(kind), body: bodySchemas[kind] });

export const entrySchema = z.discriminatedUnion("kind", [
  variant("memory"),
  variant("task"),
  variant("contribution"),
  variant("synthesis"),
  variant("answer"),
  variant("evidence"),
  variant("retraction"),
  variant("thought"),
  variant("key"),
  variant("proposal"),
]);

interface Envelope<L extends Label> {
  readonly v: typeof ENTRY_VERSION;
  readonly label: L;
  readonly replica: ReplicaId;
  readonly counter: number;
  readonly clock: Hlc;
  readonly parents: readonly EntryId[];
}

/** An unsigned entry. `Entry<"private">` and `Entry<"public">` are different types on purpose. */
export type Entry<L extends Label = Label, K extends Kind = Kind> = {
  [P in K]: Envelope<L> & { readonly kind: P; readonly body: Body<P> };
}[K];

/** An entry with the id of its canonical bytes and its author's signature over that id. */
export interface SignedEntry<L extends Label = Label, K extends Kind = Kind> {
  readonly id: EntryId;
  readonly signature: string;
  readonly entry: Entry<L, K>;
}

export function isKind<K extends Kind, L extends Label>(
  signed: SignedEntry<L>,
  kind: K,
): signed is SignedEntry<L, K> {
  return signed.entry.kind === kind;
}

/** The task an entry belongs to, if any; a task belongs to itself. */
export function taskOf(signed: SignedEntry): EntryId | null {
  const { entry } = signed;
  if (entry.kind === "task") return signed.id;
  return "task" in entry.body ? entry.body.task : null;
}

/** The text by which an entry is recalled, or null for kinds that are not recalled. */
export function contentOf(entry: Entry): string | null {
  switch (entry.kind) {
    case "memory":
    case "thought":
      return entry.body.content;
    case "task":
      return entry.body.description;
    case "synthesis":
      return entry.body.text;
    case "contribution":
      return entry.body.hypothesis;
    default:
      return null;
  }
}
