/**
 * The Hugging Face target against a fake Hub: every step, every refusal, every interruption.
 *
 * Spaces here only answer for their health; launcher-hub-real.test.ts builds and starts what was deployed.
 */
import { afterAll, afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { grantSchema } from "@synapse/shared/contract/certificate.ts";
import { swarmFileSchema } from "@synapse/shared/contract/swarm-file.ts";
import { verifyValue } from "@synapse/spore/identity/signature.ts";
import { FakeHub, type FakeHubOptions } from "../support/fake-hub/fake-hub.ts";
import { type HostedLaunch, hostedLaunch, hubArguments } from "../support/hosted-launch.ts";
import { cleanUp, freshDir } from "../support/swarm.ts";

setDefaultTimeout(120_000);

const TOKENS: FakeHubOptions["tokens"] = {
  hf_commander: { account: "ada", role: "write", isPro: true, orgs: ["lab"] },
  hf_free: { account: "ada", role: "write", isPro: false },
  hf_reader: { account: "ada", role: "read", isPro: true },
  hf_fine: { account: "ada", role: "fineGrained", isPro: true, writes: ["ada"] },
  hf_narrow: { account: "ada", role: "fineGrained", isPro: true, writes: [] },
};

let hub: FakeHub;
let cwd: string;
beforeEach(() => {
  hub = new FakeHub({ tokens: TOKENS });
  cwd = freshDir();
});
afterEach(() => hub.stop());
afterAll(cleanUp);

const launch = (more: readonly string[] = [], environment = {}): HostedLaunch =>
  hostedLaunch(cwd, hubArguments(hub.url, cwd, more), environment);

async function up(more: readonly string[] = [], environment = {}): Promise<string> {
  const { platform, said } = launch(more, environment);
  const code = await platform.up();
  expect(`${code}\n${said()}`).toStartWith("0\n");
  return said();
}

async function refused(more: readonly string[] = [], environment = {}): Promise<string> {
  const { platform, said } = launch(more, environment);
  expect(await platform.up()).toBe(1);
  return said();
}

/** What the Hub holds, in a form that can be compared. */
function stateOf(fake: FakeHub) {
  return [...fake.spaces.values()].map(({ id, sdk, visibility, stage, files, variables, secrets }) => ({
    id,
    sdk,
    visibility,
    stage,
    files: [...files.keys()].sort(),
    variables: [...variables.keys()].sort(),
    secrets: [...secrets.keys()].sort(),
  }));
}

const SPORE = "ada/synapse-spore-000";
const swarmFile = () =>
  swarmFileSchema.parse(JSON.parse(readFileSync(join(cwd, ".synapse/swarm.json"), "utf8")));

describe("a fresh deployment", () => {
  test("says first what it costs, creates protected Spaces, waits for health, writes swarm.json", async () => {
    const said = await up(["--count", "2"]);
    expect(said.indexOf("paid")).toBeLessThan(said.indexOf("create the protected docker Space"));
    expect(stateOf(hub).map(({ id, visibility, stage }) => [id, visibility, stage])).toEqual([
      [SPORE, "protected", "RUNNING"],
      ["ada/synapse-spore-001", "protected", "RUNNING"],
    ]);
    const swarm = swarmFile();
    expect(swarm.target).toBe("hf");
    expect(swarm.spores.map(({ id, role, pid, repo }) => [id, role, pid, repo])).toEqual([
      ["synapse-spore-000", "explorer", null, SPORE],
      ["synapse-spore-001", "synthesizer", null, "ada/synapse-spore-001"],
    ]);
    expect(swarm.spores[0]?.url).toBe(hub.spaces.get(SPORE)?.url as string);
    expect(said).toContain(swarm.spores[1]?.url as string);
  });

  test("gives a Space its own key, its certificate, its peers and the chosen keys, and nothing else", async () => {
    const environment = {
      GROQ_API_KEY: "ambient-groq",
      GITHUB_TOKEN: "ambient-github",
      HF_TOKEN: "hf_reader",
    };
    const said = await up(["--count", "2", "--xai-key", "xai-chosen"], environment);
    const space = hub.spaces.get(SPORE);
    const secrets = new Map([...(space?.secrets ?? [])].map(([key, { value }]) => [key, value]));
    expect([...secrets.keys()].sort()).toEqual(["SPORE_KEY", "SPORE_TOKEN", "XAI_API_KEY"]);
    const certificate = grantSchema.parse(JSON.parse(space?.variables.get("SPORE_CERTIFICATE")?.value ?? ""));
    expect(verifyValue(certificate, "certificate", certificate.operator)).toBe(true);
    expect(certificate.operator).toBe(swarmFile().operator.publicKey);
    expect(space?.variables.get("SPORE_PEERS")?.value).toBe(hub.spaces.get("ada/synapse-spore-001")?.url);
    expect(space?.variables.get("BOOTSTRAP_URL")?.value).toBe("none");
    // Neither the token that deploys, nor the operator's key, nor what merely lay in the environment.
    const operatorKey = readFileSync(join(cwd, ".synapse/operator.key"), "utf8").split("\n")[1] as string;
    const sent = hub.journal.map(({ body }) => body).join("\n");
    for (const secret of ["hf_commander", "hf_reader", "ambient-groq", "ambient-github", operatorKey]) {
      expect(sent).not.toContain(secret);
    }
    const files = [...hub.spaces.values()].flatMap(({ files }) => [...files.values()]);
    expect(files.some((bytes) => Buffer.from(bytes).includes("xai-chosen"))).toBe(false);
    for (const secret of ["xai-chosen", "hf_commander", secrets.get("SPORE_KEY") as string]) {
      expect(said).not.toContain(secret);
    }
    expect(said).toContain("GROQ_API_KEY");
    for (const name of ["synapse-spore-000.key", "synapse-spore-000.certificate.json"]) {
      expect(statSync(join(cwd, ".synapse/hosted", name)).mode & 0o077).toBe(0);
    }
  });

  test("more spores than there are roles, an organisation, public Spaces, a Sentinel with inference", async () => {
    await up(["--count", "9", "--hf-owner", "lab", "--public", "--hf-inference-key", "hf_fine"]);
    const roles = [...hub.spaces.values()].map(({ variables }) => variables.get("SPORE_ROLE")?.value);
    expect(roles).toHaveLength(9);
    expect([roles[6], roles[7]]).toEqual(["sentinel", "explorer"]);
    const sentinel = hub.spaces.get("lab/synapse-spore-006");
    expect(sentinel?.visibility).toBe("public");
    expect(sentinel?.variables.get("CORTEX_BACKEND")?.value).toBe("hf");
    expect(sentinel?.secrets.get("HF_TOKEN")?.value).toBe("hf_fine");
    expect(hub.spaces.get("lab/synapse-spore-007")?.variables.has("CORTEX_BACKEND")).toBe(false);
  });

  test("HF_TOKEN next to an explicit --target hf deploys, so that no process list shows it", async () => {
    const argv = hubArguments(hub.url, cwd, ["--count", "1"]).filter(
      (word) => !/^(--hf-token|hf_commander)$/.test(word),
    );
    const { platform, said } = hostedLaunch(cwd, argv, { HF_TOKEN: "hf_commander" });
    expect(`${await platform.up()}${said()}`).toStartWith("0");
    expect([...(hub.spaces.get(SPORE)?.secrets.keys() ?? [])]).not.toContain("HF_TOKEN");
  });
});

test("a local Cortex is downloaded where it was asked for", async () => {
  writeFileSync(join(cwd, "config.yaml"), "cortex:\n  backend: local\n");
  await up(["--count", "1"]);
  const variables = hub.spaces.get(SPORE)?.variables;
  expect([variables?.get("CORTEX_BACKEND")?.value, variables?.get("CORTEX_DOWNLOAD")?.value]).toEqual([
    "local",
    "1",
  ]);
});

describe("a second run", () => {
  test("changes nothing and restarts nothing", async () => {
    await up(["--count", "2", "--groq-key", "g"]);
    const before = hub.changes.length;
    const starts = [...hub.spaces.values()].map((space) => space.starts);
    await up(["--count", "2", "--groq-key", "g"]);
    expect(hub.changes.slice(before)).toEqual([]);
    expect([...hub.spaces.values()].map((space) => space.starts)).toEqual(starts);
  });

  test("sets a changed key, removes one that is no longer chosen, leaves what the owner added", async () => {
    await up(["--count", "1", "--groq-key", "old", "--xai-key", "x"]);
    hub.spaces.get(SPORE)?.secrets.set("BY_HAND", { value: "1", description: null });
    const before = hub.changes.length;
    await up(["--count", "1", "--groq-key", "new"]);
    expect(hub.changes.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST /api/spaces/${SPORE}/secrets`,
      `DELETE /api/spaces/${SPORE}/secrets`,
    ]);
    const secrets = hub.spaces.get(SPORE)?.secrets;
    expect(secrets?.get("GROQ_API_KEY")?.value).toBe("new");
    expect([...(secrets?.keys() ?? [])].sort()).toEqual([
      "BY_HAND",
      "GROQ_API_KEY",
      "SPORE_KEY",
      "SPORE_TOKEN",
    ]);
  });

  test("with a higher count adds spores, with a lower one pauses what is beyond it", async () => {
    await up(["--count", "1"]);
    await up(["--count", "3"]);
    expect(hub.spaces.get(SPORE)?.variables.get("SPORE_PEERS")?.value.split(",")).toHaveLength(2);
    const said = await up(["--count", "2"]);
    await hub.settled();
    expect(hub.spaces.get("ada/synapse-spore-002")?.stage).toBe("PAUSED");
    expect(said).toContain("beyond the count");
    expect(swarmFile().spores).toHaveLength(2);
  });

  test("repairs what was changed by hand, and starts a Space that sleeps", async () => {
    await up(["--count", "1"]);
    const space = hub.spaces.get(SPORE);
    space?.files.set("shared/src/result.ts", new TextEncoder().encode("broken"));
    space?.files.set("stray.txt", new TextEncoder().encode("stray"));
    await up(["--count", "1"]);
    expect(space?.files.has("stray.txt")).toBe(false);
    expect(new TextDecoder().decode(space?.files.get("shared/src/result.ts"))).toContain("Result<");
    await space?.sleep();
    const before = hub.changes.length;
    await up(["--count", "1"]);
    expect(hub.changes.slice(before).map(({ path }) => path)).toEqual([`/api/spaces/${SPORE}/restart`]);
  });
});

describe("a failure", () => {
  test.each([
    ["before it is carried out", "interfere", "2"],
    ["with its answer lost", "interfereAfter", "1"],
  ] as const)(
    "at any single step, %s, is told, and the same command goes on to the same state",
    async (_, hook, count) => {
      await up(["--count", count]);
      const wanted = stateOf(hub);
      const steps = hub.changes.length;
      expect(steps).toBeGreaterThan(12);
      for (let failing = 0; failing < steps; failing += 1) {
        const broken = new FakeHub({ tokens: TOKENS });
        const home = freshDir();
        let seen = -1;
        broken[hook] = ({ method }) => {
          if (method !== "GET") seen += 1;
          return method !== "GET" && seen === failing
            ? Response.json({ error: "out of order" }, { status: 500 })
            : null;
        };
        const first = hostedLaunch(home, hubArguments(broken.url, home, ["--count", count]));
        expect({ failing, code: await first.platform.up() }).toEqual({ failing, code: 1 });
        expect(first.said()).toMatch(/error: could not .*out of order.*[Rr]un the same command again/s);
        expect(existsSync(join(home, ".synapse/swarm.json"))).toBe(false);
        broken[hook] = () => null;
        const second = hostedLaunch(home, hubArguments(broken.url, home, ["--count", count]));
        expect(`${failing}: ${await second.platform.up()} ${second.said()}`).toStartWith(`${failing}: 0`);
        expect(stateOf(broken)).toEqual(wanted);
        await broken.stop();
      }
    },
  );

  test("of a reading request says so too; a busy Hub is asked again", async () => {
    hub.interfere = ({ path }) =>
      path.endsWith("/api/whoami-v2") ? Response.json({}, { status: 500 }) : null;
    expect(await refused()).toContain("HTTP 500");
    let refusals = 2;
    hub.interfere = ({ path }) => {
      if (!path.endsWith("/secrets") || refusals === 0) return null;
      refusals -= 1;
      return new Response("slow down", { status: 429, headers: { "retry-after": "0" } });
    };
    await up(["--count", "1"]);
    expect(refusals).toBe(0);
  });

  test.each([
    ["hf_free", /Docker Spaces.*paid plan.*--target local/s],
    ["hf_reader", /may only read.*role "write"/s],
    ["hf_narrow", /fine-grained token may not write/],
    ["hf_unknown", /does not accept the token/],
    ["wrong", /begin with "hf_"/],
  ])("with the token %s names the right that is missing", async (token, said) => {
    expect(await refused(["--hf-token", token, "--count", "1"])).toMatch(said);
    expect(hub.spaces.size).toBe(0);
  });

  test("where a name is taken touches nothing", async () => {
    const planted = await hub.plant("ada/synapse-spore-001", { "app.py": "print()" });
    expect(await refused(["--count", "2"])).toMatch(/synapse-spore-001 exists.*--prefix/s);
    expect([...planted.files.keys()]).toEqual([".gitattributes", "app.py"]);
    expect(hub.changes).toEqual([]);
  });

  test.each([
    [["--hf-owner", "stranger"], /not a member of "stranger"/],
    [["--prefix", "My Spores!"], /"my-spores" would do/],
    [["--hf-inference-key", "hf_commander"], /token that deploys/],
    [["--hf-inference-key", "hf_free"], /role "write" and could change your repositories/],
    [["--llm-endpoint", "http://localhost:11434/v1"], /this machine, which a Space cannot reach/],
    [["--bootstrap", "bootstrap.json"], /https URL only/],
  ])("with %p is refused before anything is made", async (more, said) => {
    expect(await refused(["--count", "1", ...more])).toMatch(said);
    expect(hub.changes).toEqual([]);
  });

  test("of a build shows the end of its log", async () => {
    await hub.stop();
    hub = new FakeHub({ tokens: TOKENS, buildFails: () => "no space left on device" });
    const said = await refused(["--count", "1"]);
    expect(said).toContain("synapse-spore-000 did not come up (BUILD_ERROR)");
    expect(said).toContain("no space left on device");
    // Mended on the Hub's side: the same command builds again.
    for (const space of hub.spaces.values()) space.buildError = null;
    await up(["--count", "1"]);
  });

  test("by time says what is still awaited, and the next run waits on", async () => {
    await hub.stop();
    hub = new FakeHub({ tokens: TOKENS, buildMs: 2_500 });
    const said = await refused(["--count", "1", "--start-timeout", "1"]);
    expect(said).toMatch(/not healthy within 1 s: synapse-spore-000 is BUILDING.*--start-timeout/s);
    const before = hub.changes.length;
    await up(["--count", "1"]);
    expect(hub.changes.length).toBe(before);
  });

  test("to reach the Hub is told, and a plan is still given", async () => {
    const { platform, said } = hostedLaunch(cwd, hubArguments("http://127.0.0.1:1", cwd));
    expect(await platform.up()).toBe(1);
    expect(said()).toContain("127.0.0.1:1 cannot be reached");
    const plan = await platform.plan();
    expect(plan.obstacles).toEqual([]);
    expect(plan.notices?.join("\n")).toContain("plan of a first launch");
    expect(plan.steps.filter(({ kind }) => kind === "create-space")).toHaveLength(3);
  });
});

describe("the other verbs", () => {
  test("a plan names every file and no secret, and changes nothing", async () => {
    const { platform } = launch(["--count", "2", "--groq-key", "very-secret"]);
    const plan = await platform.plan();
    expect(plan.obstacles).toEqual([]);
    expect(hub.changes).toEqual([]);
    expect(existsSync(join(cwd, ".synapse"))).toBe(false);
    const [place] = plan.places ?? [];
    const paths = place?.files.map(({ path }) => path) ?? [];
    for (const path of ["Dockerfile", "README.md", "synapse.json", "bun.lock", "spore/src/main.ts"])
      expect(paths).toContain(path);
    expect(paths.filter((path) => /test|node_modules|tsconfig/.test(path))).toEqual([]);
    expect(place?.secrets).toEqual(["GROQ_API_KEY", "SPORE_KEY", "SPORE_TOKEN"]);
    expect(JSON.stringify(plan)).not.toContain("very-secret");
    await up(["--count", "2", "--groq-key", "very-secret"]);
    const deployed = [...(hub.spaces.get(SPORE)?.files.keys() ?? [])].filter(
      (path) => path !== ".gitattributes",
    );
    expect(deployed.sort()).toEqual(paths.sort());
    const again = await launch(["--count", "2", "--groq-key", "very-secret"]).platform.plan();
    expect(again.steps.map(({ kind }) => kind)).toEqual(["wait-for-health", "write-swarm-file"]);
  });

  test("status, logs, down and up again", async () => {
    await up(["--count", "1"]);
    const { platform, said } = launch(["--count", "1"]);
    expect(await platform.status()).toMatchObject({
      target: "hf",
      running: true,
      parts: [{ name: "synapse-spore-000", healthy: true, pid: null }],
    });
    expect(await platform.logs({ names: [], lines: 10, follow: false })).toBe(0);
    expect(said()).toContain("synapse-spore-000 | synapse-spore-000 listens");
    expect(await platform.logs({ names: ["synapse-spore-00"], lines: 10, follow: false })).toBe(1);
    expect(said()).toContain('did you mean "synapse-spore-000"');
    expect(await platform.down()).toBe(0);
    await hub.settled();
    expect(hub.spaces.get(SPORE)?.stage).toBe("PAUSED");
    expect((await platform.status()).running).toBe(false);
    await up(["--count", "1"]);
    expect(hub.spaces.get(SPORE)?.stage).toBe("RUNNING");
  });

  test("destroy removes every Space of this swarm, also those beyond the count, and nobody else's", async () => {
    await up(["--count", "2"]);
    await hub.plant("ada/synapse-spore-007", { "app.py": "" });
    const { platform, said } = launch(["--count", "1"]);
    expect((await platform.destruction())?.join("\n")).toMatch(/synapse-spore-000[\s\S]*synapse-spore-001/);
    expect(await platform.destroy()).toBe(0);
    expect([...hub.spaces.keys()]).toEqual(["ada/synapse-spore-007"]);
    expect(said()).toContain("operator key stays");
    expect(existsSync(join(cwd, ".synapse/operator.key"))).toBe(true);
    expect(existsSync(join(cwd, ".synapse/hosted"))).toBe(false);
    expect(await platform.destruction()).toEqual([]);
    hub.interfere = () => Response.json({ error: "out of order" }, { status: 500 });
    expect(await platform.destruction()).toBe(null);
  });
});
