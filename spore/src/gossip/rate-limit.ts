/** Token buckets by name, a peer's key or an address: what each may cost this spore, so that one cannot starve the others. */

export interface BucketLimits {
  readonly burst: number;
  readonly perSecond: number;
}

/** Beyond this the buckets used longest ago are forgotten; a forgotten peer starts with a full one. About a megabyte. */
const BUCKETS_MAX = 10_000;

export class RateLimit {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();
  private readonly limits: BucketLimits;

  constructor(limits: BucketLimits) {
    this.limits = limits;
  }

  /** Seconds until the peer may go on; 0 for now. */
  waitS(peer: string, now: number): number {
    // A look alone keeps nothing: names can be cheap, and must not push out the buckets of those that spend.
    if (!this.buckets.has(peer)) return 0;
    const { tokens } = this.refilled(peer, now);
    return tokens > 0 ? 0 : Math.ceil((1 - tokens) / this.limits.perSecond);
  }

  /** Takes what something cost, also into debt: a cost is often known only afterwards. */
  spend(peer: string, cost: number, now: number): void {
    this.refilled(peer, now).tokens -= cost;
  }

  private refilled(peer: string, now: number): { tokens: number; at: number } {
    const { burst, perSecond } = this.limits;
    let bucket = this.buckets.get(peer);
    if (bucket === undefined) {
      if (this.buckets.size >= BUCKETS_MAX) {
        for (const oldest of this.buckets.keys()) {
          this.buckets.delete(oldest);
          break;
        }
      }
      bucket = { tokens: burst, at: now };
    } else this.buckets.delete(peer);
    // Last in the map: used last.
    this.buckets.set(peer, bucket);
    const elapsedS = Math.max(0, now - bucket.at) / 1_000;
    bucket.tokens = Math.min(burst, bucket.tokens + elapsedS * perSecond);
    bucket.at = now;
    return bucket;
  }
}
