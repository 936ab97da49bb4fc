/**
 * Attackers' texts on their real way: memories and tasks through the gossip of real spores, models, versions and places
 * on signed cards. On every page nothing runs, nothing is fetched, and what is shown is text.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { ROLES } from "@synapse/shared/contract/entry.ts";
import { cleanUp, startSwarm, waitFor } from "../support/swarm.ts";
import { HOSTILE_TEXTS } from "./support/hostile-texts.ts";
import { sendCards } from "./support/real-crowd.ts";
import { serveSite } from "./support/static-site.ts";
import { PAGES, ready, World } from "./support/world.ts";

const world = new World();
afterAll(async () => {
  await world.end();
  await cleanUp();
});

const TEXTS = HOSTILE_TEXTS.slice(0, 100);
const TASKS = 6;

describe.skipIf(!ready)("hostile texts through real gossip", () => {
  test(`${TEXTS.length} of them reach a second spore and every page, and stay text`, async () => {
    const [evil, mine] = await startSwarm(2);
    if (evil === undefined || mine === undefined) throw new Error("the swarm has no two spores");
    const remembered = await evil.post("/api/memory", { memories: TEXTS.map((content) => ({ content })) });
    expect(remembered.status).toBe(201);
    for (const task of TEXTS.slice(0, TASKS))
      expect((await evil.post("/api/task", { task })).status).toBe(201);
    await sendCards(
      mine,
      TEXTS.map((text, index) => ({
        // A name on a certificate is held to a few letters by every spore; everything else on a card is free text.
        name: `attacker-${index}`,
        operator: `attacker ${index % 5}`,
        role: ROLES[index % ROLES.length] ?? "brain",
        model: text.slice(0, 200),
        version: text.slice(0, 40),
        place: { name: text.slice(0, 100), latitude: (index % 60) - 30, longitude: index },
        neighbours: [(index + 1) % TEXTS.length],
      })),
    );
    await waitFor("everything at the other spore", async () => {
      const [overview, tasks, swarm] = await Promise.all([
        mine.json<{ total_memories: number }>("/api/memory"),
        mine.json<{ tasks: unknown[] }>("/api/tasks"),
        mine.json<{ nodes: unknown[] }>("/api/swarm"),
      ]);
      return (
        overview.total_memories >= TEXTS.length &&
        tasks.tasks.length >= TASKS &&
        swarm.nodes.length > TEXTS.length
      );
    });

    const site = serveSite(() => ({ spores: [mine.url], bootstrap: null }));
    const { page, origins, complaints } = await world.open("about:blank");
    await page.addInitScript(() =>
      Object.assign(window, { alert: () => document.documentElement.setAttribute("data-owned", "1") }),
    );
    const { tasks } = await mine.json<{ tasks: { task_id: string }[] }>("/api/tasks");
    const [entry] = (await mine.json<{ recent: { id: string }[] }>("/api/memory")).recent;
    const addresses = [
      ...PAGES,
      "/library?view=memory",
      `/library?view=memory&entry=${entry?.id}`,
      `/network?node=${encodeURIComponent("nobody")}`,
      ...tasks.map(({ task_id }) => `/library?task=${task_id}`),
    ];
    for (const path of addresses) {
      await page.goto(`${site.url}${path}`);
      await page.getByText("Live", { exact: true }).waitFor();
      await page
        .getByText(/^Reading /)
        .first()
        .waitFor({ state: "detached" });
      const found = await page.evaluate(() => ({
        owned: document.documentElement.hasAttribute("data-owned"),
        foreign: document.querySelectorAll(
          "main img, main iframe, main object, main embed, main script, main style, main form[action], main [onerror], main [onload]",
        ).length,
        links: [...document.querySelectorAll<HTMLAnchorElement>("main a")].filter(
          (link) => link.origin !== location.origin,
        ).length,
      }));
      expect({ path, ...found }).toEqual({ path, owned: false, foreign: 0, links: 0 });
    }
    await page.goto(`${site.url}/network`);
    await page
      .getByRole("table", { name: "All spores" })
      .getByText("<script>alert(1)</script>")
      .first()
      .waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("alert");
    await page.getByRole("option").first().waitFor();
    expect(await page.evaluate(() => document.documentElement.hasAttribute("data-owned"))).toBe(false);
    expect([...origins].sort()).toEqual([site.url, mine.url].sort());
    expect(complaints).toEqual([]);
    await site.stop();
  });
});
