/**
 * Real spores, one of them on a machine whose clock is off: it meets nobody, which is right, and says why, which is the
 * point. Those whose clocks are right are not talked into doubting them by more than a hedged word.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sporeText } from "../../launcher/src/platforms/local/health.ts";
import { ROOT } from "../support/source-tree.ts";
import { freePort } from "../support/spore-process.ts";
import { cleanUp, freshDir, startTestSpore, type TestSpore, waitFor } from "../support/swarm.ts";

setDefaultTimeout(240_000);
afterAll(cleanUp);

const HOUR_MS = 3_600_000;

interface Clocked extends TestSpore {
  /** In one step: a spore must never read half a number. */
  setClock(offsetMs: number): void;
}

/** Spores that know each other's addresses, the first with a clock of its own. */
async function startSpores(count: number, offsetMs: number, operators: "one" | "each its own") {
  const shared = join(freshDir(), "operator.key");
  const ports: number[] = [];
  for (let n = 0; n < count; n++) ports.push(await freePort());
  return await Promise.all(
    ports.map(async (port, index): Promise<Clocked> => {
      const file = join(freshDir(), "clock");
      const setClock = (ms: number) => {
        writeFileSync(`${file}.new`, String(ms));
        renameSync(`${file}.new`, file);
      };
      setClock(index === 0 ? offsetMs : 0);
      const spore = await startTestSpore({
        index,
        port,
        operatorKey: operators === "one" ? shared : join(freshDir(), "operator.key"),
        peers: ports.filter((other) => other !== port).map((other) => `http://127.0.0.1:${other}`),
        env: { BUN_OPTIONS: `--preload=${join(ROOT, "tests/support/set-clock.ts")}`, TEST_CLOCK_FILE: file },
      });
      return Object.assign(spore, { setClock });
    }),
  );
}

const stateOf = async (spore: TestSpore) => (await spore.health()).wall_clock?.state;
const timesSaid = (spore: TestSpore, what: string) => spore.output().split(what).length - 1;

interface Federation {
  readonly refusals: readonly { readonly by: string; readonly code: string; readonly message: string }[];
}
const refusalsOf = async (spore: TestSpore) =>
  (await spore.json<Federation>("/api/federation/status")).refusals.filter(
    ({ code }) => code === "untimely_card",
  );

test.each([
  // Their replies are signed, each by another spore of the same commander.
  ["behind", -HOUR_MS, "off", 2, "independent peers"],
  // They refuse its greetings, and a refusal is signed by nobody: all from one network count once.
  ["ahead", HOUR_MS, "unsure", 1, "one of the two is wrong"],
])(
  "an hour %s two others: it says so once, with the mend, and takes it back when mended",
  async (side, offsetMs, state, voices, saying) => {
    const [wrong, right, other] = (await startSpores(3, offsetMs, "one")) as [Clocked, Clocked, Clocked];
    await waitFor("the two that agree to meet", async () =>
      (await right.health()).peers.includes(other.name),
    );
    await waitFor("the spore to learn that its clock is off", async () => (await stateOf(wrong)) === state);
    const health = await wrong.health();
    const { ahead_ms, agreeing, message } = health.wall_clock ?? {};
    expect(Math.abs((ahead_ms ?? 0) - offsetMs)).toBeLessThan(60_000);
    expect(agreeing).toBe(voices);
    expect(message).toMatch(new RegExp(`clock is (59|60|61) minutes ${side}[ ,].*timedatectl set-ntp true`));
    // What `launch status` and `doctor` show of it.
    expect(sporeText(health)).toContain(message ?? "nothing was said");
    expect(timesSaid(wrong, saying)).toBe(1);
    expect(await stateOf(right)).not.toBe("off");
    // Each side's list of refusals has the reason too.
    for (const spore of [wrong, right]) {
      await waitFor("a refusal with its reason", async () => (await refusalsOf(spore)).length > 0);
      expect((await refusalsOf(spore))[0]?.message).toContain("one of the two clocks may be wrong");
    }

    wrong.setClock(0);
    await waitFor("all to meet", async () => (await wrong.health()).peers.length === 2, 120_000);
    await waitFor(
      "the warning to be taken back",
      () => timesSaid(wrong, "agrees with that of the peers again") === 1,
    );
    expect((await wrong.health()).wall_clock).toMatchObject({ message: null, ahead_ms: null });
    expect(timesSaid(wrong, saying)).toBe(1);
  },
);

test("a stranger with another clock is no proof: both sides say that one of the two is wrong", async () => {
  const [wrong, right] = (await startSpores(2, HOUR_MS, "each its own")) as [Clocked, Clocked];
  await waitFor("both to doubt", async () => {
    const states = await Promise.all([wrong, right].map(stateOf));
    return states.every((state) => state === "unsure");
  });
  for (const spore of [wrong, right]) {
    expect((await spore.health()).wall_clock?.message).toContain("one of the two is wrong");
    expect(timesSaid(spore, "one of the two is wrong")).toBe(1);
  }
});

test("what it wrote while its clock was ahead is said to be held back, after a restart too", async () => {
  const [spore] = (await startSpores(1, HOUR_MS, "one")) as [Clocked];
  expect((await spore.post("/api/memory", { content: "from the future" })).status).toBe(201);
  spore.setClock(0);
  await spore.kill();
  await spore.restart();
  const { wall_clock } = await spore.health();
  expect(wall_clock?.entries_ahead_ms).toBeGreaterThan(HOUR_MS / 2);
  expect(wall_clock?.message).toMatch(/dated (59|60) minutes ahead/);
});
