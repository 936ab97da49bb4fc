/**
 * The active view: the few peers that fresh entries go to. A small mixed circle: random peers keep the graph connected
 * (a random 6-out graph of 1,000 is), a near one makes it fast, an old acquaintance resists a flood of new ones.
 *
 * It changes slowly, because each change costs a connection: who fails is replaced at once, and one member a minute is
 * exchanged by the clock. No operator and no network fills more than a third of it while there are others to take.
 *
 * Pure: a function of the peers, the view before, and `random`.
 */
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { Peer } from "./peer-sampling.ts";

export type Slot = "near" | "old" | "random";
export type ActiveView = ReadonlyMap<PublicKey, Slot>;

export const ACTIVE_VIEW_SIZE = 6;
const OPERATOR_MEMBERS_MAX = 2;
const NETWORK_MEMBERS_MAX = 2;
/** The older of these shares of all peers counts as old: were it the very oldest, everybody would choose the same. */
const OLD_SHARE = 0.25;
const SLOTS: readonly Slot[] = ["near", "old", "random", "random", "random", "random"];

export interface ViewRules {
  /** Exchange one member, as happens once a minute. */
  readonly rotate: boolean;
  /** Among one operator's own spores there is no other operator to prefer. */
  readonly oneOperator: boolean;
}

/** @param ready peers that may be chosen; @param doubtful those that failed lately, taken where nobody else is left. */
export function nextView(
  view: ActiveView,
  ready: readonly Peer[],
  doubtful: readonly Peer[],
  rules: ViewRules,
  random: () => number,
): ActiveView {
  if (ready.length + doubtful.length <= ACTIVE_VIEW_SIZE) {
    return new Map([...ready, ...doubtful].map(({ key }) => [key, "random"]));
  }
  const peers = new Map(ready.map((peer) => [peer.key, peer]));
  const kept = new Map([...view].filter(([key]) => peers.has(key)).slice(0, ACTIVE_VIEW_SIZE));
  if (rules.rotate && kept.size === ACTIVE_VIEW_SIZE) {
    const leaving = [...kept.keys()][Math.floor(random() * kept.size)];
    if (leaving !== undefined) kept.delete(leaving);
  }
  const members = [...kept.keys()].flatMap((key) => peers.get(key) ?? []);
  const allows = (peer: Peer) =>
    rules.oneOperator ||
    (members.filter(({ operator }) => operator === peer.operator).length < OPERATOR_MEMBERS_MAX &&
      members.filter(({ network }) => network === peer.network).length < NETWORK_MEMBERS_MAX);
  for (const slot of missingSlots(kept)) {
    const candidates = ready.filter((peer) => !kept.has(peer.key));
    const chosen =
      choose(slot, candidates.filter(allows), random) ??
      choose("random", candidates, random) ??
      choose(
        "random",
        doubtful.filter((peer) => !kept.has(peer.key)),
        random,
      );
    if (chosen === undefined) break;
    kept.set(chosen.key, slot);
    members.push(chosen);
  }
  return kept;
}

function missingSlots(kept: ActiveView): Slot[] {
  const missing = [...SLOTS];
  for (const slot of kept.values()) {
    const at = missing.indexOf(slot);
    missing.splice(at === -1 ? missing.length - 1 : at, 1);
  }
  return missing;
}

function choose(slot: Slot, candidates: readonly Peer[], random: () => number): Peer | undefined {
  if (slot === "near") return nearest(candidates) ?? choose("random", candidates, random);
  if (slot === "random") return candidates[Math.floor(random() * candidates.length)];
  const byAge = [...candidates].sort((a, b) => a.knownSince - b.knownSince);
  return byAge[Math.floor(random() * Math.ceil(byAge.length * OLD_SHARE))];
}

function nearest(candidates: readonly Peer[]): Peer | undefined {
  let best: Peer | undefined;
  for (const peer of candidates) {
    if (peer.latencyMs !== null && peer.latencyMs < (best?.latencyMs ?? Number.POSITIVE_INFINITY))
      best = peer;
  }
  return best;
}
