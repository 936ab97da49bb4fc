/** What only the commander does: grade, decide, set, invite. Each says where it goes, and goes nowhere else. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { idOf, SEAL_TASK } from "./support/fixtures.ts";
import { OPEN_PROPOSAL } from "./support/policy-fixtures.ts";
import type { TestSpore } from "./support/test-spore.ts";
import { ready, until, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

const TOKEN = "a-token-of-the-operator";
const commands = (spore: TestSpore) =>
  spore.seen
    .filter(({ method }) => method !== "GET")
    .map(({ method, path, body }) => [method, path, JSON.parse(body)]);

describe.skipIf(!ready)("the commander", () => {
  test("grades an answer: right or wrong, with a note, after seeing where it goes", async () => {
    const mine = world.spore({ token: TOKEN, complete: true });
    const task = idOf(SEAL_TASK);
    const { page } = await world.open(`${world.site([mine]).url}/library?task=${task}#token=${TOKEN}`);
    const grade = page.getByRole("region", { name: "Your grade" });
    await grade.getByRole("button", { name: "Wrong" }).click();
    await grade.getByText("as a signed entry of yours, which stays").waitFor();
    await grade.getByLabel("Note").fill("The spares are used up.");
    expect(commands(mine)).toEqual([]);
    await grade.getByRole("button", { name: "Grade as wrong" }).click();
    await page.getByText("Graded wrong.").waitFor();
    expect(commands(mine)).toEqual([
      ["POST", `/api/task/${task}/grade`, { correct: false, note: "The spares are used up." }],
    ]);
  });

  test("approves or rejects what the Sentinel proposes, after one confirmation", async () => {
    const mine = world.spore({ token: TOKEN, complete: true });
    const { page } = await world.open(`${world.site([mine]).url}/sentinel#token=${TOKEN}`);
    const waiting = page.getByRole("list", { name: "Waiting for a decision" });
    await waiting.getByText("reasoning.cycles_max: 4 → 5").waitFor();
    await waiting.getByRole("button", { name: "Reject" }).click();
    await waiting.getByRole("button", { name: "Cancel" }).click();
    await waiting.getByRole("button", { name: "Approve" }).click();
    expect(commands(mine)).toEqual([]);
    await waiting.getByRole("button", { name: "Yes, apply it" }).click();
    await waiting.getByText("Approved.").waitFor();
    expect(commands(mine)).toEqual([["POST", `/api/proposals/${OPEN_PROPOSAL}/approve`, {}]]);
  });

  test("rejects with a reason; without the token the page says that proposals are the commander's", async () => {
    const mine = world.spore({ token: TOKEN, complete: true });
    const { page } = await world.open(`${world.site([mine]).url}/sentinel`);
    const panel = page.getByRole("region", { name: "Proposals", exact: true });
    await panel.getByText("2 proposals, told to the commander alone").waitFor();
    await panel.getByRole("button", { name: "Enter the operator token" }).click();
    await page.getByRole("dialog").getByLabel("Operator token").fill(TOKEN);
    await page.getByRole("button", { name: "Use this token" }).click();
    await panel.getByRole("button", { name: "Reject" }).click();
    await panel.getByLabel("Why").fill("Answers take long enough.");
    await panel.getByRole("button", { name: "Yes, reject it" }).click();
    await panel.getByText("Rejected.").waitFor();
    expect(commands(mine)).toEqual([
      ["POST", `/api/proposals/${OPEN_PROPOSAL}/reject`, { reason: "Answers take long enough." }],
    ]);
  });

  test("is not asked to decide for others: a spore that is only watched gets no command", async () => {
    const watched = world.spore({ complete: true });
    const { page } = await world.open(
      `${world.site([]).url}/sentinel?spores=${encodeURIComponent(watched.url)}#token=${TOKEN}`,
    );
    await page.getByText("Only the commander of this cluster decides.").first().waitFor();
    expect(await page.getByRole("button", { name: "Approve" }).count()).toBe(0);
    expect(watched.seen.filter(({ authorization }) => authorization !== null)).toEqual([]);
  });

  test("changes a setting within its bounds and can undo it; without the token it says what is missing", async () => {
    const mine = world.spore({ token: TOKEN, complete: true });
    const { page } = await world.open(`${world.site([mine]).url}/sentinel`);
    const panel = page.getByRole("region", { name: "Settings", exact: true });
    await panel.getByText("asks who you are").waitFor();
    await panel.getByRole("button", { name: "Enter the operator token" }).click();
    await page.getByRole("dialog").getByLabel("Operator token").fill(TOKEN);
    await page.getByRole("button", { name: "Use this token" }).click();
    const title = "Rounds of reasoning on one task: one blind, the rest debate";
    const row = panel.getByRole("listitem").filter({ hasText: title });
    await row.getByLabel(title).fill("6");
    await row.getByRole("button", { name: "Set", exact: true }).click();
    await row.getByRole("button", { name: "Undo" }).click();
    await until("the undo", () => commands(mine).length === 2);
    expect(commands(mine)).toEqual([
      ["PUT", "/api/settings", { settings: { "reasoning.cycles_max": 6 } }],
      ["PUT", "/api/settings", { settings: { "reasoning.cycles_max": 4 } }],
    ]);
  });
});
