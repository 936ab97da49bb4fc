import { describe, expect, test } from "bun:test";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { clustersOf, mergeFleet, type Probe, STALE_AFTER_MS } from "@/lib/fleet.ts";
import { lenientHealthSchema } from "@/lib/lenient-health.ts";
import type { SporeFailure } from "@/lib/spore-client.ts";

const NOW = 1_800_000_000_000;
const key = (letter: string) => letter.repeat(43);

function probe(name: string, change: Partial<Probe> = {}): Probe {
  const spore: ChosenSpore = { url: `http://${name}.example`, origin: "config", own: true };
  const health = lenientHealthSchema.parse({
    spore: name,
    key: key(name.charAt(0)),
    operator: key("O"),
    memories: 7,
  });
  return { spore, health, healthAt: NOW - 1_000, failure: null, swarm: null, ...change };
}

function failing(kind: SporeFailure["kind"]): SporeFailure {
  return { kind, retryable: false, retryAfterMs: null, code: "x", message: kind } as unknown as SporeFailure;
}

function heard(id: string, state: "live" | "stale" | "unreachable", at = NOW) {
  return {
    id: key(id),
    name: `far-${id}`,
    operator: key("P"),
    url: null,
    role: "brain",
    model: "m",
    version: "1",
    dna: "d",
    state,
    last_seen: new Date(at).toISOString(),
    summary: {},
  };
}

const swarm = (nodes: unknown[], edges: unknown[] = []) =>
  ({ spore: key("a"), nodes, edges, as_of: "" }) as unknown as Probe["swarm"];

