/**
 * A proposal as a fold over its entries, and what makes each of them count. Pure.
 *
 * 1. Every step must come from a spore of the same commander and must not be public: what strangers sign changes nothing.
 * 2. The first decision counts (by clock, then id); a later one is ignored.
 * 3. A step counts only where its predecessor does: nothing is applied that was not approved, nothing kept or rolled
 *    back that was not applied. Each spore applies and evaluates for itself.
 * 4. Steps repeat what they are about; where that differs from the proposal itself, the step does not count.
 */
import type { Body } from "@synapse/shared/contract/entry.ts";
import { isKind } from "@synapse/shared/contract/entry.ts";
import type { Label } from "@synapse/shared/contract/label.ts";
import { type EntryId, type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import type { StoredEntry } from "../replica/feed.ts";

type ProposalEntry = StoredEntry<Label, "proposal">;
type ProposalBody = Body<"proposal">;

export interface Deployment {
  readonly spore: PublicKey;
  readonly appliedAt: number;
  /** The signal before the change; null where it could not be measured. */
  readonly before: number | null;
  readonly after: number | null;
  readonly outcome: "applied" | "kept" | "rolled_back";
  readonly reason: string;
  readonly endedAt: number | null;
}

export interface ProposalView {
  readonly id: EntryId;
  readonly author: PublicKey;
  readonly at: number;
  readonly body: ProposalBody;
  readonly decision: {
    readonly step: "approve" | "reject";
    readonly by: PublicKey;
    readonly at: number;
  } | null;
  readonly deployments: readonly Deployment[];
  readonly state: "open" | "rejected" | "approved" | "applied" | "kept" | "rolled_back";
}

/** The setting that stands for a change of the seed list: it is never applied by a spore. */
export const SEED_LIST = "bootstrap.json";

/** Newest first. @param isOwn the author belongs to the same commander. */
export function foldProposals(
  entries: readonly StoredEntry[],
  isOwn: (author: PublicKey) => boolean,
): ProposalView[] {
  const valid = entries
    .flatMap((one) => (isKind(one, "proposal") ? [one as ProposalEntry] : []))
    .filter(({ entry }) => entry.label !== "public" && isOwn(replicaKey(entry.replica)))
    .sort(
      (a, b) =>
        a.entry.clock[0] - b.entry.clock[0] || a.entry.clock[1] - b.entry.clock[1] || (a.id < b.id ? -1 : 1),
    );
  const steps = Map.groupBy(valid, ({ entry }) => entry.body.proposal);
  return (steps.get(null) ?? [])
    .filter(({ entry }) => entry.body.step === "propose")
    .map((proposal) =>
      toView(
        proposal,
        (steps.get(proposal.id) ?? []).filter((step) => isAbout(step, proposal)),
      ),
    )
    .reverse();
}

function isAbout(step: ProposalEntry, { entry }: ProposalEntry): boolean {
  const { setting, from, to } = step.entry.body;
  return setting === entry.body.setting && from === entry.body.from && to === entry.body.to;
}

function toView(proposal: ProposalEntry, steps: readonly ProposalEntry[]): ProposalView {
  const deciding = steps.find(({ entry }) => entry.body.step === "approve" || entry.body.step === "reject");
  const decision =
    deciding === undefined
      ? null
      : {
          step: deciding.entry.body.step as "approve" | "reject",
          by: replicaKey(deciding.entry.replica),
          at: deciding.entry.clock[0],
        };
  const deployments = decision?.step === "approve" ? deploymentsOf(steps) : [];
  return {
    id: proposal.id,
    author: replicaKey(proposal.entry.replica),
    at: proposal.entry.clock[0],
    body: proposal.entry.body,
    decision,
    deployments,
    state: stateOf(decision?.step ?? null, deployments),
  };
}

function deploymentsOf(steps: readonly ProposalEntry[]): Deployment[] {
  const bySpore = Map.groupBy(steps, ({ entry }) => replicaKey(entry.replica));
  return [...bySpore].flatMap(([spore, own]) => {
    const applied = own.find(({ entry }) => entry.body.step === "apply");
    if (applied === undefined) return [];
    const ended = own.find(({ entry }) => entry.body.step === "keep" || entry.body.step === "roll_back");
    const details = ended?.entry.body.details ?? {};
    return [
      {
        spore,
        appliedAt: applied.entry.clock[0],
        before: numberOf(applied.entry.body.details?.before),
        after: numberOf(details.after),
        outcome: ended === undefined ? "applied" : ended.entry.body.step === "keep" ? "kept" : "rolled_back",
        reason: typeof details.reason === "string" ? details.reason : "",
        endedAt: ended?.entry.clock[0] ?? null,
      } as const,
    ];
  });
}

function stateOf(
  step: "approve" | "reject" | null,
  deployments: readonly Deployment[],
): ProposalView["state"] {
  if (step === null) return "open";
  if (step === "reject") return "rejected";
  if (deployments.length === 0) return "approved";
  if (deployments.some(({ outcome }) => outcome === "applied")) return "applied";
  return deployments.some(({ outcome }) => outcome === "kept") ? "kept" : "rolled_back";
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
