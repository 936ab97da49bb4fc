/**
 * A thousand simulated spores, through a real spore's own gossip, and a hundred thousand tasks with news coming in:
 * everything is there, little is in the page, and one more piece of news costs what it costs in a small list.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { swarmSchema, type TaskSummary } from "@synapse/shared/contract/status.ts";
import type { Locator } from "playwright";
import { swarmCards } from "../simulation/swarm-cards.ts";
import { cleanUp, startTestSpore, waitFor } from "../support/swarm.ts";
import { plainTask, summaryOf } from "./support/fixtures.ts";
import { putCards } from "./support/real-crowd.ts";
import { json, refuse } from "./support/replies.ts";
import { threadTime } from "./support/responses.ts";
import { serveSite } from "./support/static-site.ts";
import type { TestSpore } from "./support/test-spore.ts";
import { ready, setHidden, until, World } from "./support/world.ts";

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
  test("of the simulator are known to a real spore by their signed cards; graph, globe and tables show all of them", async () => {
    const spore = await startTestSpore({ env: { SPORE_PLACE: "54.48,9.05,Husum" } });
    await putCards(spore, swarmCards(SPORES, Date.now()));
    await waitFor("the whole network in one spore's view", async () => {
      const { nodes } = swarmSchema.parse(await spore.json("/api/swarm"));
      return nodes.length > SPORES;
    });
    // Itself and whoever brought the cards are known to it too.
    const { nodes } = swarmSchema.parse(await spore.json("/api/swarm"));
    expect(nodes).toHaveLength(SPORES + 2);
    const placed = nodes.flatMap(({ location }) => (location ? [location.name] : []));
    expect(placed.length).toBeGreaterThan(SPORES / 4);

    const site = serveSite(() => ({ spores: [spore.url], bootstrap: null }));
    const { page, complaints } = await world.open(`${site.url}/network`);
    const canvas = page.getByTestId("canvas-graph");
    await canvas.waitFor();
    expect(await canvas.getAttribute("aria-label")).toMatch(/^1002 spores, [3-6]\d{3} links/);
    expect(page.workers().length).toBeGreaterThan(0);
    const table = page.getByRole("table", { name: "All spores" });
    expect(await table.getByRole("row").count()).toBeLessThan(ROWS_MAX);
    expect(await table.getAttribute("aria-rowcount")).toBe(String(nodes.length + 1));
    await canvas.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await until("the choice in the address", () => page.url().includes("node="));
    await page.getByText(/^Linked to \d+/).waitFor();

    await page.goto(`${site.url}/globe`);
    await page.locator("[data-engine] canvas").waitFor();
    const spots = page.locator("[data-engine] button[aria-pressed]");
    await until("spots", async () => (await spots.count()) > 1);
    expect(await spots.count()).toBeLessThan(100);
    const [spores, places] = [placed.length, new Set(placed).size];
    await page
      .getByText(`${spores} spores in ${places} places, ${nodes.length - spores} unknown`, { exact: true })
      .waitFor();

    await page.goto(site.url);
    await page.getByText("12 of 1,002, problems first").waitFor();
    expect(complaints).toEqual([]);
    await site.stop();
  });
});

/** What a spore's own list gives: see spore/src/http/routes/tasks.ts. */
const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
const FIRST_PAGE = 100;
const FROM_MS = 1_795_000_000_000;

/** A spore with this many tasks, listed as a real one lists: pages up to its limit, each going on after a task. */
class Archive {
  readonly asked: URLSearchParams[] = [];
  private readonly template = summaryOf(plainTask("template", 1));
  private arrived = 0;

  /** @param index 0 is the newest of those that were there, negative ones came later */
  task(index: number): TaskSummary {
    const at = new Date(FROM_MS - index * 1_000).toISOString();
    return {
      ...this.template,
      task_id: (index + TASKS).toString(16).padStart(64, "0") as TaskSummary["task_id"],
      description: index < 0 ? `News number ${-index}` : `Question number ${index}`,
      created_at: at,
      updated_at: at,
    };
  }

  arrive(): TaskSummary {
    this.arrived += 1;
    return this.task(-this.arrived);
  }

