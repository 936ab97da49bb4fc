import { expect, test } from "bun:test";
import { layout } from "@/topology/force-layout.ts";

const nodes = Array.from({ length: 24 }, (_, index) => ({
  key: `key ${index}`,
  group: `group ${index % 3}`,
}));
const edges = nodes.slice(1).map((node, index) => ({ from: nodes[index]?.key ?? "", to: node.key }));

test("the same network is drawn the same way, in whatever order it was told", () => {
  const once = layout(nodes, edges);
  const again = layout([...nodes].reverse(), edges);
  for (const { key } of nodes) expect(again.get(key)).toEqual(once.get(key) as never);
});

test("no two marks lie on each other, and an edge to an unknown spore is no harm", () => {
  const places = [...layout(nodes, [...edges, { from: "key 1", to: "nobody" }]).values()];
  for (const [i, a] of places.entries()) {
    for (const b of places.slice(i + 1)) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(20);
  }
});
