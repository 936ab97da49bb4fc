/** Seeded chance for the simulator: one stream for each purpose, so that a change in one leaves the others as they were. */
import { randomOf } from "../eval/random.ts";

export type Random = () => number;

/** A stream of its own for a name and number under a seed. */
export function streamOf(seed: number, name: string, index = 0): Random {
  let mixed = 0x811c9dc5;
  for (const unit of `${seed}/${name}/${index}`) {
    mixed = Math.imul(mixed ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  }
  return randomOf(mixed >>> 0);
}

export function between([low, high]: readonly [number, number], random: Random): number {
  return low + (high - low) * random();
}

export function bytesOf(count: number, random: Random): Buffer {
  return Buffer.from(Uint8Array.from({ length: count }, () => Math.floor(random() * 256)));
}

export function pickOne<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)] as T;
}
