/** What a link does to a message: delay, loss, doubling, a cut. Links are directed, so a cut may be one-way. */
import { between, type Random } from "./random.ts";
import type { SimulatedSpore } from "./simulated-spore.ts";

export interface LinkQuality {
  /** One way, least and most: where two spores are decides between them. */
  readonly delayMs: readonly [number, number];
  /** Each message waits up to this much longer, so later ones overtake it. */
  readonly jitterMs: number;
  /** Share of messages that never arrive. */
  readonly loss: number;
  /** Share that arrives twice. */
  readonly duplicate: number;
  readonly bytesPerMs: number;
}

type Cut = (from: SimulatedSpore, to: SimulatedSpore) => boolean;

export class Faults {
  quality: LinkQuality;
  private readonly cuts = new Set<Cut>();
  private readonly random: Random;
  private readonly places: readonly (readonly [number, number])[];

  constructor(quality: LinkQuality, spores: number, random: Random) {
    this.quality = quality;
    this.random = random;
    this.places = Array.from({ length: spores }, () => [random(), random()] as const);
  }

  /** @returns mends it. */
  cut(cut: Cut): () => void {
    this.cuts.add(cut);
    return () => this.cuts.delete(cut);
  }

  /** When each copy of a message arrives; empty where it is lost. */
  delaysMs(from: SimulatedSpore, to: SimulatedSpore, bytes: number): number[] {
    const { loss, duplicate, bytesPerMs } = this.quality;
    // Chance is drawn whether or not it is needed: a cut link must not shift what happens on the others.
    const [isLost, isDouble] = [this.random() < loss, this.random() < duplicate];
    const first = this.distanceMs(from, to) + this.jitter() + bytes / bytesPerMs;
    const second = first + this.jitter();
    for (const cut of this.cuts) if (cut(from, to)) return [];
    if (isLost) return [];
    return isDouble ? [first, second] : [first];
  }

  private jitter(): number {
    return between([0, this.quality.jitterMs], this.random);
  }

  private distanceMs(from: SimulatedSpore, to: SimulatedSpore): number {
    const [x1, y1] = this.places[from.setup.index] ?? [0, 0];
    const [x2, y2] = this.places[to.setup.index] ?? [0, 0];
    const [least, most] = this.quality.delayMs;
    return least + ((most - least) * Math.hypot(x1 - x2, y1 - y2)) / Math.SQRT2;
  }
}
