/**
 * A spore's colour and shape, the same on every page. The shape tells the role, the colour the individual, so that
 * nothing depends on colour alone. The eight colours keep apart for the common kinds of colour blindness (after
 * Okabe & Ito 2008, lightened and darkened per theme in globals.css).
 */
import type { Role } from "@synapse/shared/contract/entry.ts";

export const IDENTITY_COLOURS = 8;

/** FNV-1a, 32 bit: spreads keys evenly; nothing secret rests on it. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * Colour slots for the given spores, in the given order: each gets the slot its key asks for, or the next free one
 * while there are free ones. The commander's own come first, so that few spores never look alike.
 */
export function assignColours(keys: readonly string[]): ReadonlyMap<string, number> {
  const slots = new Map<string, number>();
  let taken = new Set<number>();
  for (const key of keys) {
    if (taken.size === IDENTITY_COLOURS) taken = new Set();
    let slot = hashText(key) % IDENTITY_COLOURS;
    while (taken.has(slot)) slot = (slot + 1) % IDENTITY_COLOURS;
    taken.add(slot);
    slots.set(key, slot);
  }
  return slots;
}

/** Outlines in a 16 × 16 box. */
export const ROLE_SHAPES: Readonly<Record<Role | "unknown", string>> = {
  explorer: "M8 1.5 15 14H1Z",
  synthesizer: "M8 1.2a6.8 6.8 0 1 1 0 13.6a6.8 6.8 0 1 1 0-13.6Z",
  adversarial: "M8 .8 15.2 8 8 15.2.8 8Z",
  validator: "M2.2 2.2h11.6v11.6H2.2Z",
  generalist: "M8 1 15 6.1 12.3 14.4H3.7L1 6.1Z",
  brain: "M8 .9 14.2 4.5v7L8 15.1 1.8 11.5v-7Z",
  sentinel: "M8 .8 14 3v5.2c0 3.4-2.5 5.8-6 7-3.5-1.2-6-3.6-6-7V3Z",
  unknown: "M8 3.2a4.8 4.8 0 1 1 0 9.6a4.8 4.8 0 1 1 0-9.6Z",
};

/** What each role is for, in plain words. */
export const ROLE_MEANING: Readonly<Record<Role, string>> = {
  explorer: "looks for new possibilities",
  synthesizer: "combines what others found",
  adversarial: "looks for weaknesses",
  validator: "checks the evidence",
  generalist: "keeps balance and practice",
  brain: "reasons about the reasoning",
  sentinel: "watches the swarm",
};
