/** What a run measures: who had which entry when, and what it took. */
import type { EntryId } from "@synapse/shared/ids.ts";
import type { Carried } from "./virtual-network.ts";

export interface Delivery {
  /** Items followed. */
  readonly items: number;
  /** Milliseconds from writing to being stored, over all spores and items. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Until 99 % and all of the spores had it, the slowest item; null where that did not happen. */
  readonly ms99: number | null;
  readonly ms100: number | null;
  /** Share of (spore, item) pairs delivered in the end. */
  readonly share: number;
}

export interface Traffic {
  /** Bytes of bodies, both ways. */
  readonly deliveryBytes: number;
  readonly comparingBytes: number;
  readonly membershipBytes: number;
  /** Entries carried in bodies, doubles included. */
  readonly payloads: number;
  readonly controlMessages: number;
}

interface Item {
  readonly at: number;
  readonly delays: number[];
}

const DELIVERY: ReadonlySet<string> = new Set(["put", "announce", "want", "listen"]);
const COMPARING: ReadonlySet<string> = new Set(["compare", "sketch", "descend", "log"]);

export class Measurement {
  private readonly items = new Map<EntryId, Item>();
  private readonly counts = {
    deliveryBytes: 0,
    comparingBytes: 0,
    membershipBytes: 0,
    payloads: 0,
    controlMessages: 0,
  };

  follow(id: EntryId, at: number): void {
    this.items.set(id, { at, delays: [] });
  }

  stored(id: EntryId, at: number): void {
    const item = this.items.get(id);
    if (item !== undefined) item.delays.push(at - item.at);
  }

  message({ kind, bytes, value, isReply, ofCards }: Carried): void {
    const { counts } = this;
    if (ofCards || kind === "hello" || kind === "certificates") {
      counts.membershipBytes += bytes;
      return;
    }
    if (DELIVERY.has(kind)) counts.deliveryBytes += bytes;
    else if (COMPARING.has(kind)) counts.comparingBytes += bytes;
    const items = (value as { items?: unknown[] }).items?.length ?? 0;
    counts.payloads += items;
    if (items === 0 && !isReply && DELIVERY.has(kind)) counts.controlMessages++;
  }

  traffic(): Traffic {
    return { ...this.counts };
  }

  /** @param spores how many should have each item. */
  delivery(spores: number): Delivery {
    const all = [...this.items.values()];
    const delays = all.flatMap((item) => item.delays).sort((a, b) => a - b);
    const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(share * delays.length))] ?? 0;
    const until = (share: number) => {
      const needed = Math.ceil(share * spores);
      const times = all.map(({ delays: each }) => [...each].sort((a, b) => a - b)[needed - 1] ?? null);
      return times.some((time) => time === null) ? null : Math.max(0, ...times.map((time) => time ?? 0));
    };
    return {
      items: all.length,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      ms99: until(0.99),
      ms100: until(1),
      share: all.length === 0 ? 1 : delays.length / (all.length * spores),
    };
  }
}
