/** The wizard on a terminal (a pseudo-terminal of `script`), typed into as a person would; then the swarm it asked for. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { FakeHub } from "../support/fake-hub/fake-hub.ts";
import { freePorts } from "../support/spore-process.ts";
import { cleanUp, waitFor } from "../support/swarm.ts";
import { CTRL_C, clone, closeTerminals, DOWN, ENTER, hasTerminal, Terminal } from "../support/terminal.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const hub = new FakeHub({ tokens: { hf_typed: { account: "ada", role: "write", isPro: true } } });
afterAll(async () => {
  closeTerminals();
  await hub.stop();
  await cleanUp();
});

const canRun = hasTerminal("the wizard on a terminal");

test.skipIf(!canRun)(
  "./deploy.sh asks, writes config.yaml for its owner alone, and starts what was asked for",
  async () => {
    const cwd = clone();
    const port = await freePorts(3);
    const terminal = new Terminal(cwd, `./deploy.sh --wizard --bootstrap none --base-port ${port}`);
    await terminal.answer("Where should the spores live?", ENTER);
    await terminal.answer("How many spores?", `\u007f1${ENTER}`);
    await terminal.answer("The Command Center", `${DOWN}${DOWN}${ENTER}`);
    await terminal.answer("Keys of which providers", ENTER);
    await waitFor("the swarm", () => existsSync(join(cwd, ".synapse/swarm.json")), 60_000);
    expect(statSync(join(cwd, "config.yaml")).mode & 0o777).toBe(0o600);
    expect(Bun.YAML.parse(readFileSync(join(cwd, "config.yaml"), "utf8"))).toEqual({
      target: "local",
      count: 1,
      deploy_cc: false,
    });
    terminal.type(CTRL_C);
    expect(await terminal.child.exited).toBe(0);
    expect(terminal.shown).toContain("nothing is left running");
  },
);

test.skipIf(!canRun)(
  "for Hugging Face it says the costs, checks the token, shows neither it nor a key, and asks before it creates",
  async () => {
    const cwd = clone();
    const terminal = new Terminal(cwd, `bun run launch --wizard --bootstrap none --hub-url ${hub.url}`);
    await terminal.answer("Where should the spores live?", `${DOWN}${ENTER}`);
    await terminal.answer("Hugging Face token", `hf_wrong${ENTER}`);
    await terminal.answer("Keep it nevertheless?", ENTER);
    await waitFor(
      "the token to be asked for again",
      () => terminal.shown.split("Hugging Face token").length > 3,
      20_000,
    );
    await terminal.answer("Hugging Face token", `hf_typed${ENTER}`);
    await terminal.answer("Who may read", ENTER);
    await terminal.answer("How many spores?", `\u007f1${ENTER}`);
    await terminal.answer("The Command Center", `${DOWN}${DOWN}${ENTER}`);
    await terminal.answer("Keys of which providers", ENTER);
    await terminal.answer("Create them?", `n`);
    expect(await terminal.child.exited).not.toBe(0);
    expect(terminal.shown).toContain("paid plan");
    expect(terminal.shown).toContain("the Hub accepts it: ada");
    expect(terminal.shown).toContain("nothing was created");
    expect(terminal.shown).not.toMatch(/hf_typed|hf_wrong/);
    expect(hub.changes).toEqual([]);
    expect(Bun.YAML.parse(readFileSync(join(cwd, "config.yaml"), "utf8"))).toMatchObject({
      target: "hf",
      private: true,
    });
  },
);
