/** The Library: find, filter, sort, page, open by link, take away; and the memory below. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { idOf, plainTask, SEAL_TASK } from "./support/fixtures.ts";
import { ready, until, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

const MANY = 1_000;

describe.skipIf(!ready)("tasks", () => {
  test("search and filter live in the address; reload and Back restore them", async () => {
    const site = world.site([world.spore()]);
    const { page } = await world.open(`${site.url}/library`);
    const rows = page.getByTestId("task-rows").getByRole("listitem");
    await until("five tasks", async () => (await rows.count()) === 5);
    await page.getByLabel("Search tasks and answers").fill("grey cabinet");
    await until("one task", async () => (await rows.count()) === 1);
    expect(page.url()).toContain("q=grey+cabinet");
    await rows.first().getByRole("button").click();
    await page.getByRole("heading", { name: "Answer", exact: true }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Answer", exact: true }).waitFor();
    expect(await page.getByLabel("Search tasks and answers").inputValue()).toBe("grey cabinet");
    await page.goBack();
    await page.getByText("Choose a task").waitFor();
    await page.getByLabel("Search tasks and answers").fill("");
    await page.getByLabel("Status").selectOption("unresolved");
    await page.getByText("Should the night pumping").waitFor();
    await until("the filter", async () => (await rows.count()) === 1);
    expect(page.url()).toContain("status=unresolved");
  });

  test("a deep link opens the task with its chain of reasoning", async () => {
    const { page } = await world.open(`${world.site([world.spore()]).url}/library?task=${idOf(SEAL_TASK)}`);
    await page.getByText("Six spares came with order 2291").first().waitFor();
    await page.getByText("confirmed by a second spore").waitFor();
    await page.getByRole("region", { name: "Cycle 1" }).waitFor();
    await page.getByRole("region", { name: "Cycle 2" }).waitFor();
    await page.getByText("Nobody has looked at the float.").waitFor();
    // Every figure has its name; the one beside the answer is written as the terminal writes it.
    const answer = page.getByRole("region", { name: "Answer", exact: true });
    expect(((await answer.textContent()) ?? "").replaceAll(/\s+/g, " ")).toMatch(
      /^Answerposterior 0\.83.*Calibrated confidence78%/,
    );
    await page.getByText("own confidence 64%").first().waitFor();
    await page.getByRole("complementary").getByText("posterior 0.66").waitFor();
    await page.getByTestId("task-rows").getByText("calibrated confidence 78%").first().waitFor();
    // Cycle 2 deepened; nothing of it converged.
    const steps = page.getByRole("list", { name: /^Phase: done/ }).getByRole("listitem");
    expect(await steps.evaluateAll((all) => all.map((one) => one.getAttribute("data-step")))).toEqual([
      "past",
      "past",
      "passed over",
      "past",
      "present",
    ]);
  });

  test(`${MANY} tasks come page by page, and only the rows in view exist`, async () => {
    const tasks = Array.from({ length: MANY }, (_, index) =>
      plainTask(`Question number ${index}`, index + 1),
    );
    const spore = world.spore({ tasks });
    const { page } = await world.open(`${world.site([spore]).url}/library`);
    await page.getByText("Question number 0", { exact: true }).waitFor();
    const list = page.getByTestId("task-rows");
    expect(await list.getByRole("listitem").count()).toBeLessThan(60);
    await until("the end of the list", async () => {
      await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      return (await list.getByText(`Question number ${MANY - 1}`, { exact: true }).count()) === 1;
    });
    expect(await list.getByRole("listitem").count()).toBeLessThan(60);
    await page.getByText("1,000 loaded, all").waitFor();
  });

  test("two spores of one operator are read once; a task is listed once", async () => {
    const [first, second] = [world.spore(), world.spore()];
    const { page } = await world.open(`${world.site([first, second]).url}/library`);
    const rows = page.getByTestId("task-rows").getByRole("listitem");
    await until("five tasks", async () => (await rows.count()) === 5);
    await page.getByText("5 loaded, all").waitFor();
  });

  test("export: JSON is what the spore told, Markdown cannot be mistaken for ours", async () => {
    const hostile = plainTask("# Heading <img src=x> ![a](http://evil.example/a.png)", 2);
    const { page } = await world.open(
      `${world.site([world.spore({ tasks: [hostile] })]).url}/library?task=${hostile.task_id}`,
    );
    const save = async (name: RegExp) => {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name }).click(),
      ]);
      return readFileSync(await file.path(), "utf8");
    };
    await page.getByRole("heading", { name: "Answer", exact: true }).waitFor();
    expect(JSON.parse(await save(/^JSON: task-/))).toEqual(JSON.parse(JSON.stringify(hostile)));
    const markdown = await save(/^Markdown$/);
    expect(markdown).toContain("\\!\\[a\\]\\(http");
    expect(markdown).not.toMatch(/(?<!\\)<img/);
  });
});

describe.skipIf(!ready)("memory", () => {
  test("search, read an entry, follow it to what it came from and back", async () => {
    const { page } = await world.open(`${world.site([world.spore()]).url}/library?view=memory`);
    await page.getByText("214 entries on this spore").waitFor();
    await page.getByLabel("Search memories").fill("salt spray");
    await page.getByText("1 found in 1.4 ms").waitFor();
    await page.getByText("both stand in salt spray").first().click();
    await page.getByText("Derived from 3 entries").waitFor();
    await page.getByRole("region", { name: "Entry" }).getByText("Maintenance note, 14 March").last().click();
    await page.getByText("Derived from nothing: this is a source.").waitFor();
    expect(page.url()).toContain(`entry=${idOf("seal")}`);
    await page.goBack();
    await page.getByText("Derived from 3 entries").waitFor();
  });
});

describe.skipIf(!ready)("comparing", () => {
  test("two answers stand side by side by link: words, sources, figures", async () => {
    const site = world.site([world.spore()]);
    const { page } = await world.open(`${site.url}/library?task=${idOf(SEAL_TASK)}`);
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByText("choose another").waitFor();
    await page.getByTestId("task-rows").getByText("How many seedlings went out in week 14?").click();
    const comparison = page.getByTestId("comparison");
    await comparison.getByText("Answers, word by word").first().waitFor();
    expect(await comparison.locator("ins").count()).toBeGreaterThan(0);
    expect(await comparison.locator("del").count()).toBeGreaterThan(0);
    await comparison.getByText("Both rest on").waitFor();
    await page.reload();
    await comparison.waitFor();
    await page.getByRole("button", { name: "End comparing" }).click();
    await page.getByText("1,240 seedlings.").first().waitFor();
  });
});

describe.skipIf(!ready)("provenance", () => {
  test("shows where an entry came from, and every entry in it opens", async () => {
    const { page } = await world.open(`${world.site([world.spore()]).url}/library?view=memory&mq=salt+spray`);
    await page.getByText("both stand in salt spray").first().click();
    const graph = page.getByRole("region", { name: "Provenance graph" });
    await graph.getByRole("button", { name: /Maintenance note, 14 March/ }).waitFor();
    expect(await graph.getByRole("button").count()).toBe(4);
    expect(await graph.locator("svg g path").count()).toBe(3);
    await graph.getByRole("button", { name: /Maintenance note, 14 March/ }).click();
    await page.getByText("Derived from nothing: this is a source.").waitFor();
  });
});
