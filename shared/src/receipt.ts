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
import { RULE } from "./rule/aggregate.ts";
import { isOwnWords, synthesisProblems, winnersWords } from "./rule/synthesis-check.ts";
import { digestOf, type SigningDomain, signingBytes, type VerifySignature } from "./signing.ts";

/** Larger than any receipt of 256 contributions and 64 sources of usual size. */
export const RECEIPT_BYTES_MAX = 8 * 1024 * 1024;

/** Every cycle of as many voices as a synthesis weighs. */
export const RECEIPT_CONTRIBUTIONS_MAX = 256;

/** Of the winner's own words beside a model's wording, in UTF-16 code units. */
const WORDS_SHOWN = 400;

const receiptEntrySchema = z.strictObject({ entry: entrySchema, signature: signatureSchema });

export const receiptSchema = z.strictObject({
  v: z.literal(1),
  type: z.literal("synapse-receipt"),
  label: labelSchema,
  rule: z.string().max(100),
  task: receiptEntrySchema,
  contributions: z.array(receiptEntrySchema).max(RECEIPT_CONTRIBUTIONS_MAX),
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

/** Checks a receipt given as parsed JSON; never throws on what it contains. */
export async function verifyReceipt(json: unknown, verify: VerifySignature): Promise<ReceiptReport> {
  const parsed = receiptSchema.safeParse(json);
  if (!parsed.success) {
    return {
      valid: false,
      checks: [{ name: "form", passed: false, detail: formProblem(json, parsed.error) }],
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
  check(
    "evidence",
    evidenceProblems(parts),
    `${parts.evidence.size} observations, each about the author it weighs`,
  );
  check("rule", ruleProblems(receipt, parts.core), `clusters, weights and posterior follow from ${RULE}`);
  const names = new Map(receipt.certificates.map((one) => [one.spore, one.name]));
  return {
    valid: checks.every(({ passed }) => passed),
    checks,
    asserted: assertions(parts),
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

/** The first thing that is wrong with the form, for people who do not know it. */
function formProblem(json: unknown, error: z.ZodError): string {
  const issue = error.issues[0];
  const path = issue?.path ?? [];
  const found = path.reduce<unknown>((holder, key) => (holder as never)?.[key], json);
  const where = path.length === 0 ? "the file" : path.join(".");
  const no = "this is no receipt of version 1";
  if (issue?.code === "unrecognized_keys") return `${no}: ${where} has a member that no receipt has there`;
  if (path.length === 0) return `${no}: a receipt is an object with named members`;
  return `${no}: ${where} is ${found === undefined ? "missing" : "not what a receipt has there"}`;
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
  readonly evidence: ReadonlyMap<EntryId, SignedEntry>;
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
    evidence: new Map(evidence.map((one) => [one.id, one])),
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

function ruleProblems(receipt: Receipt, core: Core): string[] {
  const { task, synthesis, contributions } = core;
  const { body } = synthesis.entry;
  if (receipt.rule !== RULE || body.rule !== RULE) {
    return [`made under ${body.rule}; this program knows ${RULE} and cannot recompute it`];
  }
  const { description: question, answer: form } = task.entry.body;
  return [...synthesisProblems(synthesis.entry, { question, form, contributions })];
}

/** Evidence that is named as the ground of a voice's trust must be about that voice's author. */
function evidenceProblems({ core, evidence }: Parts): string[] {
  if (core === null) return [];
  const authors = new Map<EntryId, string>(
    core.contributions.map(({ id, entry }) => [id, replicaKey(entry.replica)]),
  );
  return core.synthesis.entry.body.weights.flatMap(({ contribution, evidence: named }) =>
    named.flatMap((id) => {
      const entry = evidence.get(id)?.entry;
      if (entry === undefined) return [];
      return entry.kind === "evidence" && entry.body.subject === authors.get(contribution)
        ? []
        : [`the evidence ${id.slice(0, 12)} is about somebody else`];
    }),
  );
}

function assertions({ core, evidence }: Parts): string[] {
  if (core === null) return [];
  const { weights, panel } = core.synthesis.entry.body;
  const named = new Set(weights.flatMap(({ evidence: ids }) => ids));
  const parents = new Set<EntryId>(core.synthesis.entry.parents);
  const unweighed = core.contributions.filter(
    ({ id, entry }) => entry.body.cycle === core.synthesis.entry.body.cycle && !parents.has(id),
  ).length;
  const absent = [...named].filter((id) => !evidence.has(id)).length;
  return [
    "that no contribution was left out: a receipt can only show what it names",
    ...(unweighed > 0 ? [`that ${unweighed} enclosed contributions came too late to be weighed`] : []),
    "which model produced each contribution: spores state it, nothing proves it",
    ...(weights.some(({ trust }) => trust !== undefined)
      ? [
          "how far each author is trusted: the synthesiser's own view, from the named evidence and what it rests on",
        ]
      : []),
    ...(named.size > 0 ? ["that the named evidence is all the evidence there was: the newest is named"] : []),
    ...(absent > 0 ? [`${absent} entries of evidence are named and not enclosed`] : []),
    ...((panel?.pairs.length ?? 0) > 0
      ? ["which authors err together: learnt from graded tasks that are not enclosed"]
      : []),
    ...((panel?.calibration.items ?? 0) > 0
      ? ["how stated confidence is to be read: learnt from graded answers that are not enclosed"]
      : []),
    ...wordingAsserted(core),
  ];
}

/** A model's wording is its own, and half a sentence may say the contrary: what was voted for is shown beside it. */
function wordingAsserted({ synthesis, contributions }: Core): string[] {
  const { body } = synthesis.entry;
  if (isOwnWords(body, contributions)) return [];
  const words = winnersWords(body, contributions) ?? "";
  const shown = words.length > WORDS_SHOWN ? `${words.slice(0, WORDS_SHOWN).toWellFormed()}…` : words;
  return [
    `the wording of the answer, by ${body.model} (${body.provider}); what the voices agreed on says: "${shown}"`,
  ];
}
