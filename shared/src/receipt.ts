/**
 * A receipt: everything an answer rests on, in one file that anybody can check without asking anyone.
 *
 * It holds the signed entries (task, contributions, synthesis, answer, cited memories), the certificates of their
 * authors, and the issuer's signature over the whole. `verifyReceipt` checks signatures, then puts the contributions
 * through the rule again and compares clusters, weights, posterior and quotations. What cannot be proven from the
 * inside is listed as asserted, not passed over.
 *
 * A receipt of a `cluster` or `private` answer holds that text; `label` says so.
 */
import { z } from "zod";
import { canonicalJson } from "./canonical-json.ts";
import { type Certificate, certificateProofs, certificateSchema } from "./contract/certificate.ts";
import {
  contentOf,
  type Entry,
  entrySchema,
  isKind,
  publicKeySchema,
  type SignedEntry,
  signatureSchema,
  timeMsSchema,
} from "./contract/entry.ts";
import { labelSchema } from "./contract/label.ts";
import { sha256Hex } from "./hash.ts";
import { type EntryId, replicaKey } from "./ids.ts";
import { aggregate, RULE, tally } from "./rule/aggregate.ts";
import { modelCorrelation } from "./rule/model-correlation.ts";
import { RULE_OPTIONS } from "./rule/options.ts";
import { digestOf, type SigningDomain, signingBytes, type VerifySignature } from "./signing.ts";

/** Larger than any receipt of 64 contributions and 12 sources of full size. */
export const RECEIPT_BYTES_MAX = 4 * 1024 * 1024;

const receiptEntrySchema = z.strictObject({ entry: entrySchema, signature: signatureSchema });

export const receiptSchema = z.strictObject({
  v: z.literal(1),
  type: z.literal("synapse-receipt"),
  label: labelSchema,
  rule: z.string().max(100),
  task: receiptEntrySchema,
  contributions: z.array(receiptEntrySchema).max(64),
  synthesis: receiptEntrySchema,
  answer: receiptEntrySchema,
  /** The cited memories. */
  sources: z.array(receiptEntrySchema).max(64),
  /** Evidence entries that the weights rest on. */
  evidence: z.array(receiptEntrySchema).max(512),
  certificates: z.array(certificateSchema).max(128),
  issued_at: timeMsSchema,
  issuer: publicKeySchema,
  signature: signatureSchema,
});
export type Receipt = z.infer<typeof receiptSchema>;

export interface ReceiptCheck {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

export interface ReceiptReport {
  /** Every check passed. */
  readonly valid: boolean;
  readonly checks: readonly ReceiptCheck[];
  /** What the receipt says without being able to prove it. */
  readonly asserted: readonly string[];
  /** As recomputed here; null where the receipt is too broken to say. */
  readonly answer: {
    readonly question: string;
    readonly text: string;
    readonly posterior: number;
    readonly outcome: "converged" | "unresolved";
    readonly verdict: "confirmed" | "disputed" | "unvalidated";
    readonly voices: readonly { readonly spore: string; readonly model: string; readonly weight: number }[];
  } | null;
}

/** Allows for the last bits of floating point on another machine, nothing more. */
const TOLERANCE = 1e-6;

/** Checks a receipt given as parsed JSON; never throws on what it contains. */
export async function verifyReceipt(json: unknown, verify: VerifySignature): Promise<ReceiptReport> {
  const parsed = receiptSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.join(".") || "the file";
    return {
      valid: false,
      checks: [{ name: "form", passed: false, detail: `${where}: ${issue?.message ?? "not a receipt"}` }],
      asserted: [],
      answer: null,
    };
  }
  const receipt = parsed.data;
  const checks: ReceiptCheck[] = [{ name: "form", passed: true, detail: "a receipt of version 1" }];
  const check = (name: string, problems: readonly string[], good: string) =>
    checks.push({
      name,
      passed: problems.length === 0,
      detail: problems.length === 0 ? good : problems.join("; "),
    });

