/** The Network page: who hears whom and who trusts whom, both at once or one alone, kept in the address. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright";
import { keyOf, node, OTHERS } from "./support/fixtures.ts";
import { federation } from "./support/policy-fixtures.ts";
import { json, refuse } from "./support/replies.ts";
import { ready, until, World } from "./support/world.ts";

const world = new World();
afterEach(() => world.clear());
afterAll(() => world.end());

const PAIR = { from: keyOf("harbour"), to: keyOf("lantern") };
const BACK = { from: PAIR.to, to: PAIR.from };

/** Where each drawn link of a kind passes its middle. */
function middles(page: Page, kind: string) {
  return page.locator(`path[data-kind="${kind}"]`).evaluateAll((paths) =>
    paths.map((path) => {
      const line = path as unknown as SVGPathElement;
      const { x, y } = line.getPointAtLength(line.getTotalLength() / 2);
      return { x, y };
    }),
  );
}

describe.skipIf(!ready)("the graph", () => {
  test("shows trust beside the gossip of the same two spores, in both directions, and either kind alone", async () => {
    const edges = [
      { ...PAIR, kind: "gossip" },
      { ...PAIR, kind: "trust" },
      { ...BACK, kind: "trust" },
    ] as never;
    const { page } = await world.open(`${world.site([world.spore({ edges }), world.spore()]).url}/network`);
    await until("all three links", async () => (await page.locator("path[data-kind]").count()) === 3);
    const [gossip, trust] = [await middles(page, "gossip"), await middles(page, "trust")];
    expect([gossip.length, trust.length]).toEqual([1, 2]);
    const points = [...gossip, ...trust];
    const apart = points.flatMap((one, index) =>
      points.slice(index + 1).map((other) => Math.hypot(one.x - other.x, one.y - other.y)),
    );
    // Far enough to be told apart by eye; drawn on top of each other it was nought.
    expect(Math.min(...apart)).toBeGreaterThan(8);

    const places = () =>
      page.locator("g[role=button]").evaluateAll((all) => all.map((one) => one.getAttribute("transform")));
    const before = await places();
    await page.getByLabel("Links", { exact: true }).selectOption("trust");
    await until("trust alone", async () => (await middles(page, "gossip")).length === 0);
    expect((await middles(page, "trust")).length).toBe(2);
    expect(await places()).toEqual(before);
    expect(page.url()).toContain("links=trust");
    await page.reload();
    await until("trust alone, as the link says", async () => (await middles(page, "trust")).length === 2);
    expect((await middles(page, "gossip")).length).toBe(0);
    await page.getByLabel("Links", { exact: true }).selectOption("gossip");
    await until("gossip alone", async () => (await middles(page, "trust")).length === 0);
    expect((await middles(page, "gossip")).length).toBe(1);
  });
});

