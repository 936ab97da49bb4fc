/** A thousand spores, through a real spore's own gossip, and a hundred thousand tasks: everything is there, little is in the page. */
import { afterAll, describe, expect, test } from "bun:test";
import { cleanUp, startTestSpore, waitFor } from "../support/swarm.ts";
import { crowd } from "./support/crowd.ts";
import { plainTask, summaryOf } from "./support/fixtures.ts";
import { sendCards } from "./support/real-crowd.ts";
import { json } from "./support/replies.ts";
import { serveSite } from "./support/static-site.ts";
import { ready, until, World } from "./support/world.ts";

const world = new World();
afterAll(async () => {
  await world.end();
  await cleanUp();
});

const SPORES = 1_000;
const TASKS = 100_000;
/** More elements than this for one list would be felt. */
const ROWS_MAX = 60;

describe.skipIf(!ready)(`${SPORES} spores`, () => {
  test("are known to a real spore by their signed cards; graph, globe and tables show all of them", async () => {
    const { nodes, edges } = crowd(SPORES);
    const at = new Map(nodes.map((one, index) => [one.id as string, index]));
    const spore = await startTestSpore({ env: { SPORE_PLACE: "54.48,9.05,Husum" } });
    await sendCards(
      spore,
      nodes.map((one, index) => ({
        name: one.name,
        operator: one.operator,
        role: one.role,
        model: one.model,
        version: one.version,
        place: one.location ?? null,
        neighbours: edges
          .filter(({ from }) => from === nodes[index]?.id)
          .flatMap(({ to }) => at.get(to) ?? []),
      })),
    );
    await waitFor("the whole network in one spore's view", async () => {
      const swarm = await spore.json<{ nodes: unknown[] }>("/api/swarm");
      return swarm.nodes.length > SPORES;
    });
    const site = serveSite(() => ({ spores: [spore.url], bootstrap: null }));
    const { page, complaints } = await world.open(`${site.url}/network`);
    const canvas = page.getByTestId("canvas-graph");
    await canvas.waitFor();
    expect(await canvas.getAttribute("aria-label")).toMatch(/^1002 spores, [2-4]\d{3} links/);
    expect(page.workers().length).toBeGreaterThan(0);
    const table = page.getByRole("table", { name: "All spores" });
    expect(await table.getByRole("row").count()).toBeLessThan(ROWS_MAX);
    expect(await table.getAttribute("aria-rowcount")).toBe(String(SPORES + 3));
    await canvas.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await until("the choice in the address", () => page.url().includes("node="));
    await page.getByText(/^Linked to \d+/).waitFor();

    await page.goto(`${site.url}/globe`);
    await page.locator("[data-engine] canvas").waitFor();
    const spots = page.locator("[data-engine] button[aria-pressed]");
    await until("spots", async () => (await spots.count()) > 5);
    expect(await spots.count()).toBeLessThan(100);
    await page.getByText(/^[56]\d\d spores in 13 places, [34]\d\d unknown$/).waitFor();

    await page.goto(site.url);
    await page.getByText("12 of 1,002, problems first").waitFor();
    expect(complaints).toEqual([]);
    await site.stop();
  });
});

describe.skipIf(!ready)(`${TASKS} tasks`, () => {
  test("are read page by page, searched at the spore, and scrolled with few rows in the page", async () => {
    const template = summaryOf(plainTask("template", 1));
    const taskAt = (index: number) => ({
      ...template,
      task_id: index.toString(16).padStart(64, "0"),
      description: `Question number ${index}`,
      created_at: new Date(1_795_000_000_000 - index * 1_000).toISOString(),
    });
    // A spore gives at most 200 at once; here larger pages stand for many of them.
    const PAGE = 5_000;
    const spore = world.spore({
      tasks: [],
      overrides: {
        "/api/tasks": (request) => {
          const query = new URL(request.url).searchParams;
          const q = query.get("q");
          if (q !== null) return json({ tasks: [taskAt(Number(/\d+/.exec(q)?.[0] ?? 0))], next: null });
          const from = Number(query.get("cursor") ?? 0);
          const tasks = Array.from({ length: Math.min(PAGE, TASKS - from) }, (_, index) =>
            taskAt(from + index),
          );
          return json({ tasks, next: from + PAGE < TASKS ? String(from + PAGE) : null });
        },
      },
    });
    const { page, complaints } = await world.open(`${world.site([spore]).url}/library`);
    const list = page.getByTestId("task-rows");
    await list.getByText("Question number 0", { exact: true }).waitFor();
    await until("the end of the list", async () => {
      await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      return (await list.getByText(`Question number ${TASKS - 1}`, { exact: true }).count()) === 1;
    });
    await page.getByText("100K loaded, all").waitFor();
    expect(await list.getByRole("listitem").count()).toBeLessThan(ROWS_MAX);
    await page.getByLabel("Search tasks and answers").fill("number 77777");
    await list.getByText("Question number 77777", { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });
});
