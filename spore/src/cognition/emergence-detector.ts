/**
 * EmergenceDetector: what the collective found and no one was told. Pure.
 *
 * Two signs, each with evidence that anybody can replay from the entries named:
 * 1. **Convergence**: the same claim from at least three authors whose claims have no common ancestor in the provenance
 *    DAG. A shared memory, a peer's contribution, a synthesis read by two of them: each makes an echo of what looks like
 *    agreement. The question itself is no ancestor, as long as it does not contain the claim.
 * 2. **Synthesis**: an answer that none of the independent contributions held.
 *
 * Sameness is that of the rule by which answers are clustered, so "should" and "should not" never converge.
 */
import type { AnswerForm } from "@synapse/shared/contract/entry.ts";
import { clusterAnswers } from "@synapse/shared/rule/agreement.ts";
import { sameValue } from "@synapse/shared/rule/normalise.ts";

/** Three can still be chance among many; two are a coincidence (kept). */
export const AUTHORS_MIN = 3;
/** Claims compared at once: clustering looks at all pairs. */
export const CLAIMS_MAX = 96;

export interface Claim {
  /** The entry that states it. */
  readonly id: string;
  readonly author: string;
  readonly text: string;
  /** The question it answers; null for one nobody asked for. */
  readonly task: { readonly id: string; readonly text: string } | null;
}

export interface Convergence {
  readonly kind: "convergence";
  readonly text: string;
  /** One claim of each independent author, with everything it rests on. */
  readonly witnesses: readonly {
    readonly id: string;
    readonly author: string;
    readonly ancestors: readonly string[];
  }[];
}

export interface SynthesisFound {
  readonly kind: "synthesis";
  readonly id: string;
  readonly text: string;
  /** The independent contributions, none of which held the answer. */
  readonly inputs: readonly string[];
}

/**
 * @param ancestorsOf every entry a claim rests on, directly or not, without itself.
 */
export function findConvergence(
  claims: readonly Claim[],
  ancestorsOf: (id: string) => ReadonlySet<string>,
): Convergence[] {
  const recent = claims.slice(-CLAIMS_MAX).filter((claim) => !isTold(claim));
  const keyed = recent.map((claim, at) => ({ claim, key: `${String(at).padStart(4, "0")}` }));
  const byKey = new Map(keyed.map(({ key, claim }) => [key, claim]));
  const { clusters } = clusterAnswers(
    keyed.map(({ key, claim }) => ({ id: key, text: claim.text, value: null })),
    {},
  );
  return clusters.flatMap(({ members }) => {
    const own = members.flatMap((key) => byKey.get(key) ?? []);
    const witnesses = independentOf(own, ancestorsOf);
    const [first] = witnesses;
    if (first === undefined || witnesses.length < AUTHORS_MIN) return [];
    const text = own.find(({ id }) => id === first.id)?.text ?? "";
    return [{ kind: "convergence", text, witnesses } as const];
  });
}

/** One claim an author, as many as stand on nothing in common; the earliest are kept first. */
function independentOf(
  claims: readonly Claim[],
  ancestorsOf: (id: string) => ReadonlySet<string>,
): Convergence["witnesses"] {
  const taken: { id: string; author: string; ancestors: string[] }[] = [];
  const used = new Set<string>();
  for (const claim of claims) {
    if (taken.some(({ author }) => author === claim.author)) continue;
    const ancestors = [...ancestorsOf(claim.id)].filter((id) => id !== claim.task?.id);
    if ([claim.id, ...ancestors].some((id) => used.has(id))) continue;
    for (const id of [claim.id, ...ancestors]) used.add(id);
    taken.push({ id: claim.id, author: claim.author, ancestors });
  }
  return taken;
}

/** The question says it already: whoever repeats it found nothing. */
function isTold({ text, task }: Claim): boolean {
  if (task === null) return false;
  const { clusters } = clusterAnswers(
    [
      { id: "claim", text, value: null },
      ...task.text
        .split(/(?<=[.!?;:])\s+/)
        .map((sentence, at) => ({ id: `task ${at}`, text: sentence, value: null })),
    ],
    {},
  );
  return clusters.some(({ members }) => members.includes("claim") && members.length > 1);
}

export interface Answered {
  readonly id: string;
  readonly text: string;
  readonly value: string | null;
  readonly form: AnswerForm | null;
  /** Contributions of the blind round. */
  readonly independent: readonly {
    readonly id: string;
    readonly text: string;
    readonly value: string | null;
  }[];
  /** Contents of the memories that any input quoted. */
  readonly quoted: readonly string[];
}

/** Null where some input held the answer, or where fewer than two could have. */
export function findSynthesis(answer: Answered): SynthesisFound | null {
  const { id, text, value, form, independent, quoted } = answer;
  if (independent.length < 2 || text === "") return null;
  const held =
    form !== null
      ? value === null ||
        independent.some((one) => one.value !== null && sameValue(one.value, value, form)) ||
        quoted.some((content) => content.includes(value))
      : isHeld(text, [...independent.map((one) => one.text), ...quoted]);
  return held
    ? null
    : { kind: "synthesis", id, text: value ?? text, inputs: independent.map((one) => one.id) };
}

function isHeld(text: string, inputs: readonly string[]): boolean {
  const { clusters } = clusterAnswers(
    [
      { id: "answer", text, value: null },
      ...inputs.slice(0, CLAIMS_MAX).map((input, at) => ({ id: `input ${at}`, text: input, value: null })),
    ],
    {},
  );
  return clusters.some(({ members }) => members.includes("answer") && members.length > 1);
}
