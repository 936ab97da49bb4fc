/**
 * A proposal of the Sentinel as this page needs it. Spores of other versions write more or less into it: what is known
 * has a place of its own, everything else is shown as it comes.
 */
import { z } from "zod";
import { list } from "@/lib/lenient.ts";

/** A longer value (a whole seed list) is shown with everything else, not in the headline. */
const VALUE_CHARS_MAX = 40;
const text = z.string().max(10_000);

const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const proposalSchema = z
  .looseObject({
    id: z.string().max(200),
    state: z.string().max(60).optional().catch(undefined),
    status: z.string().max(60).optional().catch(undefined),
    setting: z.string().max(200).optional().catch(undefined),
    from: valueSchema.optional().catch(undefined),
    to: valueSchema.optional().catch(undefined),
    /** The task in which it was debated. */
    debate: z.string().nullable().optional().catch(null),
  })
  .transform((proposal) => ({ ...proposal, status: proposal.state ?? proposal.status ?? "unknown" }));
export type Proposal = z.infer<typeof proposalSchema>;

export const proposalsSchema = z.looseObject({
  enabled: z.boolean().optional(),
  reason: z.string().optional(),
  /** How many there are, also where they are not told. */
  total: z.number().optional().catch(undefined),
  proposals: list(proposalSchema),
});

/** Words that say a proposal is decided. Anything else may still wait for the commander. */
const DECIDED =
  /^(approved|watching|rejected|applied|deployed|kept|rolled[_ -]?back|failed|expired|withdrawn|done|closed|superseded)$/i;

export function isOpen({ status }: Proposal): boolean {
  return !DECIDED.test(status);
}

/** What it is about, in one line. */
export function headlineOf(proposal: Proposal): string {
  const { setting, from, to } = proposal;
  if (setting !== undefined && to !== undefined && String(to).length <= VALUE_CHARS_MAX) {
    return `${setting}: ${from ?? "nothing"} → ${to}`;
  }
  if (setting !== undefined) return setting;
  for (const name of ["title", "summary", "change", "observation", "hypothesis", "description", "kind"]) {
    const parsed = text.safeParse((proposal as Readonly<Record<string, unknown>>)[name]);
    if (parsed.success && parsed.data !== "") return parsed.data;
  }
  return proposal.id;
}

/** The parts a decision rests on, in the order they are read; only those that are there. */
const REASONS = [
  ["observation", "Seen"],
  ["hypothesis", "Believed"],
  ["success", "Succeeds if"],
  ["success_criterion", "Succeeds if"],
  ["risk", "Risk"],
] as const;

export function reasonsOf(proposal: Proposal): readonly { readonly name: string; readonly text: string }[] {
  return REASONS.flatMap(([member, name]) => {
    const value = (proposal as Readonly<Record<string, unknown>>)[member];
    if (typeof value === "string" && value !== "") return [{ name, text: value }];
    return typeof value === "object" && value !== null ? [{ name, text: inWords(value) }] : [];
  });
}

/** A criterion told in parts, as one line: "metric tasks_unresolved, below 0.2, window_h 24". */
function inWords(parts: object): string {
  return Object.entries(parts)
    .map(
      ([name, value]) =>
        `${name.replaceAll("_", " ")} ${typeof value === "object" ? JSON.stringify(value) : value}`,
    )
    .join(", ");
}

const HEAD = ["id", "state", "status", "title", "summary", "setting", "from", "to", "debate"] as const;

/** What has no place of its own. */
export function restOf(proposal: Proposal): Readonly<Record<string, unknown>> {
  const shown = new Set<string>([...HEAD, ...REASONS.map(([member]) => member)]);
  const rest = Object.entries(proposal).filter(([name]) => !shown.has(name));
  return Object.fromEntries(rest);
}
