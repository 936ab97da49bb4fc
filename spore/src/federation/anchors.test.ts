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

test("a save under way at the stop is waited for; after it nothing is planned or written, and a failure stops nobody", async () => {
  const client = createClient({ url: ":memory:", concurrency: 1 });
  await migrate(client);
  const planned: (() => void)[] = [];
  const warnings: string[] = [];
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  let writes = 0;
  const slow = new Proxy(client, {
    get(target, name) {
      const value = target[name as keyof typeof client];
      if (name !== "batch") return typeof value === "function" ? value.bind(target) : value;
      return async (...args: Parameters<typeof client.batch>) => {
        writes++;
        begun.resolve();
        await goOn.promise;
        if (writes === 2) throw new Error("the disk is full");
        return await target.batch(...args);
      };
    },
  });
  const anchors = createAnchors({
    client: slow,
    enabled: true,
    peers: () => [peer(1, "op1")],
    greet: () => undefined,
    warn: (message) => warnings.push(message),
    later: (_, run) => {
      planned.push(run);
      return () => undefined;
    },
  });
  await anchors.start();
  planned[0]?.();
  await begun.promise;
  let stopped = false;
  const stopping = anchors.stop().then(() => {
    stopped = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect({ stopped, writes }).toEqual({ stopped: false, writes: 1 });
  goOn.resolve();
  await stopping;
  expect(writes).toBe(2);
  expect(warnings).toHaveLength(1);
  expect(planned).toHaveLength(1);
  expect((await client.execute("SELECT url FROM anchors")).rows).toHaveLength(1);
});