  const parts = collect(receipt);
  check(...(await checkCertificates(receipt, verify)));
  check(...(await checkEntries(parts.all, receipt.certificates, verify)));
  const issuerSigned = await verifySigned(receipt, "receipt", receipt.issuer, verify);
  check(
    "issuer",
    issuerSigned ? [] : ["the receipt was changed after it was issued"],
    "signed by its issuer",
  );
  if (parts.core === null) {
    check("chain", ["task, synthesis and answer entries are of other kinds than they must be"], "");
    return { valid: false, checks, asserted: [], answer: null };
  }
  const { task, synthesis, answer, contributions } = parts.core;
  const { body } = synthesis.entry;
  check("chain", chainProblems(parts.core), "answer → synthesis → contributions → task");
  check("quotations", quotationProblems(parts), `${body.citations.length} quotations stand in their sources`);
  check("rule", ruleProblems(receipt, parts.core), `clusters, weights and posterior follow from ${RULE}`);
  const names = new Map(receipt.certificates.map((one) => [one.spore, one.name]));
  return {
    valid: checks.every(({ passed }) => passed),
    checks,
    asserted: assertions(receipt),
    answer: {
      question: task.entry.body.description,
      text: body.text,
      posterior: body.posterior,
      outcome: body.outcome,
      verdict: answer.entry.body.verdict,
      voices: body.weights.flatMap(({ contribution, weight }) => {
        const one = contributions.find(({ id }) => id === contribution);
        if (one === undefined) return [];
        const key = replicaKey(one.entry.replica);
        return [{ spore: names.get(key) ?? key, model: one.entry.body.model, weight }];
      }),
    },
  };
}

interface Core {
  readonly task: SignedEntry<"private" | "cluster" | "public", "task">;
  readonly synthesis: SignedEntry<"private" | "cluster" | "public", "synthesis">;
  readonly answer: SignedEntry<"private" | "cluster" | "public", "answer">;
  readonly contributions: readonly SignedEntry<"private" | "cluster" | "public", "contribution">[];
}

interface Parts {
  readonly all: readonly SignedEntry[];
  readonly sources: ReadonlyMap<EntryId, SignedEntry>;
  readonly core: Core | null;
}

function collect(receipt: Receipt): Parts {
  const toSigned = ({ entry, signature }: { entry: unknown; signature: string }): SignedEntry => ({
    id: idOf(entry),
    signature,
    entry: entry as Entry,
  });
  const [task, synthesis, answer] = [receipt.task, receipt.synthesis, receipt.answer].map(toSigned) as [
    SignedEntry,
    SignedEntry,
    SignedEntry,
  ];
  const contributions = receipt.contributions.map(toSigned);
  const sources = receipt.sources.map(toSigned);
  const evidence = receipt.evidence.map(toSigned);
  const spoken = contributions.filter((one) => isKind(one, "contribution"));
  const core =
    isKind(task, "task") &&
    isKind(synthesis, "synthesis") &&
    isKind(answer, "answer") &&
    spoken.length === contributions.length
      ? { task, synthesis, answer, contributions: spoken }
      : null;
  return {
    all: [task, synthesis, answer, ...contributions, ...sources, ...evidence],
    sources: new Map(sources.map((one) => [one.id, one])),
    core,
  };
}

function idOf(entry: unknown): EntryId {
  try {
    return sha256Hex(canonicalJson(entry)) as EntryId;
  } catch {
    // No canonical form (a lone surrogate, say): then no signature can match the empty id either.
    return "" as EntryId;
  }
}

async function verifySigned(
  value: { readonly signature: string },
  domain: SigningDomain,
  key: string,
  verify: VerifySignature,
): Promise<boolean> {
  return await verify(key, signingBytes(domain, digestOf(value)), value.signature);
}

type NamedCheck = [name: string, problems: string[], good: string];

async function checkCertificates(receipt: Receipt, verify: VerifySignature): Promise<NamedCheck> {
  const problems: string[] = [];
  for (const one of receipt.certificates) {
    for (const { key, message, signature } of certificateProofs(one)) {
      if (await verify(key, message, signature)) continue;
      const who = key === one.operator ? "signed by its operator" : "accepted by its spore";
      problems.push(`the certificate of ${one.name} is not ${who}`);
    }
  }
  const operators = new Set(receipt.certificates.map(({ operator }) => operator)).size;
  return ["certificates", problems, `${receipt.certificates.length} spores of ${operators} operator(s)`];
}

async function checkEntries(
  entries: readonly SignedEntry[],
  certificates: readonly Certificate[],
  verify: VerifySignature,
): Promise<NamedCheck> {
  const certified = new Set(certificates.map(({ spore }) => spore));
  const problems: string[] = [];
  for (const { id, entry, signature } of entries) {
    const author = replicaKey(entry.replica);
    if (!certified.has(author)) problems.push(`no certificate for the author of a ${entry.kind}`);
    else if (!(await verify(author, signingBytes("entry", id), signature))) {
      problems.push(`a ${entry.kind} was changed after it was signed`);
    }
  }
  return ["signatures", problems, `${entries.length} entries signed by their authors`];
}

