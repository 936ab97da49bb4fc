/** Looking for the network: several sources, the last good list, a few seeds of many operators, patience. */
import { describe, expect, test } from "bun:test";
import type { BootstrapSeed } from "@synapse/shared/contract/bootstrap.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { createKeyPair } from "../identity/keypair.ts";
import { createBootstrap, type SeedSource } from "./bootstrap.ts";
import type { Joined, JoinFailure, JoinTarget } from "./join-client.ts";
import { mergeSeeds, pickSeeds, readSeedList } from "./seed-list.ts";

const OPERATORS = Array.from({ length: 4 }, () => createKeyPair().publicKey);
const seed = (name: string, operator = 0): BootstrapSeed => ({
  url: `https://${name}.example`,
  operator: OPERATORS[operator] as BootstrapSeed["operator"],
});
const listOf = (seeds: readonly BootstrapSeed[], network = "synapse") =>
  JSON.stringify({ version: 1, network, seeds });

function random(seedNumber: number): () => number {
  let state = seedNumber;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

type Answer = Result<Joined, JoinFailure>;
const JOINED: Answer = ok({ tier: "stranger", vouch: null });
const failed = (kind: JoinFailure["kind"], retryable: boolean): Answer =>
  err({ kind, code: kind, message: `is ${kind}`, retryable });

/** A world of lists and seeds with a clock that is turned by hand. */
function world(
  texts: Record<string, string | null>,
  answers: Record<string, Answer> = {},
  kept: string | null = null,
) {
  const state = { now: 1_000, kept, joined: [] as string[], tried: [] as string[] };
  let timer: { at: number; run: () => void } | null = null;
  const source = (name: string): SeedSource => ({
    name,
    isLocal: false,
    read: async () => {
      const text = texts[name];
      return text == null ? err("is down") : ok(text);
    },
  });
  const loop = createBootstrap({
    network: "synapse",
    sources: Object.keys(texts).map(source),
    lastGood: {
      load: async () => state.kept,
      save: async (text) => {
        state.kept = text;
      },
    },
    join: async ({ url }: JoinTarget) => {
      state.tried.push(url);
      return answers[url] ?? JOINED;
    },
    onJoined: ({ url }) => state.joined.push(url),
    log: () => undefined,
    now: () => state.now,
    random: random(7),
    later(delayMs, run) {
      timer = { at: state.now + delayMs, run };
      return () => {
        timer = null;
      };
    },
  });
  const settle = () => Bun.sleep(1);
  return {
    state,
    answers,
    texts,
    loop,
    async start() {
      loop.start();
      await settle();
    },
    /** Milliseconds until the next round begins; then lets it run. */
    async next(): Promise<number> {
      const due = timer;
      if (due === null) return Number.POSITIVE_INFINITY;
      const waited = due.at - state.now;
      state.now = due.at;
      timer = null;
      due.run();
      await settle();
      return waited;
    },
  };
}

describe("a spore that looks for the network", () => {
  test("takes every source together, and says of each how it went", async () => {
    const { state, loop, start } = world({
      a: listOf([seed("one")]),
      b: null,
      c: listOf([seed("two", 1)]),
      d: "{",
    });
    await start();
    expect(state.joined.sort()).toEqual(["https://one.example", "https://two.example"]);
    expect(loop.status().sources.map(({ source, detail, seeds }) => `${source} ${detail} ${seeds}`)).toEqual([
      "a as it should be 1",
      "b is down 0",
      "c as it should be 1",
      "d is not JSON 0",
    ]);
  });

  test("falls back on the list it found last, and only where nothing else answers", async () => {
    const down = world({ a: null }, {}, listOf([seed("kept")]));
    await down.start();
    expect(down.state.joined).toEqual(["https://kept.example"]);
    const up = world({ a: listOf([seed("fresh")]) }, {}, listOf([seed("kept")]));
    await up.start();
    expect(up.state.joined).toEqual(["https://fresh.example"]);
    expect(up.state.kept).toContain("fresh");
  });

  test("an unreachable seed is tried ever more rarely, and joined once it is there", async () => {
    const url = "https://one.example";
    const w = world({ a: listOf([seed("one")]) }, { [url]: failed("unreachable", true) });
    await w.start();
    const waits: number[] = [];
    for (let round = 0; round < 12; round++) waits.push(await w.next());
    expect(Math.max(...waits)).toBeLessThanOrEqual(1.5 * 15 * 60_000);
    expect(waits.at(-1)).toBeGreaterThan(20 * (waits[0] ?? 0));
    const tries = w.state.tried.length;
    expect(tries).toBeGreaterThan(4);
    expect(tries).toBeLessThanOrEqual(13);
    expect(w.loop.status().seeds[0]).toMatchObject({ state: "unreachable", reason: "is unreachable" });
    delete w.answers[url];
    for (let round = 0; round < 4 && w.state.joined.length === 0; round++) await w.next();
    expect(w.state.joined).toEqual([url]);
    expect(w.loop.status().seeds[0]).toMatchObject({ state: "joined", tier: "stranger" });
    expect(await w.next()).toBeGreaterThan(60 * 60_000);
  });

  test("a seed that refuses is left alone for a while", async () => {
    const url = "https://one.example";
    const w = world({ a: listOf([seed("one")]) }, { [url]: failed("refused", false) });
    await w.start();
    while (w.state.now < 20 * 60_000) await w.next();
    expect(w.state.tried).toHaveLength(1);
  });

  test("joins a few of many and no more; stopped, it does nothing", async () => {
    const many = Array.from({ length: 100 }, (_, i) => seed(`s${i}`, i % 4));
    const w = world({ a: listOf(many) });
    await w.start();
    expect(w.state.joined).toHaveLength(6);
    for (let round = 0; round < 3; round++) await w.next();
    expect(w.state.tried).toHaveLength(6);
    await w.loop.stop();
    expect(await w.next()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("lists", () => {
  test("of another network, with plain http, or broken are refused in plain words", () => {
    expect(readSeedList(listOf([], "other"), "synapse", false)).toMatchObject({ ok: false });
    const plain = JSON.stringify({
      version: 1,
      network: "synapse",
      seeds: [{ ...seed("a"), url: "http://a.example" }],
    });
    expect(readSeedList(plain, "synapse", false)).toMatchObject({
      ok: false,
      error: "seeds.0.url: must be an https URL",
    });
    expect(readSeedList(plain, "synapse", true).ok).toBe(true);
  });

  test("that disagree about an operator: the earlier one counts", () => {
    expect(mergeSeeds([[seed("a", 0)], [seed("a", 1), seed("b", 1)]])).toEqual([seed("a", 0), seed("b", 1)]);
  });

  test("an operator with a hundred addresses is met as often as one with a single one", () => {
    const flood = [...Array.from({ length: 100 }, (_, i) => seed(`f${i}`, 0)), seed("x", 1), seed("y", 2)];
    for (let start = 1; start < 50; start++) {
      const picked = pickSeeds(flood, 3, random(start));
      expect(new Set(picked.map(({ operator }) => operator)).size).toBe(3);
    }
  });
});
