/** Push: who gets what, when, and what happens when an announcer does not deliver. */
import { describe, expect, test } from "bun:test";
import type { EntryId, PublicKey } from "@synapse/shared/ids.ts";
import type { Peer } from "./peer-sampling.ts";
import { ASK_NEXT_MS, ASKS_MAX, Push } from "./push.ts";

const idOf = (n: number) => n.toString(16).padStart(64, "0").split("").reverse().join("") as EntryId;
const keyOf = (n: number) => idOf(n).slice(0, 16);
const peers = Array.from(
  { length: 6 },
  (_, i) => ({ key: `peer-${i}` as PublicKey, callable: i > 0 }) as Peer,
);
const [first, second] = ["peer-1", "peer-2"] as PublicKey[] as [PublicKey, PublicKey];
const byVerb = (push: Push, now: number) => Map.groupBy(push.due(now), (effect) => effect.do);

describe("fresh entries", () => {
  test("go whole to one callable peer and by key to all others, but not back", () => {
    const push = new Push();
    push.fresh("public", [idOf(1)], first, true, peers, () => 0);
    const effects = byVerb(push, 0);
    expect(effects.get("put")?.map(({ peer }) => peer)).toEqual([second]);
    expect(effects.get("announce")?.length).toBe(4);
    expect(push.due(0)).toEqual([]);
  });

  test("what was asked for, and what is not whole, is mostly only announced", () => {
    const push = new Push();
    expect(push.announced(first, "public", [keyOf(1)], 0, true)).toEqual([keyOf(1)]);
    push.fresh("public", [idOf(1)], first, true, peers, () => 0.9);
    push.fresh("public", [idOf(2)], first, false, peers, () => 0.9);
    const effects = byVerb(push, 0);
    expect(effects.has("put")).toBe(false);
    expect(effects.get("announce")?.length).toBe(5);
  });

  test("announcements to a peer are 100 ms apart, a late call does not hold back the next", () => {
    const push = new Push();
    const one = peers.slice(1, 2);
    const announce = (n: number, now: number) => {
      push.fresh("public", [idOf(n)], null, false, one, () => 0);
      return push.due(now).length;
    };
    expect(announce(1, 0)).toBe(1);
    push.flushed(first, "announce");
    expect(announce(2, 50)).toBe(0);
    expect(push.nextAt()).toBe(100);
    expect(push.due(100)).toMatchObject([{ do: "announce", ids: [idOf(2)] }]);
    // No answer yet: after a second the next goes all the same, up to three calls.
    expect(announce(3, 300)).toBe(0);
    expect(push.due(1_100).length).toBe(1);
    expect(announce(4, 2_100)).toBe(1);
    expect(announce(5, 9_000)).toBe(0);
    push.flushed(first, "announce");
    expect(push.due(9_000).length).toBe(1);
  });

  test("of both scopes for a peer make three calls at most, and what has no place among them waits", () => {
    const push = new Push();
    const one = peers.slice(1, 2);
    const both = (n: number, now: number) => {
      push.fresh("public", [idOf(n)], null, false, one, () => 0);
      push.fresh("cluster", [idOf(n + 100)], null, false, one, () => 0);
      return push.due(now).map((effect) => effect.do === "announce" && effect.ids);
    };
    expect(both(1, 0)).toEqual([[idOf(1)], [idOf(101)]]);
    expect(both(2, 5_000)).toEqual([[idOf(2)]]);
    push.flushed(first, "announce");
    expect(push.due(10_000)).toMatchObject([{ do: "announce", ids: [idOf(102)] }]);
  });

  test("an outbox keeps a thousand ids, no more", () => {
    const push = new Push();
    const ids = Array.from({ length: 5_000 }, (_, n) => idOf(n));
    push.fresh("cluster", ids, null, true, peers.slice(1, 3), () => 0);
    expect(push.backlog).toBe(2_000);
  });
});

