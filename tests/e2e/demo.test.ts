/** The demo: a recorded swarm replayed without any network, labelled on every page, with receipts that verify. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { recordingSchema } from "../../command-center/demo/recording.ts";
import { PAGES, ready, until, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

const FILE = join(import.meta.dir, "../../command-center/public/demo.json");
/** Most hosts compress; a phone loads this in a second. */
const COMPRESSED_BYTES_MAX = 150 * 1024;

test("the recording holds no address of a machine, no token, and is small", () => {
  const text = readFileSync(FILE, "utf8");
  expect(text).not.toMatch(/127\.0\.0\.1|localhost|Bearer|\/home\/|\/tmp\//);
  expect(Bun.gzipSync(text).length).toBeLessThan(COMPRESSED_BYTES_MAX);
});

describe.skipIf(!ready)("a page without spores", () => {
  test("plays the demo in one step, says so on every page, calls nobody, and leaves it again", async () => {
    const site = world.site([]);
    const { page, origins, complaints } = await world.open(site.url);
    await page.getByRole("button", { name: "Play the demo" }).click();
    await page.getByRole("region", { name: "Demo" }).getByText("Nothing here is live").waitFor();
    await page.getByRole("button", { name: /^Connection: Demo/ }).waitFor();
    for (const path of PAGES) {
      await page.goto(`${site.url}${path}`);
      await page.getByRole("region", { name: "Demo" }).getByText("is replayed").waitFor();
      await page.getByRole("button", { name: /^Connection: Demo/ }).waitFor();
    }
    expect([...origins]).toEqual([site.url]);
    expect(complaints).toEqual([]);
    await page.goto(site.url);
    await page.getByRole("button", { name: "Leave" }).click();
    await page.getByRole("button", { name: "Play the demo" }).waitFor();
  });

  test("replays questions as they came, and the browser verifies a recorded receipt", async () => {
    const recording = recordingSchema.parse(JSON.parse(readFileSync(FILE, "utf8")));
    const site = world.site([]);
    const { page } = await world.open("about:blank");
    await page.addInitScript((ms) => {
      // As if the demo had been started long enough ago for all of it to have happened.
      if (sessionStorage.getItem("synapse.demo") === null)
        sessionStorage.setItem("synapse.demo", String(Date.now() - ms));
    }, recording.duration_ms);
    await page.goto(`${site.url}/library`);
    const rows = page.getByTestId("task-rows").getByRole("listitem");
    await until("the recorded tasks", async () => (await rows.count()) >= 5);
    await rows.filter({ hasText: "irrigation pump" }).getByRole("button").click();
    await page.getByRole("button", { name: "Receipt" }).click();
    await page.getByText("Verified in this browser").waitFor();
  });

  test("elsewhere than on the Dashboard, an empty page leads to a spore", async () => {
    const { page } = await world.open(`${world.site([]).url}/quantum`);
    await page.getByText("This page has no spore to look at yet.").waitFor();
    await page.getByRole("button", { name: "Connect one" }).click();
    await page.getByRole("dialog", { name: "Connections" }).waitFor();
  });
});
