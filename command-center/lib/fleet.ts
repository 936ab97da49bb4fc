/**
 * Every spore of every cluster, as one list: what the chosen spores say of themselves, joined with what they have
 * heard of others (signed peer cards). Pure.
 *
 * Invariants:
 * 1. What a spore says of itself over its own connection wins over what others heard of it, as far as it may say it (5).
 * 2. A figure that nobody told is null, never zero.
 * 3. A spore is identified by its public key; one that does not tell its key, by its address.
 * 4. The list is ordered by need of attention, then own before others, then by name.
 * 5. Health is not signed: whoever answers at an address can name any key and any operator. So a key belongs to the first
 *    that names it, own addresses before others and links last; another address with it is told beside that spore and
 *    never read in its place. And only an own address, or a card that an own spore has checked, makes a spore mine.
 * 6. A link's spore is "connecting" until each other address has answered or failed: before that nobody can tell
 *    whether it names the key of one of them.
 */
import type { Role } from "@synapse/shared/contract/entry.ts";
import type { CardSummary, Place } from "@synapse/shared/contract/peer-card.ts";
import type { Swarm, SwarmNode } from "@synapse/shared/contract/status.ts";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { toMs } from "@/lib/format.ts";
import type { LenientHealth } from "@/lib/lenient-health.ts";
import type { SporeFailure } from "@/lib/spore-client.ts";
import { hostLabel } from "@/lib/spore-url.ts";

/** From the most to the least in need of attention. */
const NODE_STATES = [
  "offline",
  "unauthorised",
  "stale",
  "building",
  "sleeping",
  "connecting",
  "live",
] as const;
export type NodeState = (typeof NODE_STATES)[number];

export interface Probe {
  readonly spore: ChosenSpore;
  readonly health: LenientHealth | null;
  /** When that health was told, ms; null before the first. */
  readonly healthAt: number | null;
  readonly failure: SporeFailure | null;
  readonly swarm: Swarm | null;
}

export interface FleetNode {
  readonly key: string;
  readonly name: string;
  readonly operator: string | null;
  readonly url: string | null;
  /** Other chosen addresses that answer with its key: nothing is read from them. */
  readonly alsoAt: readonly string[];
  /** The chosen spore behind it, when this page talks to it directly. */
  readonly chosen: ChosenSpore | null;
  readonly mine: boolean;
  readonly state: NodeState;
  /** When anything was last heard of it, ms. */
  readonly heardAt: number | null;
  /** Why it is in that state, where that is known. */
  readonly reason: string | null;
  /** "direct", or the name of the spore that told of it. */
  readonly via: string;
  readonly role: Role | null;
  readonly model: string | null;
  readonly version: string | null;
  readonly dna: string | null;
  readonly summary: Partial<CardSummary>;
  readonly place: Place | null;
}

export interface FleetEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
}

export interface Fleet {
  readonly nodes: readonly FleetNode[];
  readonly edges: readonly FleetEdge[];
  /** Operator keys of the commander's own spores. */
  readonly operators: ReadonlySet<string>;
}

/** Health older than this, while asking goes on, is not "live" any more: three missed polls. */
export const STALE_AFTER_MS = 35_000;

export function mergeFleet(probes: readonly Probe[], now: number): Fleet {
  const trusted = trustedWords(probes);
  const nodes = new Map<string, FleetNode>();
  const edges = new Map<string, FleetEdge>();
  const claims: { readonly key: string; readonly url: string }[] = [];
  const ranked = probes.toSorted(byStanding);
  const isSettling = probes.some(
    ({ spore, health, failure }) => spore.origin !== "link" && health === null && failure === null,
  );
  for (const probe of ranked) {
    const told = fromProbe(probe, trusted, now);
    const node: FleetNode =
      isSettling && probe.spore.origin === "link" ? { ...told, state: "connecting" } : told;
    if (nodes.has(node.key) || isHeldElsewhere(probe, trusted))
      claims.push({ key: node.key, url: probe.spore.url });
    else nodes.set(node.key, node);
  }
  const direct = new Set([...nodes.values()].flatMap((node) => [node.key, node.url ?? node.key]));
  for (const probe of ranked) {
    for (const heard of probe.swarm?.nodes ?? []) {
      if (direct.has(heard.id) || (heard.url !== null && direct.has(heard.url))) continue;
      if (!probe.spore.own && trusted.cards.has(heard.id)) continue;
      const node = fromCard(heard, probe, trusted);
      const known = nodes.get(node.key);
      if (known === undefined || (node.heardAt ?? 0) > (known.heardAt ?? 0)) nodes.set(node.key, node);
    }
    for (const { from, to, kind } of probe.swarm?.edges ?? []) {
      const [a, b] = kind === "trust" || from < to ? [from, to] : [to, from];
      edges.set(`${kind}|${a}|${b}`, { from: a, to: b, kind });
    }
  }
  for (const { key, url } of claims) {
    const node = nodes.get(key);
    if (node !== undefined) nodes.set(key, { ...node, alsoAt: [...node.alsoAt, url] });
  }
  return {
    nodes: [...nodes.values()].sort(byAttention),
    edges: [...edges.values()],
    operators: trusted.operators,
  };
}

/** What the commander's own spores say: their operators, and the cards whose signatures they have checked, by key. */
interface Trusted {
  readonly operators: ReadonlySet<string>;
  readonly cards: ReadonlyMap<string, SwarmNode>;
}

function trustedWords(probes: readonly Probe[]): Trusted {
  const own = probes.filter(({ spore }) => spore.own);
  return {
    operators: new Set(own.flatMap(({ health }) => health?.operator ?? [])),
    cards: new Map(own.flatMap(({ swarm }) => (swarm?.nodes ?? []).map((node) => [node.id, node] as const))),
  };
}