function chainProblems({ task, synthesis, answer, contributions }: Core): string[] {
  const problems: string[] = [];
  if (answer.entry.body.synthesis !== synthesis.id) problems.push("the answer closes another synthesis");
  if (answer.entry.body.task !== task.id || synthesis.entry.body.task !== task.id) {
    problems.push("answer or synthesis belong to another task");
  }
  const ids = new Set(contributions.map(({ id }) => id));
  if (contributions.some(({ entry }) => entry.body.task !== task.id)) {
    problems.push("a contribution belongs to another task");
  }
  if (synthesis.entry.body.weights.some(({ contribution }) => !ids.has(contribution))) {
    problems.push("a weighed contribution is missing");
  }
  return problems;
}

function quotationProblems({ core, sources }: Parts): string[] {
  return (core?.synthesis.entry.body.citations ?? []).flatMap(({ id, quote }) => {
    const source = sources.get(id);
    if (source === undefined) return [`the cited memory ${id.slice(0, 12)} is missing`];
    return (contentOf(source.entry) ?? "").includes(quote)
      ? []
      : [`a quotation does not stand in ${id.slice(0, 12)}`];
  });
}

function ruleProblems(receipt: Receipt, { task, synthesis, contributions }: Core): string[] {
  const { body } = synthesis.entry;
  if (receipt.rule !== RULE || body.rule !== RULE) {
    return [`made under ${body.rule}; this program knows ${RULE} and cannot recompute it`];
  }
  const problems: string[] = [];
  const authorOf = new Map(contributions.map((one) => [one.id, replicaKey(one.entry.replica)]));
  const voices = body.weights.map(({ contribution, weight }) => ({
    id: contribution,
    author: authorOf.get(contribution) ?? "",
    weight,
  }));
  const frozen = body.clusters.map(({ members, value }) => ({ members, value }));
  const posterior = tally(frozen, voices).clusters[0]?.posterior ?? 0;
  if (Math.abs(posterior - body.posterior) > TOLERANCE) {
    problems.push(`the posterior is ${posterior.toFixed(4)}, not ${body.posterior.toFixed(4)}`);
  }
  // Without evidence every author weighs the same, and the whole way from the contributions can be walked again.
  if (body.weights.every(({ evidence }) => evidence.length === 0)) {
    const again = recompute(task, contributions, body.cycle);
    const weightOf = new Map(again.voices.map(({ id, weight }) => [id, weight]));
    if (voices.some(({ id, weight }) => Math.abs((weightOf.get(id) ?? -1) - weight) > TOLERANCE)) {
      problems.push("a weight does not follow from the contributions");
    }
    const shape = (clusters: readonly { readonly members: readonly string[] }[]) =>
      clusters.map(({ members }) => [...members].sort().join()).join("|");
    if (shape(again.clusters) !== shape(body.clusters))
      problems.push("the clusters do not follow from the contributions");
  }
  return problems;
}

/** Each author's newest word up to the cycle of the synthesis, through the rule. */
function recompute(task: Core["task"], contributions: Core["contributions"], cycle: number) {
  const ids = new Set<EntryId>(contributions.map(({ id }) => id));
  const latest = new Map<string, Core["contributions"][number]>();
  for (const one of contributions) {
    const author = replicaKey(one.entry.replica);
    const known = latest.get(author);
    if (one.entry.body.cycle > cycle) continue;
    if (known === undefined || known.entry.body.cycle < one.entry.body.cycle) latest.set(author, one);
  }
  return aggregate({
    ...RULE_OPTIONS,
    form: task.entry.body.answer,
    question: task.entry.body.description,
    correlation: modelCorrelation(
      [...latest].map(([author, { entry }]) => ({
        author,
        provider: entry.body.provider,
        model: entry.body.model,
      })),
    ),
    contributions: [...latest.values()].map(({ id, entry }) => ({
      id,
      author: replicaKey(entry.replica),
      text: entry.body.hypothesis,
      value: entry.body.value,
      confidence: entry.body.confidence,
      abstain: entry.body.abstain,
      weight: 1,
      independent: !entry.parents.some((parent) => ids.has(parent)),
      citations: entry.body.citations.map((citation) => citation.id),
    })),
  });
}

function assertions(receipt: Receipt): string[] {
  return [
    "that no contribution was left out: a receipt can only show what it names",
    "which model produced each contribution: spores state it, nothing proves it",
    ...(receipt.evidence.length > 0 ? ["that the named evidence is all the evidence there was"] : []),
    ...(receipt.synthesis.entry.kind === "synthesis" && receipt.contributions.length > 0
      ? ["the wording of the answer, where a model put the winning contributions into words"]
      : []),
  ];
}