  answer = (request: Request): Response => {
    const query = new URL(request.url).searchParams;
    this.asked.push(query);
    const limit = Number(query.get("limit") ?? LIMIT_DEFAULT);
    if (!(limit >= 1 && limit <= LIMIT_MAX)) return refuse(422, "invalid", `limit is 1 to ${LIMIT_MAX}`);
    const q = query.get("q");
    if (q !== null) return json({ tasks: [this.task(Number(/\d+/.exec(q)?.[0] ?? 0))], next: null });
    const after = /^(\d+)\./.exec(query.get("cursor") ?? "")?.[1];
    const from = after === undefined ? -this.arrived : (FROM_MS - Number(after)) / 1_000 + 1;
    const tasks = Array.from({ length: Math.min(limit, TASKS - from) }, (_, index) =>
      this.task(from + index),
    );
    const last = tasks.at(-1);
    const next =
      last === undefined || from + limit >= TASKS ? null : `${Date.parse(last.created_at)}.${last.task_id}`;
    return json({ tasks, next });
  };
}

/** Scrolls to the end again and again, as a reader does, until it is so. */
async function scrollUntil(list: Locator, what: string, reached: () => boolean | Promise<boolean>) {
  const scrolled = async () => {
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    return await reached();
  };
  await waitFor(what, scrolled, 400_000);
}

describe.skipIf(!ready)(`${TASKS} tasks`, () => {
  test("are read by the page, searched at the spore, and scrolled with few rows and bounded work while news comes in", async () => {
    const archive = new Archive();
    const spore: TestSpore = world.spore({ tasks: [], overrides: { "/api/tasks": archive.answer } });
    const { page, complaints } = await world.open(`${world.site([spore]).url}/library`);
    const list = page.getByTestId("task-rows");
    const rows = list.getByRole("listitem");
    const spent = await threadTime(page);
    await list.getByText("Question number 0", { exact: true }).waitFor();
    await until("the stream", () => spore.openStreams === 1);
    let news = 0;
    /** Thread time of each of some pieces of news, ms, one painted before the next is told. */
    const costOf = async (count: number): Promise<number> => {
      const before = await spent();
      for (let told = 0; told < count; told += 1) {
        spore.emit({ type: "task", data: archive.arrive() });
        news += 1;
        await page.getByRole("button", { name: `${news} new`, exact: true }).waitFor();
      }
      return ((await spent()) - before) / count;
    };
    /** Requests for tasks that something led to. */
    const askedBy = async (what: () => Promise<unknown>): Promise<URLSearchParams[]> => {
      const before = archive.asked.length;
      await what();
      await until("a reading of the list", () => archive.asked.length > before);
      // Of several pages the second would be asked for before any later request is answered.
      await page.evaluate(() => fetch("/config.json").then((reply) => reply.text()));
      return archive.asked.slice(before);
    };

    await scrollUntil(list, "a thousand tasks", () => archive.asked.length >= 6);
    await list.evaluate((element) => element.scrollTo(0, 0));
    await list.getByText("Question number 0", { exact: true }).waitFor();
    await costOf(5);
    const small = await costOf(40);
    const end = list.getByText(`Question number ${TASKS - 1}`, { exact: true });
    await scrollUntil(list, "the end of the list", async () => (await end.count()) === 1);
    await page.getByText("100K loaded, all").waitFor();
    // Once each, in pages as large as a spore gives.
    const pages = archive.asked.map((query) => query.get("cursor"));
    expect(new Set(pages).size).toBe(pages.length);
    expect(pages.length).toBe(1 + Math.ceil((TASKS - FIRST_PAGE) / LIMIT_MAX));
    expect(await rows.count()).toBeLessThan(ROWS_MAX);

    await costOf(5);
    const large = await costOf(40);
    process.stdout.write(
      `thread time of one piece of news: ${small.toFixed(2)} ms at 1,000 tasks, ${large.toFixed(2)} ms at ${TASKS}\n`,
    );
    // Sorting a hundred times as many would be a hundred times the work and more; copying pointers is not felt.
    expect(large / small).toBeLessThan(4);
    expect(await rows.count()).toBeLessThan(ROWS_MAX);

    // What makes the page read again reads the newest part, not all that was loaded.
    await setHidden(page, true);
    const byFocus = await askedBy(() => setHidden(page, false));
    const byReset = await askedBy(async () => spore.emit({ type: "reset", data: { reason: "a test" } }));
    for (const asked of [byFocus, byReset]) {
      expect(asked.length).toBeLessThanOrEqual(2);
      expect(asked[0]?.get("cursor")).toBeNull();
    }
    await page.getByText("100.1K loaded, all").waitFor();
    expect(await rows.count()).toBeLessThan(ROWS_MAX);

    await page.getByLabel("Search tasks and answers").fill("number 77777");
    await list.getByText("Question number 77777", { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  }, 600_000);
});
