/** The blocklist: seen, added to, taken from and followed, after a confirmation, at a test spore and at a real one. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright";
import { cleanUp, startTestSpore } from "../support/swarm.ts";
import { keyOf, MINE, node, OTHERS } from "./support/fixtures.ts";
import { json, refuse } from "./support/replies.ts";
import type { TestSpore } from "./support/test-spore.ts";
import { ready, until, World } from "./support/world.ts";

const world = new World();
afterEach(async () => {
  await world.clear();
  await cleanUp();
});
afterAll(() => world.end());

const TOKEN = "a-token-of-the-operator";
const LIST = "https://lists.example/synapse.json";
const puts = (spore: TestSpore) =>
  spore.seen.filter(({ method }) => method === "PUT").map(({ body }) => JSON.parse(body));
const panelOf = (page: Page) => page.getByRole("region", { name: "Blocklist", exact: true });

function stranger() {
  return node({ name: "fjord", role: "brain", operator: OTHERS, model: "llama" });
}

describe.skipIf(!ready)("the blocklist", () => {
  test("blocks a spore chosen on the Network page after one question, and listens again after another", async () => {
    const mine = world.spore({ token: TOKEN, nodes: [stranger()] });
    const { page } = await world.open(
      `${world.site([mine]).url}/network?node=${keyOf("fjord")}#token=${TOKEN}`,
    );
    await page.getByRole("link", { name: /^Block this spore/ }).click();
    const panel = panelOf(page);
    await panel.getByText("Nobody is blocked.").waitFor();
    expect(await panel.getByLabel("Public key").inputValue()).toBe(keyOf("fjord"));
    await panel.getByLabel("Why it is blocked").fill("floods");
    await panel.getByRole("button", { name: "Block", exact: true }).click();
    const question = panel.getByRole("region", { name: "Confirm" });
    await question.getByText("fjord").waitFor();
    await question.getByRole("button", { name: "Cancel" }).click();
    expect(puts(mine)).toEqual([]);
    await panel.getByRole("button", { name: "Block", exact: true }).click();
    await question.getByRole("button", { name: "Yes, block it" }).click();
    const blocked = panel.getByRole("list", { name: "Blocked" });
    await blocked.getByText("floods").waitFor();
    await blocked.getByRole("button", { name: /^Listen again/ }).click();
    await blocked.getByRole("button", { name: "Yes, listen again" }).click();
    await panel.getByText("Nobody is blocked.").waitFor();
    expect(puts(mine)).toEqual([{ keys: [{ key: keyOf("fjord"), note: "floods" }] }, { keys: [] }]);
  });

  test("follows a list of somebody else, shows how it stands, and leaves it", async () => {
    const mine = world.spore({ token: TOKEN });
    const { page } = await world.open(`${world.site([mine]).url}/sentinel#token=${TOKEN}`);
    const lists = panelOf(page).getByRole("region", { name: "Lists of others" });
    await lists.getByLabel("Address of a list").fill("http://lists.example/plain.json");
    await lists.getByRole("button", { name: "Follow" }).click();
    await lists.getByText("begins with https://").waitFor();
    await lists.getByLabel("Address of a list").fill(LIST);
    await lists.getByRole("button", { name: "Follow" }).click();
    await lists.getByText("waiting", { exact: true }).waitFor();
    await lists.getByRole("button", { name: /^Leave/ }).click();
    await lists.getByRole("button", { name: "Yes, leave it" }).click();
    await lists.getByText("None is followed.").waitFor();
    expect(puts(mine)).toEqual([{ subscriptions: [LIST] }, { subscriptions: [] }]);
  });

  test("says what is wrong with a key before it is sent, and what the spore says where it refuses", async () => {
    const empty = { version: 1, keys: [], operators: [], shared: false, subscriptions: [] };
    const mine = world.spore({
      token: TOKEN,
      overrides: {
        "/api/blocklist": ({ method }) =>
          method === "PUT"
            ? refuse(507, "storage", "the disk is full: make room, then try again")
            : json(empty),
      },
    });
    const { page } = await world.open(`${world.site([mine]).url}/sentinel#token=${TOKEN}`);
    const panel = panelOf(page);
    const submit = async (key: string) => {
      await panel.getByLabel("Public key").fill(key);
      await panel.getByRole("button", { name: "Block", exact: true }).click();
    };
    await submit("short");
    await panel.getByText("A public key has 43 letters").waitFor();
    await submit(keyOf("harbour"));
    await panel.getByText("This is one of your own").waitFor();
    await panel.getByLabel("Whom to block").selectOption("operators");
    await submit(keyOf(MINE));
    await panel.getByText("This is one of your own").waitFor();
    expect(puts(mine)).toEqual([]);
    await submit(keyOf(OTHERS));
    await panel.getByRole("button", { name: "Yes, block it" }).click();
    await panel.getByText("Not changed: the disk is full: make room, then try again").waitFor();
    // What was typed is not lost: the question still stands, and can be answered again.
    expect(await panel.getByRole("button", { name: "Yes, block it" }).isEnabled()).toBe(true);
    expect(puts(mine)).toEqual([{ operators: [{ key: keyOf(OTHERS), note: "" }] }]);
  });

  test("is the commander's: without the token it asks for it, and a watched spore's cannot be changed", async () => {
    const mine = world.spore({ token: TOKEN });
    const watched = world.spore();
    const site = world.site([mine]);
    const { page } = await world.open(`${site.url}/sentinel`);
    await panelOf(page).getByText("asks who you are").waitFor();
    expect(await panelOf(page).getByRole("button", { name: "Enter the operator token" }).count()).toBe(1);
    await page.goto(`${world.site([]).url}/sentinel?spores=${encodeURIComponent(watched.url)}`);
    await panelOf(page).getByText("Only the commander of this cluster changes it.").waitFor();
    expect(await panelOf(page).getByLabel("Public key").count()).toBe(0);
    expect(puts(watched)).toEqual([]);
  });

  test("is taken by a real spore as the page sends it", async () => {
    const spores: TestSpore[] = [];
    const site = world.site(spores);
    const real = await startTestSpore({ env: { SPORE_CORS_ORIGINS: site.url } });
    spores.push({ url: real.url } as TestSpore);
    const { page } = await world.open(`${site.url}/sentinel`);
    const panel = panelOf(page);
    await panel.getByLabel("Public key").fill(keyOf("nobody"));
    await panel.getByLabel("Why it is blocked").fill("spam");
    await panel.getByRole("button", { name: "Block", exact: true }).click();
    await panel.getByRole("button", { name: "Yes, block it" }).click();
    await panel.getByRole("list", { name: "Blocked" }).getByText("spam").waitFor();
    const told = await real.json<{ keys: unknown[] }>("/api/blocklist");
    expect(told.keys).toEqual([{ key: keyOf("nobody"), note: "spam" }]);
    await panel.getByRole("button", { name: /^Listen again/ }).click();
    await panel.getByRole("button", { name: "Yes, listen again" }).click();
    await panel.getByText("Nobody is blocked.").waitFor();
    await until(
      "the emptied list",
      async () => (await real.json<{ keys: unknown[] }>("/api/blocklist")).keys.length === 0,
    );
  });
});