describe.skipIf(!ready)("the federation", () => {
  const fjord = node(
    { name: "fjord", role: "brain", operator: OTHERS, model: "m" },
    { url: "https://fjord.example" },
  );
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

  test("reads as who, how, since when, state, protocol and standing; refusals and invitations in words", async () => {
    const invites = [
      { id: "1", note: "for the pier", created_at: ago(600), expires_at: ago(-600), used_by: null },
      { id: "2", note: "late", created_at: ago(900), expires_at: ago(60), used_by: null },
    ];
    const refusal = {
      by: "us",
      peer: "https://far.example",
      code: "dna",
      message: "speaks another protocol",
    };
    const spore = world.spore({
      complete: true,
      nodes: [fjord],
      overrides: {
        "/api/invites": () => json({ invites }),
        "/api/blocklist": () =>
          json({
            version: 1,
            keys: [{ key: fjord.id, note: "" }],
            operators: [],
            shared: false,
            subscriptions: [],
          }),
        "/api/federation/status": () =>
          json({ ...federation(), refusals: [{ ...refusal, at: ago(9), times: 3 }] }),
      },
    });
    const { page } = await world.open(`${world.site([spore]).url}/network`);
    const panel = page.getByRole("region", { name: "Federation", exact: true });
    const row = panel.getByRole("row", { name: /fjord/ });
    await row.getByText("blocked").waitFor();
    expect(((await row.textContent()) ?? "").replaceAll(/\s+/g, " ")).toMatch(
      /fjordseed list\d+ min agolivethe sameblocked/,
    );
    expect(await panel.getByRole("row", { name: /harbour.*your own/ }).count()).toBe(1);
    await panel.getByRole("region", { name: "Refused" }).getByText("speaks another protocol").waitFor();
    await panel.getByText("3 times").waitFor();
    await panel
      .getByRole("listitem")
      .filter({ hasText: "for the pier" })
      .getByText(/^good until/)
      .waitFor();
    await panel
      .getByRole("listitem")
      .filter({ hasText: "late" })
      .getByText(/^expired/)
      .waitFor();
    // Nothing of it is an object written as text.
    expect(await panel.textContent()).not.toMatch(/[{}]|undefined|null|\[object/);
  });

  test("on a telephone tables show that more stands to the side, and no word of a state breaks", async () => {
    const told = federation();
    const failed = {
      source: "https://a-rather-long-name-of-a-host.example/a/long/way/bootstrap.json",
      state: "failed",
      detail: "no answer",
      seeds: 0,
      at: ago(2),
    };
    const status = { ...told, bootstrap: { ...told.bootstrap, sources: [failed] } };
    const overrides = { "/api/federation/status": () => json(status) };
    const spore = world.spore({ complete: true, nodes: [fjord], overrides });
    const { page } = await world.open(`${world.site([spore]).url}/network`, {
      viewport: { width: 390, height: 844 },
    });
    for (const name of ["All spores", "Trust by spore"]) {
      const region = page.getByRole("region", { name: `${name}, table` });
      const edge = (side: string) => region.locator("..").locator(`> [data-more=${side}]`);
      await edge("right").waitFor();
      expect(await edge("left").count()).toBe(0);
      expect(await region.getAttribute("tabindex")).toBe("0");
      await region.evaluate((element) => element.scrollTo({ left: element.scrollWidth }));
      await edge("left").waitFor();
      await edge("right").waitFor({ state: "detached" });
    }
    const word = page.getByRole("region", { name: "Where it looked" }).getByText("failed", { exact: true });
    expect(
      await word.evaluate((element) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        return range.getClientRects().length;
      }),
    ).toBe(1);
  });

  test("alone it says so and what brings others; without the token it shows what everybody may know", async () => {
    const { bootstrap: _, ...rest } = federation();
    const alone = { ...rest, state: "alone", bootstrap: { sources: [], seeds: [] } };
    const spore = world.spore({ token: "t", overrides: { "/api/federation/status": () => json(alone) } });
    const { page } = await world.open(`${world.site([spore]).url}/network`);
    const panel = page.getByRole("region", { name: "Federation", exact: true });
    await panel.getByText("alone so far").waitFor();
    await panel.getByText("Nowhere: no seed list is configured.").waitFor();
    await panel.getByText("Nobody was refused, and nobody refused this spore.").waitFor();
    await panel.getByText(/^Not told: .*operator token/).waitFor();
  });

  test("a spore that cannot tell names itself and the cause, and may be asked again", async () => {
    let broken = true;
    const status = () => (broken ? refuse(500, "internal", "the store is locked") : json(federation()));
    const spore = world.spore({ overrides: { "/api/federation/status": status } });
    const { page } = await world.open(`${world.site([spore]).url}/network`);
    const panel = page.getByRole("region", { name: "Federation", exact: true });
    await panel.getByText(/did not answer as expected/).waitFor();
    await panel.getByText(/the store is locked/).waitFor();
    broken = false;
    await panel.getByRole("button", { name: "Try again" }).click();
    await panel.getByText("connected", { exact: true }).waitFor();
  });
});
