/** What goes along with hosted spores and must stay unseen: snapshots, their token and passphrase, keys in a Hub's excuses. */
import { afterAll, afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FakeHub } from "../support/fake-hub/fake-hub.ts";
import { hostedLaunch, hubArguments } from "../support/hosted-launch.ts";
import { cleanUp, freshDir } from "../support/swarm.ts";

setDefaultTimeout(120_000);

let hub: FakeHub;
let cwd: string;
beforeEach(() => {
  hub = new FakeHub({
    tokens: {
      hf_commander: { account: "ada", role: "write", isPro: true },
      hf_free: { account: "ada", role: "write", isPro: false },
      hf_fine: { account: "ada", role: "fineGrained", isPro: true, writes: ["ada"] },
    },
  });
  cwd = freshDir();
});
afterEach(() => hub.stop());
afterAll(cleanUp);

const SPORE = "ada/synapse-spore-000";
const launch = (more: readonly string[]) => hostedLaunch(cwd, hubArguments(hub.url, cwd, more));

async function up(more: readonly string[]): Promise<string> {
  const { platform, said } = launch(more);
  const code = await platform.up();
  expect(`${code}\n${said()}`).toStartWith("0\n");
  return said();
}

async function refused(more: readonly string[]): Promise<string> {
  const { platform, said } = launch(more);
  expect(await platform.up()).toBe(1);
  return said();
}

test("snapshots: a private dataset, a token of their own, a passphrase that is made and kept at home", async () => {
  const config = (token: string) =>
    writeFileSync(join(cwd, "config.yaml"), `snapshot:\n  repo: ada/snapshots\n  token: ${token}\n`);
  for (const [token, words] of [
    ["hf_commander", "token that deploys"],
    ["hf_free", 'role "write"'],
  ] as const) {
    config(token);
    expect(await refused(["--count", "1"])).toContain(words);
  }
  config("hf_fine");
  const said = await up(["--count", "1"]);
  expect(hub.datasets.get("ada/snapshots")?.visibility).toBe("private");
  const space = hub.spaces.get(SPORE);
  expect(space?.variables.get("SPORE_SNAPSHOT_REPO")?.value).toBe("ada/snapshots");
  expect(space?.secrets.get("SPORE_SNAPSHOT_TOKEN")?.value).toBe("hf_fine");
  const passphrase = readFileSync(join(cwd, ".synapse/hosted/snapshot.passphrase"), "utf8");
  expect(space?.secrets.get("SPORE_SNAPSHOT_PASSPHRASE")?.value).toBe(passphrase);
  expect(said).not.toContain(passphrase);
  const before = hub.changes.length;
  await up(["--count", "1"]);
  expect(hub.changes.length).toBe(before);
});

test("snapshots: a dataset that is public, or becomes so, or tells nothing, is refused with what to mend, before anything is made", async () => {
  writeFileSync(join(cwd, "config.yaml"), "snapshot:\n  repo: ada/snapshots\n  token: hf_fine\n");
  const mend = new RegExp(
    `ada/snapshots .*private one.*${hub.url}/datasets/ada/snapshots/settings.*name another`,
  );
  await hub.makeDataset("ada/snapshots", "public");
  expect(await refused(["--count", "1"])).toMatch(mend);
  expect((await launch(["--count", "1"]).platform.plan()).obstacles.join("\n")).toMatch(mend);
  hub.interfere = ({ path }) =>
    path === "/api/datasets/ada/snapshots" ? Response.json({ id: "ada/snapshots" }) : null;
  expect(await refused(["--count", "1"])).toContain("is not known to be private");
  hub.interfere = () => null;
  expect([hub.spaces.size, hub.changes.length]).toEqual([0, 0]);

  // Made by somebody between the look and the wish: it is looked at again.
  hub.datasets.clear();
  hub.interfereAfter = ({ method, path }) => {
    const made = hub.datasets.get("ada/snapshots");
    if (method !== "POST" || path !== "/api/repos/create" || made === undefined) return null;
    made.visibility = "public";
    return Response.json({ error: "You already created this dataset repo" }, { status: 409 });
  };
  expect(await refused(["--count", "1"])).toMatch(mend);
  expect(hub.spaces.size).toBe(0);
  hub.interfereAfter = () => null;
  hub.datasets.clear();
  await hub.makeDataset("ada/snapshots", "private");
  await up(["--count", "1"]);
});

test("a Hub whose excuse repeats what was sent shows neither the token nor a key", async () => {
  hub.interfere = ({ method, path, body, token }) =>
    method === "POST" && path.endsWith("/secrets")
      ? Response.json({ error: `no: ${body} of Bearer ${token}` }, { status: 400 })
      : null;
  const said = await refused(["--count", "1", "--groq-key", 'gsk_"quoted"']);
  expect(said).toMatch(/could not .*HTTP 400, no: /s);
  const sent = hub.changes
    .filter(({ path }) => path.endsWith("/secrets"))
    .map(({ body }) => JSON.parse(body));
  expect(sent.length).toBeGreaterThan(0);
  for (const { value } of [...sent, { value: "hf_commander" }] as { value: string }[])
    for (const form of [value, JSON.stringify(value).slice(1, -1)]) expect(said).not.toContain(form);
  hub.interfere = ({ path, token }) =>
    path.includes("/commit/") ? Response.json({ error: `Bearer ${token}` }, { status: 400 }) : null;
  expect(await refused(["--count", "1"])).not.toContain("hf_commander");
});
