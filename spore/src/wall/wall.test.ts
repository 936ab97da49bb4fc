/** The only door: what crosses, what stays, and what the books say of it. Real store, real signatures. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Label } from "@synapse/shared/contract/label.ts";
import type { StoredEntry } from "../replica/feed.ts";
import { openReplica } from "../replica/open-replica.ts";
import type { Replica } from "../replica/replica.ts";
import type { Store } from "../replica/store.ts";
import { createActor } from "../testing/actor.ts";
import { isProven } from "./provenance.ts";
import { createWall, type Wall } from "./wall.ts";

const dir = mkdtempSync(join(tmpdir(), "synapse-wall-"));
const actor = createActor();
let replica: Replica;
let store: Store;
let wall: Wall;
let mayDraw: Label | null = "cluster";

beforeAll(async () => {
  const opened = await openReplica({
    url: `file:${join(dir, "spore.db")}`,
    key: actor.key,
    certificate: actor.certificate,
    now: Date.now,
    warn: () => undefined,
  });
  if (!opened.ok) throw new Error(opened.error.message);
  ({ replica, store } = opened.value);
  wall = await createWall({
    store,
    replica,
    now: Date.now,
    mayDraw: () => mayDraw,
    publicWords: async () => new Set(),
    names: async () => [actor.certificate.name],
  });
});
afterAll(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

async function remember(content: string, label: Label): Promise<StoredEntry> {
  const result = await replica.append([
    { label, kind: "memory", body: { content, metadata: { speaker: "Marta Lind" } } },
  ]);
  if (!result.ok) throw new Error(result.error.message);
  return result.value[0] as StoredEntry;
}

const CLAIM = "the addition of jitter keeps client retries from arriving together after an outage.";

describe("cross", () => {
  test("a distilled claim goes out without its sources, and the author can prove where it came from", async () => {
    const source = await remember("Our clients hammered the login host, jitter fixed it", "cluster");
    const crossed = await wall.cross({
      text: `The ${CLAIM.slice(4)}`,
      origin: "learning",
      to: "public",
      sources: [source],
    });
    if (!crossed.ok) throw new Error(crossed.error.reason);
    const { entry, id } = crossed.value;
    expect(entry.label).toBe("public");
    expect(entry.parents).toEqual([]);
    expect(JSON.stringify(entry)).not.toContain(source.id);
    const [proof] = await wall.prove(crossed.value);
    expect(proof?.source).toBe(source.id);
    const content = entry.kind === "memory" ? entry.body.content : "";
    expect(proof && isProven(proof, content)).toBe(true);
    expect(JSON.stringify(entry)).toContain(proof?.tag ?? "no tag");
    expect((await store.get([id]))[0]?.entry.label).toBe("public");
  });

  test("what comes from further inside than the commander allows stays", async () => {
    const source = await remember("something private about jitter", "private");
    const attempt = {
      text: `The ${CLAIM.slice(4)}`,
      origin: "dream",
      to: "public" as const,
      sources: [source],
    };
    expect(await wall.cross(attempt)).toMatchObject({ ok: false });
    mayDraw = null;
    const cluster = await remember("something shared about jitter", "cluster");
    expect(await wall.cross({ ...attempt, sources: [cluster] })).toMatchObject({ ok: false });
    mayDraw = "cluster";
  });

  test("public thoughts from public memories keep their parents and their words", async () => {
    const source = await remember("Copper roofs turn green.", "public");
    const text = "“Copper roofs turn green.” goes with other reports about metal.";
    const crossed = await wall.cross({ text, origin: "free_thought", to: "public", sources: [source] });
    expect(crossed.ok && crossed.value.entry.parents).toEqual([source.id]);
  });

  test.each([
    ["a secret", "The admin key is sk-abcdefghij0123456789abcdefghij in every cluster we run."],
    ["a speaker's name", "The clients that Lind administers need more jitter between retries."],
    ["an address", "The clients behind 192.168.7.9 need more jitter between retries."],
    ["nothing at all", ""],
  ])("%s stays, and the books say why without saying what", async (_, text) => {
    const source = await remember("A note about clients and jitter between retries", "cluster");
    const before = await wall.status();
    const crossed = await wall.cross({ text, origin: "learning", to: "public", sources: [source] });
    expect(crossed.ok).toBe(false);
    const after = await wall.status();
    expect(after.blocks).toBe(before.blocks + 1);
    const books = JSON.stringify(after.recent_audit);
    for (const word of ["sk-abc", "Lind", "192.168", "hammered"]) expect(books).not.toContain(word);
  });

  test("a text that comes from nowhere stays", async () => {
    const crossed = await wall.cross({ text: CLAIM, origin: "learning", to: "public", sources: [] });
    expect(crossed).toMatchObject({ ok: false });
  });
});

describe("the books", () => {
  test("count what was published once it is stored, each entry once, and nothing that was only admitted", async () => {
    const { crossings } = await wall.status();
    await wall.admitPublic("memory", ["harmless", "as harmless"]);
    expect((await wall.status()).crossings).toBe(crossings);
    await wall.notePublished(["memory", "memory", "task"]);
    const after = await wall.status({ limit: 3, action: "crossed" });
    expect(after.crossings).toBe(crossings + 3);
    expect(after.recent_audit.map(({ kind }) => kind)).toEqual(["task", "memory", "memory"]);
  });

  test("are bounded and can be asked for one kind of decision", async () => {
    await wall.notePublished(Array.from({ length: 30 }, () => "memory" as const));
    await wall.admitPublic("task", [`password: ${"a1B2".repeat(4)}`]);
    const blocked = await wall.status({ limit: 5, action: "blocked" });
    expect(blocked.recent_audit.length).toBe(5);
    expect(blocked.recent_audit.every(({ action }) => action === "blocked")).toBe(true);
    expect((await wall.status({ limit: 500, from: Date.now() + 60_000 })).recent_audit).toEqual([]);
  });
});
