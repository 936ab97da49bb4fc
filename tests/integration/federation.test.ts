/** Joining a network of strangers: challenge and proof, seed lists, invitations, and refusals that say why. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { federationStatusSchema } from "@synapse/shared/contract/federation-status.ts";
import { swarmSchema } from "@synapse/shared/contract/status.ts";
import { SPEAKS } from "@synapse/spore/federation/dna.ts";
import { createKeyPair } from "@synapse/spore/identity/keypair.ts";
import { Joiner } from "../support/joiner.ts";
import { cleanUp, freshDir, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

setDefaultTimeout(120_000);
afterAll(cleanUp);

async function statusOf(spore: TestSpore) {
  return federationStatusSchema.parse(await spore.json("/api/federation/status"));
}

async function isLive(spore: TestSpore, key: string): Promise<boolean> {
  const { nodes } = swarmSchema.parse(await spore.json("/api/swarm"));
  return nodes.some(({ id, state }) => id === key && state === "live");
}

describe("POST /federation/join", () => {
  let host: TestSpore;
  beforeAll(async () => {
    host = await startTestSpore();
  });

  test("a laptop without a URL proves its key by the challenge alone", async () => {
    const joiner = new Joiner();
    const reply = await joiner.join(host.url);
    expect(reply).toMatchObject({ status: 200, body: { status: "joined", tier: "stranger", vouch: null } });
    const { nodes } = swarmSchema.parse(await host.json("/api/swarm"));
    expect(nodes.find(({ id }) => id === joiner.key.publicKey)).toMatchObject({
      url: null,
      tier: "stranger",
    });
  });

  test("a spore that answers at its URL joins with it, and is listed", async () => {
    const other = await startTestSpore({ index: 1 });
    const { spore, key } = await other.health().then((health) => ({ spore: health.spore, key: health.key }));
    const list = join(freshDir(), "seeds.json");
    const { operator } = await host.health();
    writeFileSync(
      list,
      JSON.stringify({ version: 1, network: "synapse", seeds: [{ url: host.url, operator }] }),
    );
    const newcomer = await startTestSpore({ index: 2, env: { BOOTSTRAP_URL: list } });
    await waitFor("the seed to be joined", async () => {
      const { state, bootstrap } = await statusOf(newcomer);
      return state === "connected" && bootstrap.seeds[0]?.state === "joined";
    });
    const status = await statusOf(newcomer);
    expect(status.bootstrap.sources).toMatchObject([{ source: "seeds.json", state: "read", seeds: 1 }]);
    expect(status.bootstrap.seeds).toMatchObject([{ url: host.url, state: "joined", tier: "stranger" }]);
    const joined = await newcomer.health();
    await waitFor("the seed to know its newcomer", () => isLive(host, joined.key));
    const listed = (await host.json("/federation/nodes")) as { nodes: { id: string; url: string }[] };
    expect(listed.nodes.find(({ id }) => id === joined.key)?.url).toBe(newcomer.url);
    expect(await isLive(host, key)).toBe(false);
    expect(spore).toBe("spore-1");
  });

  test("each step can be refused, and says why", async () => {
    const joiner = new Joiner();
    const challenge = await joiner.ask(host.url);
    expect(challenge.body).toMatchObject({ status: "challenge", audience: (await host.health()).key });
    const thief = new Joiner();
    const stolen = await joiner.answer(host.url, challenge.body, { signer: thief.key });
    expect(stolen).toMatchObject({ status: 401, body: { error: { code: "forged" } } });
    const again = await joiner.answer(host.url, challenge.body);
    expect(again).toMatchObject({ status: 409, body: { error: { code: "stale_challenge" } } });
    const another = await joiner.ask(host.url);
    const crossed = await thief.answer(host.url, another.body);
    expect(crossed).toMatchObject({ status: 409, body: { error: { code: "stale_challenge" } } });

    for (const [version, told] of [
      ["9:00112233445566ff", "gossip: version 9 there, 1, 2 here"],
      ["2:00112233445566ff", "gossip: version 2 means something else there"],
    ]) {
      const foreign = new Joiner({ speaks: { ...SPEAKS, gossip: [version as string] } });
      expect(await foreign.join(host.url)).toMatchObject({
        status: 409,
        body: { error: { code: "incompatible", message: expect.stringContaining(told as string) } },
      });
    }
    for (const body of [{}, { card: 1 }, { card: { text: "{}", signature: "A".repeat(86) } }, []]) {
      const reply = await host.post("/federation/join", body);
      expect(reply.status).toBe(422);
    }
    const { refusals } = await statusOf(host);
    expect(refusals.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["forged", "stale_challenge", "incompatible"]),
    );
  });
});

describe("seed lists", () => {
  test("a seed with another operator than the list names is not joined", async () => {
    const seed = await startTestSpore();
    const list = join(freshDir(), "seeds.json");
    const seeds = [{ url: seed.url, operator: createKeyPair().publicKey }];
    writeFileSync(list, JSON.stringify({ version: 1, network: "synapse", seeds }));
    const spore = await startTestSpore({ index: 1, env: { BOOTSTRAP_URL: list } });
    await waitFor("the seed to be refused", async () =>
      (await statusOf(spore)).bootstrap.seeds.some(({ state }) => state === "refused"),
    );
    const status = await statusOf(spore);
    expect(status.bootstrap.seeds[0]?.reason).toContain("the list names");
    expect(status.refusals[0]).toMatchObject({ by: "us", code: "wrong_operator" });
    expect(status.state).toBe("alone");
  });

  test("a list in another form, of another network, or missing is named with its reason; the spore works on", async () => {
    const dir = freshDir();
    const paths = {
      broken: join(dir, "broken.json"),
      other: join(dir, "other.json"),
      none: join(dir, "none.json"),
    };
    writeFileSync(paths.broken, "{");
    writeFileSync(paths.other, JSON.stringify({ version: 1, network: "other", seeds: [] }));
    const spore = await startTestSpore({ env: { BOOTSTRAP_URL: Object.values(paths).join(",") } });
    await waitFor("the sources to be read", async () =>
      (await statusOf(spore)).bootstrap.sources.every(({ state }) => state !== "waiting"),
    );
    const { bootstrap } = await statusOf(spore);
    expect(bootstrap.sources.map(({ source, detail }) => `${source}: ${detail}`)).toEqual([
      "broken.json: is not JSON",
      'other.json: is of the network "other", this spore is of "synapse"',
      "none.json: there is no such file",
    ]);
    expect((await spore.post("/api/memory", { content: "still at work" })).status).toBe(201);
  });
});

describe("a private swarm", () => {
  test("strangers are refused; an invitation lets an operator in, once, and siblings follow", async () => {
    const founder = await startTestSpore({ env: { SPORE_MEMBERSHIP: "invited" } });
    const stranger = await startTestSpore({ index: 1, peers: [founder.url] });
    await waitFor("the stranger to hear why", async () =>
      (await statusOf(stranger)).refusals.some(({ by, code }) => by === "them" && code === "not_invited"),
    );
    expect((await founder.json<{ nodes: unknown[] }>("/api/swarm")).nodes).toHaveLength(1);

    const made = await founder.post("/api/invites", { note: "for the lab" });
    expect(made.status).toBe(201);
    const { invite } = (await made.json()) as { invite: string };
    const operatorKey = join(freshDir(), "operator.key");
    const env = { SPORE_MEMBERSHIP: "invited", SPORE_INVITE: invite };
    const guest = await startTestSpore({ index: 2, env, operatorKey });
    const guestKey = (await guest.health()).key;
    await waitFor("the guest to be live at the founder", () => isLive(founder, guestKey));
    expect(await statusOf(guest)).toMatchObject({
      membership: "invited",
      vouched_by: { operator: (await founder.health()).operator },
      invitation: { state: "joined" },
    });

    // A sibling of the guest needs no invitation: it finds the vouch on the guest's card.
    const sibling = await startTestSpore({
      index: 3,
      env: { SPORE_MEMBERSHIP: "invited" },
      operatorKey,
      peers: [guest.url],
    });
    const siblingKey = (await sibling.health()).key;
    await waitFor("the sibling to be live at the founder", () => isLive(founder, siblingKey));

    const second = await startTestSpore({ index: 4, env });
    await waitFor(
      "the used invitation to be refused",
      async () => (await statusOf(second)).invitation?.state === "refused",
    );
    expect((await statusOf(second)).invitation?.reason).toContain("used already");

    // What the guest's operator publishes arrives; the vouch survives a restart without the invitation.
    await guest.post("/api/memory", { content: "the lab opens at nine", label: "public" });
    await waitFor("the public memory", async () => (await founder.health()).memories === 1);
    await guest.stop();
    await guest.restart();
    await waitFor("the guest to be back", () => isLive(founder, guestKey));

    // A vouch that was damaged on disk is left out with a word; the spore starts, and its sibling's lets it in again.
    await guest.stop();
    const database = new Database(join(guest.dataDir, "spore.db"));
    database.run("UPDATE meta SET value = '{\"v\":1,' WHERE key = 'vouch'");
    expect(database.query("SELECT changes() AS n").get()).toEqual({ n: 1 });
    database.close();
    await guest.restart();
    expect(guest.output()).toContain("the stored vouch is damaged");
    await waitFor("the guest to be live once more", () => isLive(founder, guestKey));
  });

  test("invitations need authority, an address and honest words", async () => {
    const spore = await startTestSpore({ env: { SPORE_TOKEN: "a-token-for-this-test" } });
    expect((await spore.post("/api/invites", {})).status).toBe(401);
    const headers = { authorization: "Bearer a-token-for-this-test" };
    expect((await spore.post("/api/invites", { expires_in_s: 1 }, headers)).status).toBe(422);
    const made = await spore.post("/api/invites", { expires_in_s: 3_600 }, headers);
    const { id, invite } = (await made.json()) as { id: string; invite: string };
    const listed = (await (await spore.fetch("/api/invites", { headers })).json()) as {
      invites: { id: string }[];
    };
    expect(listed.invites.map((one) => one.id)).toEqual([id]);
    expect(JSON.stringify(listed)).not.toContain(invite);
    const joiner = new Joiner();
    const altered = `${invite.slice(0, -4)}AAAA`;
    expect(await joiner.join(spore.url, { invite: altered })).toMatchObject({
      status: 403,
      body: { error: { code: "invalid_invite" } },
    });
    expect(await joiner.join(spore.url, { invite })).toMatchObject({
      status: 200,
      body: { status: "joined", tier: "vouched" },
    });
  });
});

describe("a spore that was away", () => {
  test("finds the network through peers it met, though its only seed is gone", async () => {
    const seed = await startTestSpore();
    const { operator } = await seed.health();
    const met = await startTestSpore({ index: 1, peers: [seed.url] });
    const metKey = (await met.health()).key;
    const list = join(freshDir(), "seeds.json");
    writeFileSync(
      list,
      JSON.stringify({ version: 1, network: "synapse", seeds: [{ url: seed.url, operator }] }),
    );
    const env = { BOOTSTRAP_URL: list };
    const wanderer = await startTestSpore({ index: 2, env });
    await waitFor("the other to be met", () => isLive(wanderer, metKey));
    await wanderer.stop();
    await seed.stop();
    await wanderer.restart();
    await waitFor("the other to be met again", () => isLive(wanderer, metKey));
    expect((await statusOf(wanderer)).bootstrap.seeds).toMatchObject([{ url: seed.url }]);
    expect((await statusOf(wanderer)).bootstrap.seeds[0]?.state).not.toBe("joined");
  });
});
