/** The question about the public network on a terminal: what "no" and Ctrl-C do, at the first start and at the next. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../support/spore-process.ts";
import { cleanUp, freshDir } from "../support/swarm.ts";
import { CTRL_C, clone, closeTerminals, hasTerminal, Terminal } from "../support/terminal.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

const QUESTION = "Join the public network?";
const canRun = hasTerminal("the question about the public network on a terminal");

afterAll(async () => {
  closeTerminals();
  await cleanUp();
});

test.skipIf(!canRun)('"no" at the first `launch` is kept, and the swarm starts on its own', async () => {
  const cwd = clone();
  const command = `bun run launch --count 1 --base-port ${await freePorts(1)}`;
  const first = new Terminal(cwd, command);
  await first.answer(QUESTION, "n");
  await first.until("is live");
  expect(first.shown).toContain("never what is private or cluster");
  expect(first.shown).toContain("this swarm keeps to itself");
  expect(readFileSync(join(cwd, ".synapse/logs/spore-0.log"), "utf8")).not.toContain("looks for the network");
  first.type(CTRL_C);
  expect(await first.child.exited).toBe(0);

  const second = new Terminal(cwd, command);
  await second.until("is live");
  expect(second.shown).toContain("this swarm keeps to itself");
  expect(second.shown).not.toContain(QUESTION);
  second.type(CTRL_C);
  expect(await second.child.exited).toBe(0);
});

test.skipIf(!canRun)("a data dir that cannot hold the answer is one clear line", async () => {
  const terminal = new Terminal(clone(), "bun run launch --count 1 --data-dir /proc/synapse");
  await terminal.answer(QUESTION, "n");
  expect(await terminal.child.exited).toBe(1);
  expect(terminal.shown).toContain("error:");
  expect(terminal.shown).toContain("--data-dir");
  expect(terminal.shown).not.toContain("    at ");
});

test.skipIf(!canRun)(
  '`spore` asks before its first start, keeps a "no", and does not ask again',
  async () => {
    const [cwd, dir] = [clone(), join(freshDir(), "new")];
    const environment = { SPORE_DATA_DIR: dir, PORT: String(await freePorts(1)) };
    const left = new Terminal(cwd, "bun run spore", environment);
    await left.answer(QUESTION, CTRL_C);
    expect(await left.child.exited).toBe(130);
    expect(existsSync(dir)).toBe(false);

    const first = new Terminal(cwd, "bun run spore", environment);
    await first.answer(QUESTION, "n");
    await first.until("listens on");
    expect(first.shown).toContain("never what is private or cluster");
    expect(first.shown).not.toContain("looks for the network");
    expect(readdirSync(dir)).toContain("network.declined");
    first.type(CTRL_C);
    expect(await first.child.exited).toBe(0);

    const second = new Terminal(cwd, "bun run spore", environment);
    await second.until("listens on");
    expect(second.shown).not.toContain(QUESTION);
    expect(second.shown).not.toContain("looks for the network");
    second.type(CTRL_C);
    expect(await second.child.exited).toBe(0);
  },
);

test.skipIf(!canRun)("`spore` asks nothing where the answer was given", async () => {
  const cwd = clone();
  const environment = { SPORE_DATA_DIR: join(freshDir(), "new"), PORT: String(await freePorts(1)) };
  const terminal = new Terminal(cwd, "bun run spore", { ...environment, BOOTSTRAP_URL: "none" });
  await terminal.until("listens on");
  expect(terminal.shown).not.toContain(QUESTION);
  terminal.type(CTRL_C);
  expect(await terminal.child.exited).toBe(0);
});
