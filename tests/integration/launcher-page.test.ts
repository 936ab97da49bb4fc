/** The Command Center elsewhere: a static Space and Vercel, against fakes of both, for spores here and on the Hub. */
import { afterAll, afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { parseArguments } from "../../launcher/src/arguments.ts";
import type { Layout } from "../../launcher/src/layout.ts";
import { createOutput } from "../../launcher/src/output.ts";
import { openHostedPage } from "../../launcher/src/pages/page-choice.ts";
import { localPlatform } from "../../launcher/src/platforms/local/local-platform.ts";
import { resolveSettings } from "../../launcher/src/settings.ts";
import { SETTINGS_FLAGS } from "../../launcher/src/settings-flags.ts";
import { FakeHub } from "../support/fake-hub/fake-hub.ts";
import { FakeVercel } from "../support/fake-vercel.ts";
import { hostedLaunch, hubArguments } from "../support/hosted-launch.ts";
import { ROOT } from "../support/source-tree.ts";
import { freePort } from "../support/spore-process.ts";
import { cleanUp, freshDir, waitFor } from "../support/swarm.ts";

setDefaultTimeout(120_000);

let hub: FakeHub;
let vercel: FakeVercel;
let cwd: string;
beforeEach(() => {
  hub = new FakeHub({ tokens: { hf_commander: { account: "ada", role: "write", isPro: true } } });
  vercel = new FakeVercel("vercel-token");
  cwd = freshDir();
});
afterEach(async () => {
  await hub.stop();
  await vercel.stop();
});
afterAll(cleanUp);

/** A page that is built in no time; the real one is built and looked at by the tests of the page. */
const site = freshDir();
const BUILD = `
  const fs = require("node:fs");
  fs.mkdirSync("out/_next/static", { recursive: true });
  fs.writeFileSync("out/index.html", "<h1>Dashboard</h1>");
  fs.writeFileSync("out/library.html", "<h1>Library</h1>");
  fs.writeFileSync("out/404.html", "nothing here");
  fs.writeFileSync("out/_next/static/font.woff2", Buffer.alloc(2000, 7));
`;
mkdirSync(site, { recursive: true });
writeFileSync(join(site, "build.cjs"), BUILD);
writeFileSync(
  join(site, "package.json"),
  JSON.stringify({ name: "page", scripts: { build: "bun build.cjs" } }),
);
const layout: Layout = {
  root: ROOT,
  sporeScript: join(ROOT, "spore/src/main.ts"),
  pageFolder: site,
  pageInputs: [],
};

const launch = (more: readonly string[]) =>
  hostedLaunch(
    cwd,
    hubArguments(hub.url, cwd, ["--count", "1", "--deploy-cc", ...more]),
    {},
    { vercelUrl: vercel.url, layout },
  );

async function up(more: readonly string[] = []): Promise<string> {
  const { platform, said } = launch(more);
  expect(`${await platform.up()}\n${said()}`).toStartWith("0\n");
  return said();
}

const swarm = () => swarmFileSchema.parse(JSON.parse(readFileSync(join(cwd, ".synapse/swarm.json"), "utf8")));
const spore = () => hub.spaces.get("ada/synapse-spore-000");

describe("with spores on the Hub the page is a static Space", () => {
  test("free, without a secret, its config.json naming the spores, its origin known to them", async () => {
    await up();
    const page = hub.spaces.get("ada/synapse-cc");
    expect([page?.sdk, page?.visibility, page?.stage]).toEqual(["static", "public", "RUNNING"]);
    expect([...(page?.secrets.keys() ?? []), ...(page?.variables.keys() ?? [])]).toEqual([]);
    const url = swarm().commandCenter?.url as string;
    expect(url).toBe(page?.url as string);
    expect(await (await fetch(`${url}/config.json`)).json()).toEqual({
      spores: [spore()?.url],
      bootstrap: null,
      fileAddresses: true,
    });
    expect(await (await fetch(`${url}/library.html`)).text()).toContain("Library");
    expect((await (await fetch(`${url}/_next/static/font.woff2`)).arrayBuffer()).byteLength).toBe(2000);
    expect(spore()?.variables.get("SPORE_CORS_ORIGINS")?.value).toBe(url);
  });

  test("and a second run changes nothing; destroy removes it too", async () => {
    await up();
    const before = hub.changes.length;
    expect(await up()).toContain("as it was");
    expect(hub.changes.slice(before)).toEqual([]);
    const { platform } = launch([]);
    expect((await platform.destruction())?.join("\n")).toContain("ada/synapse-cc");
    expect(await platform.destroy()).toBe(0);
    expect(hub.spaces.size).toBe(0);
  });

  test("shows the globe in the commander's own style, where a token for it was given", async () => {
    const style = "mapbox://styles/ada/night";
    writeFileSync(join(cwd, "config.yaml"), `mapbox_token: pk.public\nmapbox_style: ${style}\n`);
    await up();
    const config = await (await fetch(`${swarm().commandCenter?.url}/config.json`)).json();
    expect(config).toMatchObject({ mapboxToken: "pk.public", mapboxStyle: style });
    expect((await launch([]).platform.plan()).steps.filter(({ kind }) => kind === "upload")).toEqual([]);
    writeFileSync(join(cwd, "config.yaml"), `mapbox_style: ${style}\n`);
    expect(await up()).toContain("mapbox_style has no effect without mapbox_token");
  });

  test("a name that is somebody else's is left alone", async () => {
    await hub.plant("ada/synapse-cc", { "index.html": "mine" });
    const { platform, said } = launch([]);
    expect(await platform.up()).toBe(1);
    expect(said()).toMatch(/ada\/synapse-cc exists.*--cc-name/s);
    expect(hub.changes).toEqual([]);
  });
});

describe("with a Vercel token the page goes to Vercel", () => {
  const VERCEL = ["--vercel-token", "vercel-token", "--cc-name", "ada-swarm"];

  test("deployed to production, clean addresses, safe headers, no secret", async () => {
    const said = await up(VERCEL);
    expect(hub.spaces.has("ada/ada-swarm")).toBe(false);
    const url = swarm().commandCenter?.url as string;
    expect(await (await fetch(`${url}/config.json`)).json()).toEqual({
      spores: [spore()?.url],
      bootstrap: null,
    });
    const library = await fetch(`${url}/library`);
    expect(await library.text()).toContain("Library");
    expect(library.headers.get("x-frame-options")).toBe("DENY");
    expect(spore()?.variables.get("SPORE_CORS_ORIGINS")?.value).toBe(url);
    expect(said).not.toContain("vercel-token");
    const token = readFileSync(join(cwd, ".synapse/operator.token"), "utf8").trim();
    for (const { body } of vercel.journal) expect(body).not.toContain(token);
    const [deployment] = vercel.projects.get("ada-swarm")?.deployments ?? [];
    for (const bytes of deployment?.files.values() ?? [])
      expect(Buffer.from(bytes).includes(token)).toBe(false);
  });

  test("the same page is not deployed twice, a changed one is; destroy removes the project", async () => {
    await up(VERCEL);
    const before = vercel.changes.length;
    await up(VERCEL);
    expect(vercel.changes.length).toBe(before);
    await up([...VERCEL, "--count", "2"]);
    expect(vercel.projects.get("ada-swarm")?.deployments).toHaveLength(2);
    expect(await launch(VERCEL).platform.destroy()).toBe(0);
    expect(vercel.projects.size).toBe(0);
  });

  test("a failure at any step is told, and the same command goes on", async () => {
    await up(VERCEL);
    const steps = vercel.journal.length;
    for (let failing = 0; failing < steps; failing += 1) {
      const broken = new FakeVercel("vercel-token");
      const home = freshDir();
      const run = () =>
        hostedLaunch(
          home,
          hubArguments(hub.url, home, ["--count", "1", "--deploy-cc", "--prefix", `p${failing}`, ...VERCEL]),
          {},
          { vercelUrl: broken.url, layout },
        );
      broken.interfere = (_, index) =>
        index === failing ? Response.json({ error: { message: "out of order" } }, { status: 500 }) : null;
      const first = run();
      const code = await first.platform.up();
      // A look at a deployment that goes on anyway is simply repeated.
      if (code !== 0) expect(first.said()).toMatch(/out of order/);
      broken.interfere = () => null;
      const second = run();
      expect(`${failing}: ${await second.platform.up()} ${second.said()}`).toStartWith(`${failing}: 0`);
      const site = broken.projects.get("ada-swarm")?.deployments[0];
      expect(site?.files.has("config.json")).toBe(true);
      await broken.stop();
    }
  });

  test.each([
    [["--vercel-token", "wrong"], /Not authorized.*Check --vercel-token/s],
    [["--cc-name", "Ada's Swarm"], /a Vercel project has/],
  ])("%p is refused with what to mend", async (more, words) => {
    const { platform, said } = launch([...VERCEL, ...more]);
    expect(await platform.up()).toBe(1);
    expect(said()).toMatch(words);
  });

  test("a deployment that fails there, and a project of somebody else", async () => {
    vercel.outcome = "ERROR";
    const failed = launch(VERCEL);
    expect(await failed.platform.up()).toBe(1);
    expect(failed.said()).toContain("the build was out of luck");
    vercel.outcome = "READY";
    await up(VERCEL);
    const project = vercel.projects.get("ada-swarm");
    for (const deployment of project?.deployments ?? []) Object.assign(deployment, { meta: {} });
    const foreign = launch(VERCEL);
    expect(await foreign.platform.up()).toBe(1);
    expect(foreign.said()).toMatch(/ada-swarm exists on Vercel.*--cc-name/s);
  });

  test("a local plan names it; without a token nothing is begun", async () => {
    const { platform, said } = launch(["--cc-target", "vercel"]);
    expect(await platform.up()).toBe(1);
    expect(said()).toContain("--vercel-token");
    const plan = await launch(VERCEL).platform.plan();
    expect(plan.steps.map(({ text }) => text).join("\n")).toContain("create the Vercel project ada-swarm");
  });
});

test("spores on this machine may have their page on Vercel: they learn its origin, and it learns where they are", async () => {
  const port = await freePort();
  const argv = ["--count", "1", "--base-port", String(port), "--deploy-cc", "--vercel-token", "vercel-token"];
  const parsed = parseArguments([...argv, "--bootstrap", "none"], SETTINGS_FLAGS);
  const settings = parsed.ok ? resolveSettings(parsed.value, {}, cwd) : parsed;
  if (!settings.ok) throw new Error(JSON.stringify(settings.error));
  const stream = { write: () => true };
  const output = createOutput(false, { stdout: stream, stderr: stream, environment: {} });
  const timing = { pollMs: 20, retryDelayMs: 1 };
  const openPage = (operator: PublicKey) => openHostedPage(settings.value, operator, timing, vercel.url);
  const environment = { PATH: process.env.PATH, HOME: process.env.HOME };
  const platform = localPlatform({ settings: settings.value, layout, output, environment, openPage });
  expect((await platform.plan()).steps.map(({ kind }) => kind)).toContain("deploy-page");
  const running = platform.up();
  await waitFor("swarm.json", () => existsSync(join(cwd, ".synapse/swarm.json")), 60_000);
  const { commandCenter, spores } = swarm();
  expect(commandCenter?.pid).toBe(null);
  const url = commandCenter?.url as string;
  expect(await (await fetch(`${url}/config.json`)).json()).toEqual({
    spores: [spores[0]?.url],
    bootstrap: null,
  });
  // A browser asks first whether the page may send the token along.
  const preflight = await fetch(`${spores[0]?.url}/api/task`, {
    method: "OPTIONS",
    headers: { origin: url },
  });
  expect(preflight.headers.get("access-control-allow-headers")).toContain("authorization");
  process.emit("SIGTERM");
  expect(await running).toBe(0);
  expect((await platform.destruction())?.at(-1)).toContain("synapse-cc on Vercel");
  expect(await platform.destroy()).toBe(0);
  expect(vercel.projects.size).toBe(0);
});
