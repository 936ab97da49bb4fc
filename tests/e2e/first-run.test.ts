/**
 * The whole path on real spores: three processes remember real text, a question is asked on the page, three
 * contributions arrive, and the answer quotes what it rests on, with a receipt that the browser itself verifies.
 */
import { afterAll, describe, expect, test } from "bun:test";
import { cleanUp, startSwarm, waitFor } from "../support/swarm.ts";
import { openBrowser, openPage } from "./support/browser-session.ts";
import { serveSite } from "./support/static-site.ts";
import { ready } from "./support/world.ts";

afterAll(cleanUp);

const TOKEN = "a-token-of-the-operator";
const NOTES = [
  "Maintenance note, 14 March: Jonas replaced the shaft seal of the irrigation pump in greenhouse B with a NBR-70 ring.",
  "Order 2291 from Valmet: six seal rings NBR-70, delivered 2 February, stored in the grey cabinet, second drawer.",
  "The tide gauge at the north pier reads 12 cm high since the storm of 3 January.",
  "Marta waters the seedlings at six in the morning, before the sun reaches the glass.",
];
const QUESTION = "Which seal did Jonas put into the irrigation pump in greenhouse B?";

describe.skipIf(!ready)("first run", () => {
  test("remember, ask on the page, watch, and verify the receipt in the browser", async () => {
    let urls: readonly string[] = [];
    const site = serveSite(() => ({ spores: urls, bootstrap: null }));
    const swarm = await startSwarm(3, { SPORE_TOKEN: TOKEN, SPORE_CORS_ORIGINS: site.url });
    urls = swarm.map((spore) => spore.url);
    const headers = { authorization: `Bearer ${TOKEN}` };
    await swarm[0]?.post("/api/memory", { memories: NOTES.map((content) => ({ content })) }, headers);
    await waitFor("the notes on all three", async () => {
      const held = await Promise.all(swarm.map((spore) => spore.health()));
      return held.every((health) => health.memories === NOTES.length);
    });

    const browser = await openBrowser();
    const { page, complaints, origins } = await openPage(browser);
    page.setDefaultTimeout(45_000);
    await page.goto(`${site.url}/#token=${TOKEN}`);
    await page.getByText("All your 3 spores are well").waitFor();
    await page.getByLabel("Ask your swarm").fill(QUESTION);
    await page.keyboard.press("Enter");
    const conversation = page.getByRole("region", { name: "Conversation" });
    await conversation.getByText(QUESTION).first().waitFor();
    await conversation.locator("mark", { hasText: "NBR-70" }).first().waitFor();
    await conversation.getByRole("button", { name: "Receipt" }).click();
    await page.getByText("Verified in this browser").waitFor();
    const drawer = page.getByRole("dialog", { name: "Receipt" });
    expect(
      await drawer.getByRole("region", { name: "Voices" }).getByRole("listitem").count(),
    ).toBeGreaterThan(0);
    await page.keyboard.press("Escape");

    await page.goto(`${site.url}/library`);
    await page.getByTestId("task-rows").getByText(QUESTION).waitFor();
    await page.goto(`${site.url}/analytics`);
    await page.getByRole("region", { name: "Memory and gossip by spore" }).getByRole("row").nth(3).waitFor();
    expect(complaints).toEqual([]);
    expect([...origins].sort()).toEqual([site.url, ...urls].sort());
    await browser.close();
    await site.stop();
  });
});
