/**
 * A proposal of the Sentinel as this page needs it. Spores of other versions write more or less into it: what is known
 * has a place of its own, everything else is shown as it comes.
 */
import { z } from "zod";

const text = z.string().max(10_000);

export const proposalSchema = z.looseObject({
  id: z.string().max(200),
  status: z.string().max(60).catch("unknown"),
});
export type Proposal = z.infer<typeof proposalSchema>;

export const proposalsSchema = z.looseObject({
  enabled: z.boolean().optional(),
  reason: z.string().optional(),
  proposals: z.array(proposalSchema).catch([]),
});

/** Words that say a proposal is decided. Anything else may still wait for the commander. */
const DECIDED =
  /^(approved|rejected|applied|deployed|kept|rolled[_ -]?back|failed|expired|withdrawn|done|closed|superseded)$/i;

export function isOpen({ status }: Proposal): boolean {
  return !DECIDED.test(status);
}

/** What it is about, in one line. */
export function headlineOf(proposal: Proposal): string {
  for (const name of ["title", "summary", "change", "observation", "hypothesis", "description", "kind"]) {
    const parsed = text.safeParse(proposal[name]);
    if (parsed.success && parsed.data !== "") return parsed.data;
  }
  return proposal.id;
}

/** The parts a decision rests on, in the order they are read; only those that are there. */
const REASONS = [
  ["observation", "Seen"],
  ["hypothesis", "Believed"],
  ["success_criterion", "Succeeds if"],
  ["criterion", "Succeeds if"],
  ["risk", "Risk"],
] as const;

export function reasonsOf(proposal: Proposal): readonly { readonly name: string; readonly text: string }[] {
  return REASONS.flatMap(([member, name]) => {
    const value = proposal[member];
    if (typeof value === "string" && value !== "") return [{ name, text: value }];
    return [];
  });
}

/** What has no place of its own. */
export function restOf(proposal: Proposal): Readonly<Record<string, unknown>> {
  const shown = new Set<string>(["id", "status", "title", "summary", ...REASONS.map(([member]) => member)]);
  const rest = Object.entries(proposal).filter(
    ([name, value]) => !(shown.has(name) && (typeof value === "string" || name === "id")),
  );
  return Object.fromEntries(rest);
}