describe("announced keys", () => {
  test("are asked of one announcer at a time, of others first, of the same one last", () => {
    const push = new Push();
    expect(push.announced(first, "public", [keyOf(1)], 0, true)).toEqual([keyOf(1)]);
    expect(push.announced(second, "public", [keyOf(1)], 10, true)).toEqual([]);
    expect(push.due(ASK_NEXT_MS - 1)).toEqual([]);
    expect(push.due(ASK_NEXT_MS)).toMatchObject([{ do: "ask", peer: second, keys: [keyOf(1)], now: false }]);
    expect(push.due(2 * ASK_NEXT_MS)).toMatchObject([{ do: "ask", peer: first }]);
    expect(push.due(3 * ASK_NEXT_MS)).toEqual([]);
    expect(push.backlog).toBe(0);
  });

  test("of a peer that never answers keep three calls open, and of many such peers thirty-two", () => {
    const push = new Push();
    const open: PublicKey[] = [];
    const ask = (peer: PublicKey, n: number, now: number) => {
      if (push.announced(peer, "public", [keyOf(n)], now, false).length > 0) open.push(peer);
      for (const effect of push.due(now)) if (effect.do === "ask") open.push(effect.peer);
    };
    for (let n = 0; n < 50; n++) ask(first, n, n * ASK_NEXT_MS);
    expect(open).toEqual([first, first, first]);
    for (let n = 50; n < 150; n++) ask(`silent-${n % 20}` as PublicKey, n, n * ASK_NEXT_MS);
    expect(open).toHaveLength(ASKS_MAX);
    // What was announced meanwhile has waited, and is asked for together as soon as a call is over.
    push.flushed(first, "ask");
    const now = 200 * ASK_NEXT_MS;
    const asked = push.due(now);
    expect(asked).toHaveLength(1);
    expect(asked).toMatchObject([{ do: "ask", now: false }]);
  });

  test("wait for an announcer that has room, and are asked of another one first", () => {
    const push = new Push();
    for (let n = 0; n < 3; n++) push.announced(first, "public", [keyOf(n)], 0, false);
    expect(push.announced(first, "public", [keyOf(9)], 0, false)).toEqual([]);
    push.announced(second, "public", [keyOf(9)], 1, false);
    const asked = push.due(ASK_NEXT_MS);
    expect(asked).toMatchObject([{ do: "ask", peer: second, keys: [keyOf(9)] }]);
    expect(push.due(2 * ASK_NEXT_MS)).toEqual([]);
    push.flushed(first, "ask");
    const [again] = push.due(3 * ASK_NEXT_MS);
    expect(again).toMatchObject({ do: "ask", peer: first });
    expect(again?.do === "ask" && again.keys).toContain(keyOf(9));
  });

  test("that arrived are asked of nobody", () => {
    const push = new Push();
    push.announced(first, "public", [keyOf(1)], 0, true);
    push.fresh("public", [idOf(1)], second, true, [], () => 0);
    expect(push.due(ASK_NEXT_MS)).toEqual([]);
  });

  test("of things that do not exist fill ten thousand places, no more", () => {
    const push = new Push();
    const invented = (n: number) => Array.from({ length: 1_000 }, (_, i) => keyOf(n * 1_000 + i));
    for (let n = 0; n < 30; n++) push.announced(first, "public", invented(n), 0, true);
    // One liar has a tenth of them: what others announce is asked for.
    expect(push.backlog).toBe(1_000);
    expect(push.announced(second, "public", [keyOf(1_000_000)], 0, true)).toEqual([keyOf(1_000_000)]);
    for (let n = 30; n < 60; n++) push.announced(`liar-${n}` as PublicKey, "public", invented(n), 0, true);
    expect(push.backlog).toBe(10_000);
    // Asked of the same liar once more, then forgotten.
    push.due(ASK_NEXT_MS);
    push.due(2 * ASK_NEXT_MS);
    expect(push.backlog).toBe(0);
    expect(push.announced(first, "public", invented(70), 3 * ASK_NEXT_MS, true)).toHaveLength(1_000);
  });
});
