/** A thousand spores of many operators, the same for the same seed: what a large network looks like to the page. */
import { ROLES, type Role } from "@synapse/shared/contract/entry.ts";
import type { Swarm, SwarmNode } from "@synapse/shared/contract/status.ts";
import { keyOf, node } from "./fixtures.ts";

/** mulberry32 */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const PLACES = [
  ["Bergen", 60.39, 5.32],
  ["Den Helder", 52.96, 4.76],
  ["Nairobi", -1.29, 36.82],
  ["Valdivia", -39.81, -73.25],
  ["Halifax", 44.65, -63.57],
  ["Sapporo", 43.06, 141.35],
  ["Hobart", -42.88, 147.33],
  ["Chennai", 13.08, 80.27],
  ["Porto", 41.15, -8.61],
  ["Tampico", 22.25, -97.86],
  ["Suva", -18.14, 178.44],
  ["Lagos", 6.45, 3.39],
] as const;
const MODELS = ["extractive", "qwen3-4b", "llama-3.3-70b", "gpt-oss-120b", "mistral-small"] as const;
const STATES = ["live", "live", "live", "live", "stale", "unreachable"] as const;
const OPERATORS = 24;
const NEIGHBOURS = 4;

export function crowd(count: number, seed = 1): { nodes: readonly SwarmNode[]; edges: Swarm["edges"] } {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const operators = Array.from({ length: count }, () => Math.floor(random() ** 2 * OPERATORS));
  const nodes = operators.map((operator, index) => {
    const [name, latitude, longitude] = pick(PLACES);
    return node(
      {
        name: `spore-${String(index).padStart(4, "0")}`,
        role: pick(ROLES) as Role,
        operator: `operator ${operator}`,
        model: pick(MODELS),
      },
      {
        state: pick(STATES),
        location:
          random() < 0.4
            ? null
            : { name, latitude: latitude + random() * 2 - 1, longitude: longitude + random() * 2 - 1 },
      },
    );
  });
  const edges = nodes.flatMap((one, index) =>
    Array.from({ length: NEIGHBOURS }, () => {
      // Mostly within one's own cluster, as spores of one commander know each other first.
      const far = random() < 0.25;
      const mates = operators.flatMap((operator, other) => (operator === operators[index] ? [other] : []));
      const other = far ? Math.floor(random() * count) : pick(mates);
      return { from: one.id, to: nodes[other]?.id ?? keyOf("nobody"), kind: "gossip" };
    }).filter(({ from, to }) => from !== to),
  );
  return { nodes, edges: edges as Swarm["edges"] };
}
