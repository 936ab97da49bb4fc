/** Which peers are kept for the next start. */
import { expect, test } from "bun:test";
import { createClient } from "@libsql/client";
import type { PublicKey } from "@synapse/shared/ids.ts";
import type { SeedUrl } from "../gossip/gossip.ts";
import type { PeerView } from "../gossip/node.ts";
import { migrate } from "../replica/migrations.ts";
import { chooseAnchors, createAnchors } from "./anchors.ts";

function peer(n: number, operator: string, more: Partial<PeerView> = {}): PeerView {
  const certificate = { operator: operator as PublicKey, issued_at: n };
  const url = `https://spore-${n}.example`;
  return {
    key: `k${n}` as PublicKey,
    card: { certificate },
    url,
    state: "live",
    ...more,
  } as unknown as PeerView;
}

test("live ones that can be called, the oldest first, few of one operator while there are others", () => {
  const flood = Array.from({ length: 50 }, (_, n) => peer(100 + n, "flood"));
  const others = Array.from({ length: 6 }, (_, n) => peer(n, `op${n}`));
  const chosen = chooseAnchors([
    ...flood,
    ...others,
    peer(1, "gone", { state: "stale" }),
    peer(2, "deaf", { url: null }),
  ]);
  expect(chosen).toHaveLength(16);
  expect(chosen.slice(0, 6).map(({ operator }) => String(operator))).toEqual(others.map((_, n) => `op${n}`));
  expect(chosen.slice(0, 10).filter(({ operator }) => String(operator) === "flood")).toHaveLength(4);
  expect(new Set(chosen.map(({ url }) => url)).size).toBe(16);
});

test("kept over a restart, also when nobody is there at its end; a spore that joins no network keeps and uses none", async () => {
  const client = createClient({ url: ":memory:", concurrency: 1 });
  await migrate(client);
  const greeted: SeedUrl[] = [];
  const open = (enabled: boolean, peers: readonly PeerView[]) =>
    createAnchors({
      client,
      enabled,
      peers: () => peers,
      greet: (seeds) => greeted.push(...seeds),
      warn: () => undefined,
      later: () => () => undefined,
    });
  await open(false, [peer(9, "op9")]).stop();
  await open(true, [peer(1, "op1")]).stop();
  await open(true, []).stop();
  await open(false, []).start();
  expect(greeted).toEqual([]);
  await open(true, []).start();
  expect(greeted).toEqual([{ url: "https://spore-1.example", operator: "op1" as PublicKey }]);
});
