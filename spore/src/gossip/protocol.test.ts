/** The protocol's timing: rounds, rest and hurry, seeds, first contact and heal, and the failure detector. */
import { describe, expect, test } from "bun:test";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { type GossipEffect, type GossipEvent, GossipProtocol } from "./protocol.ts";

const OWN = "own-operator" as PublicKey;
const key = (n: number) => `peer-${n}` as PublicKey;
/** In the middle of every range, so that times are what the names say. */
const middle = () => 0.5;

function protocolWith(peers: number, options: { callable?: boolean; seeds?: string[] } = {}) {
  const protocol = new GossipProtocol(
    { operator: OWN, seeds: options.seeds ?? [], intervalMs: 10_000, callable: options.callable ?? true },
    middle,
  );
  for (let n = 0; n < peers; n++) learn(protocol, n, 0);
  return protocol;
}

function learn(
  protocol: GossipProtocol,
  n: number,
  now: number,
  more: Partial<GossipEvent & { on: "card" }> = {},
) {
  return protocol.step(
    {
      on: "card",
      peer: key(n),
      operator: `operator-${n}` as PublicKey,
      network: `network-${n}`,
      callable: true,
      cardAt: now,
      ...more,
    },
    now,
  );
}

const syncs = (effects: readonly GossipEffect[]) =>
  effects.flatMap((effect) => (effect.do === "sync" && effect.scope === "public" ? [effect.peer] : []));
const wakeAt = (effects: readonly GossipEffect[]) =>
  effects.flatMap((effect) => (effect.do === "wake" ? [effect.at] : []))[0];

/** Runs rounds from wake to wake, each ending with the outcome. @returns the times of the comparisons. */
function rounds(protocol: GossipProtocol, outcome: "equal" | "changed", count: number, from = 0): number[] {
  const times: number[] = [];
  let effects = protocol.step({ on: "wake" }, from);
  let now = from;
  for (let wakes = 0; times.length < count && wakes < 1_000; wakes++) {
    for (const peer of syncs(effects)) {
      times.push(now);
      for (const scope of ["public", "card"] as const) {
        protocol.step({ on: "synced", peer, scope, outcome }, now);
      }
    }
    now = wakeAt(protocol.step({ on: "wake" }, now)) ?? now + 1;
    effects = protocol.step({ on: "wake" }, now);
  }
  return times;
}

function endSyncs(protocol: GossipProtocol, peers: number): void {
  for (const scope of ["public", "card"] as const) {
    for (let n = 0; n < peers; n++) protocol.step({ on: "synced", peer: key(n), scope, outcome: "equal" }, 0);
  }
}

const gaps = (times: readonly number[]) => times.slice(1).map((time, i) => time - (times[i] ?? 0));

describe("rounds", () => {
  test("one at the start, then one an interval, and rest after six equal ones", () => {
    const protocol = protocolWith(20);
    expect(syncs(protocol.step({ on: "start" }, 0)).length).toBe(1);
    endSyncs(protocol, 20);
    const found = gaps(rounds(protocol, "equal", 10, 10_000));
    expect(found.filter((gap) => gap === 10_000).length).toBeLessThanOrEqual(6);
    expect(found.slice(-3)).toEqual([60_000, 60_000, 60_000]);
  });

  test("a difference brings the next one after a fifth of the interval", () => {
    const protocol = protocolWith(20);
    protocol.step({ on: "start" }, 0);
    endSyncs(protocol, 20);
    expect(gaps(rounds(protocol, "changed", 4, 10_000))).toEqual([2_000, 2_000, 2_000]);
  });

  test("a peer that is back after a failure is compared with at once, and the others are tried soon", () => {
    const protocol = protocolWith(4);
    protocol.step({ on: "start" }, 0);
    for (let n = 0; n < 4; n++) {
      protocol.step({ on: "reached", peer: key(n), latencyMs: 10 }, 100);
      for (let i = 0; i < 12; i++) protocol.step({ on: "failed", peer: key(n), retryAfterMs: null }, 200);
      for (const scope of ["public", "card"] as const) {
        protocol.step({ on: "synced", peer: key(n), scope, outcome: "failed" }, 300);
      }
    }
    expect(protocol.peers.callable(10_000, false)).toEqual([]);
    expect(syncs(protocol.step({ on: "heard", peer: key(2) }, 60_000))).toEqual([key(2)]);
    expect(protocol.peers.callable(66_000, false).length).toBe(4);
  });

  test("at most six comparisons run at a time", () => {
    const protocol = protocolWith(0);
    protocol.step({ on: "start" }, 0);
    const started = Array.from({ length: 8 }, (_, n) => learn(protocol, n, 1)).flat();
    expect(started.filter((effect) => effect.do === "sync").length).toBe(6);
  });
});

describe("seeds", () => {
  test("are greeted until they answer, further and further apart", () => {
    const protocol = protocolWith(0, { seeds: ["https://seed.example"] });
    const hellos = (effects: readonly GossipEffect[]) =>
      effects.filter((effect) => effect.do === "hello").length;
    expect(hellos(protocol.step({ on: "start" }, 0))).toBe(1);
    expect(hellos(protocol.step({ on: "wake" }, 0))).toBe(0);
    const waits: number[] = [];
    for (let now = 0, i = 0; i < 9; i++) {
      const next =
        wakeAt(protocol.step({ on: "greeted", url: "https://seed.example", peer: null }, now)) ?? 0;
      let at = next;
      while (hellos(protocol.step({ on: "wake" }, at)) === 0) at += 100;
      waits.push(at - now);
      now = at;
    }
    expect(waits.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_100);
  });
});

describe("spores that nobody can call", () => {
  test("keep three listens open, and are told news only while they listen", () => {
    const laptop = protocolWith(10, { callable: false });
    const listens = laptop.step({ on: "start" }, 0).filter((effect) => effect.do === "listen");
    expect(listens.length).toBe(3);
    const hub = protocolWith(0);
    hub.step({ on: "start" }, 0);
    learn(hub, 1, 0, { callable: false });
    const isTold = (now: number) => hub.peers.active(now, false).some((peer) => peer.key === key(1));
    expect(isTold(0)).toBe(false);
    hub.step({ on: "listening", peer: key(1) }, 1_000);
    expect(isTold(30_000)).toBe(true);
    expect(isTold(52_000)).toBe(false);
  });
});

describe("conduct", () => {
  test("three hostile items end in an hour of quarantine", () => {
    const protocol = protocolWith(3);
    protocol.step({ on: "start" }, 0);
    for (let i = 0; i < 3; i++) protocol.step({ on: "strike", peer: key(0) }, 0);
    expect(protocol.peers.isQuarantined(key(0), 3_599_999)).toBe(true);
    expect(protocol.peers.callable(0, false).map((peer) => peer.key)).toEqual([key(1), key(2)]);
    expect(protocol.peers.isQuarantined(key(0), 3_600_001)).toBe(false);
  });

  test("who asks for patience is not failing", () => {
    const protocol = protocolWith(1);
    protocol.step({ on: "failed", peer: key(0), retryAfterMs: 5_000 }, 0);
    expect(protocol.peers.callable(4_999, false)).toEqual([]);
    expect(protocol.peers.callable(5_000, false)[0]?.failures).toBe(0);
  });

  test("the pinned anchor is picked each sixth time", () => {
    const protocol = protocolWith(30);
    protocol.peers.pin(key(29));
    expect(protocol.peers.pick(0, false, 6, () => 0)?.key).toBe(key(29));
    expect(protocol.peers.pick(0, false, 4, () => 0)?.key).toBe(key(0));
  });
});
