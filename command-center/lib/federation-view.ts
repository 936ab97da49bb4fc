/** Who takes part in the network beside this spore, how each came in, and what became of the others. Pure. */
import { z } from "zod";
import type { FleetNode, NodeState } from "@/lib/fleet.ts";
import { list, number, opt, text } from "@/lib/lenient.ts";

const seedSchema = z.looseObject({
  url: z.string(),
  operator: text,
  state: z.string().catch("unknown"),
  reason: text,
  tier: text,
  at: text,
});
type Seed = z.infer<typeof seedSchema>;

export const federationViewSchema = z.looseObject({
  dna: text,
  network: text,
  state: text,
  membership: text,
  nodes: number,
  operators: number,
  vouched_by: opt(z.looseObject({ operator: z.string(), name: text, expires_at: text })),
  invitation: opt(z.looseObject({ url: z.string(), state: z.string(), reason: text })),
  bootstrap: opt(
    z.looseObject({
      sources: list(
        z.looseObject({ source: z.string(), state: z.string(), detail: text, seeds: number, at: text }),
      ),
      seeds: list(seedSchema),
    }),
  ),
  refusals: list(
    z.looseObject({
      by: z.string(),
      peer: z.string(),
      code: text,
      message: z.string(),
      at: text,
      times: number,
    }),
  ),
});
export type FederationView = z.infer<typeof federationViewSchema>;

export const invitesViewSchema = z.looseObject({
  invites: list(
    z.looseObject({ id: z.string(), note: text, created_at: text, expires_at: text, used_by: text }),
  ),
});
export type Invite = z.infer<typeof invitesViewSchema>["invites"][number];

export interface Participant {
  /** The key of a spore, or the address of a seed that has not told its key. */
  readonly id: string;
  readonly name: string;
  readonly operator: string | null;
  /** In plain words. */
  readonly how: string;
  /** When it was let in or came in, as it was told; null where nobody said. */
  readonly since: string | null;
  readonly state: NodeState | null;
  /** What a seed that is no spore yet says of itself, or why a spore is as it is. */
  readonly remark: string | null;
  /** Null where it is not known. */
  readonly sameProtocol: boolean | null;
  readonly dna: string | null;
  readonly tier: string | null;
  readonly blocked: boolean;
}

export interface Policy {
  /** Null where the commander alone is told and the caller is not. */
  readonly invites: readonly Invite[] | null;
  readonly blockedKeys: ReadonlySet<string>;
}

/** Spores of others first and one's own last; then seeds that are not among the spores. */
export function participantsOf(
  view: FederationView,
  nodes: readonly FleetNode[],
  { invites, blockedKeys }: Policy,
): readonly Participant[] {
  const seeds = view.bootstrap?.seeds ?? [];
  // A seed that was joined stands for its operator's spores, at whatever address they are met.
  const seedOf = (node: FleetNode) =>
    seeds.find(({ url }) => url === node.url) ??
    seeds.find((seed) => seed.state === "joined" && seed.operator != null && seed.operator === node.operator);
  const ordered = [...nodes.filter(({ mine }) => !mine), ...nodes.filter(({ mine }) => mine)];
  const spores = ordered.map((node): Participant => {
    const seed = seedOf(node);
    const invite = invites?.find(({ used_by }) => used_by != null && used_by === node.operator);
    return {
      id: node.key,
      name: node.name,
      operator: node.operator,
      how: howOf(node, seed, invite),
      since: node.mine ? null : (seed?.at ?? null),
      state: node.state,
      remark: node.reason,
      sameProtocol: node.dna === null || view.dna == null ? null : node.dna === view.dna,
      dna: node.dna,
      tier: seed?.tier ?? null,
      blocked: blockedKeys.has(node.key) || (node.operator !== null && blockedKeys.has(node.operator)),
    };
  });
  const met = new Set(nodes.map(seedOf));
  return [...spores, ...seeds.filter((seed) => !met.has(seed)).map(asParticipant(blockedKeys))];
}

function howOf(node: FleetNode, seed: Seed | undefined, invite: Invite | undefined): string {
  if (node.mine) return "your own";
  if (invite !== undefined) return invite.note ? `invited: ${invite.note}` : "invited";
  if (seed !== undefined) return "seed list";
  return "heard through gossip";
}

const asParticipant =
  (blockedKeys: ReadonlySet<string>) =>
  (seed: Seed): Participant => ({
    id: seed.url,
    name: seed.url.replace(/^https?:\/\//, ""),
    operator: seed.operator ?? null,
    how: "seed list",
    since: seed.at ?? null,
    state: null,
    remark: seed.reason ?? SEED_STATES[seed.state] ?? seed.state,
    sameProtocol: null,
    dna: null,
    tier: seed.tier ?? null,
    blocked: seed.operator != null && blockedKeys.has(seed.operator),
  });

const SEED_STATES: Readonly<Record<string, string>> = {
  waiting: "not called yet",
  joined: "joined, not heard since",
  self: "this spore itself",
  refused: "refused",
  unreachable: "does not answer",
};

/** What became of an invitation. */
export function inviteState({ used_by, expires_at }: Invite, now: number): "used" | "expired" | "open" {
  if (used_by != null) return "used";
  return expires_at != null && Date.parse(expires_at) < now ? "expired" : "open";
}
