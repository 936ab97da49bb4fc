/**
 * Whom to ask first: every model that could answer, in the order in which this spore tries them. Pure.
 *
 * 1. Classes of sources come in the order of preference: keys, the configured server, servers found on this machine,
 *    the local model. A later class is asked only when nobody of an earlier one can be.
 * 2. Diversity: inside a class spores take turns by seat. Spore i begins with family i modulo the number of families,
 *    so that a swarm with several keys never runs one family only; two families suffice for that.
 * 3. Inside a family, different seats begin with different providers, so that load and quotas are shared.
 */
import { ROLES, type Role } from "@synapse/shared/contract/entry.ts";
import { familyOf } from "./model-family.ts";
import type { Candidate } from "./quota-ledger.ts";

/** Lower is asked first. */
export const SOURCE_CLASSES = ["key", "endpoint", "found", "cortex"] as const;
export type SourceClass = (typeof SOURCE_CLASSES)[number];

export interface Offer extends Candidate {
  readonly source: SourceClass;
}

/** Number of the spore for taking turns: its index where its role follows from it, else where its role stands. */
export function seatOf(index: number, role: Role): number {
  const place = ROLES.indexOf(role);
  return index % ROLES.length === place ? index : place;
}

export function orderOffers(offers: readonly Offer[], seat: number): readonly Offer[] {
  return SOURCE_CLASSES.flatMap((source) =>
    takeTurns(
      offers.filter((offer) => offer.source === source),
      seat,
    ),
  );
}

function takeTurns(offers: readonly Offer[], seat: number): readonly Offer[] {
  const families = [...new Set(offers.map(({ model }) => familyOf(model)))].toSorted();
  const round = families.length === 0 ? 0 : Math.floor(seat / families.length);
  const queues = rotate(families, seat).map((family) =>
    rotate(
      offers.filter(({ model }) => familyOf(model) === family),
      round,
    ),
  );
  // The whole of the own family first: another family is the substitute, not the other half.
  return queues.flat();
}

function rotate<T>(list: readonly T[], by: number): readonly T[] {
  const start = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
