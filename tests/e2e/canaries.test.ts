/**
 * What is private stays private on the page too: a real spore holds canaries in private and cluster memories and tasks,
 * and a visitor without the token looks at every page while more of them are written. Neither what the page shows nor a
 * single byte that the spore sent to it has one. The commander's token shows them, and taking it back hides them.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import type { Page } from "playwright";
import { cleanUp, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";
import { serveSite } from "./support/static-site.ts";
import { PAGES, ready, until, World } from "./support/world.ts";

// A real process that thinks on a busy machine; the limit only ends what hangs.
setDefaultTimeout(240_000);

const world = new World();
afterAll(async () => {
  await world.end();
  await cleanUp();
});

const TOKEN = "a-token-of-the-operator";
const AUTH = { authorization: `Bearer ${TOKEN}` };
const SHAPE = /kanari[0-9a-f]{16}/g;
const MARKER = "The lighthouse of Brask is painted white and red.";
const canary = () => `kanari${randomBytes(8).toString("hex")}`;
const found = (text: string) => [...new Set(text.match(SHAPE) ?? [])];

/** Passes everything on to a spore and keeps what came back, event streams as they run. */
function relayTo(target: () => string) {
  const told: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const headers = new Headers(request.headers);
      // Nothing is packed, so that a search finds what is there.
      headers.set("accept-encoding", "identity");
      const reply = await fetch(`${target()}${pathname}${search}`, {
        method: request.method,
        headers,
        signal: request.signal,
        ...(request.method === "GET" ? {} : { body: await request.arrayBuffer() }),
      });
      told.push([...reply.headers].join("\n"));
      const decoder = new TextDecoder();
      const at = told.push("") - 1;
      const kept = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          // Joined, so that one that falls on the border of two chunks is found as well.
          told[at] += decoder.decode(chunk, { stream: true });
          controller.enqueue(chunk);
        },
      });
      return new Response(reply.body?.pipeThrough(kept) ?? null, {
        status: reply.status,
        headers: reply.headers,
      });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, told, stop: () => server.stop(true) };
}

async function plant(
  spore: TestSpore,
  label: "private" | "cluster",
): Promise<{ entry: string; task: string }> {
  const content = `Report about the vault of the harbour: ${canary()} was counted.`;
  const remembered = await spore.post(
    "/api/memory",
    { content, label, metadata: { speaker: canary() } },
    AUTH,
  );
  expect(remembered.status).toBe(201);
  const task = `What was counted in the vault of the harbour, given ${canary()}?`;
  const asked = await spore.post("/api/task", { task, label }, AUTH);
  expect(asked.status).toBe(201);
  const entries = await spore.json<{ recent: { id: string; content: string }[] }>("/api/memory", {
    headers: AUTH,
  });
  const entry = entries.recent.find((one) => one.content === content)?.id;
  if (entry === undefined) throw new Error("what was remembered is not among the recent");
  return { entry, task: ((await asked.json()) as { task_id: string }).task_id };
}

/** All that the page holds and shows: elements with their attributes, what stands in fields, and its stores. */
const everythingOn = (page: Page) =>
  page.evaluate(() =>
    [
      document.documentElement.outerHTML,
      ...[...document.querySelectorAll("input, textarea")].map((field) => (field as HTMLInputElement).value),
      JSON.stringify({ ...localStorage }),
      JSON.stringify({ ...sessionStorage }),
    ].join("\n"),
  );

async function settle(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Connection: Live/ }).waitFor();
  await page
    .getByText(/^Reading /)
    .first()
    .waitFor({ state: "detached" });
}

describe.skipIf(!ready)("canaries", () => {
  test("of private and cluster entries reach no page and no answer without the token; with it they are there, and go with it", async () => {
    let spore: TestSpore | null = null;
    const relay = relayTo(() => spore?.url ?? "");
    const site = serveSite(() => ({ spores: [relay.url], bootstrap: null }));
    spore = await startTestSpore({ env: { SPORE_TOKEN: TOKEN, SPORE_CORS_ORIGINS: site.url } });
    const real = spore;
    expect((await real.post("/api/memory", { content: MARKER, label: "public" }, AUTH)).status).toBe(201);
    const planted = [await plant(real, "private"), await plant(real, "cluster")];
    const open = await real.post(
      "/api/task",
      { task: "How is the lighthouse of Brask painted?", label: "public" },
      AUTH,
    );
    const publicTask = ((await open.json()) as { task_id: string }).task_id;
    await waitFor("every task to end", async () => (await real.health()).active_tasks === 0, 120_000);

    const addresses = [
      ...PAGES,
      `/?task=${publicTask}`,
      `/library?task=${publicTask}`,
      "/library?view=memory",
      "/library?view=memory&mq=vault+harbour+counted",
      "/library?q=vault",
      ...planted.flatMap(({ entry, task }) => [
        `/library?task=${task}`,
        `/?task=${task}`,
        `/library?view=memory&entry=${entry}`,
      ]),
    ];
    const { page } = await world.open("about:blank");
    let seen = "";
    for (const [index, path] of addresses.entries()) {
      await page.goto(`${site.url}${path}`);
      await settle(page);
      // What is written while the page looks on would come by its stream; the public one after it shows that it did.
      await plant(real, index % 2 === 0 ? "private" : "cluster");
      const note = `The lamp of Brask was lit ${index + 1} times.`;
      expect((await real.post("/api/memory", { content: note, label: "public" }, AUTH)).status).toBe(201);
      await until(`“${note}” by the stream`, () => relay.told.some((text) => text.includes(note)));
      await settle(page);
      const shown = await everythingOn(page);
      expect({ path, found: found(shown) }).toEqual({ path, found: [] });
      seen += shown;
    }
    expect(seen).toContain("lighthouse of Brask");
    expect(relay.told.some((text) => text.includes(MARKER))).toBe(true);
    expect(relay.told.flatMap(found)).toEqual([]);

    await page.goto(`${site.url}/library#token=${TOKEN}`);
    await page.reload();
    const rows = page.getByTestId("task-rows");
    await rows
      .getByText(/given kanari/)
      .first()
      .waitFor();
    expect(found(await everythingOn(page)).length).toBeGreaterThan(addresses.length);
    await page.getByRole("link", { name: "Dashboard", exact: true }).first().click();
    await page
      .getByText(/given kanari/)
      .first()
      .waitFor();
    // Taken back: on this page and on those that were looked at before.
    await page.getByRole("button", { name: /^Connections/ }).click();
    await page.getByRole("button", { name: "Forget it" }).click();
    await until("nothing left", async () => found(await everythingOn(page)).length === 0);
    await settle(page);
    await page.getByRole("link", { name: "Library", exact: true }).first().click();
    await rows.getByText("How is the lighthouse of Brask painted?").waitFor();
    expect(found(await everythingOn(page))).toEqual([]);
    await site.stop();
    await relay.stop();
  });
});
