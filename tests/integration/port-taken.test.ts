/** One port, one spore: a second one ends with the reason instead of sharing what is asked of the first. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { ROOT } from "../support/source-tree.ts";
import { cleanUp, freshDir, startTestSpore } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);
afterAll(cleanUp);

test("a second spore on the same port ends with one line that says how to mend it, and the first answers all", async () => {
  const first = await startTestSpore();
  const { key } = await first.health();
  const second = Bun.spawn([process.execPath, join(ROOT, "spore/src/main.ts")], {
    env: {
      PATH: process.env.PATH,
      PORT: String(first.port),
      SPORE_DATA_DIR: freshDir(),
      SPORE_PARENT_PID: String(process.pid),
      BOOTSTRAP_URL: "none",
      CORTEX_BACKEND: "off",
      LLM_DETECT_LOCAL: "0",
    },
    stdout: "pipe",
    stderr: "pipe",
    // A spore that listens would never end.
    timeout: 30_000,
  });
  const printed = (await new Response(second.stdout).text()) + (await new Response(second.stderr).text());
  expect([await second.exited, printed]).toEqual([1, expect.stringContaining("cannot listen")]);
  expect(printed).toContain(`127.0.0.1:${first.port}`);
  expect(printed).toContain("another PORT");
  expect(printed).not.toMatch(/\bat .*\.ts:\d+/);
  for (let i = 0; i < 20; i++) expect((await first.health()).key).toBe(key);
});
