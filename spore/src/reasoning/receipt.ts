/** Puts a receipt together (shared/src/receipt.ts says what it proves). */

import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { SignedEntry } from "@synapse/shared/contract/entry.ts";
import { mostRestricted } from "@synapse/shared/contract/label.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { replicaKey } from "@synapse/shared/ids.ts";
import { RECEIPT_CONTRIBUTIONS_MAX, type Receipt } from "@synapse/shared/receipt.ts";
import type { KeyPair } from "../identity/keypair.ts";
import { signValue } from "../identity/signature.ts";
import type { TaskState } from "./task-state.ts";

export interface ReceiptDeps {
  readonly key: KeyPair;
  readonly certificateOf: (spore: PublicKey) => Certificate | null;
  readonly now: number;
}

/** @returns null while the task has no answer. `sources` and `evidence` are what this spore holds of what is named. */
export function toReceipt(
  state: TaskState,
  {
    sources,
    evidence,
  }: { readonly sources: readonly SignedEntry[]; readonly evidence: readonly SignedEntry[] },
  deps: ReceiptDeps,
): Receipt | null {
  if (state.answer === null) return null;
  const { entry: answer, synthesis } = state.answer;
  const upTo = synthesis.entry.body.cycle;
  const contributions = state.contributions.filter(({ entry }) => entry.body.cycle <= upTo);
  const entries: SignedEntry[] = [state.task, answer, synthesis, ...contributions, ...sources, ...evidence];
  const authors = [...new Set(entries.map(({ entry }) => replicaKey(entry.replica)))];
  const bare = ({ entry, signature }: SignedEntry) => ({ entry, signature }) as Receipt["task"];
  return signValue(
    {
      v: 1 as const,
      type: "synapse-receipt" as const,
      label: mostRestricted(entries.map(({ entry }) => entry.label)),
      rule: synthesis.entry.body.rule,
      task: bare(state.task),
      contributions: contributions.slice(0, RECEIPT_CONTRIBUTIONS_MAX).map(bare),
      synthesis: bare(synthesis),
      answer: bare(answer),
      sources: sources.slice(0, 64).map(bare),
      evidence: evidence.map(bare),
      certificates: authors.flatMap((author) => deps.certificateOf(author) ?? []),
      issued_at: deps.now,
      issuer: deps.key.publicKey,
    },
    "receipt",
    deps.key,
  );
}