/** Own before others, and of own ones those that answer: they are all the commander's word. A link's come last. */
function byStanding(a: Probe, b: Probe): number {
  const isSilent = ({ spore, failure, health }: Probe) => spore.own && (failure !== null || health === null);
  return (
    Number(b.spore.own) - Number(a.spore.own) ||
    Number(isSilent(a)) - Number(isSilent(b)) ||
    Number(a.spore.origin === "link") - Number(b.spore.origin === "link")
  );
}

/** True where an own spore knows this key as one of the commander's, at another address. */
function isHeldElsewhere({ spore, health }: Probe, { operators, cards }: Trusted): boolean {
  const card = health?.key === undefined ? undefined : cards.get(health.key);
  return !spore.own && card !== undefined && operators.has(card.operator) && card.url !== spore.url;
}

function byAttention(a: FleetNode, b: FleetNode): number {
  return (
    NODE_STATES.indexOf(a.state) - NODE_STATES.indexOf(b.state) ||
    Number(b.mine) - Number(a.mine) ||
    a.name.localeCompare(b.name) ||
    (a.key < b.key ? -1 : 1)
  );
}

const UNPROVEN = "It says that it is yours; none of your own spores knows it at this address";

function fromProbe(probe: Probe, { operators, cards }: Trusted, now: number): FleetNode {
  const { spore, health, failure } = probe;
  const self = probe.swarm?.nodes.find((node) => node.id === health?.key) ?? null;
  const operator = health?.operator ?? self?.operator ?? null;
  const saysMine = operator !== null && operators.has(operator);
  const card = health?.key === undefined ? undefined : cards.get(health.key);
  const isVouched = card !== undefined && card.url === spore.url && card.operator === operator;
  const isClaim = saysMine && !spore.own && !isVouched;
  return {
    key: health?.key ?? spore.url,
    name: health?.spore ?? hostLabel(spore.url),
    operator: isClaim ? null : operator,
    url: spore.url,
    alsoAt: [],
    chosen: spore,
    mine: spore.own || (saysMine && isVouched),
    state: probeState(probe, now),
    heardAt: probe.healthAt,
    reason: failure?.message ?? (isClaim ? UNPROVEN : null),
    via: "direct",
    role: health?.role ?? null,
    model: health?.model ?? null,
    version: health?.version ?? null,
    dna: health?.dna ?? null,
    summary: health === null ? {} : summaryOf(health),
    place: health?.location ?? self?.location ?? null,
  };
}

function summaryOf(health: LenientHealth): Partial<CardSummary> {
  const { memories, cycles, active_tasks, converged_tasks, confidence, last_provider, last_model, uptime_s } =
    health;
  const told = {
    memories,
    cycles,
    active_tasks,
    converged_tasks,
    confidence,
    last_provider,
    last_model,
    uptime_s,
  };
  const peers = health.peers?.length;
  const known = Object.entries({ ...told, peers }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Partial<CardSummary>;
}

function probeState({ health, healthAt, failure }: Probe, now: number): NodeState {
  if (failure === null) {
    if (health === null || healthAt === null) return "connecting";
    return now - healthAt > STALE_AFTER_MS ? "stale" : "live";
  }
  switch (failure.kind) {
    case "unauthorised":
      return "unauthorised";
    case "sleeping":
      return "sleeping";
    case "building":
      return "building";
    case "limited":
    case "malformed":
    case "refused":
      return "stale";
    default:
      return "offline";
  }
}

const CARD_REASONS = {
  self: () => null,
  live: () => null,
  stale: (teller: string) => `${teller} has not heard from it lately`,
  unreachable: (teller: string) => `${teller} cannot reach it`,
} as const;
const CARD_STATES = { self: "live", live: "live", stale: "stale", unreachable: "offline" } as const;

function fromCard(node: SwarmNode, probe: Probe, { operators }: Trusted): FleetNode {
  const teller = probe.health?.spore ?? hostLabel(probe.spore.url);
  // What a silent spore once said of others is no older than its silence.
  const silent = probe.failure !== null && node.state === "live";
  const saysMine = operators.has(node.operator);
  return {
    key: node.id,
    name: node.name,
    operator: saysMine && !probe.spore.own ? null : node.operator,
    url: node.url,
    alsoAt: [],
    chosen: null,
    mine: saysMine && probe.spore.own,
    state: silent ? "stale" : CARD_STATES[node.state],
    heardAt: toMs(node.last_seen),
    reason: silent ? `${teller}, which told of it, is not answering` : CARD_REASONS[node.state](teller),
    via: teller,
    role: node.role,
    model: node.model,
    version: node.version,
    dna: node.dna,
    summary: node.summary,
    place: node.location ?? null,
  };
}

export interface Cluster {
  readonly operator: string | null;
  readonly mine: boolean;
  readonly nodes: readonly FleetNode[];
}

/** Grouped by operator; mine first, then the largest. */
export function clustersOf(fleet: Fleet): readonly Cluster[] {
  const groups = new Map<string | null, FleetNode[]>();
  for (const node of fleet.nodes) {
    const group = groups.get(node.operator);
    if (group === undefined) groups.set(node.operator, [node]);
    else group.push(node);
  }
  return [...groups]
    .map(([operator, nodes]) => ({ operator, nodes, mine: nodes.some((node) => node.mine) }))
    .sort((a, b) => Number(b.mine) - Number(a.mine) || b.nodes.length - a.nodes.length);
}