describe("the fleet", () => {
  test("each failure is a state of its own, and the worst comes first", () => {
    const probes = [
      probe("a"),
      probe("b", { failure: failing("unreachable") }),
      probe("c", { failure: failing("unauthorised") }),
      probe("d", { failure: failing("sleeping") }),
      probe("e", { failure: failing("building") }),
      probe("f", { healthAt: NOW - STALE_AFTER_MS - 1 }),
      probe("g", { health: null, healthAt: null }),
    ];
    const states = mergeFleet(probes, NOW).nodes.map((node) => node.state);
    expect(states).toEqual([
      "offline",
      "unauthorised",
      "stale",
      "building",
      "sleeping",
      "connecting",
      "live",
    ]);
  });

  test("a spore's own word wins over what others heard of it; nothing is listed twice", () => {
    const told = swarm([{ ...heard("b", "unreachable"), name: "rumour" }, heard("z", "live")]);
    const { nodes } = mergeFleet([probe("a", { swarm: told }), probe("b")], NOW);
    expect(nodes.map((node) => [node.name, node.state])).toEqual([
      ["a", "live"],
      ["b", "live"],
      ["far-z", "live"],
    ]);
  });

  test("the newest card wins, and a silent teller's news are stale", () => {
    const old = swarm([heard("z", "unreachable", NOW - 60_000)]);
    const fresh = swarm([heard("z", "live", NOW)]);
    const both = mergeFleet([probe("a", { swarm: old }), probe("b", { swarm: fresh })], NOW);
    expect(both.nodes.find((node) => node.name === "far-z")?.state).toBe("live");
    const silent = mergeFleet([probe("a", { swarm: fresh, failure: failing("unreachable") })], NOW);
    expect(silent.nodes.find((node) => node.name === "far-z")).toMatchObject({ state: "stale", via: "a" });
  });

  test("what a spore did not tell, or told wrongly, is missing and not zero", () => {
    const health = lenientHealthSchema.parse({
      spore: "odd",
      memories: "many",
      confidence: 7,
      role: "wizard",
    });
    const [node] = mergeFleet([probe("a", { health })], NOW).nodes;
    expect(node).toMatchObject({ name: "odd", role: null, model: null, key: "http://a.example" });
    expect(node?.summary).toEqual({});
  });

  test("an undirected link told from both ends is one; trust keeps its direction", () => {
    const edges = [
      { from: key("a"), to: key("b"), kind: "gossip" },
      { from: key("b"), to: key("a"), kind: "gossip" },
      { from: key("a"), to: key("b"), kind: "trust" },
      { from: key("b"), to: key("a"), kind: "trust" },
    ];
    expect(mergeFleet([probe("a", { swarm: swarm([], edges) }), probe("b")], NOW).edges).toHaveLength(3);
  });

  describe("an address that says it is one of my spores", () => {
    const fake = (name: string, change: Partial<Probe> = {}): Probe => ({
      ...probe(name, change),
      spore: { url: `http://evil-${name}.example`, origin: "link", own: false },
    });

    test("is told beside the one that configuration names, whatever the order, and never stands in its place", () => {
      for (const probes of [
        [probe("a"), probe("b"), fake("a")],
        [fake("a"), probe("b"), probe("a")],
        [fake("a"), probe("b"), probe("a", { failure: failing("unreachable") })],
      ]) {
        const { nodes } = mergeFleet(probes, NOW);
        expect(nodes).toHaveLength(2);
        expect(nodes.find((node) => node.key === key("a"))).toMatchObject({
          url: "http://a.example",
          alsoAt: ["http://evil-a.example"],
          mine: true,
        });
      }
    });

    test("nor in the place of one that the visitor added, own or watched", () => {
      for (const own of [true, false]) {
        const added: Probe = { ...probe("a"), spore: { url: "http://a.example", origin: "added", own } };
        const { nodes } = mergeFleet([fake("a"), added], NOW);
        expect(nodes.map((node) => node.url)).toEqual(["http://a.example"]);
      }
    });

    test("with a key of its own, or while mine are silent, it is nobody's", () => {
      const unheard = probe("b", { health: null, healthAt: null, failure: failing("unreachable") });
      const { nodes } = mergeFleet([probe("a"), unheard, fake("x")], NOW);
      expect(nodes.find((node) => node.url === "http://evil-x.example")).toMatchObject({
        mine: false,
        operator: null,
        reason: expect.stringContaining("says that it is yours"),
      });
      expect(mergeFleet([unheard, fake("b")], NOW).nodes.filter((node) => node.mine)).toMatchObject([
        { url: "http://b.example" },
      ]);
    });

    test("and is read by nobody while it is not known whether mine will answer", () => {
      const asked = probe("a", { health: null, healthAt: null });
      const stateOfFake = (mine: Probe) =>
        mergeFleet([fake("a"), mine], NOW).nodes.find((node) => node.url === "http://evil-a.example")?.state;
      expect(stateOfFake(asked)).toBe("connecting");
      expect(stateOfFake({ ...asked, failure: failing("unreachable") })).toBe("live");
    });

    test("nor does it take the place of one that my spores have heard of; at the address they know, it is that one", () => {
      const mine = { ...heard("z", "live"), operator: key("O"), url: "http://z.example" };
      const teller = probe("a", { swarm: swarm([mine]) });
      const [elsewhere] = mergeFleet([teller, fake("z")], NOW).nodes.filter((node) => node.key === key("z"));
      expect(elsewhere).toMatchObject({
        name: "far-z",
        chosen: null,
        mine: true,
        alsoAt: ["http://evil-z.example"],
      });
      const there: Probe = { ...probe("z"), spore: { url: "http://z.example", origin: "link", own: false } };
      const [direct] = mergeFleet([teller, there], NOW).nodes.filter((node) => node.key === key("z"));
      expect(direct).toMatchObject({ name: "z", mine: true, operator: key("O"), via: "direct" });
    });

    test("what it tells of others changes nothing that my spores tell, and makes nobody mine", () => {
      const told = { ...heard("z", "live", NOW - 60_000), operator: key("O") };
      const lie = { ...heard("z", "unreachable", NOW + 60_000), operator: key("O"), name: "lie" };
      const more = { ...heard("y", "live"), operator: key("O") };
      const { nodes } = mergeFleet(
        [fake("x", { swarm: swarm([lie, more]) }), probe("a", { swarm: swarm([told]) })],
        NOW,
      );
      expect(nodes.find((node) => node.key === key("z"))).toMatchObject({ name: "far-z", mine: true });
      expect(nodes.find((node) => node.key === key("y"))).toMatchObject({ mine: false, operator: null });
    });

    test("of two addresses of mine, the one that answers is read", () => {
      const other: Probe = {
        ...probe("a"),
        spore: { url: "http://lan.example", origin: "added", own: true },
      };
      const silent = probe("a", { failure: failing("unreachable") });
      expect(mergeFleet([silent, other], NOW).nodes).toMatchObject([
        { url: "http://lan.example", state: "live", alsoAt: ["http://a.example"] },
      ]);
      expect(mergeFleet([probe("a"), other], NOW).nodes).toMatchObject([{ url: "http://a.example" }]);
    });
  });

  test("clusters: mine first", () => {
    const clusters = clustersOf(
      mergeFleet([probe("a", { swarm: swarm([heard("y", "live"), heard("z", "live")]) })], NOW),
    );
    expect(clusters.map((cluster) => [cluster.mine, cluster.nodes.length])).toEqual([
      [true, 1],
      [false, 2],
    ]);
  });
});
